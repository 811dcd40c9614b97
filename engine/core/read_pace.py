"""When a read that failed is asked for again: soon at first, later each time, soon again once one answers."""

from __future__ import annotations

from engine.core.settings import Timings
from engine.domain.units import Nanoseconds

_MOST_DOUBLINGS = 20


class ReadPace:
    """Failures in a row of each read by its name, in monotonic time of which it holds none."""

    def __init__(self, timings: Timings) -> None:
        self._timings = timings
        self._failures: dict[str, int] = {}

    def failed(self, key: str) -> Nanoseconds:
        """Counts a failure; how long to wait before the next try."""
        before = self._failures.get(key, 0)
        self._failures[key] = before + 1
        timings = self._timings
        return min(timings.read_retry_longest_ns, timings.read_retry_ns << min(before, _MOST_DOUBLINGS))

    def answered(self, key: str) -> bool:
        """Whether it had failed before; then nothing of the others' failures counts any more either."""
        if key not in self._failures:
            return False
        self._failures.clear()
        return True

    def forget(self) -> None:
        """The exchange is reached anew: every read begins as if none had failed."""
        self._failures.clear()
