"""Bars of a chart from the exchange's candlesticks."""

from __future__ import annotations

from collections.abc import Iterable

from console.tui.chart.model import Bar
from engine.domain.candle import Candlestick


def bars_of(candles: Iterable[Candlestick], period_s: int) -> tuple[Bar, ...]:
    """Trades where there were some, else the middle of bid and ask at the close; a candle with neither, or
    with one side only, is missing. ``candles`` ascend; ``period_s`` is how long each lasts."""
    found = (_bar(candle, period_s) for candle in candles)
    return tuple(bar for bar in found if bar is not None)


def _bar(candle: Candlestick, period_s: int) -> Bar | None:
    start_s, price = candle.end_s - period_s, candle.price
    if price.close_bp is not None:
        low = price.close_bp if price.low_bp is None else min(price.low_bp, price.close_bp)
        high = price.close_bp if price.high_bp is None else max(price.high_bp, price.close_bp)
        return Bar(start_s, candle.end_s, low, high, price.close_bp)
    bid, ask = candle.yes_bid.close_bp, candle.yes_ask.close_bp
    if not candle.is_two_sided or bid is None or ask is None:
        return None
    middle = (bid + ask) // 2
    return Bar(start_s, candle.end_s, middle, middle, middle)
