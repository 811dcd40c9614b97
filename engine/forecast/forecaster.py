"""What an engine asks of a forecaster, wherever that computes: prices of many markets in one request."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from engine.domain.forecast import (
    DECILES,
    HIGHEST_BP,
    LOWEST_BP,
    Forecast,
    ForecastSource,
    NoForecast,
    SeriesStatus,
)
from engine.domain.units import CONTRACT_BP, Nanoseconds, PriceBp


@dataclass(frozen=True)
class PriceHistory:
    """One market's YES prices, oldest first, one a step of ``step_s`` seconds; None where there was none.

    ``end_s`` is the end of the last step (unix seconds). The forecast begins there.
    """

    ticker: str
    prices_bp: Sequence[PriceBp | None]
    end_s: int
    step_s: int


class Forecaster(Protocol):
    @property
    def source(self) -> ForecastSource | None:
        """Who would answer now; None while nobody would."""
        ...

    @property
    def problem(self) -> str:
        """Why nobody would answer now, in a line; empty while somebody would."""
        ...

    @property
    def context(self) -> int:
        """How many periods of the past it looks at; more need not be read."""
        ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def forecast(
        self, histories: Sequence[PriceHistory], horizon: int, within_s: float, now_ns: Nanoseconds
    ) -> tuple[Forecast | NoForecast, ...]:
        """One for each history, in their order; stamped ``now_ns``. Raises ForecastError."""
        ...


def dollars_of(history: PriceHistory, width: int) -> array[float]:
    """The last ``width`` prices as float32 dollars, NaN before the first and where there was none."""
    kept = history.prices_bp[-width:]
    numbers = array("f", [math.nan]) * (width - len(kept))
    numbers.extend(math.nan if price is None else price / CONTRACT_BP for price in kept)
    return numbers


def found_of(
    history: PriceHistory,
    deciles: Sequence[float],
    status: SeriesStatus,
    filled: int,
    source: ForecastSource,
    now_ns: Nanoseconds,
) -> Forecast | NoForecast:
    """``deciles`` in dollars, nine a step, flat. What is no price from 0 to 1 is no forecast, whatever its
    status (in cents it would all be the highest price), and a band without any width in basis points is none
    either."""
    if not status.has_forecast:
        return NoForecast(history.ticker, status)
    if not deciles or not all(0.0 <= price <= 1.0 for price in deciles):
        return NoForecast(history.ticker, SeriesStatus.FAILED)
    levels = len(DECILES)
    prices = [min(max(round(price * CONTRACT_BP), LOWEST_BP), HIGHEST_BP) for price in deciles]
    steps = tuple(tuple(prices[at : at + levels]) for at in range(0, len(prices), levels))
    if any(low > high for step in steps for low, high in pairwise(step)):
        return NoForecast(history.ticker, SeriesStatus.FAILED)
    if all(step[0] == step[-1] for step in steps):
        return NoForecast(history.ticker, SeriesStatus.CONSTANT)
    last_bp = next((price for price in reversed(history.prices_bp) if price is not None), None)
    return Forecast(history.ticker, source, now_ns, history.end_s, history.step_s, steps, filled, last_bp)
