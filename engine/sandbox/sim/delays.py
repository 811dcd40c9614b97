"""How long messages travel in a simulation: drawn from a seeded generator, never out of order on one way."""

from __future__ import annotations

from random import Random

import msgspec

from engine.domain.units import MILLISECOND_NS, SECOND_NS, Nanoseconds
from engine.sandbox.sim.loop import SimLoop


class Delays(msgspec.Struct, frozen=True):
    """Bounds of one way's time."""

    least_ns: Nanoseconds = MILLISECOND_NS
    most_ns: Nanoseconds = 30 * MILLISECOND_NS

    def draw(self, chance: Random) -> Nanoseconds:
        return chance.randint(self.least_ns, self.most_ns)


class Way:
    """One direction of one connection: what is sent first arrives first."""

    def __init__(self, loop: SimLoop, delays: Delays, chance: Random) -> None:
        self._loop = loop
        self._delays = delays
        self._chance = chance
        self._last_ns: Nanoseconds = 0

    def arrival_s(self) -> float:
        """When something sent now arrives, in the loop's time."""
        at_ns = self._loop.now_ns + self._delays.draw(self._chance)
        self._last_ns = max(at_ns, self._last_ns)
        return self._last_ns / SECOND_NS
