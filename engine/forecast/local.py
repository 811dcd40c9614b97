"""The baseline of an engine that has no forecast server: the same answers, computed in its own process."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np

from engine.domain.forecast import Forecast, ForecastSource, NoForecast
from engine.domain.units import Nanoseconds
from engine.forecast.answering import Deciles, judged
from engine.forecast.baselines import Baseline
from engine.forecast.errors import TooLate
from engine.forecast.forecaster import PriceHistory, dollars_of, found_of
from engine.forecast.series import prepare
from engine.forecast.units import Unit

CONTEXT = 128
"""Periods: five days of hours for the season of a day; an EWMA gives what lies further back next to none."""


class LocalBaseline:
    """A :class:`Forecaster`. Computes in a thread, so that the loop that trades waits for nothing."""

    def __init__(self, model: Baseline) -> None:
        self._model = model

    @property
    def source(self) -> ForecastSource:
        return self._model.source

    @property
    def problem(self) -> str:
        return ""

    @property
    def context(self) -> int:
        return CONTEXT

    async def start(self) -> None:
        """Nothing has to be there for it."""

    async def stop(self) -> None:
        """Nothing is left of it."""

    async def forecast(
        self, histories: Sequence[PriceHistory], horizon: int, within_s: float, now_ns: Nanoseconds
    ) -> tuple[Forecast | NoForecast, ...]:
        """Raises TooLate."""
        try:
            async with asyncio.timeout(within_s):
                return await asyncio.to_thread(self._found, histories, horizon, now_ns)
        except TimeoutError:
            raise TooLate(round(within_s * 1000)) from None

    def _found(
        self, histories: Sequence[PriceHistory], horizon: int, now_ns: Nanoseconds
    ) -> tuple[Forecast | NoForecast, ...]:
        model, context = self._model, self._model.buckets[-1]
        series = [np.asarray(dollars_of(one, min(context, len(one.prices_bp)))) for one in histories]
        prepared = prepare(series, Unit.DOLLARS, context, model.shortest)
        rows = Unit.DOLLARS.from_model(model.forecast(prepared.values, prepared.lengths, horizon))
        answer: Deciles = judged(prepared, rows, horizon)
        return tuple(
            found_of(one, deciles.ravel().tolist(), status, filled, model.source, now_ns)
            for one, deciles, status, filled in zip(
                histories, answer.values, answer.statuses, answer.filled, strict=True
            )
        )
