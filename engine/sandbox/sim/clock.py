"""The clocks of a simulation, all read from one virtual loop."""

from __future__ import annotations

import asyncio

from engine.domain.units import Nanoseconds
from engine.sandbox.sim.loop import SimLoop


class SimWall:
    """Wall time of a virtual loop: ``epoch_ns`` when its time is zero. Implements the server's ``Wall``."""

    def __init__(self, loop: SimLoop, epoch_ns: Nanoseconds) -> None:
        self._loop = loop
        self.epoch_ns = epoch_ns

    def now_ns(self) -> Nanoseconds:
        return self.epoch_ns + self._loop.now_ns

    def mono_ns(self) -> Nanoseconds:
        return self._loop.now_ns

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
