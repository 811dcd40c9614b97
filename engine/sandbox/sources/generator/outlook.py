"""What can be known of a settlement value before it is known, and the value itself."""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal
from typing import Protocol

import msgspec

from engine.sandbox.sources.generator.slots import Slot


class Settlement(msgspec.Struct, frozen=True):
    """The number that strikes are held against, and the text that is published as the expiration value."""

    value: Decimal
    text: str


class Outlook(msgspec.Struct, frozen=True):
    """A normal distribution of the settlement value, or of its logarithm, cut off below at ``least``."""

    mean: float
    sd: float
    is_log: bool = False
    least: float = -math.inf

    @property
    def centre(self) -> float:
        return math.exp(self.mean) if self.is_log else max(self.mean, self.least)

    def below(self, edge: float) -> float:
        """The probability of a value below ``edge``."""
        if edge == -math.inf:
            return 0.0
        if edge == math.inf:
            return 1.0
        if edge < self.least or (self.is_log and edge <= 0.0):
            return 0.0
        place = math.log(edge) if self.is_log else edge
        return 0.5 * (1.0 + math.erf((place - self.mean) / (self.sd * _ROOT2)))

    def within(self, low: float, high: float) -> float:
        """The probability of ``[low, high)``."""
        return self.below(high) - self.below(low)

    def between(self, spans: Iterable[tuple[float, float]]) -> list[float]:
        """The probability of each ``[low, high)``; neighbours that share an edge are cheap."""
        result = []
        shared, shared_below = math.nan, 0.0
        for low, high in spans:
            at_low = shared_below if low == shared else self.below(low)
            shared, shared_below = high, self.below(high)
            result.append(shared_below - at_low)
        return result


_ROOT2 = math.sqrt(2.0)


class Underlying(Protocol):
    """Something that events are settled on."""

    def outlook(self, slot: Slot, at_s: int) -> Outlook:
        """What is known of the slot's settlement value at ``at_s``."""
        ...

    def settlement(self, slot: Slot) -> Settlement:
        """What the slot settles at; the same at whatever time it is asked."""
        ...
