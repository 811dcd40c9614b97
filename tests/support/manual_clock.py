"""A clock whose time passes only when a test says so."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from itertools import count

from engine.domain.units import SECOND_NS


class ManualTimer:
    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback = callback
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class ManualClock:
    """Implements :class:`engine.kalshi.clock.Clock`; ``wall_offset_ns`` sets the wall clock apart."""

    def __init__(self, start_ns: int = 0, wall_ns: int = 1_790_000_000 * SECOND_NS) -> None:
        self.now_ns = start_ns
        self.wall_offset_ns = wall_ns - start_ns
        self._timers: list[tuple[int, int, ManualTimer]] = []
        self._order = count()

    def wall_ns(self) -> int:
        return self.now_ns + self.wall_offset_ns

    def monotonic_ns(self) -> int:
        return self.now_ns

    def call_later(self, delay_ns: int, callback: Callable[[], None]) -> ManualTimer:
        timer = ManualTimer(callback)
        heapq.heappush(self._timers, (self.now_ns + delay_ns, next(self._order), timer))
        return timer

    async def sleep(self, duration_ns: int) -> None:
        done = asyncio.get_running_loop().create_future()
        self.call_later(duration_ns, lambda: done.done() or done.set_result(None))
        await done

    @property
    def armed(self) -> int:
        """Timers that still wait."""
        return sum(not timer.cancelled for _, _, timer in self._timers)

    async def advance(self, duration_ns: int) -> None:
        """Lets time pass, firing every timer at its own time and letting tasks run after each."""
        end_ns = self.now_ns + duration_ns
        await settle()
        while self._timers and self._timers[0][0] <= end_ns:
            at_ns, _, timer = heapq.heappop(self._timers)
            if timer.cancelled:
                continue
            self.now_ns = max(self.now_ns, at_ns)
            timer.callback()
            await settle()
        self.now_ns = end_ns
        await settle()

    async def run_until_idle(self, limit_ns: int = 3_600 * SECOND_NS) -> None:
        """Advances from timer to timer until none waits."""
        end_ns = self.now_ns + limit_ns
        await settle()
        while self.armed:
            assert self.now_ns <= end_ns, "still not idle"
            at_ns = min(at for at, _, timer in self._timers if not timer.cancelled)
            await self.advance(max(0, at_ns - self.now_ns))


async def settle() -> None:
    """Lets every task that can run do so, a few times over."""
    for _ in range(8):
        await asyncio.sleep(0)
