"""The clocks the adapter reads, and its timers; handed in, so that tests and simulations own time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from engine.domain.units import SECOND_NS, Nanoseconds


class Timer(Protocol):
    """A callback that waits for its time."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """Wall time for signatures, monotonic time for everything that is measured or waited for."""

    def wall_ns(self) -> Nanoseconds: ...

    def monotonic_ns(self) -> Nanoseconds: ...

    async def sleep(self, duration_ns: Nanoseconds) -> None: ...

    def call_later(self, delay_ns: Nanoseconds, callback: Callable[[], None]) -> Timer:
        """Calls back once, on the loop, when ``delay_ns`` have passed."""
        ...


class SystemClock:
    """The machine's clocks, with the running loop's timers."""

    def wall_ns(self) -> Nanoseconds:
        return time.time_ns()

    def monotonic_ns(self) -> Nanoseconds:
        return time.monotonic_ns()

    async def sleep(self, duration_ns: Nanoseconds) -> None:
        await asyncio.sleep(duration_ns / SECOND_NS)

    def call_later(self, delay_ns: Nanoseconds, callback: Callable[[], None]) -> Timer:
        return asyncio.get_running_loop().call_later(delay_ns / SECOND_NS, callback)


class LoopClock(SystemClock):
    """Both clocks from the running loop's time: for a loop whose time is virtual.

    ``epoch_ns`` is the wall time at which the loop's time is zero.
    """

    def __init__(self, epoch_ns: Nanoseconds) -> None:
        self._epoch_ns = epoch_ns

    def wall_ns(self) -> Nanoseconds:
        return self._epoch_ns + self.monotonic_ns()

    def monotonic_ns(self) -> Nanoseconds:
        return round(asyncio.get_running_loop().time() * SECOND_NS)
