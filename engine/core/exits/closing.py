"""Sales of a person, or of a strategy, that find the position's take profit in their way.

The take profit is canceled first, and the sale goes out once what came of it is known: a fill may have won.
A sale that waits is written down with the cancel that it asked for, and off once its order has an outcome: a
run that ends in between leaves it to the next one, which sends it, or sends it once more if the exchange
never had it. What would turn the position over is kept in mind only, it adds risk.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from engine.core.answers import Answers
from engine.core.denial import Denial, DenyCode
from engine.core.desk import Desk
from engine.core.effects import AlertLevel
from engine.core.exits.own_orders import OwnOrders
from engine.core.facts.plans import SaleEnded, SaleWaits
from engine.core.timers import Due
from engine.domain.order import OrderState
from engine.domain.units import SECOND_NS, Nanoseconds

Send: TypeAlias = Callable[[], Denial | None]
_LOOK_NS = SECOND_NS
_ASKING = (OrderState.INTENT, OrderState.SENT, OrderState.UNKNOWN)


class _Waiting(NamedTuple):
    client_order_id: str
    send: Send
    until_mono: Nanoseconds
    is_resumed: bool = False
    """Of an earlier run: its books come only now."""


class Closing:
    """At most one sale a market waits."""

    def __init__(
        self,
        desk: Desk,
        own: OwnOrders,
        answers: Answers,
        send_waiting: Callable[[SaleWaits], Denial | None],
    ) -> None:
        self._desk = desk
        self._own = own
        self._answers = answers
        self._send_waiting = send_waiting
        self._waiting: dict[str, _Waiting] = {}

    def start(self) -> None:
        """Goes on with what waited when the last run ended, unless that is long ago: its price was another
        one then."""
        desk, times = self._desk, self._desk.settings.exits
        for ticker, sale in list(desk.money.sales.items()):
            if sale.client_order_id in desk.money.orders:
                # On its way when that run ended: still wanted, should it prove absent.
                desk.intended[sale.client_order_id] = desk.mono
                self.follow(ticker)
                continue
            age_ns = desk.passed_since(sale.at)
            if age_ns > times.close_good_ns:
                why = f"the engine was away for {age_ns // SECOND_NS} s"
                self._end(ticker, sale.client_order_id, why)
                text = (
                    f"{ticker}: sale {sale.client_order_id} waited and was not sent, {why}; ask for it again"
                )
                desk.alert(AlertLevel.URGENT, "SALE_REFUSED", text, ticker)
                continue
            until = desk.mono + times.close_patience_ns
            self._waiting[ticker] = _Waiting(sale.client_order_id, self._resend(sale), until, True)
            self._look_soon(ticker)

    def is_waiting(self, ticker: str) -> bool:
        return ticker in self._waiting

    def wait(self, ticker: str, client_order_id: str, send: Send, kept: SaleWaits | None) -> bool:
        """Takes a sale that was refused for too little that is free; False where no take profit is in its
        way, or another sale waits already. ``kept`` is what a next run needs to go on with it."""
        waiting = self._waiting.get(ticker)
        if waiting is not None:
            return waiting.client_order_id == client_order_id
        profits = self._own.resting_profits(ticker)
        if not profits:
            return False
        until = self._desk.mono + self._desk.settings.exits.close_patience_ns
        self._waiting[ticker] = _Waiting(client_order_id, send, until)
        if kept is not None:
            self._desk.record(kept)
        self._look_soon(ticker)
        for record in profits:
            self._own.take_back(record)
        return True

    def go_on(self, ticker: str, *, is_clear: bool) -> None:
        """Sends what waits, if nothing is in its way any more; refuses it where that lasts too long."""
        waiting, desk = self._waiting.get(ticker), self._desk
        if waiting is None:
            return
        if not desk.is_ready:
            # What is held, and what is bid for it, is read first.
            until = desk.mono + desk.settings.exits.close_patience_ns
            self._waiting[ticker] = waiting._replace(until_mono=until)
            self._look_soon(ticker)
            return
        is_late = desk.mono >= waiting.until_mono
        if waiting.client_order_id in desk.money.orders:
            del self._waiting[ticker]  # asked for again, and sent
            return
        if not is_clear and not is_late:
            self._look_soon(ticker)
            return
        del self._waiting[ticker]
        denial = waiting.send() if is_clear else self._too_late(ticker)
        has_no_price = denial is not None and denial.code is DenyCode.NO_PRICE
        if has_no_price and waiting.is_resumed and not is_late:
            self._waiting[ticker] = waiting
            self._look_soon(ticker)
            return
        if denial is not None:
            self._end(ticker, waiting.client_order_id, denial.text)
            self._answers.refuse_order(waiting.client_order_id, denial)
            text = f"order {waiting.client_order_id} was not sent: {denial.text}"
            desk.alert(AlertLevel.WARNING, "SALE_REFUSED", text, ticker)

    def follow(self, ticker: str) -> None:
        """Writes a sale off once its order has an outcome."""
        sale = self._desk.money.sales.get(ticker)
        if sale is None:
            return
        order = self._desk.money.orders.get(sale.client_order_id)
        if order is not None and order.state not in _ASKING:
            was_there = order.state is not OrderState.ABSENT
            self._end(ticker, sale.client_order_id, "" if was_there else order.cause)

    def _resend(self, sale: SaleWaits) -> Send:
        return lambda: self._send_waiting(sale)

    def _too_late(self, ticker: str) -> Denial:
        patience_ns = self._desk.settings.exits.close_patience_ns
        text = f"{ticker}: its take profit could not be canceled within {patience_ns // SECOND_NS} s"
        return Denial(DenyCode.NOT_REDUCING, text, {"limit_ns": patience_ns})

    def _end(self, ticker: str, client_order_id: str, cause: str) -> None:
        if ticker in self._desk.money.sales:
            self._desk.record(SaleEnded(ticker, client_order_id, self._desk.at, cause))

    def _look_soon(self, ticker: str) -> None:
        desk = self._desk
        desk.timers.after_mono(desk.mono + _LOOK_NS, Due.EXIT_STEP, ticker)
