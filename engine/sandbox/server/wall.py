"""The world outside the exchange: wall time and sleeping, injected so that a test may own both."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

from engine.domain.units import MILLISECOND_NS, Nanoseconds


class Wall(Protocol):
    """Signatures and rate limits live in this time; bodies and frames carry the exchange's."""

    def now_ns(self) -> Nanoseconds:
        """Nanoseconds since the Unix epoch."""
        ...

    async def sleep(self, seconds: float) -> None: ...


class SystemWall:
    """The machine's own clock and event loop."""

    def now_ns(self) -> Nanoseconds:
        return time.time_ns()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def wall_ms(wall: Wall) -> int:
    return wall.now_ns() // MILLISECOND_NS
