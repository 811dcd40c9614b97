"""The predecessor's signals from deciles in cents; what it skipped is skipped, with the reason beside it."""

from __future__ import annotations

import math

import numpy as np

from engine.domain.forecast import MEDIAN, SeriesStatus
from engine.domain.forecast_signal import confidence, direction, exit_levels
from engine.domain.units import CENT_BP
from engine.forecast.messages import MarketAsked, MarketStatus, Signal, SignalAsked
from engine.forecast.units import Floats

ALL_ZERO = "all_zero"
BELOW_THRESHOLD = "below_threshold"
NO_CURRENT_PRICE = "no_current_price"


def signals_of(
    asked: SignalAsked, deciles: Floats, statuses: tuple[SeriesStatus, ...], filled: tuple[int, ...]
) -> tuple[list[Signal], list[MarketStatus]]:
    """``deciles`` (markets, horizon, 9) in cents. A signal where the forecast mean is at least the threshold
    away from the current price; a status for every market."""
    cents = np.round(deciles.astype(np.float64), 2)
    means = deciles[:, :, MEDIAN].astype(np.float64).mean(axis=1)
    signals: list[Signal] = []
    told: list[MarketStatus] = []
    for market, status, count, rows, mean in zip(asked.markets, statuses, filled, cents, means, strict=True):
        found = _signal(market, status, rows, float(mean), asked.signal_threshold)
        if isinstance(found, Signal):
            signals.append(found)
            told.append(MarketStatus(market.ticker, found.status, count))
        else:
            told.append(MarketStatus(market.ticker, found, count))
    return signals, told


def _signal(
    market: MarketAsked, status: SeriesStatus, rows: Floats, mean: float, threshold: float
) -> Signal | str:
    """The signal, or in a word why there is none."""
    if not status.has_forecast:
        return ALL_ZERO if status is SeriesStatus.CONSTANT and _all_zero(market) else status.value
    current = _current(market)
    if current is None:
        return NO_CURRENT_PRICE
    mean_bp, current_bp = round(mean * CENT_BP), round(current * CENT_BP)
    move_bp = abs(mean_bp - current_bp)
    if move_bp < threshold * CENT_BP:
        return BELOW_THRESHOLD
    side = direction(mean_bp, current_bp)
    series = market.series_ticker or market.ticker
    exits = exit_levels(series, move_bp)
    points = rows[:, MEDIAN].tolist()
    return Signal(
        ticker=market.ticker,
        series_ticker=market.series_ticker,
        current_price=current_bp / CENT_BP,
        forecast_mean=mean_bp / CENT_BP,
        forecast_next=points[0],
        forecast_end=points[-1],
        direction=side.value,
        side=side.side,
        magnitude=move_bp / CENT_BP,
        point_forecast=points,
        tp_cents=exits.tp_cents,
        sl_cents=exits.sl_cents,
        confidence=confidence(series, move_bp).value,
        quantiles=rows.tolist(),
        status=status.value,
    )


def _current(market: MarketAsked) -> float | None:
    """The price given, else the last one there is; None unless it is a price."""
    current = market.current_price
    if current is None:
        current = next(reversed(_there(market)), None)
    if current is None or not 0.0 <= current <= 100.0:
        return None
    return current


def _all_zero(market: MarketAsked) -> bool:
    return not any(_there(market))


def _there(market: MarketAsked) -> list[float]:
    """The prices that are numbers, oldest first."""
    return [price for price in market.prices or [] if price is not None and not math.isnan(price)]
