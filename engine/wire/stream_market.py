"""WebSocket frames of markets, the same for everyone: books, tickers, prints, lifecycles."""

from __future__ import annotations

from typing import Any

from msgspec import UnsetType

from engine.wire.markets import Level, PriceRange
from engine.wire.shape import ABSENT, MaybeBool, MaybeInt, MaybeNumber, MaybeText, Shape
from engine.wire.stream_commands import Frame


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
