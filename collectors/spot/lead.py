"""Which of several sources of one price is told: the first in order that is fresh."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.domain.units import Nanoseconds


class Lead:
    """A later source speaks for a key only while every earlier one has been silent on it for ``stale_ns``."""

    def __init__(
        self, order: Sequence[str], stale_ns: Nanoseconds, mono_ns: Callable[[], Nanoseconds]
    ) -> None:
        self._rank = {name: rank for rank, name in enumerate(order)}
        self._stale_ns = stale_ns
        self._mono_ns = mono_ns
        self._heard: dict[str, dict[int, Nanoseconds]] = {}

    def is_led_by(self, source: str, key: str) -> bool:
        """Whether this source's value of the key is the one to tell; it is known to be heard now."""
        now_ns, rank = self._mono_ns(), self._rank[source]
        heard = self._heard.setdefault(key, {})
        heard[rank] = now_ns
        return all(now_ns - at_ns > self._stale_ns for other, at_ns in heard.items() if other < rank)
