"""Candlesticks in the shapes of both tiers."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from engine.domain.candle import Candlestick, Ohlc
from engine.domain.units import PriceBp
from engine.sandbox.server.rest.projection import PRICE_TEXTS, count_of
from engine.wire.markets import (
    HistoricalCandlestick,
    HistoricalPriceBar,
    HistoricalQuoteBar,
    LiveCandlestick,
    LivePriceBar,
    LiveQuoteBar,
)


def _live(bp: PriceBp | None) -> str | UnsetType:
    return UNSET if bp is None else PRICE_TEXTS[bp]


def _historical(bp: PriceBp | None) -> str | None:
    return None if bp is None else PRICE_TEXTS[bp]


def live_candle(candle: Candlestick) -> LiveCandlestick:
    """Keys with a unit suffix; a price that is not there is left out."""
    price = candle.price
    return LiveCandlestick(
        end_period_ts=candle.end_s,
        yes_bid=_live_quote(candle.yes_bid),
        yes_ask=_live_quote(candle.yes_ask),
        price=LivePriceBar(
            open_dollars=_live(price.open_bp),
            high_dollars=_live(price.high_bp),
            low_dollars=_live(price.low_bp),
            close_dollars=_live(price.close_bp),
            mean_dollars=_live(candle.mean_bp),
            previous_dollars=_live(candle.previous_bp),
        ),
        volume_fp=count_of(candle.volume_c),
        open_interest_fp=count_of(candle.open_interest_c),
    )


def _live_quote(bar: Ohlc) -> LiveQuoteBar:
    return LiveQuoteBar(
        open_dollars=_live(bar.open_bp),
        high_dollars=_live(bar.high_bp),
        low_dollars=_live(bar.low_bp),
        close_dollars=_live(bar.close_bp),
    )


def historical_candle(candle: Candlestick) -> HistoricalCandlestick:
    """Keys without a suffix; a price that is not there is null."""
    price = candle.price
    return HistoricalCandlestick(
        end_period_ts=candle.end_s,
        yes_bid=_historical_quote(candle.yes_bid),
        yes_ask=_historical_quote(candle.yes_ask),
        price=HistoricalPriceBar(
            open=_historical(price.open_bp),
            high=_historical(price.high_bp),
            low=_historical(price.low_bp),
            close=_historical(price.close_bp),
            mean=_historical(candle.mean_bp),
            previous=_historical(candle.previous_bp),
        ),
        volume=count_of(candle.volume_c),
        open_interest=count_of(candle.open_interest_c),
    )


def _historical_quote(bar: Ohlc) -> HistoricalQuoteBar:
    return HistoricalQuoteBar(
        open=_historical(bar.open_bp),
        high=_historical(bar.high_bp),
        low=_historical(bar.low_bp),
        close=_historical(bar.close_bp),
    )
