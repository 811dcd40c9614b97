"""The trading keys and codes as the frame asks for them (:class:`console.tui.frame.trading.Trading`)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from console.tui.desk import Desk
from console.tui.frame.trading import Where
from console.tui.layout import Rect
from console.tui.ticket.flows import TicketDesk
from console.tui.ticket.foot import KeyLabels, foot
from console.tui.ticket.messages import Message, outcome
from console.tui.ticket.pane import TicketPane
from console.tui.ticket.prefill import CODES, BadCode, prefill
from console.tui.widgets.row_strips import StyleOf
from engine.domain.trigger import ConditionState
from engine.domain.units import CONTRACT_BP, PriceBp, complement

_LADDER = "BOOK"
_CONDITIONS = "COND"


class Board(Protocol):
    """Where lines for the message row go."""

    def say(self, text: str, about: str = "") -> None: ...

    def fail(self, text: str, about: str = "") -> None: ...

    def settle(self, about: str) -> None: ...


class TicketTrading:
    """The app mounts :attr:`pane` with its panels and calls :meth:`stop` when it leaves."""

    def __init__(
        self,
        desk: Desk,
        style_of: StyleOf,
        board: Board,
        *,
        home: Path | None = None,
        is_observing: bool = False,
    ) -> None:
        self._desk = desk
        self._board = board
        self.tickets = TicketDesk(
            desk, home=home, say=self._say, settle=board.settle, is_observing=is_observing
        )
        self.pane = TicketPane(self.tickets, style_of, id="ticket")
        self.pane.display = False
        self._rect: Rect | None = None
        self._acts: dict[str, Callable[[Where], None]] = {
            "ticket.yes": self._buy_yes,
            "ticket.no": self._buy_no,
            "alert.acknowledge": lambda _: self.tickets.requests.acknowledge(),
            "load.pad": lambda _: self.tickets.open_pad(),
            "condition.toggle": self._toggle_condition,
            "position.plan": lambda where: self.tickets.edit_plan(where.ticker),
            "ticket.close": lambda where: self.tickets.close_position(where.ticker),
            "order.cancel": self._cancel,
            "order.cancel_all": lambda where: self.tickets.requests.cancel_market(where.ticker),
            "desk.arm": lambda _: self.tickets.requests.toggle_arm(),
            "desk.kill": lambda _: self.tickets.kill(),
            "desk.flatten": lambda _: self.tickets.requests.flatten(),
        }

    @property
    def is_open(self) -> bool:
        return self.tickets.is_open

    @property
    def foot(self) -> KeyLabels:
        """What keys do on what is open, the most wanted first."""
        tickets = self.tickets
        is_asked = tickets.requests.question is not None
        entry = tickets.entry
        blocks = [block.code for block in entry.blocks]
        keys = tickets.sheets.keys
        return foot(entry.stage, is_asked=is_asked, rests=entry.rests, of_sheet=keys, blocks=blocks)

    def act(self, action_id: str, where: Where) -> None:
        """An action of trading; one that is not known here is said to be."""
        act = self._acts.get(action_id)
        if act is None:
            self._board.fail(f"{action_id}: no trading action; ? shows the keys")
            return
        act(where)
        self._show()

    def type(self, code: str, ticker: str, args: tuple[str, ...]) -> None:
        """``BY``, ``BN`` and ``CLOSE`` prefill; ``ARM`` asks for Enter, ``SAFE`` locks at once."""
        if code in CODES:
            try:
                self.tickets.open_code(ticker, prefill(code, args))
            except BadCode as error:
                self._board.fail(str(error))
        elif (code == "ARM") is not self.tickets.lease.is_armed:
            self.tickets.requests.toggle_arm()
        else:
            self._board.say("the keys are armed already" if code == "ARM" else "the keys are locked already")
        self._show()

    def key(self, key: str, character: str | None) -> None:
        """A key that came by way of the app; it counts as pressed now."""
        self.tickets.key(character or key, self.tickets.mono_ns())
        self._show()

    def put(self, rect: Rect | None) -> None:
        self._rect = rect
        if rect is not None:
            styles = self.pane.styles
            styles.offset = (rect.x, rect.y)
            styles.width, styles.height = rect.width, rect.height
        self._show()

    def flush(self) -> None:
        self.tickets.moved()
        self.tickets.tick()
        self._show()

    async def stop(self) -> None:
        await self.tickets.stop()

    def _show(self) -> None:
        """The pane is there, and has the keys, while there is something on it."""
        pane = self.pane
        if not pane.is_attached:
            return
        shall_show = self.is_open and self._rect is not None
        if pane.display is not shall_show:
            pane.display = shall_show
            if shall_show:
                pane.focus()
            else:
                pane.screen.set_focus(None)
        pane.redraw()

    def _say(self, message: Message) -> None:
        (self._board.fail if message.is_error else self._board.say)(message.text, message.about)

    def _buy_yes(self, where: Where) -> None:
        self.tickets.open_yes(where.ticker, _ladder_bp(where))

    def _buy_no(self, where: Where) -> None:
        price_bp = _ladder_bp(where)
        self.tickets.open_no(where.ticker, None if price_bp is None else complement(price_bp))

    def _cancel(self, where: Where) -> None:
        """The order, or the condition, of the row; else the newest one of ours that works in the market."""
        if where.panel == _CONDITIONS:
            self.tickets.requests.change_condition(where.row_key, "remove")
            return
        orders = self._desk.replica.desk.orders
        if where.row_key in orders:
            self.tickets.requests.cancel_order(where.row_key)
            return
        ended = self._desk.replica.desk.ended.get(where.row_key)
        if ended is not None:
            self._board.say(f"nothing to cancel: {outcome(ended)}")
            return
        here = self._desk.orders_of(where.ticker)
        if here:
            self.tickets.requests.cancel_order(here[-1].client_order_id)
        else:
            self._board.say(f"{where.ticker or 'no market'}: no order works here; ORD shows all")

    def _toggle_condition(self, where: Where) -> None:
        row = self._desk.replica.desk.conditions.get(where.row_key)
        is_off = row is not None and row.state is ConditionState.DISABLED
        self.tickets.requests.change_condition(where.row_key, "enable" if is_off else "disable")


def _ladder_bp(where: Where) -> PriceBp | None:
    """The YES price that the user chose on the ladder; None if none."""
    if where.panel != _LADDER or not (where.row_key.isascii() and where.row_key.isdigit()):
        return None
    price_bp = int(where.row_key)
    return price_bp if 0 < price_bp < CONTRACT_BP else None
