"""Facts of orders: intended, moved, looked for, canceled, amended; and order groups, which brake them."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from engine.core.facts.fact import Fact
from engine.core.group_record import GroupState
from engine.domain.order import BookSide, Leg, OrderState, TimeInForce
from engine.domain.plan import PlanTerms
from engine.domain.units import CountC, Nanoseconds, PriceBp

MANUAL = "manual"
EXTERNAL = "external"


class OrderTerms(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What was decided once and never changes by itself; ``owner`` is manual, external or a strategy."""

    client_order_id: str
    owner: str
    ticker: str
    leg: Leg
    side: BookSide
    price_bp: PriceBp
    """The YES price."""
    count_c: CountC
    time_in_force: TimeInForce
    opens: bool
    exchange_index: int
    post_only: bool = False
    reduce_only: bool = False
    expires_ns: Nanoseconds | None = None
    key: str = ""
    plan: PlanTerms | None = None
    """What guards the position that an entry opens."""
    exit_cause: str = ""
    """Of an order that a plan sends: an :class:`ExitCause`."""
    group: str = ""
    """The exchange's id of the order group that brakes a strategy's entries; none of any other order."""
    wait_ns: Nanoseconds | None = None
    """Of a strategy's entry that rests: how long it works, in monotonic time, before what is left of it is
    canceled; None: as long as all of them."""


class OrderIntended(Fact, frozen=True, tag="order_intended"):
    """An order is wanted. Once this is durable it may have been sent, whatever else is known."""

    terms: OrderTerms
    at: Nanoseconds
    numbers: dict[str, int | str] = msgspec.field(default_factory=dict)
    """What the risk gate saw: book, limits, use."""


class OrderAdopted(Fact, frozen=True, tag="order_adopted"):
    """An order of this account that is not ours was found at the exchange."""

    terms: OrderTerms
    order_id: str
    state: OrderState
    filled_c: CountC
    at: Nanoseconds


class OrderMoved(Fact, frozen=True, tag="order_moved"):
    """An order's state, with what made us believe it. Fills are facts of their own."""

    client_order_id: str
    state: OrderState
    at: Nanoseconds
    order_id: str = ""
    venue_filled_c: CountC | None = None
    cause: str = ""


class OrderResent(Fact, frozen=True, tag="order_resent"):
    """The same request and id go out again after complete listings proved the order absent."""

    client_order_id: str
    at: Nanoseconds


class NotFound(Fact, frozen=True, tag="not_found"):
    """One complete listing, late enough to hold the order, did not hold it."""

    client_order_id: str
    times: int
    at: Nanoseconds


class CancelState(StrEnum):
    NONE = "none"
    ASKED = "asked"
    UNKNOWN = "unknown"


class CancelMoved(Fact, frozen=True, tag="cancel_moved"):
    client_order_id: str
    cancel: CancelState
    at: Nanoseconds


class OrderAmended(Fact, frozen=True, tag="order_amended"):
    client_order_id: str
    price_bp: PriceBp
    count_c: CountC
    expires_ns: Nanoseconds | None
    at: Nanoseconds


class GroupMoved(Fact, frozen=True, tag="group_moved"):
    """What a strategy's order group on a shard is from now on, all of it; GONE: there is none."""

    strategy: str
    exchange_index: int
    state: GroupState
    at: Nanoseconds
    group_id: str = ""
    limit_c: CountC = 0
    text: str = ""
    before: tuple[str, ...] = ()
    triggered_ns: Nanoseconds | None = None
