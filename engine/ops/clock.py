"""The shell's clock: monotonic time of the machine, and the exchange's time at whatever speed it runs."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable

from engine.domain.units import Nanoseconds

_MILLIONTHS = 1_000_000


class SystemTimes:
    """What both clocks share: implements two thirds of :class:`engine.ports.Clock`."""

    def mono_ns(self) -> Nanoseconds:
        return time.monotonic_ns()

    def wall_ns(self) -> Nanoseconds:
        return time.time_ns()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class OffsetClock(SystemTimes):
    """For an exchange that lives in the same time as we do: its time is what its answers say it is."""

    def __init__(self, exchange_now_ns: Callable[[], Nanoseconds]) -> None:
        self._exchange_now_ns = exchange_now_ns

    def exchange_ns(self) -> Nanoseconds:
        return self._exchange_now_ns()


class AnchoredClock(SystemTimes):
    """For a sandbox, which hands out its clock: its time and speed at one moment, told anew now and then.

    Between two anchors its time never runs backwards: a new anchor that lies behind is waited for.
    """

    def __init__(self, now_ns: Nanoseconds, speed_millionths: int) -> None:
        self._shown_ns = now_ns
        self.anchor(now_ns, speed_millionths)

    def anchor(self, now_ns: Nanoseconds, speed_millionths: int) -> None:
        """``speed_millionths`` 0 is an exchange whose time stands still."""
        self._anchor_ns = now_ns
        self._anchor_mono_ns = time.monotonic_ns()
        self.speed_millionths = speed_millionths

    def exchange_ns(self) -> Nanoseconds:
        passed_ns = time.monotonic_ns() - self._anchor_mono_ns
        now_ns = self._anchor_ns + passed_ns * self.speed_millionths // _MILLIONTHS
        self._shown_ns = max(self._shown_ns, now_ns)
        return self._shown_ns


class Uuids:
    """Implements :class:`engine.ports.Ids`."""

    def mint(self) -> str:
        return str(uuid.uuid4())
