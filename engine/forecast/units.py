"""What the numbers of a series are, and the space in which they are forecast.

A price lives between 0 and 1, and a model knows nothing of that. Prices are therefore forecast as log odds,
ln(p / (1 - p)), and turned back: monotone, so a quantile stays that quantile, and none leaves (0, 1). Plain
numbers are forecast as they are.
"""

from __future__ import annotations

from enum import Enum

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

EDGE = 0.001
"""Prices nearer to 0 or 1 than a tenth of a cent are moved to it: log odds of 0 are infinite."""


class Unit(Enum):
    """``CENTS`` 0..100, ``DOLLARS`` 0..1 (a probability), ``PLAIN`` any number."""

    CENTS = "cents"
    DOLLARS = "dollars"
    PLAIN = "plain"

    @property
    def highest(self) -> float:
        return {Unit.CENTS: 100.0, Unit.DOLLARS: 1.0}.get(self, float("inf"))

    @property
    def lowest(self) -> float:
        return 0.0 if self is not Unit.PLAIN else float("-inf")

    def to_model(self, values: Floats) -> Floats:
        """An array of its own, any shape; missing stays NaN."""
        if self is Unit.PLAIN:
            return values.copy()
        # In place from the second step on: memory that is new costs more than what is computed in it.
        share: Floats = values / np.float32(self.highest)
        np.clip(share, np.float32(EDGE), np.float32(1.0 - EDGE), out=share)
        np.divide(share, 1.0 - share, out=share)
        np.log(share, out=share)
        return share

    def from_model(self, values: Floats) -> Floats:
        """The inverse; prices come back strictly inside their range."""
        if self is Unit.PLAIN:
            return values
        share = 1.0 / (1.0 + np.exp(-np.clip(values, -9.2, 9.2)))
        prices: Floats = (share * self.highest).astype(np.float32, copy=False)
        return prices
