"""A token bucket: so many at once, so many each second."""

from __future__ import annotations

from collections.abc import Callable


class Bucket:
    """``clock`` counts seconds and never runs backwards."""

    __slots__ = ("_burst", "_clock", "_level", "_rate", "_then")

    def __init__(self, each_s: float, burst: int, clock: Callable[[], float]) -> None:
        self._rate = each_s
        self._burst = float(burst)
        self._clock = clock
        self._level = self._burst
        self._then = clock()

    def take(self) -> bool:
        """Takes one if there is one."""
        if self.wait_s() > 0:
            return False
        self._level -= 1.0
        return True

    def spend(self, amount: float = 1.0) -> float:
        """Takes so many, on credit if need be; returns the seconds to wait until the credit is paid."""
        self.wait_s()
        self._level -= amount
        return max(0.0, -self._level / self._rate)

    def wait_s(self) -> float:
        """Seconds until there is one."""
        now = self._clock()
        self._level = min(self._burst, self._level + (now - self._then) * self._rate)
        self._then = now
        return max(0.0, (1.0 - self._level) / self._rate)
