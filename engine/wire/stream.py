"""WebSocket frames: what a client sends, and everything that the exchange may say.

A frame is ``{"type", "sid"?, "seq"?, "id"?, "sending_ts_ms"?, "msg"?}``. ``seq`` counts per subscription
(sid), over all of its markets. Every message is its own type, told apart by ``type``, so that one decoder
call yields a finished value. An unknown type is a decoding error, for the caller to count.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec
from msgspec import UnsetType

from engine.wire.markets import Level, PriceRange
from engine.wire.shape import ABSENT, MaybeBool, MaybeInt, MaybeNumber, MaybeText, Shape


class CommandParams(Shape, omit_defaults=True, frozen=True, kw_only=True):
    """The parameters of every command; which ones count depends on the command."""

    channels: list[str] | UnsetType = ABSENT
    market_ticker: str | UnsetType = ABSENT
    market_tickers: list[str] | UnsetType = ABSENT
    market_id: str | UnsetType = ABSENT
    market_ids: list[str] | UnsetType = ABSENT
    sid: int | UnsetType = ABSENT
    sids: list[int] | UnsetType = ABSENT
    action: str | UnsetType = ABSENT
    send_initial_snapshot: bool | UnsetType = ABSENT
    skip_ticker_ack: bool | UnsetType = ABSENT
    use_yes_price: bool | UnsetType = ABSENT
    index_ids: list[str] | UnsetType = ABSENT
    underlying_tickers: list[str] | UnsetType = ABSENT
    shard_factor: int | UnsetType = ABSENT
    shard_key: int | UnsetType = ABSENT


class Command(Shape, omit_defaults=True, frozen=True, kw_only=True):
    """``cmd`` is subscribe, update_subscription, unsubscribe or list_subscriptions; id 0 is no id."""

    id: int = 0
    cmd: str
    params: CommandParams | UnsetType = ABSENT


class Frame(Shape, tag_field="type", gc=False, frozen=True, kw_only=True):
    """What every frame may carry besides its own message."""

    sending_ts_ms: int | UnsetType = ABSENT


class SubscribedMessage(Shape, frozen=True, kw_only=True):
    channel: str
    sid: int


class Subscribed(Frame, tag="subscribed", frozen=True, kw_only=True):
    id: int | UnsetType = ABSENT
    msg: SubscribedMessage


class Ok(Frame, tag="ok", frozen=True, kw_only=True):
    """Answers update_subscription (``msg`` holds the full list after it) and list_subscriptions (a list)."""

    id: int | UnsetType = ABSENT
    sid: int | UnsetType = ABSENT
    seq: int | UnsetType = ABSENT
    msg: Any = ABSENT


class Unsubscribed(Frame, tag="unsubscribed", frozen=True, kw_only=True):
    id: int | UnsetType = ABSENT
    sid: int
    seq: int | UnsetType = ABSENT


class StreamErrorMessage(Shape, frozen=True, kw_only=True):
    code: int
    msg: str
    market_ticker: MaybeText = ABSENT
    market_tickers: list[str] | UnsetType | None = ABSENT


class StreamError(Frame, tag="error", frozen=True, kw_only=True):
    id: int | UnsetType = ABSENT
    sid: int | UnsetType = ABSENT
    seq: int | UnsetType = ABSENT
    msg: StreamErrorMessage


class BookSnapshotMessage(Shape, gc=False, frozen=True, kw_only=True):
    """Bids of both legs, ascending; an empty side's key is left out."""

    market_ticker: str
    market_id: MaybeText = ABSENT
    clock: int | UnsetType = ABSENT
    yes_dollars_fp: list[Level] | UnsetType = ABSENT
    no_dollars_fp: list[Level] | UnsetType = ABSENT


class BookSnapshot(Frame, tag="orderbook_snapshot", frozen=True, kw_only=True):
    id: int | UnsetType = ABSENT
    sid: int
    seq: int
    msg: BookSnapshotMessage


class BookDeltaMessage(Shape, gc=False, frozen=True, kw_only=True):
    """``delta_fp`` is signed; ``side`` names the leg whose bids changed."""

    market_ticker: str
    market_id: MaybeText = ABSENT
    clock: int | UnsetType = ABSENT
    price_dollars: str
    delta_fp: str
    side: str
    client_order_id: MaybeText = ABSENT
    subaccount: MaybeInt = ABSENT
    ts: MaybeText = ABSENT
    ts_ms: int | UnsetType = ABSENT


class BookDelta(Frame, tag="orderbook_delta", frozen=True, kw_only=True):
    sid: int
    seq: int
    msg: BookDeltaMessage


class TickerMessage(Shape, gc=False, frozen=True, kw_only=True):
    market_ticker: str
    market_id: MaybeText = ABSENT
    price_dollars: str
    yes_bid_dollars: str
    yes_ask_dollars: str
    yes_bid_size_fp: str
    yes_ask_size_fp: str
    last_trade_size_fp: MaybeText = ABSENT
    volume_fp: str
    open_interest_fp: str
    dollar_volume: MaybeInt = ABSENT
    dollar_open_interest: MaybeInt = ABSENT
    ts: int
    ts_ms: int | UnsetType = ABSENT
    time: MaybeText = ABSENT


class Ticker(Frame, tag="ticker", frozen=True, kw_only=True):
    sid: int
    seq: int | UnsetType = ABSENT
    msg: TickerMessage


class TradeMessage(Shape, gc=False, frozen=True, kw_only=True):
    trade_id: str
    market_ticker: str
    yes_price_dollars: str
    no_price_dollars: str
    count_fp: str
    taker_side: MaybeText = ABSENT
    taker_outcome_side: str
    taker_book_side: str
    is_block_trade: MaybeBool = ABSENT
    ts: int
    ts_ms: int | UnsetType = ABSENT


class TradePrint(Frame, tag="trade", frozen=True, kw_only=True):
    sid: int
    seq: int | UnsetType = ABSENT
    msg: TradeMessage


class FillMessage(Shape, gc=False, frozen=True, kw_only=True):
    trade_id: str
    order_id: str
    client_order_id: MaybeText = ABSENT
    market_ticker: str
    exchange_index: MaybeInt = ABSENT
    is_taker: bool
    side: MaybeText = ABSENT
    action: MaybeText = ABSENT
    purchased_side: MaybeText = ABSENT
    outcome_side: str
    book_side: str
    yes_price_dollars: str
    count_fp: str
    fee_cost: str
    post_position_fp: str
    subaccount: MaybeInt = ABSENT
    ts: int
    ts_ms: int | UnsetType = ABSENT


class FillNotice(Frame, tag="fill", frozen=True, kw_only=True):
    sid: int
    msg: FillMessage


class UserOrderMessage(Shape, gc=False, frozen=True, kw_only=True):
    """The market is under ``ticker`` here, not ``market_ticker``."""

    order_id: str
    user_id: MaybeText = ABSENT
    ticker: str
    exchange_index: MaybeInt = ABSENT
    status: str
    side: MaybeText = ABSENT
    is_yes: MaybeBool = ABSENT
    outcome_side: str
    book_side: str
    yes_price_dollars: str
    fill_count_fp: str
    remaining_count_fp: str
    initial_count_fp: str
    taker_fill_cost_dollars: str
    maker_fill_cost_dollars: str
    taker_fees_dollars: str
    maker_fees_dollars: str
    client_order_id: str
    order_group_id: MaybeText = ABSENT
    self_trade_prevention_type: MaybeText = ABSENT
    created_time: MaybeText = ABSENT
    created_ts_ms: MaybeInt = ABSENT
    last_update_time: MaybeText = ABSENT
    last_updated_ts_ms: MaybeInt = ABSENT
    last_update_reason: MaybeText = ABSENT
    expiration_time: MaybeText = ABSENT
    expiration_ts_ms: MaybeInt = ABSENT
    subaccount_number: MaybeInt = ABSENT


class UserOrder(Frame, tag="user_order", frozen=True, kw_only=True):
    sid: int
    msg: UserOrderMessage


class MarketPositionMessage(Shape, gc=False, frozen=True, kw_only=True):
    user_id: MaybeText = ABSENT
    market_ticker: str
    position_fp: str
    position_cost_dollars: str
    realized_pnl_dollars: str
    fees_paid_dollars: str
    position_fee_cost_dollars: MaybeText = ABSENT
    volume_fp: str
    subaccount: MaybeInt = ABSENT


class MarketPositionNotice(Frame, tag="market_position", frozen=True, kw_only=True):
    sid: int
    msg: MarketPositionMessage


class OrderGroupMessage(Shape, gc=False, frozen=True, kw_only=True):
    event_type: str
    order_group_id: str
    contracts_limit_fp: MaybeText = ABSENT
    ts_ms: MaybeInt = ABSENT


class OrderGroupUpdate(Frame, tag="order_group_updates", frozen=True, kw_only=True):
    sid: int
    seq: int
    msg: OrderGroupMessage


class MarketLifecycleMessage(Shape, gc=False, frozen=True, kw_only=True):
    """Which of the optional keys are there depends on ``event_type``."""

    event_type: str
    market_ticker: str
    exchange_index: MaybeInt = ABSENT
    open_ts: MaybeInt = ABSENT
    close_ts: MaybeInt = ABSENT
    price_level_structure: MaybeText = ABSENT
    price_ranges: list[PriceRange] | UnsetType | None = ABSENT
    additional_metadata: dict[str, Any] | UnsetType | None = ABSENT
    is_deactivated: MaybeBool = ABSENT
    determination_ts: MaybeInt = ABSENT
    result: MaybeText = ABSENT
    settlement_value: MaybeText = ABSENT
    settled_ts: MaybeInt = ABSENT
    strike_type: MaybeText = ABSENT
    floor_strike: MaybeNumber = ABSENT
    cap_strike: MaybeNumber = ABSENT
    custom_strike: dict[str, Any] | UnsetType | None = ABSENT
    yes_sub_title: MaybeText = ABSENT
    no_sub_title: MaybeText = ABSENT


class MarketLifecycle(Frame, tag="market_lifecycle_v2", frozen=True, kw_only=True):
    sid: int
    seq: int | UnsetType = ABSENT
    msg: MarketLifecycleMessage


class EventLifecycleMessage(Shape, gc=False, frozen=True, kw_only=True):
    event_ticker: str
    exchange_index: MaybeInt = ABSENT
    title: MaybeText = ABSENT
    subtitle: MaybeText = ABSENT
    collateral_return_type: MaybeText = ABSENT
    series_ticker: str
    strike_date: str | int | UnsetType | None = ABSENT
    strike_period: MaybeText = ABSENT


class EventLifecycle(Frame, tag="event_lifecycle", frozen=True, kw_only=True):
    sid: int
    seq: int | UnsetType = ABSENT
    msg: EventLifecycleMessage


class EventFeeMessage(Shape, gc=False, frozen=True, kw_only=True):
    event_ticker: str
    fee_type_override: str | None = None
    fee_multiplier_override: int | float | None = None


class EventFeeUpdate(Frame, tag="event_fee_update", frozen=True, kw_only=True):
    sid: int
    seq: int | UnsetType = ABSENT
    msg: EventFeeMessage


class ComboLifecycle(Frame, tag="multivariate_market_lifecycle", frozen=True, kw_only=True):
    sid: int
    seq: int | UnsetType = ABSENT
    msg: dict[str, Any]


class IndexWindow(Shape, gc=False, frozen=True, kw_only=True):
    value: str | int | float
    window_size: int
    window_start_ts_ms: int
    window_end_ts_exclusive: int


class IndexValueMessage(Shape, gc=False, frozen=True, kw_only=True):
    """``data`` is JSON text of its own: type, id, time (ms) and value (text)."""

    index_id: str
    received_at: int
    data: str
    avg_60s_data: IndexWindow | UnsetType | None = ABSENT
    last_60s_windowed_average_15min: IndexWindow | UnsetType | None = ABSENT


class IndexValueFrame(Frame, tag="cfbenchmarks_value", frozen=True, kw_only=True):
    sid: int
    seq: int | UnsetType = ABSENT
    msg: IndexValueMessage


class FastIndexValueMessage(Shape, gc=False, frozen=True, kw_only=True):
    index_id: str
    value_usd: str
    source_ts_ms: int
    received_at: int
    data: MaybeText = ABSENT


class FastIndexValueFrame(Frame, tag="cfbenchmarks_value_5hz", frozen=True, kw_only=True):
    sid: int
    seq: int | UnsetType = ABSENT
    msg: FastIndexValueMessage


class PythValueMessage(Shape, gc=False, frozen=True, kw_only=True):
    underlying_ticker: str
    value_usd: str
    source_ts_ms: int
    received_at: int


class PythValueFrame(Frame, tag="pyth_value", frozen=True, kw_only=True):
    sid: int
    seq: int | UnsetType = ABSENT
    msg: PythValueMessage


class IndexListMessage(Shape, frozen=True, kw_only=True):
    index_ids: list[str]


class IndexList(Frame, tag="cfbenchmarks_value_indexlist", frozen=True, kw_only=True):
    id: int | UnsetType = ABSENT
    sid: int
    seq: int | UnsetType = ABSENT
    msg: IndexListMessage


class FastIndexList(Frame, tag="cfbenchmarks_value_5hz_indexlist", frozen=True, kw_only=True):
    id: int | UnsetType = ABSENT
    sid: int
    seq: int | UnsetType = ABSENT
    msg: IndexListMessage


class UnderlyingListMessage(Shape, frozen=True, kw_only=True):
    underlying_tickers: list[str]


class UnderlyingList(Frame, tag="pyth_value_underlying_list", frozen=True, kw_only=True):
    id: int | UnsetType = ABSENT
    sid: int
    seq: int | UnsetType = ABSENT
    msg: UnderlyingListMessage


AnyFrame: TypeAlias = (
    BookDelta
    | BookSnapshot
    | Ticker
    | TradePrint
    | FillNotice
    | UserOrder
    | MarketPositionNotice
    | OrderGroupUpdate
    | MarketLifecycle
    | EventLifecycle
    | EventFeeUpdate
    | ComboLifecycle
    | IndexValueFrame
    | FastIndexValueFrame
    | PythValueFrame
    | IndexList
    | FastIndexList
    | UnderlyingList
    | Subscribed
    | Ok
    | Unsubscribed
    | StreamError
)

frame_decoder: msgspec.json.Decoder[AnyFrame] = msgspec.json.Decoder(AnyFrame)
command_decoder: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)


class StreamErrorCode:
    """The numbers of error frames."""

    CANNOT_PROCESS = 1
    PARAMS_REQUIRED = 2
    CHANNELS_REQUIRED = 3
    SIDS_REQUIRED = 4
    UNKNOWN_COMMAND = 5
    UNKNOWN_SID = 7
    UNKNOWN_CHANNEL = 8
    AUTHENTICATION_REQUIRED = 9
    CHANNEL_ERROR = 10
    INVALID_PARAMETER = 11
    EXACTLY_ONE_SID = 12
    UNSUPPORTED_ACTION = 13
    MARKET_REQUIRED = 14
    ACTION_REQUIRED = 15
    TIMEOUT = 18
    SHARD_FACTOR_NOT_POSITIVE = 19
    SHARD_FACTOR_REQUIRED = 20
    SHARD_KEY_OUT_OF_RANGE = 21
    SHARD_FACTOR_TOO_LARGE = 22
    MATCH_IDS = 23
    INDEX_IDS = 24
    BUFFER_OVERFLOW = 25
    MARKET_LIMIT = 26
    TOO_MANY_COMMANDS = 27
    UNDERLYINGS = 28
