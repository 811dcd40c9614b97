"""Forecasts without a learned model, for when there is none, and to be beaten by one that there is.

All of them say: the next change looks like past ones. They differ in where they are centred and how they
measure the size of a change. Normal deciles in the model's space (log odds for prices).
Source of the formulas: Hyndman and Athanasopoulos, Forecasting: Principles and Practice, section 5.5.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from engine.domain.forecast import DECILES, ForecastSource
from engine.forecast.series import SHORTEST, Ints
from engine.forecast.units import Floats

DECAY = 0.94
"""Weight of a change relative to the one after it (RiskMetrics)."""
HOURS_A_DAY = 24
CONTEXT = 512
BATCH = 4096
Flags = npt.NDArray[np.bool_]
_SCORES = np.array([NormalDist().inv_cdf(level / 100) for level in DECILES], dtype=np.float32)


class Baseline(ABC):
    """What the three have in common; ``_centre_and_spread`` is what makes one."""

    name = ""
    device = "cpu"
    shortest = SHORTEST
    buckets: tuple[int, ...] = (128, CONTEXT)
    batch = BATCH
    warm_sizes: tuple[int, ...] = (1,)
    notes: tuple[str, ...] = ()

    @property
    def source(self) -> ForecastSource:
        return ForecastSource(self.name, is_baseline=True)

    def forecast(self, values: Floats, lengths: Ints, horizon: int) -> Floats:
        centre, spread = self._centre_and_spread(values, lengths, horizon)
        deciles: Floats = (centre[..., None] + spread[..., None] * _SCORES).astype(np.float32, copy=False)
        return deciles

    @abstractmethod
    def _centre_and_spread(self, values: Floats, lengths: Ints, horizon: int) -> tuple[Floats, Floats]:
        """Both (rows, horizon)."""


class EwmaWalk(Baseline):
    """A random walk: centred on the last value, changes sized by their exponentially weighted mean square."""

    name = "ewma"

    def _centre_and_spread(self, values: Floats, lengths: Ints, horizon: int) -> tuple[Floats, Floats]:
        changes, counted = _changes(values, lengths, 1)
        weights = (DECAY ** np.arange(changes.shape[1] - 1, -1, -1)).astype(np.float32)
        variance = (changes**2 @ weights) / np.maximum(counted.astype(np.float32) @ weights, 1e-30)
        steps = np.arange(1, horizon + 1, dtype=np.float32)
        return _repeat(values[:, -1], horizon), np.sqrt(variance[:, None] * steps)


class Drift(Baseline):
    """A random walk that goes on at the mean change of its history: the line from its first to its last."""

    name = "drift"

    def _centre_and_spread(self, values: Floats, lengths: Ints, horizon: int) -> tuple[Floats, Floats]:
        changes, counted = _changes(values, lengths, 1)
        n = np.maximum(lengths - 1, 1).astype(np.float32)
        slope = changes.sum(axis=1) / n
        left_over = np.where(counted, changes - slope[:, None], 0.0)
        variance = (left_over**2).sum(axis=1) / np.maximum(n - 1, 1)
        steps = np.arange(1, horizon + 1, dtype=np.float32)
        spread = np.sqrt(variance[:, None] * steps * (1 + steps / n[:, None]))
        return values[:, -1:] + slope[:, None] * steps, spread


class SeasonalNaive(Baseline):
    """What was one period ago comes again; changes over a period size the band."""

    name = "seasonal"

    def __init__(self, period: int = HOURS_A_DAY) -> None:
        """``period`` in steps: 24 for hourly candles. Raises ValueError unless 2 <= period <= 128."""
        if not 2 <= period <= 128:
            raise ValueError(f"period of {period} steps: wanted 2 to 128")
        self.period = period
        self.shortest = 2 * period

    def _centre_and_spread(self, values: Floats, lengths: Ints, horizon: int) -> tuple[Floats, Floats]:
        changes, counted = _changes(values, lengths, self.period)
        variance = (changes**2).sum(axis=1) / np.maximum(counted.sum(axis=1), 1)
        ahead = np.arange(horizon)
        centre = values[:, -self.period :][:, ahead % self.period]
        periods = (ahead // self.period + 1).astype(np.float32)
        return centre, np.sqrt(variance[:, None].astype(np.float32) * periods)


BASELINES = ("ewma", "drift", "seasonal")


def baseline(name: str, period: int = HOURS_A_DAY) -> Baseline:
    """Raises ValueError for a name that is not in ``BASELINES``."""
    if name == "ewma":
        return EwmaWalk()
    if name == "drift":
        return Drift()
    if name == "seasonal":
        return SeasonalNaive(period)
    raise ValueError(f"no baseline {name!r}: there are {', '.join(BASELINES)}")


def _changes(values: Floats, lengths: Ints, lag: int) -> tuple[Floats, Flags]:
    """Differences over ``lag`` steps, 0 where either end is before the row's start, and which are real."""
    width = values.shape[1]
    counted = np.arange(lag, width)[None, :] >= (width - lengths + lag)[:, None]
    changes: Floats = np.where(counted, values[:, lag:] - values[:, :-lag], np.float32(0))
    return changes, counted


def _repeat(last: Floats, horizon: int) -> Floats:
    repeated: Floats = np.repeat(last[:, None], horizon, axis=1)
    return repeated
