"""The machine's clock and disk, as they are told to the core."""

from __future__ import annotations

from collections.abc import Callable

from engine.assembly.watching import ClockWatch, DiskWatch
from engine.core.inputs import ClockSkewSeen, CommitSlow, CoreEvent
from engine.domain.units import MILLISECOND_NS, SECOND_NS
from engine.ledger.writer import CommitCounts


class Offset:
    def __init__(self) -> None:
        self.offset_ms = 0
        self.uncertainty_ms: int | None = None


class Ledger:
    def __init__(self) -> None:
        self.appended = self.durable = 0
        self.counts = CommitCounts()
        self._told: list[Callable[[int], None]] = []

    def on_durable(self, callback: Callable[[int], None]) -> None:
        self._told.append(callback)

    def commit(self, took_ms: int) -> None:
        self.durable = self.appended
        self.counts.last_ns = took_ms * MILLISECOND_NS
        for callback in self._told:
            callback(self.durable)


def test_a_right_clock_is_told_once_and_a_wrong_one_at_each_look() -> None:
    told: list[CoreEvent] = []
    offset = Offset()
    watch = ClockWatch(offset, 5_000, told.append)
    watch.look()
    assert told == [], "nobody knows yet"
    offset.uncertainty_ms = 20
    for offset.offset_ms in (12, 30, -5_000):
        watch.look()
    assert told == [ClockSkewSeen(12)]
    for offset.offset_ms in (5_001, 6_000):
        watch.look()
    for offset.offset_ms in (4_000, 3_000):
        watch.look()
    assert [event.offset_ms for event in told if isinstance(event, ClockSkewSeen)] == [
        12,
        5_001,
        6_000,
        4_000,
    ]


def test_a_slow_commit_is_told_when_it_is_over() -> None:
    told: list[CoreEvent] = []
    ledger = Ledger()
    DiskWatch(ledger, lambda: 0, told.append)
    for took_ms in (5, 999, 1_000, 4_200):
        ledger.appended += 1
        ledger.commit(took_ms)
    assert told == [CommitSlow(1_000), CommitSlow(4_200)]


def test_a_commit_that_does_not_end_is_told_while_it_lasts() -> None:
    told: list[CoreEvent] = []
    ledger, now = Ledger(), [SECOND_NS]
    watch = DiskWatch(ledger, lambda: now[0], told.append)
    watch.look()
    ledger.appended = 3
    for _ in range(4):
        now[0] += SECOND_NS
        watch.look()
    assert told == [CommitSlow(1_000), CommitSlow(2_000), CommitSlow(3_000)]
    ledger.commit(5)
    ledger.appended = 4
    now[0] += SECOND_NS
    watch.look()
    assert len(told) == 3, "another one has only begun"
