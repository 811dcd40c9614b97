"""How long to wait before the next connection: doubling, capped, with jitter."""

from __future__ import annotations

from collections.abc import Callable

from engine.domain.units import Nanoseconds

_MILLIONTHS = 1_000_000


class Backoff:
    """Half of each wait is fixed and half is drawn, so that many clients do not return together.

    ``random`` gives numbers in [0, 1).
    """

    def __init__(self, base_ns: Nanoseconds, cap_ns: Nanoseconds, random: Callable[[], float]) -> None:
        self._base_ns = base_ns
        self._cap_ns = cap_ns
        self._random = random
        self.failures = 0

    def next_ns(self) -> Nanoseconds:
        """The wait after one more failure."""
        whole = min(self._base_ns << min(self.failures, 32), self._cap_ns)
        self.failures += 1
        return whole // 2 + whole // 2 * int(self._random() * _MILLIONTHS) // _MILLIONTHS

    def reset(self) -> None:
        self.failures = 0
