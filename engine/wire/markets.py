"""Series, events, markets, order books, trades and candlesticks, as REST sends them."""

from __future__ import annotations

from typing import Any, TypeAlias

from msgspec import UnsetType

from engine.wire.shape import ABSENT, MaybeBool, MaybeInt, MaybeNumber, MaybeText, Shape


class PriceRange(Shape, frozen=True, kw_only=True):
    """Dollar strings: valid prices are ``start``, ``start + step``, ... ``end``."""

    start: str
    end: str
    step: str


class SettlementSource(Shape, frozen=True, kw_only=True):
    name: MaybeText = ABSENT
    url: MaybeText = ABSENT


class Series(Shape, frozen=True, kw_only=True):
    ticker: str
    frequency: str
    title: str
    category: str
    categories: list[str] | UnsetType | None = ABSENT
    tags: list[str] | UnsetType | None = ABSENT
    settlement_sources: list[SettlementSource] | UnsetType | None = ABSENT
    contract_url: MaybeText = ABSENT
    contract_terms_url: MaybeText = ABSENT
    product_metadata: dict[str, Any] | UnsetType | None = ABSENT
    fee_type: str
    fee_multiplier: int | float
    additional_prohibitions: list[str] | UnsetType | None = ABSENT
    volume_fp: MaybeText = ABSENT
    last_updated_ts: MaybeText = ABSENT
    exchange_index: MaybeInt = ABSENT


class Market(Shape, frozen=True, kw_only=True):
    ticker: str
    event_ticker: str
    market_type: str
    title: MaybeText = ABSENT
    subtitle: MaybeText = ABSENT
    yes_sub_title: str
    no_sub_title: str
    created_time: str
    updated_time: str
    open_time: str
    close_time: str
    latest_expiration_time: str
    expected_expiration_time: MaybeText = ABSENT
    expiration_time: MaybeText = ABSENT
    settlement_timer_seconds: int
    status: str
    yes_bid_dollars: str
    yes_bid_size_fp: str
    yes_ask_dollars: str
    yes_ask_size_fp: str
    no_bid_dollars: str
    no_ask_dollars: str
    last_price_dollars: str
    previous_yes_bid_dollars: str
    previous_yes_ask_dollars: str
    previous_price_dollars: str
    volume_fp: str
    volume_24h_fp: str
    open_interest_fp: str
    liquidity_dollars: MaybeText = ABSENT
    notional_value_dollars: str
    result: str
    can_close_early: bool
    early_close_condition: MaybeText = ABSENT
    expiration_value: str
    settlement_bounds_type: MaybeText = ABSENT
    settlement_floor_dollars: MaybeText = ABSENT
    settlement_value_dollars: MaybeText = ABSENT
    settlement_ts: MaybeText = ABSENT
    occurrence_datetime: MaybeText = ABSENT
    fee_waiver_expiration_time: MaybeText = ABSENT
    strike_type: MaybeText = ABSENT
    floor_strike: MaybeNumber = ABSENT
    cap_strike: MaybeNumber = ABSENT
    functional_strike: MaybeText = ABSENT
    custom_strike: dict[str, Any] | UnsetType | None = ABSENT
    rules_primary: str
    rules_secondary: str
    price_level_structure: str
    price_ranges: list[PriceRange]
    mve_collection_ticker: MaybeText = ABSENT
    mve_selected_legs: list[dict[str, Any]] | UnsetType | None = ABSENT
    primary_participant_key: MaybeText = ABSENT
    is_provisional: MaybeBool = ABSENT
    exchange_index: MaybeInt = ABSENT


class Event(Shape, frozen=True, kw_only=True):
    event_ticker: str
    series_ticker: str
    title: str
    sub_title: str
    collateral_return_type: str
    mutually_exclusive: bool
    category: MaybeText = ABSENT
    strike_date: MaybeText = ABSENT
    strike_period: MaybeText = ABSENT
    markets: list[Market] | UnsetType | None = ABSENT
    product_metadata: dict[str, Any] | UnsetType | None = ABSENT
    settlement_sources: list[SettlementSource] | UnsetType | None = ABSENT
    last_updated_ts: MaybeText = ABSENT
    fee_type_override: MaybeText = ABSENT
    fee_multiplier_override: MaybeNumber = ABSENT
    available_on_brokers: MaybeBool = ABSENT
    exchange_index: MaybeInt = ABSENT


class SeriesAnswer(Shape, frozen=True, kw_only=True):
    series: Series


class SeriesList(Shape, frozen=True, kw_only=True):
    series: list[Series]


class EventAnswer(Shape, frozen=True, kw_only=True):
    event: Event
    markets: list[Market] | UnsetType | None = ABSENT


class EventPage(Shape, frozen=True, kw_only=True):
    events: list[Event]
    milestones: list[dict[str, Any]] | UnsetType | None = ABSENT
    cursor: MaybeText = ABSENT


class EventMetadata(Shape, frozen=True, kw_only=True):
    image_url: MaybeText = ABSENT
    featured_image_url: MaybeText = ABSENT
    market_details: list[dict[str, Any]] | UnsetType | None = ABSENT
    settlement_sources: list[SettlementSource] | UnsetType | None = ABSENT
    competition: MaybeText = ABSENT
    competition_scope: MaybeText = ABSENT


class MarketAnswer(Shape, frozen=True, kw_only=True):
    market: Market


class MarketPage(Shape, frozen=True, kw_only=True):
    markets: list[Market]
    cursor: MaybeText = ABSENT


class SeriesFeeChange(Shape, frozen=True, kw_only=True):
    id: str
    series_ticker: str
    fee_type: str
    fee_multiplier: int | float
    scheduled_ts: str


class SeriesFeeChanges(Shape, frozen=True, kw_only=True):
    series_fee_change_arr: list[SeriesFeeChange]


class EventFeeChange(Shape, frozen=True, kw_only=True):
    id: str
    event_ticker: str
    series_ticker: str
    fee_type_override: MaybeText = ABSENT
    fee_multiplier_override: MaybeNumber = ABSENT
    scheduled_ts: str


class EventFeeChangePage(Shape, frozen=True, kw_only=True):
    event_fee_changes: list[EventFeeChange]
    cursor: MaybeText = ABSENT


Level: TypeAlias = tuple[str, str]
"""Price in dollars and count of contracts."""


class OrderBookLevels(Shape, frozen=True, kw_only=True):
    """Bids of both legs, ascending, best last; NO prices are of the NO leg."""

    yes_dollars: list[Level]
    no_dollars: list[Level]


class OrderBookAnswer(Shape, frozen=True, kw_only=True):
    orderbook_fp: OrderBookLevels


class MarketOrderBook(Shape, frozen=True, kw_only=True):
    ticker: str
    orderbook_fp: OrderBookLevels


class OrderBooksAnswer(Shape, frozen=True, kw_only=True):
    orderbooks: list[MarketOrderBook]


class Trade(Shape, frozen=True, kw_only=True):
    trade_id: str
    ticker: str
    count_fp: str
    yes_price_dollars: str
    no_price_dollars: str
    taker_side: MaybeText = ABSENT
    taker_outcome_side: str
    taker_book_side: str
    created_time: str
    is_block_trade: MaybeBool = ABSENT


class TradePage(Shape, frozen=True, kw_only=True):
    trades: list[Trade]
    cursor: MaybeText = ABSENT


class LiveQuoteBar(Shape, frozen=True, kw_only=True):
    open_dollars: MaybeText = ABSENT
    high_dollars: MaybeText = ABSENT
    low_dollars: MaybeText = ABSENT
    close_dollars: MaybeText = ABSENT


class LivePriceBar(LiveQuoteBar, frozen=True, kw_only=True):
    mean_dollars: MaybeText = ABSENT
    previous_dollars: MaybeText = ABSENT
    min_dollars: MaybeText = ABSENT
    max_dollars: MaybeText = ABSENT


class LiveCandlestick(Shape, frozen=True, kw_only=True):
    """The live tier: keys with a unit suffix; without a trade the price keys are left out."""

    end_period_ts: int
    yes_bid: LiveQuoteBar
    yes_ask: LiveQuoteBar
    price: LivePriceBar
    volume_fp: str
    open_interest_fp: str


class HistoricalQuoteBar(Shape, frozen=True, kw_only=True):
    open: MaybeText = ABSENT
    high: MaybeText = ABSENT
    low: MaybeText = ABSENT
    close: MaybeText = ABSENT


class HistoricalPriceBar(HistoricalQuoteBar, frozen=True, kw_only=True):
    mean: MaybeText = ABSENT
    previous: MaybeText = ABSENT


class HistoricalCandlestick(Shape, frozen=True, kw_only=True):
    """The historical tier: keys without a suffix; without a trade the prices are null."""

    end_period_ts: int
    yes_bid: HistoricalQuoteBar
    yes_ask: HistoricalQuoteBar
    price: HistoricalPriceBar
    volume: str
    open_interest: str


class LiveCandlesticks(Shape, frozen=True, kw_only=True):
    ticker: MaybeText = ABSENT
    candlesticks: list[LiveCandlestick]


class HistoricalCandlesticks(Shape, frozen=True, kw_only=True):
    ticker: MaybeText = ABSENT
    candlesticks: list[HistoricalCandlestick]


class MarketCandlesticks(Shape, frozen=True, kw_only=True):
    market_ticker: str
    candlesticks: list[LiveCandlestick]


class BatchCandlesticks(Shape, frozen=True, kw_only=True):
    markets: list[MarketCandlesticks]


class EventCandlesticks(Shape, frozen=True, kw_only=True):
    """One list of candlesticks for each ticker, in the same order."""

    market_tickers: list[str]
    market_candlesticks: list[list[LiveCandlestick]]
    adjusted_end_ts: int


class HistoricalCutoff(Shape, frozen=True, kw_only=True):
    """ISO 8601 times; what is older is served under ``/historical`` alone."""

    market_settled_ts: str
    trades_created_ts: str
    orders_updated_ts: str
    market_positions_last_updated_ts: MaybeText = ABSENT
