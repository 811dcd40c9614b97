"""Cancel, flatten and kill: what takes risk away, which no limit and no lock ever stops."""

from __future__ import annotations

from collections.abc import Callable

from console.tui.desk import Desk
from console.tui.ticket.asking import Asking
from console.tui.ticket.audit import Audit
from console.tui.ticket.messages import Message, answered, outcome
from console.tui.ticket.scene import WORKING
from engine.control.protocol import AnswerState
from engine.control.rows import OrderRow, PositionRow
from engine.domain.command import Arm, CancelAll, CancelOrder, ClosePosition

_EXTERNAL = "external"


class WaysOut:
    """Each says in one line what came of it."""

    def __init__(
        self,
        desk: Desk,
        asking: Asking,
        audit: Audit,
        say: Callable[[Message], None],
        mint: Callable[[], str],
    ) -> None:
        self._desk = desk
        self._asking = asking
        self._audit = audit
        self._say = say
        self._mint = mint

    def working(self, ticker: str = "") -> list[OrderRow]:
        """Orders of ours that may still trade, in one market or in all."""
        orders = self._desk.replica.desk.orders.values()
        mine = (order for order in orders if order.owner != _EXTERNAL and order.state in WORKING)
        return [order for order in mine if ticker in ("", order.ticker)]

    def held(self) -> list[PositionRow]:
        return [row for row in self._desk.replica.desk.positions.values() if row.count_c]

    async def cancel(self, client_order_id: str) -> None:
        answer = await self._asking.command(CancelOrder(client_order_id))
        self._keep("cancel", client_order_id=client_order_id, answer=answer)
        if isinstance(answer, str):
            self._fail(f"cancel not answered: {answer}; x again once the engine is back")
        elif answer.order is not None and answer.state is not AnswerState.DENIED:
            self._say(Message(outcome(answer.order)))
        else:
            self._say(answered(answer))

    async def cancel_all(self, ticker: str) -> None:
        answer = await self._asking.command(CancelAll(ticker))
        self._keep("cancel_all", ticker=ticker, answer=answer)
        if isinstance(answer, str):
            self._fail(f"cancel not answered: {answer}; X again once the engine is back")
        elif answer.state is AnswerState.DENIED:
            self._say(answered(answer))
        else:
            self._say(Message(f"{answer.text} in {ticker}; ORD shows when they are gone"))

    async def flatten(self) -> None:
        """Sells every position through its book; one that cannot be is named."""
        held = self.held()
        problems = []
        for row in held:
            answer = await self._asking.command(ClosePosition(self._mint(), row.ticker))
            self._keep("flatten", ticker=row.ticker, answer=answer)
            if isinstance(answer, str):
                problems.append(f"{row.ticker}: {answer}")
            elif answer.state is AnswerState.DENIED:
                problems.append(answer.text)
        if problems:
            sent = len(held) - len(problems)
            self._fail(f"{sent} of {len(held)} closes sent; {'; '.join(problems)}; look at POS, then F again")
        else:
            self._say(Message(f"{len(held)} closes sent, immediate or cancel; POS shows what is left"))

    async def kill(self, *, is_armed: bool) -> None:
        """The engine has no command for its mode: this stops orders, and this console's keys."""
        canceled = await self._asking.command(CancelAll())
        disarmed = await self._asking.command(Arm(0)) if is_armed else None
        self._keep("kill", canceled=canceled, disarmed=disarmed)
        if isinstance(canceled, str):
            self._fail(f"KILL not answered: {canceled}; K again, or sparko cancel --all")
            return
        if canceled.state is AnswerState.DENIED:
            self._say(answered(canceled))
            return
        keys = f"keys not locked ({disarmed})" if isinstance(disarmed, str) else "keys locked"
        mode = "-" if self._desk.status is None else self._desk.status.mode
        self._fail(
            f"KILL: {canceled.text}, {keys}, {len(self.held())} positions stay open; the engine's mode stays"
            f" {mode}: other programs may still order; F flattens"
        )

    def _fail(self, text: str) -> None:
        self._say(Message(text, is_error=True))

    def _keep(self, kind: str, **fields: object) -> None:
        self._audit.write(kind, self._desk.now_ns, fields)
