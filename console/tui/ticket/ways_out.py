"""Cancel, flatten and kill: what takes risk away, which no limit and no lock ever stops."""

from __future__ import annotations

from collections.abc import Callable

from console.tui.desk import Desk
from console.tui.ticket.asking import Asking
from console.tui.ticket.audit import Audit
from console.tui.ticket.messages import Message, answered, outcome
from console.tui.ticket.scene import WORKING
from engine.control.protocol import AnswerState
from engine.control.rows.account import PositionRow
from engine.control.rows.orders import OrderRow
from engine.domain.command import Arm, CancelAll, CancelOrder, ClosePosition, Kill
from engine.domain.units import SECOND_NS, Nanoseconds

KILLED = "KILLED"
"""The log's word for a halt. Whoever pressed the key is told what came of it, and not once more."""
_EXTERNAL = "external"
AGAIN_WITHIN_NS: Nanoseconds = 3 * SECOND_NS
"""A second kill within this stops exits by plan too."""


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
        self._killed_ns: Nanoseconds | None = None

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
            closes = "1 close" if len(held) == 1 else f"{len(held)} closes"
            self._say(Message(f"{closes} sent, immediate or cancel; POS shows what is left"))

    async def kill(self, mono_ns: Nanoseconds, *, is_armed: bool) -> None:
        """Halts the engine: entries end, exits by plan go on. A second one within three seconds stops those
        too."""
        is_again = self._killed_ns is not None and mono_ns - self._killed_ns <= AGAIN_WITHIN_NS
        self._killed_ns = mono_ns
        killed = await self._asking.command(Kill(exits_off=is_again, reason="K at a console"))
        disarmed = await self._asking.command(Arm(0)) if is_armed else None
        self._keep("kill", killed=killed, disarmed=disarmed)
        if isinstance(killed, str):
            self._fail(f"KILL not answered: {killed}; K again, or in a shell: sparko kill")
            return
        if killed.state is AnswerState.DENIED:
            self._say(answered(killed))
            return
        keys = f"keys not locked ({disarmed})" if isinstance(disarmed, str) else "keys locked"
        more = "" if is_again else "; K again within 3 s stops exits too"
        self._fail(
            f"KILL: {killed.text}, {keys}{more}; F flattens, sparko resume --reason TEXT goes on", KILLED
        )

    def _fail(self, text: str, about: str = "") -> None:
        self._say(Message(text, is_error=True, about=about))

    def _keep(self, kind: str, **fields: object) -> None:
        self._audit.write(kind, self._desk.now_ns, fields)
