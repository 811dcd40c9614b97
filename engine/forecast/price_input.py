"""From candlesticks to the prices that a forecaster sees, on a regular grid.

The input has a name, since another one gives other forecasts: ``trade-else-mid`` is the last trade of a
period, else the middle of its closing bid and ask. A period with one side only, or nothing, is missing.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.domain.candle import Candlestick
from engine.domain.units import PriceBp
from engine.forecast.forecaster import PriceHistory

TRADE_ELSE_MID = "trade-else-mid"
DAY_S = 86_400
"""A step of days, as they are counted; the exchange's last from midnight to midnight in New York."""


def price_of(candle: Candlestick) -> PriceBp | None:
    traded = candle.price.close_bp
    if traded is not None:
        return traded
    bid, ask = candle.yes_bid.close_bp, candle.yes_ask.close_bp
    if not candle.is_two_sided or bid is None or ask is None:
        return None
    return (bid + ask) // 2


def place_s(end_s: int, step_s: int) -> int:
    """Where a period that ends then stands on the grid: days are of 23 to 25 hours, places of 24."""
    return end_s - end_s % DAY_S if step_s == DAY_S else end_s


def history_of(
    ticker: str, prices: Mapping[int, PriceBp | None], end_s: int, step_s: int, context: int
) -> PriceHistory:
    """``prices`` by the place of their period; from the first period known on, at most ``context`` of them,
    to the one that ends at ``end_s``. What the exchange leaves out, periods without activity, is missing."""
    last_s = place_s(end_s, step_s)
    first_s = min((at for at in prices if at <= last_s), default=last_s + step_s)
    first_s = max(first_s, last_s - (context - 1) * step_s)
    grid = tuple(prices.get(at) for at in range(first_s, last_s + 1, step_s))
    return PriceHistory(ticker, grid, end_s, step_s)
