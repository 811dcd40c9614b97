"""Fills are booked once each, with whose they are.

A fill of an order whose exchange id we do not know yet waits for it: as long as an order of ours in that
market is in doubt, the fill may be its.
"""

from __future__ import annotations

from engine.core.desk import Desk
from engine.core.doubts import Doubts
from engine.core.effects import AlertLevel, ReadFills
from engine.core.facts.money import FillBooked, ReadThrough
from engine.core.facts.orders import EXTERNAL
from engine.core.fill_words import fill_line, foreign_line
from engine.core.foreign import seen_foreign
from engine.core.order_record import OrderRecord
from engine.core.timers import Due
from engine.domain.fill import Fill
from engine.domain.order import OrderState
from engine.domain.units import Nanoseconds

FILLS = "fills"
_MAY_OWN = (OrderState.INTENT, OrderState.SENT, OrderState.UNKNOWN, OrderState.ABSENT)


class Fills:
    def __init__(self, desk: Desk, doubts: Doubts) -> None:
        self._desk = desk
        self._doubts = doubts
        self.held: dict[tuple[str, str], Fill] = {}
        """Fills that may belong to an order in doubt, by trade id and order id."""
        self.entries_filled: dict[str, dict[str, None]] = {}
        """By market: the entries of ours that were filled in this step, the last one last."""
        self.turned: set[str] = set()
        """Markets whose fills of this step opened a position, or turned one over."""
        self._behind: dict[str, None] = {}
        """Orders of which the exchange counts more than is booked."""

    def take(self, fill: Fill) -> bool:
        """Books a fill or holds it back; returns whether it was booked now."""
        identity = (fill.trade_id, fill.order_id)
        money = self._desk.money
        if identity in money.fills:
            self._compare(money.fills[identity], fill)
            return False
        client_order_id = self._client_order_id(fill)
        if client_order_id or not self._candidates(fill):
            self._book(fill, client_order_id)
            return True
        self.held[identity] = fill
        for candidate in self._candidates(fill):
            name = candidate.terms.client_order_id
            if name not in self._desk.in_flight and name not in self._doubts.by_order:
                self._doubts.begin(name)
        return False

    def step_ends(self) -> None:
        self.entries_filled.clear()
        self.turned.clear()

    def release(self, ticker: str) -> list[str]:
        """Books what can be told now: an order got its id, or a listing ended the doubt. Returns whose."""
        whose = []
        for identity, fill in list(self.held.items()):
            if fill.ticker != ticker:
                continue
            client_order_id = self._client_order_id(fill)
            if client_order_id or not self._is_open(fill):
                del self.held[identity]
                self._book(fill, client_order_id)
                whose.append(client_order_id)
        return whose

    def read_through(self, until_ns: Nanoseconds) -> None:
        """All fills up to here are known, unless some are held back."""
        if not self.held and until_ns > self._desk.money.read_through.get(FILLS, 0):
            self._desk.record(ReadThrough(FILLS, until_ns))

    def ask(self) -> None:
        """Reads from a while before the newest fill that was read."""
        newest = self._desk.money.read_through.get(FILLS, 0)
        self._desk.ask(ReadFills(max(0, newest - self._desk.timings.listing_overlap_ns)))

    def expect(self, client_order_id: str) -> None:
        """The exchange counts more than we have of an order: what does not come by itself is read."""
        desk = self._desk
        self._behind[client_order_id] = None
        if not desk.timers.is_set(Due.CATCH_UP):
            desk.timers.after_mono(desk.mono + desk.timings.catch_up_ns, Due.CATCH_UP)

    def behind(self, ticker: str) -> list[OrderRecord]:
        """Orders of a market of which the exchange counts more than is booked."""
        if not self._behind:
            return []
        orders = self._desk.money.orders
        records = [orders[name] for name in self._behind if orders[name].terms.ticker == ticker]
        return [record for record in records if record.venue_filled_c > record.filled_c]

    def catch_up(self) -> None:
        """Reads fills while some that the exchange counts are missing."""
        orders = self._desk.money.orders
        for name in list(self._behind):
            if orders[name].venue_filled_c <= orders[name].filled_c:
                del self._behind[name]
        if self._behind:
            self._desk.timers.after_mono(self._desk.mono + self._desk.timings.lookup_slow_ns, Due.CATCH_UP)
            self.ask()

    def _book(self, fill: Fill, client_order_id: str) -> None:
        desk = self._desk
        record = desk.money.orders.get(client_order_id)
        owner = EXTERNAL if record is None else record.terms.owner
        before_c = desk.held_c(fill.ticker)
        desk.record(FillBooked(fill, owner, client_order_id))
        if before_c * desk.held_c(fill.ticker) <= 0:
            self.turned.add(fill.ticker)
        desk.touch(fill.ticker)
        desk.cash_moved()
        if record is not None:
            if record.terms.opens:
                filled = self.entries_filled.setdefault(fill.ticker, {})
                filled.pop(client_order_id, None)
                filled[client_order_id] = None
            desk.alert(AlertLevel.NOTE, "FILL", fill_line(fill, record.terms), client_order_id)
            self._check_count(client_order_id)
        elif desk.is_ready:
            desk.alert(AlertLevel.WARNING, "FOREIGN_FILL", foreign_line(fill), fill.ticker)
            seen_foreign(desk)

    def _check_count(self, client_order_id: str) -> None:
        record = self._desk.money.orders[client_order_id]
        if record.filled_c > record.terms.count_c:
            self._desk.alert(
                AlertLevel.URGENT,
                "OVERFILLED",
                f"order {client_order_id}: fills hold {record.filled_c} hundredths, ordered"
                f" were {record.terms.count_c}",
            )

    def _compare(self, known: Fill, seen: Fill) -> None:
        """One trade, two stories: the first stays booked, and somebody is told."""
        if (known.side, known.price_bp, known.count_c) != (seen.side, seen.price_bp, seen.count_c):
            self._desk.alert(
                AlertLevel.URGENT, "CONFLICTING_FILL", f"trade {seen.trade_id}: got {seen}, had {known}"
            )

    def _client_order_id(self, fill: Fill) -> str:
        """Ours by the exchange's order id, else by the client id that the fill carries."""
        money = self._desk.money
        known = money.client_id_of.get(fill.order_id)
        if known is not None:
            return known
        return fill.client_order_id if fill.client_order_id in money.orders else ""

    def _candidates(self, fill: Fill) -> list[OrderRecord]:
        """Orders in this market, without an exchange id, that this fill could be of."""
        return [
            record
            for record in self._desk.nameless(fill.ticker)
            if record.state in _MAY_OWN and record.terms.side is fill.side
        ]

    def _is_open(self, fill: Fill) -> bool:
        """Whether one of the candidates is still being looked for."""
        in_flight, doubts = self._desk.in_flight, self._doubts.by_order
        return any(
            record.terms.client_order_id in in_flight or record.terms.client_order_id in doubts
            for record in self._candidates(fill)
        )
