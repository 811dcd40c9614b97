"""Facts of plans, and of sales that wait for a plan's order to go."""

from __future__ import annotations

import msgspec

from engine.core.facts.fact import Fact
from engine.core.facts.orders import OrderTerms
from engine.domain.order import Leg
from engine.domain.plan import PlanState, PlanTerms, Retirement
from engine.domain.units import CountC, Nanoseconds, PriceBp


class PlanSet(Fact, frozen=True, tag="plan_set"):
    """A market's position is guarded from now on, in place of what guarded it. Prices are of ``leg``.

    ``entry`` is the order that brings the plan, or that works still; the average price ``entry_bp`` follows
    its fills. No stop loss looks for ``grace_ns`` of monotonic time from now.
    """

    ticker: str
    leg: Leg
    owner: str
    terms: PlanTerms
    count_c: CountC
    entry_bp: PriceBp
    opened_at: Nanoseconds
    at: Nanoseconds
    grace_ns: Nanoseconds = 0
    entry: str = ""
    who: str = ""


class PlanMoved(Fact, frozen=True, tag="plan_moved"):
    """What of a plan changes while it lives, all of it. ``numbers`` are what was looked at, where that
    made it change."""

    ticker: str
    state: PlanState
    count_c: CountC
    entry_bp: PriceBp
    at: Nanoseconds
    is_leaving: bool = False
    cause: str = ""
    text: str = ""
    best_bp: PriceBp | None = None
    low_at: Nanoseconds | None = None
    low_ns: Nanoseconds = 0
    numbers: dict[str, int | str] = msgspec.field(default_factory=dict)


class PlanRetired(Fact, frozen=True, tag="plan_retired"):
    """A plan is over."""

    ticker: str
    why: Retirement
    at: Nanoseconds
    text: str = ""


class SaleWaits(Fact, frozen=True, tag="sale_waits"):
    """A sale is wanted and goes out once the market's take profit is out of its way.

    With ``terms`` it is a sale at a price of its own; without, a close: ``count_c`` (0: all) at the book's
    price, not under ``limit_bp`` of the leg held.
    """

    ticker: str
    client_order_id: str
    owner: str
    at: Nanoseconds
    count_c: CountC = 0
    limit_bp: PriceBp | None = None
    terms: OrderTerms | None = None


class SaleEnded(Fact, frozen=True, tag="sale_ended"):
    """Nobody waits for it any more: its order has an outcome (``cause`` empty), or why it has none."""

    ticker: str
    client_order_id: str
    at: Nanoseconds
    cause: str = ""
