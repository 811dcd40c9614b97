"""Sales of a person, or of a strategy, that find the position's take profit in their way.

The take profit is canceled first, and the sale goes out once what came of it is known: a fill may have won.
It is kept in mind only; after a restart nobody waits for it any more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from engine.core.answers import Answers
from engine.core.denial import Denial, DenyCode
from engine.core.desk import Desk
from engine.core.effects import AlertLevel
from engine.core.exits.own_orders import OwnOrders
from engine.core.timers import Due
from engine.domain.units import SECOND_NS, Nanoseconds

Send: TypeAlias = Callable[[], Denial | None]


class _Waiting(NamedTuple):
    client_order_id: str
    send: Send
    until_mono: Nanoseconds


class Closing:
    """At most one sale a market waits."""

    def __init__(self, desk: Desk, own: OwnOrders, answers: Answers) -> None:
        self._desk = desk
        self._own = own
        self._answers = answers
        self._waiting: dict[str, _Waiting] = {}

    def is_waiting(self, ticker: str) -> bool:
        return ticker in self._waiting

    def wait(self, ticker: str, client_order_id: str, send: Send) -> bool:
        """Takes a sale that was refused for too little that is free; False where no take profit is in its
        way, or another sale waits already."""
        profits = self._own.resting_profits(ticker)
        if not profits or ticker in self._waiting:
            return False
        until = self._desk.mono + self._desk.settings.exits.close_patience_ns
        self._waiting[ticker] = _Waiting(client_order_id, send, until)
        self._desk.timers.after_mono(until, Due.EXIT_STEP, ticker)
        for record in profits:
            self._own.take_back(record)
        return True

    def go_on(self, ticker: str, *, is_clear: bool) -> None:
        """Sends what waits, if nothing is in its way any more; refuses it where that lasts too long."""
        waiting = self._waiting.get(ticker)
        if waiting is None:
            return
        if is_clear:
            del self._waiting[ticker]
            denial = waiting.send()
        elif self._desk.mono >= waiting.until_mono:
            del self._waiting[ticker]
            patience_ns = self._desk.settings.exits.close_patience_ns
            text = f"{ticker}: its take profit could not be canceled within {patience_ns // SECOND_NS} s"
            denial = Denial(DenyCode.NOT_REDUCING, text, {"limit_ns": patience_ns})
        else:
            return
        if denial is not None:
            self._answers.refuse_order(waiting.client_order_id, denial)
            text = f"order {waiting.client_order_id} was not sent: {denial.text}"
            self._desk.alert(AlertLevel.WARNING, "SALE_REFUSED", text, ticker)
