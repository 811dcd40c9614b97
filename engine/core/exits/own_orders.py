"""Our own orders in a market as an exit sees them: what stands in its way, and what is not known yet."""

from __future__ import annotations

from engine.core.cancels import Cancels
from engine.core.changes import EXTERNAL, CancelState
from engine.core.desk import Desk
from engine.core.doubts import Doubts
from engine.core.exits.watch import Watch
from engine.core.money import OrderRecord
from engine.domain.order import BookSide, Leg, TimeInForce
from engine.domain.plan import ExitCause
from engine.domain.units import CountC

_GTC = TimeInForce.GOOD_TILL_CANCELED


def sells(leg: Leg) -> BookSide:
    """The side of the YES book on which a leg is sold."""
    return BookSide.ASK if leg is Leg.YES else BookSide.BID


def is_profit(record: OrderRecord) -> bool:
    """Whether it is a plan's take profit that rests."""
    return record.terms.exit_cause == ExitCause.TAKE_PROFIT and record.terms.time_in_force is _GTC


class OwnOrders:
    def __init__(self, desk: Desk, cancels: Cancels, doubts: Doubts) -> None:
        self._desk = desk
        self._cancels = cancels
        self._doubts = doubts

    def reducing(self, ticker: str) -> list[OrderRecord]:
        """Working ones that take away from the position, oldest first."""
        return [record for record in self._desk.working(ticker) if not record.terms.opens]

    def resting_profits(self, ticker: str) -> list[OrderRecord]:
        return [record for record in self.reducing(ticker) if is_profit(record)]

    def unbooked_c(self, records: list[OrderRecord]) -> CountC:
        """What they may still take off the position as it is booked."""
        return sum(max(0, record.terms.count_c - record.filled_c) for record in records)

    def take_back(self, record: OrderRecord) -> None:
        """Has it canceled, once."""
        if record.cancel is CancelState.NONE:
            self._cancels.want(record)

    def end_entries(self, ticker: str, leg: Leg) -> None:
        """What would add to a position that is being left is canceled."""
        for record in self._desk.working(ticker):
            terms = record.terms
            if terms.opens and terms.owner != EXTERNAL and terms.side is not sells(leg):
                self.take_back(record)

    def clear(self, ticker: str, watch: Watch) -> bool:
        """Whether no order of ours reduces the position, and of those that did all is known. Resting ones are
        canceled; of the others the outcome is waited for."""
        for record in self.reducing(ticker):
            watch.sent[record.terms.client_order_id] = None
            if record.terms.time_in_force is _GTC:
                self.take_back(record)
        return self.is_known(ticker, watch) and not self.reducing(ticker)

    def is_known(self, ticker: str, watch: Watch) -> bool:
        """Whether every fill of the orders that ended is booked: a cancel that found nothing may have lost
        against one."""
        for name in list(watch.sent):
            if self._is_settled(name):
                del watch.sent[name]
        working = self._desk.money.working
        return all(name in working for name in watch.sent)

    def _is_settled(self, name: str) -> bool:
        record = self._desk.money.orders.get(name)
        if record is None:
            return True
        if name in self._desk.money.working or name in self._doubts.by_order:
            return False
        return record.filled_c >= record.venue_filled_c
