"""From a request to its answer: prepare, forecast in batches, turn back to prices, judge what came."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import TypeVar

import numpy as np

from engine.domain.forecast import DECILES, MEDIAN, ForecastSource, SeriesStatus
from engine.forecast.batching import Batcher
from engine.forecast.messages import ForecastAnswer, ForecastAsked, PackedAnswer, SignalAnswer, SignalAsked
from engine.forecast.series import Asked, Prepared, prepare
from engine.forecast.signals import signals_of
from engine.forecast.units import Floats, Unit

T = TypeVar("T")
_word = attrgetter("_value_")
"""As ``value``, without the detour of a property that costs more than all else of 500 statuses."""
SMALL = 8
"""So few series are handled on the loop: handing them to a thread would cost more."""
PLACES = 4
"""Of a number in a JSON answer; a price in dollars is then exact to our own unit."""


@dataclass(frozen=True)
class Deciles:
    """``values`` (series, horizon, 9) in the request's unit, NaN where the status has no forecast."""

    values: Floats
    statuses: tuple[SeriesStatus, ...]
    filled: tuple[int, ...]
    words: list[str]
    """The statuses as they are told."""


@dataclass(eq=False)
class Answers:
    batcher: Batcher

    @property
    def source(self) -> ForecastSource:
        return self.batcher.model.source

    async def forecast(self, asked: ForecastAsked, within_s: float) -> ForecastAnswer:
        """Raises Busy, TooLate."""
        began = time.perf_counter()
        found = await self.deciles(asked.series, asked.unit, asked.horizon, within_s)
        return await _aside(len(asked.series), lambda: _listed(found, self.source, began))

    async def packed(self, asked: ForecastAsked, within_s: float) -> PackedAnswer:
        """The answer of those who ask in float32. Raises Busy, TooLate."""
        began = time.perf_counter()
        found = await self.deciles(asked.series, asked.unit, asked.horizon, within_s)
        source = self.source
        return PackedAnswer(
            quantiles=found.values.astype("<f4", copy=False).tobytes(),
            horizon=asked.horizon,
            statuses=found.words,
            filled=list(found.filled),
            model=source.model,
            weights_sha256=source.weights_sha256,
            is_baseline=source.is_baseline,
            is_pinned=source.is_pinned,
            elapsed_ms=_ms_since(began),
        )

    async def signal(self, asked: SignalAsked, within_s: float) -> SignalAnswer:
        """Raises Busy, TooLate."""
        began = time.perf_counter()
        series = tuple(market.prices for market in asked.markets)
        found = await self.deciles(series, Unit.CENTS, asked.horizon, within_s)
        return await _aside(len(series), lambda: _signals(asked, found, self.source, began))

    async def deciles(self, series: Asked, unit: Unit, horizon: int, within_s: float) -> Deciles:
        model = self.batcher.model
        if len(series) <= SMALL or isinstance(series, np.ndarray):
            # A matrix takes a millisecond, lists of numbers many.
            prepared = prepare(series, unit, model.buckets[-1], model.shortest)
        else:
            prepared = await asyncio.to_thread(prepare, series, unit, model.buckets[-1], model.shortest)
        rows = await self.batcher.forecast(prepared, horizon, within_s)
        found = judged(prepared, unit.from_model(rows), horizon)
        self.batcher.metrics.statuses(found.words)
        return found


async def _aside(series: int, work: Callable[[], T]) -> T:
    """In a thread where many numbers become lists, so that nobody else waits for them."""
    return work() if series <= SMALL else await asyncio.to_thread(work)


def _listed(found: Deciles, source: ForecastSource, began: float) -> ForecastAnswer:
    listed = [
        one if status.has_forecast else None
        for one, status in zip(_rounded(found.values), found.statuses, strict=True)
    ]
    return ForecastAnswer(
        pred_last=[None if one is None else one[-1][MEDIAN] for one in listed],
        points=[None if one is None else [step[MEDIAN] for step in one] for one in listed],
        quantiles=listed,
        statuses=found.words,
        filled=list(found.filled),
        model=source.model,
        weights_sha256=source.weights_sha256,
        is_baseline=source.is_baseline,
        is_pinned=source.is_pinned,
        elapsed_ms=_ms_since(began),
    )


def _signals(asked: SignalAsked, found: Deciles, source: ForecastSource, began: float) -> SignalAnswer:
    signals, statuses = signals_of(asked, found.values, found.statuses, found.filled)
    return SignalAnswer(
        signals=signals,
        skipped=len(asked.markets) - len(signals),
        elapsed_ms=_ms_since(began),
        statuses=statuses,
        model=source.model,
        weights_sha256=source.weights_sha256,
        is_baseline=source.is_baseline,
        is_pinned=source.is_pinned,
    )


def judged(prepared: Prepared, rows: Floats, horizon: int) -> Deciles:
    """Spread over the request's series; what is no number and a band without width are no forecast."""
    statuses = list(prepared.statuses)
    finite = np.isfinite(rows).all(axis=(1, 2))
    with np.errstate(invalid="ignore"):
        wide = rows[:, -1, -1] > rows[:, -1, 0]
    good = finite & wide
    if len(rows) == len(statuses) and good.all():
        return Deciles(rows, prepared.statuses, prepared.filled, list(map(_word, statuses)))
    values = np.full((len(statuses), horizon, len(DECILES)), np.nan, dtype=np.float32)
    values[prepared.index[good]] = rows[good]
    for i in prepared.index[~finite].tolist():
        statuses[i] = SeriesStatus.FAILED
    for i in prepared.index[finite & ~wide].tolist():
        statuses[i] = SeriesStatus.CONSTANT
    return Deciles(values, tuple(statuses), prepared.filled, list(map(_word, statuses)))


def _rounded(values: Floats) -> list[list[list[float]]]:
    rounded: list[list[list[float]]] = np.round(values.astype(np.float64), PLACES).tolist()
    return rounded


def _ms_since(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 2)
