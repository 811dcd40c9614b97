"""Our own orders in a market as an exit sees them: what stands in its way, and what is not known yet."""

from __future__ import annotations

from engine.core.cancels import Cancels
from engine.core.desk import Desk
from engine.core.doubts import Doubts
from engine.core.facts.orders import EXTERNAL, CancelState
from engine.core.fills import Fills
from engine.core.order_record import OrderRecord
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
    def __init__(self, desk: Desk, cancels: Cancels, doubts: Doubts, fills: Fills) -> None:
        self._desk = desk
        self._cancels = cancels
        self._doubts = doubts
        self._fills = fills

    def reducing(self, ticker: str) -> list[OrderRecord]:
        """Working ones that take away from the position, oldest first."""
        return [record for record in self._desk.working(ticker) if not record.terms.opens]

    def resting_profits(self, ticker: str) -> list[OrderRecord]:
        return [record for record in self.reducing(ticker) if is_profit(record)]

    def may_sell_c(self, ticker: str, leg: Leg, but: OrderRecord | None = None) -> CountC:
        """What all orders but one may still take off the position as it is booked: those that work, entries
        of the other leg among them, and those that ended while not every fill of them is known."""
        side, orders = sells(leg), self._desk.money.orders
        names = dict.fromkeys(self._desk.working_names(ticker))
        names.update((name, None) for name, _ in self._doubts.of_market(ticker))
        names.update((record.terms.client_order_id, None) for record in self._fills.behind(ticker))
        others = [orders[name] for name in names if orders[name].terms.side is side]
        return sum(self._may_fill_c(record) for record in others if record is not but)

    def _may_fill_c(self, record: OrderRecord) -> CountC:
        """Not booked yet, and traded or still able to."""
        name = record.terms.client_order_id
        if name in self._desk.money.working or name in self._doubts.by_order:
            return max(0, record.terms.count_c - record.filled_c)
        return max(0, record.venue_filled_c - record.filled_c)

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

    def clear(self, ticker: str, leg: Leg) -> bool:
        """Whether no order of ours reduces the position, and of those that did all is known. Resting ones are
        canceled; of the others the outcome is waited for."""
        reducing = self.reducing(ticker)
        for record in reducing:
            if record.terms.time_in_force is _GTC:
                self.take_back(record)
        return not reducing and self.is_known(ticker, leg)

    def is_known(self, ticker: str, leg: Leg) -> bool:
        """Whether every fill of the orders that ended is booked: a cancel that found nothing may have lost
        against one."""
        side, working = sells(leg), self._desk.money.working
        doubted = [self._desk.money.orders[name] for name, _ in self._doubts.of_market(ticker)]
        ended = [r for r in doubted if r.terms.client_order_id not in working]
        ended += [r for r in self._fills.behind(ticker) if r.terms.client_order_id not in working]
        return not any(record.terms.side is side for record in ended)
