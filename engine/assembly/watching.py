"""What the core cannot see of its own machine: how wrong its clock is, and how slow its disk.

Both are told as events, and the core decides. A clock that is right is told once, so that a breaker of an
earlier run closes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from engine.core.inputs import ClockSkewSeen, CommitSlow, CoreEvent
from engine.domain.units import MILLISECOND_NS, Nanoseconds
from engine.ledger.writer import CommitCounts

_LOOK_EACH_S = 1.0
_TOLD_FROM_MS = 1_000
"""Less than this is not worth an event."""

Post = Callable[[CoreEvent], None]


class Offset(Protocol):
    """The exchange's clock less ours, in milliseconds, as far as it is known."""

    @property
    def offset_ms(self) -> int: ...

    @property
    def uncertainty_ms(self) -> int | None: ...


class WatchedLedger(Protocol):
    @property
    def appended(self) -> int: ...

    @property
    def durable(self) -> int: ...

    @property
    def counts(self) -> CommitCounts: ...

    def on_durable(self, callback: Callable[[int], None]) -> None: ...


class ClockWatch:
    """Tells an offset that is worth telling at each look, its end once, and the first that is known."""

    def __init__(self, offset: Offset, most_ms: int, post: Post) -> None:
        self._offset = offset
        self._most_ms = most_ms
        self._post = post
        self._is_told_right = False

    def look(self) -> None:
        uncertainty_ms = self._offset.uncertainty_ms
        if uncertainty_ms is None:
            return
        offset_ms = self._offset.offset_ms
        is_right = abs(offset_ms) <= self._most_ms
        if not is_right or not self._is_told_right:
            self._post(ClockSkewSeen(offset_ms))
        self._is_told_right = is_right


class DiskWatch:
    """Tells each slow commit when it is over, and one that does not come to an end while it lasts."""

    def __init__(self, ledger: WatchedLedger, mono_ns: Callable[[], Nanoseconds], post: Post) -> None:
        self._ledger = ledger
        self._mono_ns = mono_ns
        self._post = post
        self._waits_for = 0
        self._waits_since: Nanoseconds = 0
        ledger.on_durable(self._committed)

    def look(self) -> None:
        ledger, now = self._ledger, self._mono_ns()
        if ledger.durable >= ledger.appended:
            self._waits_for = 0
            return
        if not self._waits_for or ledger.durable >= self._waits_for:
            self._waits_for, self._waits_since = ledger.appended, now
        self._tell(now - self._waits_since)

    def _committed(self, _: int) -> None:
        self._tell(self._ledger.counts.last_ns)

    def _tell(self, took_ns: Nanoseconds) -> None:
        took_ms = took_ns // MILLISECOND_NS
        if took_ms >= _TOLD_FROM_MS:
            self._post(CommitSlow(took_ms))


async def watch_machine(offset: Offset, ledger: WatchedLedger, most_skew_ms: int, post: Post) -> None:
    """Looks once a second, for ever."""
    disk = DiskWatch(ledger, time.monotonic_ns, post)
    clock = ClockWatch(offset, most_skew_ms, post)
    while True:
        await asyncio.sleep(_LOOK_EACH_S)
        disk.look()
        clock.look()
