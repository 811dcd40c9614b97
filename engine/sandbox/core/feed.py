"""What the exchange tells the world, in the order in which it happened.

Every change of the core is one of these values; the server turns them into frames. Private ones name the
account that may see them; none are made for house accounts.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

import msgspec

from engine.domain.fee import FeeType
from engine.domain.market import Outcome
from engine.domain.order import BookSide
from engine.domain.units import CountC, MicroDollars, Nanoseconds, PriceBp


class BookChanged(msgspec.Struct, frozen=True, gc=False):
    """A level of the YES book grew or shrank by ``delta_c``. ``clock`` counts the market's changes."""

    ticker: str
    side: BookSide
    price_bp: PriceBp
    delta_c: CountC
    clock: int
    at_ns: Nanoseconds
    account_id: str = ""
    """The customer whose order made the change, else empty; only that one is shown the client order id."""
    client_order_id: str = ""


class Traded(msgspec.Struct, frozen=True, gc=False):
    """A public print at a YES price."""

    trade_id: str
    ticker: str
    price_bp: PriceBp
    count_c: CountC
    taker_side: BookSide
    at_ns: Nanoseconds


class Filled(msgspec.Struct, frozen=True, gc=False):
    """A customer's side of a trade, with the position after it."""

    account_id: str
    trade_id: str
    order_id: str
    client_order_id: str
    ticker: str
    side: BookSide
    price_bp: PriceBp
    count_c: CountC
    fee_ud: MicroDollars
    is_taker: bool
    post_position_c: CountC
    exchange_index: int
    at_ns: Nanoseconds


class OrderChanged(msgspec.Struct, frozen=True, gc=False):
    """A customer's order is new or changed; read it from the exchange by its id."""

    account_id: str
    order_id: str
    reason: str
    """As the wire names it: Trade, Amend, Decrease, ExpiryCancel, CloseCancel, ... or empty."""


class PositionChanged(msgspec.Struct, frozen=True, gc=False):
    """A customer's holding in a market changed; read it from the exchange."""

    account_id: str
    ticker: str


class GroupEvent(StrEnum):
    CREATED = "created"
    TRIGGERED = "triggered"
    RESET = "reset"
    DELETED = "deleted"
    LIMIT_UPDATED = "limit_updated"


class GroupChanged(msgspec.Struct, frozen=True, gc=False):
    account_id: str
    order_group_id: str
    event: GroupEvent
    contracts_limit_c: CountC
    at_ns: Nanoseconds


class LifecycleEvent(StrEnum):
    """The lifecycle messages of the exchange. Opening and closing by the clock make none."""

    CREATED = "created"
    ACTIVATED = "activated"
    DEACTIVATED = "deactivated"
    CLOSE_DATE_UPDATED = "close_date_updated"
    DETERMINED = "determined"
    SETTLED = "settled"
    PRICE_LEVEL_STRUCTURE_UPDATED = "price_level_structure_updated"
    METADATA_UPDATED = "metadata_updated"


class MarketChanged(msgspec.Struct, frozen=True, gc=False):
    """A market's life moved on; what it is now is read from the exchange."""

    ticker: str
    event: LifecycleEvent
    at_ns: Nanoseconds
    outcome: Outcome = Outcome.UNKNOWN
    settlement_bp: PriceBp | None = None


class EventListed(msgspec.Struct, frozen=True, gc=False):
    event_ticker: str


class EventFeesChanged(msgspec.Struct, frozen=True, gc=False):
    """An event's fees were overridden, or (None) are its series' again. Fills from here on are charged so."""

    fee_change_id: str
    event_ticker: str
    fee_type: FeeType | None
    multiplier_millionths: int | None
    at_ns: Nanoseconds


class StatusChanged(msgspec.Struct, frozen=True, gc=False):
    """The exchange, or one shard of it, was paused or resumed."""

    exchange_index: int
    exchange_active: bool
    trading_active: bool
    at_ns: Nanoseconds


class IndexValue(msgspec.Struct, frozen=True, gc=False):
    """One value of a settlement index, once a second. Values are decimal text as the index prints them."""

    index_id: str
    at_ns: Nanoseconds
    value: str
    average_60s: str
    """Mean of the sixty seconds that end at ``at_ns``."""
    window_average: str | None = None
    """Running mean of the settlement minute; only in the last minute of a quarter of an hour."""
    window_size: int = 0


FeedEvent: TypeAlias = (
    BookChanged
    | Traded
    | Filled
    | OrderChanged
    | PositionChanged
    | GroupChanged
    | MarketChanged
    | EventListed
    | EventFeesChanged
    | StatusChanged
    | IndexValue
)
