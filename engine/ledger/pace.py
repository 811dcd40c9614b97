"""When a commit waits for company: a crowd of senders shares one, a lone sender is never held back."""

from __future__ import annotations

from collections.abc import Callable

SPACING_NS = 20_000_000
"""From one commit's start to the next, in a crowd: short beside an order's way to the exchange and back."""
ENOUGH_RECORDS = 64
"""So many are written at once, whatever the time."""
_CROWD_GAP_NS = 1_000_000
"""One record in this time, and not one by one, is a crowd."""


class CommitPace:
    """Looks at the last group: how many records came, in how long."""

    def __init__(self, now_ns: Callable[[], int]) -> None:
        """``now_ns`` is monotonic."""
        self._now_ns = now_ns
        self._began = now_ns() - SPACING_NS
        self._is_crowded = False

    def patience_s(self, waiting: int) -> float:
        """For how long the next group of now ``waiting`` records may wait for more; 0: not at all."""
        if not self._is_crowded or waiting >= ENOUGH_RECORDS:
            return 0.0
        return max(0, self._began + SPACING_NS - self._now_ns()) / 1e9

    def begin(self, records: int) -> None:
        """A group of so many is written from now on."""
        now = self._now_ns()
        self._is_crowded = records >= 2 and records * _CROWD_GAP_NS >= now - self._began
        self._began = now
