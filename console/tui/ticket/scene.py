"""All that an order is judged by, as one value: the book, what is held, the cash, the limits, the lease."""

from __future__ import annotations

from dataclasses import dataclass, field

from console.tui.ticket.bounds import Bounds
from engine.control.rows.account import CashRow, PositionRow
from engine.control.rows.markets import Levels
from engine.control.rows.orders import OrderRow
from engine.domain.fee import FeeSchedule
from engine.domain.market import MarketStatus
from engine.domain.order import Leg, OrderState, TimeInForce
from engine.domain.plan import ExitCause
from engine.domain.price_grid import PriceGrid
from engine.domain.units import ONE_CONTRACT_C, CountC, Nanoseconds, PriceBp, complement

NEVER_ANSWERED = frozenset({OrderState.INTENT, OrderState.SENT, OrderState.UNKNOWN})
"""What became of orders in these states is not known."""
WORKING = NEVER_ANSWERED | {OrderState.RESTING, OrderState.PARTIAL}


@dataclass(frozen=True, slots=True)
class Scene:
    """One market at one moment. None is what nobody knows; a scene of nothing refuses every entry.

    ``bids`` and ``asks`` are YES levels, best first. ``orders`` are ours in this market: working ones and
    lately ended ones. ``is_roomy`` says that a whole REVIEW fits on the screen.
    """

    ticker: str
    now_ns: Nanoseconds = 0
    """Exchange time."""
    venue: str = ""
    mode: str = ""
    entries_stopped: str = ""
    """Why the engine takes no entries; empty while it does."""
    is_attached: bool = False
    is_ready: bool = False
    is_observing: bool = False
    is_armed: bool = False
    armed_by: str = ""
    """Who else holds the lease."""
    label: str = ""
    status: MarketStatus | None = None
    close_ns: Nanoseconds | None = None
    shard: int | None = None
    grid: PriceGrid | None = None
    fees: FeeSchedule | None = None
    bids: Levels = ()
    asks: Levels = ()
    is_book_fresh: bool = False
    stale_reason: str = ""
    feed_age_ns: Nanoseconds | None = None
    position: PositionRow | None = None
    orders: tuple[OrderRow, ...] = ()
    cash: CashRow | None = None
    bounds: Bounds = field(default_factory=Bounds)
    is_roomy: bool = True
    usual_c: CountC = ONE_CONTRACT_C
    """The size last sent from here."""

    def leg_grid(self, leg: Leg) -> PriceGrid | None:
        """The prices that one leg may have."""
        if self.grid is None or leg is Leg.YES:
            return self.grid
        return self.grid.mirrored()

    def buying(self, leg: Leg) -> Levels:
        """What is offered of a leg, cheapest first, in prices of that leg."""
        if leg is Leg.YES:
            return self.asks
        return tuple((complement(price_bp), count_c) for price_bp, count_c in self.bids)

    def selling(self, leg: Leg) -> Levels:
        """What is bid for a leg, dearest first, in prices of that leg."""
        if leg is Leg.YES:
            return self.bids
        return tuple((complement(price_bp), count_c) for price_bp, count_c in self.asks)

    @property
    def held_leg(self) -> Leg | None:
        return None if self.position is None else self.position.leg

    @property
    def held_c(self) -> CountC:
        return 0 if self.position is None else self.position.count_c

    @property
    def free_c(self) -> CountC:
        """Contracts held that no working order of ours takes off already. A plan's take profit that rests is
        no such order: the engine takes it back first, and a sale waits for what came of it."""
        taking = (o for o in self.orders if o.state in WORKING and not o.opens)
        return max(0, self.held_c - sum(o.remaining_c for o in taking if not is_resting_profit(o)))

    @property
    def resting_profit(self) -> OrderRow | None:
        """The take profit of the position's plan, while it rests at the exchange."""
        return next((o for o in self.orders if o.state in WORKING and is_resting_profit(o)), None)

    def order(self, client_order_id: str) -> OrderRow | None:
        return next((o for o in self.orders if o.client_order_id == client_order_id), None)


def is_resting_profit(order: OrderRow) -> bool:
    """Whether it is a plan's take profit that waits at its price; one that is taken at once is none."""
    rests = order.time_in_force is TimeInForce.GOOD_TILL_CANCELED
    return rests and order.exit_cause == ExitCause.TAKE_PROFIT


def reach_bp(levels: Levels, count_c: CountC) -> PriceBp | None:
    """The worst price needed for ``count_c``, or the last one there is; None of an empty side."""
    wanted_c = count_c
    for price_bp, available_c in levels:
        wanted_c -= available_c
        if wanted_c <= 0:
            return price_bp
    return levels[-1][0] if levels else None
