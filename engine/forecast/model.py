"""What the server asks of a model, so that TimesFM and the baselines are interchangeable."""

from __future__ import annotations

from typing import Protocol

from engine.domain.forecast import ForecastSource
from engine.forecast.series import Ints
from engine.forecast.units import Floats

LONGEST_HORIZON = 128
"""What TimesFM 2.5 answers in one pass; more would forecast from its own forecasts."""


class Model(Protocol):
    @property
    def source(self) -> ForecastSource: ...

    @property
    def device(self) -> str: ...

    @property
    def shortest(self) -> int:
        """Series with fewer numbers than this have no forecast."""
        ...

    @property
    def buckets(self) -> tuple[int, ...]:
        """The context lengths it computes at, ascending; the last is the most it looks at."""
        ...

    @property
    def batch(self) -> int:
        """The rows of a full batch."""
        ...

    @property
    def warm_sizes(self) -> tuple[int, ...]:
        """How many rows to compute once at each bucket before the first caller comes."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What its user should know of how it computes by now; empty where all is as it should be."""
        ...

    def forecast(self, values: Floats, lengths: Ints, horizon: int) -> Floats:
        """Deciles (rows, horizon, 9) of rows (rows, a bucket's length) as :class:`Prepared` has them, lowest
        first and never crossing. Blocks; called from one thread at a time."""
        ...
