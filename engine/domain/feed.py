"""What a feed of the exchange tells the engine: frozen values in integer units.

Prices are YES prices in basis points, counts hundredths of a contract, money micro-dollars, times unix
nanoseconds of the exchange. ``None`` means that the exchange did not say.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

import msgspec

from engine.domain.fill import Fill
from engine.domain.market import Outcome
from engine.domain.order import BookSide, VenueOrderStatus
from engine.domain.price_grid import PriceGrid
from engine.domain.units import CountC, MicroDollars, Nanoseconds, PriceBp


class Channel(StrEnum):
    """Names as the exchange spells them."""

    BOOK = "orderbook_delta"
    TICKER = "ticker"
    TRADE = "trade"
    FILL = "fill"
    ORDERS = "user_orders"
    POSITIONS = "market_positions"
    GROUPS = "order_group_updates"
    LIFECYCLE = "market_lifecycle_v2"
    COMBO_LIFECYCLE = "multivariate_market_lifecycle"
    INDEX = "cfbenchmarks_value"
    FAST_INDEX = "cfbenchmarks_value_5hz"
    PYTH = "pyth_value"


Levels: TypeAlias = tuple[tuple[PriceBp, CountC], ...]
"""Pairs of price and count, best first."""


class StaleReason(StrEnum):
    """Why a book is not to be read."""

    GAP = "gap"
    CONFLICT = "conflict"
    UNREADABLE = "unreadable"
    LATE_FRAME = "late_frame"
    NEGATIVE_LEVEL = "negative_level"
    CROSSED = "crossed"
    CLOCK_JUMP = "clock_jump"
    OVERFLOW = "overflow"
    CHANNEL_ERROR = "channel_error"
    RESUBSCRIBED = "resubscribed"
    FEED_LOST = "feed_lost"
    DROPPED = "dropped"


class FaultKind(StrEnum):
    """What was wrong with a message. Nothing of it was used, unless said otherwise."""

    GAP = "gap"
    DUPLICATE = "duplicate"
    """A position that was applied before, with the same content: ignored."""
    CONFLICT = "conflict"
    """A position that was applied before, with other content."""
    LATE_FRAME = "late_frame"
    """A frame that was missed arrived after all."""
    OLD_SUBSCRIPTION = "old_subscription"
    UNKNOWN_SUBSCRIPTION = "unknown_subscription"
    UNKNOWN_MARKET = "unknown_market"
    UNDECODABLE = "undecodable"
    BAD_VALUE = "bad_value"
    NEGATIVE_LEVEL = "negative_level"
    CROSSED = "crossed"
    CLOCK_JUMP = "clock_jump"
    STALE_SNAPSHOT = "stale_snapshot"
    BOOK_MISMATCH = "book_mismatch"
    """A healthy book differed from a snapshot of the same clock; the snapshot was taken."""
    TIMEOUT = "timeout"
    OVERFLOW = "overflow"


class BookUpdated(msgspec.Struct, frozen=True, gc=False):
    """One level of a readable book changed by ``delta_c``."""

    ticker: str
    side: BookSide
    price_bp: PriceBp
    delta_c: CountC
    clock: int | None
    at_ns: Nanoseconds | None


class BookFresh(msgspec.Struct, frozen=True):
    """A book became readable, or was replaced as a whole."""

    ticker: str
    bids: Levels
    asks: Levels
    clock: int | None


class BookStale(msgspec.Struct, frozen=True, gc=False):
    """A book must not be read until the next BookFresh."""

    ticker: str
    reason: StaleReason


class TickerQuote(msgspec.Struct, frozen=True, gc=False):
    """Best prices and totals. An empty side, and a market that never traded, have ``None``."""

    ticker: str
    last_bp: PriceBp | None
    yes_bid_bp: PriceBp | None
    yes_ask_bp: PriceBp | None
    yes_bid_c: CountC
    yes_ask_c: CountC
    last_trade_c: CountC | None
    volume_c: CountC
    open_interest_c: CountC
    at_ns: Nanoseconds


class PublicTrade(msgspec.Struct, frozen=True, gc=False):
    trade_id: str
    ticker: str
    price_bp: PriceBp
    count_c: CountC
    taker_side: BookSide
    is_block: bool
    at_ns: Nanoseconds


class FillSeen(msgspec.Struct, frozen=True):
    """One of our fills, with the position that the exchange says follows from it."""

    fill: Fill
    post_position_c: CountC
    subaccount: int


class OrderSeen(msgspec.Struct, frozen=True):
    """One of our orders as it is now. ``status`` is None where the exchange says ``unknown``."""

    order_id: str
    client_order_id: str
    ticker: str
    side: BookSide
    status: VenueOrderStatus | None
    price_bp: PriceBp
    initial_c: CountC
    filled_c: CountC
    remaining_c: CountC
    taker_cost_ud: MicroDollars
    maker_cost_ud: MicroDollars
    taker_fees_ud: MicroDollars
    maker_fees_ud: MicroDollars
    reason: str
    order_group_id: str | None
    created_ns: Nanoseconds | None
    updated_ns: Nanoseconds | None
    expires_ns: Nanoseconds | None
    exchange_index: int
    subaccount: int


class PositionSeen(msgspec.Struct, frozen=True, gc=False):
    """``count_c`` is signed: above zero YES, below NO."""

    ticker: str
    count_c: CountC
    cost_ud: MicroDollars
    realised_ud: MicroDollars
    fees_ud: MicroDollars
    volume_c: CountC
    subaccount: int


class GroupKind(StrEnum):
    CREATED = "created"
    TRIGGERED = "triggered"
    RESET = "reset"
    DELETED = "deleted"
    LIMIT_UPDATED = "limit_updated"


class GroupSeen(msgspec.Struct, frozen=True, gc=False):
    order_group_id: str
    kind: GroupKind
    contracts_limit_c: CountC | None
    at_ns: Nanoseconds | None


class LifecycleKind(StrEnum):
    CREATED = "created"
    ACTIVATED = "activated"
    DEACTIVATED = "deactivated"
    CLOSE_DATE_UPDATED = "close_date_updated"
    DETERMINED = "determined"
    SETTLED = "settled"
    PRICE_LEVEL_STRUCTURE_UPDATED = "price_level_structure_updated"
    METADATA_UPDATED = "metadata_updated"


class LifecycleSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a market's life; only the fields of its kind are set."""

    kind: LifecycleKind
    ticker: str
    is_combo: bool = False
    event_ticker: str | None = None
    open_ns: Nanoseconds | None = None
    close_ns: Nanoseconds | None = None
    determined_ns: Nanoseconds | None = None
    settled_ns: Nanoseconds | None = None
    outcome: Outcome | None = None
    settlement_bp: PriceBp | None = None
    price_level_structure: str | None = None
    grid: PriceGrid | None = None
    strike_type: str | None = None
    floor_strike: Decimal | None = None
    cap_strike: Decimal | None = None
    yes_sub_title: str | None = None
    no_sub_title: str | None = None
    exchange_index: int | None = None


class EventSeen(msgspec.Struct, frozen=True):
    event_ticker: str
    series_ticker: str
    title: str
    mutually_exclusive: bool
    exchange_index: int | None


class EventFeeSeen(msgspec.Struct, frozen=True):
    """An override of an event's fees; ``None`` takes it back. The multiplier is in millionths."""

    event_ticker: str
    fee_type: str | None
    multiplier_millionths: int | None


class IndexSeen(msgspec.Struct, frozen=True):
    """One value of a settlement index or underlying, as decimal numbers. ``window_average`` is the running
    mean of the minute before a quarter of an hour, of ``window_count`` values so far."""

    channel: Channel
    index_id: str
    value: Decimal
    source_ns: Nanoseconds | None
    received_ns: Nanoseconds
    average_60s: Decimal | None = None
    window_average: Decimal | None = None
    window_count: int | None = None


class FeedConnected(msgspec.Struct, frozen=True):
    """``attempt`` counts connections since the feed was started, from 1."""

    attempt: int


class FeedAlive(msgspec.Struct, frozen=True, gc=False):
    """The exchange was heard within the last beat, if only by the pong to a ping: a quiet market is no
    silent feed."""


class FeedLost(msgspec.Struct, frozen=True):
    """No connection. Every book has been reported stale before this."""

    reason: str


class ReconcileNeeded(msgspec.Struct, frozen=True):
    """Messages of these channels may have been missed and will not come again: ask over REST."""

    channels: tuple[Channel, ...]
    reason: str


class StreamFault(msgspec.Struct, frozen=True):
    """Something came that could not be used; ``expected`` and ``got`` are sequence numbers or clocks."""

    kind: FaultKind
    detail: str
    channel: Channel | None = None
    sid: int | None = None
    ticker: str | None = None
    expected: int | None = None
    got: int | None = None


class CommandRefused(msgspec.Struct, frozen=True):
    """An error frame. ``code`` is one of engine.wire.stream.StreamErrorCode; 0 stands for a time-out."""

    code: int
    message: str
    channel: Channel | None = None
    tickers: tuple[str, ...] = ()


FeedEvent: TypeAlias = (
    BookUpdated
    | BookFresh
    | BookStale
    | TickerQuote
    | PublicTrade
    | FillSeen
    | OrderSeen
    | PositionSeen
    | GroupSeen
    | LifecycleSeen
    | EventSeen
    | EventFeeSeen
    | IndexSeen
    | FeedConnected
    | FeedAlive
    | FeedLost
    | ReconcileNeeded
    | StreamFault
    | CommandRefused
)
