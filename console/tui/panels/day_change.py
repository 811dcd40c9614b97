"""How far a market's last price is from what it was a day ago."""

from __future__ import annotations

from console.tui.desk import Desk
from console.tui.lookups import CandleSeries
from engine.domain.candle import Candlestick
from engine.domain.units import DAY_NS, SECOND_NS, Nanoseconds, PriceBp


def day_change(desk: Desk, ticker: str) -> PriceBp | None:
    """Against the last trade a day ago, or the market's first trade if it is younger; None while the candles
    that are here do not reach back to either."""
    quote = desk.quote(ticker)
    if quote is None or quote.last_bp is None:
        return None
    facts = desk.facts.get(ticker)
    opened_ns = None if facts is None else facts.market.open_ns
    for (of_ticker, _), series in desk.candles.items():
        if of_ticker == ticker and (before := _before(series, desk.now_ns, opened_ns)) is not None:
            return quote.last_bp - before
    return None


def _before(series: CandleSeries, now_ns: Nanoseconds, opened_ns: Nanoseconds | None) -> PriceBp | None:
    if not series.candles:
        return None
    day_ago_s = (now_ns - DAY_NS) // SECOND_NS
    starts_s = series.candles[0].end_s - series.period_min * 60
    if starts_s > day_ago_s and (opened_ns is None or starts_s * SECOND_NS > opened_ns):
        return None
    return _price_at(series.candles, day_ago_s)


def _price_at(candles: tuple[Candlestick, ...], at_s: int) -> PriceBp | None:
    for candle in candles:
        if candle.end_s > at_s and candle.previous_bp is not None:
            return candle.previous_bp
        if candle.end_s > at_s and candle.price.open_bp is not None:
            return candle.price.open_bp
    return None
