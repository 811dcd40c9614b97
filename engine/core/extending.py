"""Resting entries end by themselves; while somebody lives here their expiry is moved on.

An amendment of the expiry alone keeps the place in the queue.
"""

from __future__ import annotations

from engine.core.desk import Asked, Desk
from engine.core.effects import AmendOrder
from engine.core.facts.orders import CancelState, OrderAmended
from engine.core.order_record import OrderRecord
from engine.core.pauses import is_paused, resting_until_ns
from engine.core.timers import Due
from engine.domain.order import OrderState
from engine.domain.units import SECOND_NS, Nanoseconds


class Extending:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._asked: dict[str, Nanoseconds] = {}

    def watch(self, record: OrderRecord) -> None:
        """Sets the time of the next extension; called when an order comes back at a start."""
        expires_ns = record.terms.expires_ns
        if expires_ns is not None:
            when = expires_ns - self._desk.timings.extend_before_ns
            self._desk.timers.after_at(when, Due.EXTEND, record.terms.client_order_id)

    def extend(self, client_order_id: str) -> None:
        """Asks for a later expiry, if the order rests and nobody wants it gone."""
        desk = self._desk
        record = desk.money.orders.get(client_order_id)
        if record is None or client_order_id not in desk.money.working or desk.is_stopping:
            return
        rests = record.state in (OrderState.RESTING, OrderState.PARTIAL)
        if record.cancel is not CancelState.NONE:
            return
        is_held = is_paused(desk, record.terms.exchange_index)
        if not rests or client_order_id in desk.in_flight or is_held:
            self._later(client_order_id)
            return
        until = resting_until_ns(desk, desk.markets.get(record.terms.ticker))
        if record.terms.expires_ns is not None and until <= record.terms.expires_ns:
            return
        self._asked[client_order_id] = until
        desk.in_flight[client_order_id] = Asked.AMEND
        terms = record.terms
        desk.ask(
            AmendOrder(
                client_order_id,
                record.order_id,
                terms.ticker,
                terms.side,
                terms.price_bp,
                terms.count_c,
                until,
            )
        )

    def settled(self, client_order_id: str, is_done: bool) -> None:
        """The outcome of an amendment. What is not known shows in the next sighting of the order."""
        desk = self._desk
        desk.in_flight.pop(client_order_id, None)
        until = self._asked.pop(client_order_id, None)
        record = desk.money.orders[client_order_id]
        if client_order_id not in desk.money.working or until is None:
            return
        if not is_done:
            self._later(client_order_id)
            return
        terms = record.terms
        if terms.expires_ns != until:
            desk.record(OrderAmended(client_order_id, terms.price_bp, terms.count_c, until, desk.at))
        self.watch(desk.money.orders[client_order_id])

    def _later(self, client_order_id: str) -> None:
        """Soon again, and well before the expiry."""
        desk = self._desk
        expires_ns = desk.money.orders[client_order_id].terms.expires_ns
        if expires_ns is None or expires_ns <= desk.at:
            return
        wait = min(desk.timings.extend_retry_ns, (expires_ns - desk.at) // 2)
        desk.timers.after_at(desk.at + max(wait, SECOND_NS), Due.EXTEND, client_order_id)
