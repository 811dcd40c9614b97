"""The clocks of a console: its own, which tests hold still, and the exchange's, told by the engine."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from engine.domain.units import SECOND_NS, Nanoseconds

EASTERN = ZoneInfo("America/New_York")
"""The exchange's days and hours are those of New York."""
_SHORTEST_SPAN_NS = SECOND_NS // 2
_HIGHEST_SPEED = 100_000


class DeskClock(Protocol):
    def mono_ns(self) -> Nanoseconds: ...

    def wall_ns(self) -> Nanoseconds: ...


class MachineClock:
    """The machine's own clocks."""

    def mono_ns(self) -> Nanoseconds:
        return time.monotonic_ns()

    def wall_ns(self) -> Nanoseconds:
        return time.time_ns()


class ExchangeTime:
    """The exchange's time between two words of the engine.

    A replayed exchange may run faster than ours; its speed is measured from word to word, in thousandths, and
    taken as one while it is near that.
    """

    def __init__(self, clock: DeskClock) -> None:
        self._clock = clock
        self._told: tuple[Nanoseconds, Nanoseconds] | None = None
        """Exchange time, and our monotonic time when it was told."""
        self._speed_milli = 1_000

    @property
    def is_known(self) -> bool:
        return self._told is not None

    def tell(self, exchange_ns: Nanoseconds) -> None:
        mono = self._clock.mono_ns()
        if self._told is None or exchange_ns < self._told[0]:
            self._told, self._speed_milli = (exchange_ns, mono), 1_000
            return
        span = mono - self._told[1]
        if span < _SHORTEST_SPAN_NS:
            return
        speed = (exchange_ns - self._told[0]) * 1_000 // span
        self._speed_milli = 1_000 if 800 <= speed <= 1_250 else min(speed, _HIGHEST_SPEED * 1_000)
        self._told = (exchange_ns, mono)

    def now_ns(self) -> Nanoseconds:
        """Our own wall clock's time while the engine has told none."""
        if self._told is None:
            return self._clock.wall_ns()
        exchange_ns, mono = self._told
        return exchange_ns + (self._clock.mono_ns() - mono) * self._speed_milli // 1_000

    def ours(self, span_ns: Nanoseconds) -> Nanoseconds:
        """How long a span of it takes by our clock, at the speed measured last; as it is while it stands."""
        return span_ns * 1_000 // self._speed_milli if self._speed_milli > 0 else span_ns


def eastern(at_ns: Nanoseconds) -> datetime:
    """A moment on the clock of New York, to the microsecond."""
    seconds, nanos = divmod(at_ns, SECOND_NS)
    return datetime.fromtimestamp(seconds, EASTERN).replace(microsecond=nanos // 1_000)
