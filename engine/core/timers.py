"""Due times of the core: a heap for each of the two clocks.

Nothing here waits. :meth:`Timers.due` takes what has come; :meth:`Timers.next_wake_mono` says when to look
again, in monotonic time. Exchange time may run at another pace (an accelerated sandbox), so the pace is
measured from the stamps themselves.
"""

from __future__ import annotations

import heapq
from enum import StrEnum
from typing import NamedTuple

from engine.domain.units import MILLISECOND_NS, SECOND_NS, Nanoseconds

NEVER: Nanoseconds = 1 << 62
_PACE_WINDOW_NS = 2 * SECOND_NS
_SHORTEST_WAIT_NS = MILLISECOND_NS
_SLACK = 256


class Due(StrEnum):
    """What a timer is for."""

    LOOKUP = "lookup"
    UNKNOWN_LONG = "unknown_long"
    RECONCILE = "reconcile"
    READ_RETRY = "read_retry"
    BOOKS_GRACE = "books_grace"
    CATCH_UP = "catch_up"
    BALANCE = "balance"
    CANCEL_RETRY = "cancel_retry"
    EXTEND = "extend"
    UNIVERSE = "universe"
    LEASE = "lease"
    SCHEDULE = "schedule"
    PAUSE = "pause"
    EXCHANGE_STATUS = "exchange_status"
    MARKET_CLOSE = "market_close"
    AFTERMATH = "aftermath"
    STRATEGY = "strategy"
    CONDITION = "condition"
    LOAD = "load"
    LOOK_AROUND = "look_around"
    LIMIT = "limit"
    BREAKER = "breaker"
    FEED_WATCH = "feed_watch"
    DAY_LOOK = "day_look"
    DAY_END = "day_end"
    EXIT_LOOK = "exit_look"
    EXIT_STEP = "exit_step"
    ENTRY_WAIT = "entry_wait"
    ORDER_GROUP = "order_group"


class Timer(NamedTuple):
    """``number`` keeps those of one instant in the order they were set."""

    when: Nanoseconds
    number: int
    due: Due
    key: str


class Timers:
    """``next_mono`` and ``next_at`` are the earliest of each clock, for a quick look."""

    __slots__ = (
        "_aim_mono",
        "_aimed_at",
        "_anchor",
        "_by_at",
        "_by_mono",
        "_number",
        "_pace",
        "_pending",
        "_wake",
        "_wake_until_mono",
        "next_at",
        "next_mono",
        "pace_due_mono",
    )

    def __init__(self) -> None:
        self._by_mono: list[Timer] = []
        self._by_at: list[Timer] = []
        self._pending: dict[tuple[Due, str], int] = {}
        self._number = 0
        self._anchor: tuple[Nanoseconds, Nanoseconds] | None = None
        self._pace: tuple[Nanoseconds, Nanoseconds] | None = None
        self._aimed_at: Nanoseconds = NEVER
        self._aim_mono: Nanoseconds = 0
        self._wake: Nanoseconds | None = None
        self._wake_until_mono: Nanoseconds = 0
        """The last answer, and until when it is one if nothing is set or dropped."""
        self.pace_due_mono: Nanoseconds = 0
        self.next_mono = NEVER
        self.next_at = NEVER

    def after_mono(self, when: Nanoseconds, due: Due, key: str = "") -> None:
        """Sets the timer of this purpose and key, in place of the one that was set before."""
        is_anew = (due, key) in self._pending
        timer = self._timer(when, due, key)
        heapq.heappush(self._by_mono, timer)
        if is_anew:
            self._look()
        elif when < self.next_mono:
            self.next_mono = when

    def after_at(self, when: Nanoseconds, due: Due, key: str = "") -> None:
        """As :meth:`after_mono`, in exchange time."""
        is_anew = (due, key) in self._pending
        timer = self._timer(when, due, key)
        heapq.heappush(self._by_at, timer)
        if is_anew:
            self._look()
        elif when < self.next_at:
            self.next_at = when

    def drop(self, due: Due, key: str = "") -> None:
        self._pending.pop((due, key), None)
        self._look()

    def is_set(self, due: Due, key: str = "") -> bool:
        return (due, key) in self._pending

    def due(self, at: Nanoseconds, mono: Nanoseconds) -> list[Timer]:
        """Takes all that have come, those of monotonic time first."""
        come = [*_taken(self._by_mono, mono, self._pending), *_taken(self._by_at, at, self._pending)]
        self._look()
        return come

    def pace(self, at: Nanoseconds, mono: Nanoseconds) -> None:
        """Learns how fast exchange time runs; to be called once ``pace_due_mono`` has come."""
        if self._anchor is not None and mono > self._anchor[1]:
            self._pace = (max(1, at - self._anchor[0]), mono - self._anchor[1])
        self._anchor = (at, mono)
        self._aimed_at = NEVER
        self._wake_until_mono = 0
        self.pace_due_mono = mono + _PACE_WINDOW_NS

    def next_wake_mono(
        self, at: Nanoseconds, mono: Nanoseconds, most_wait: Nanoseconds
    ) -> Nanoseconds | None:
        """When to step again at the latest, or None; ``most_wait`` bounds it while the pace is unknown."""
        if mono < self._wake_until_mono:
            return self._wake
        wake, next_at = self.next_mono, self.next_at
        self._wake_until_mono = NEVER
        if next_at < NEVER:
            if next_at != self._aimed_at or mono >= self._aim_mono:
                self._aim(at, mono, most_wait)
            wake = min(wake, self._aim_mono)
            self._wake_until_mono = self._aim_mono
        self._wake = None if wake == NEVER else wake
        return self._wake

    def _aim(self, at: Nanoseconds, mono: Nanoseconds, most_wait: Nanoseconds) -> None:
        """When ``next_at`` should come; good until it changes, did not come, or the pace is learned anew."""
        left, pace = self.next_at - at, self._pace
        wait = min(left, most_wait) if pace is None else left * pace[1] // pace[0]
        self._aimed_at = self.next_at
        self._aim_mono = mono + max(wait, _SHORTEST_WAIT_NS)

    def _timer(self, when: Nanoseconds, due: Due, key: str) -> Timer:
        self._number += 1
        self._wake_until_mono = 0
        self._pending[(due, key)] = self._number
        if len(self._by_mono) + len(self._by_at) > 4 * len(self._pending) + _SLACK:
            self._by_mono = _alive(self._by_mono, self._pending)
            self._by_at = _alive(self._by_at, self._pending)
        return Timer(when, self._number, due, key)

    def _look(self) -> None:
        self._wake_until_mono = 0
        self.next_mono = _earliest(self._by_mono, self._pending)
        self.next_at = _earliest(self._by_at, self._pending)


def _alive(heap: list[Timer], pending: dict[tuple[Due, str], int]) -> list[Timer]:
    """Without those that were set anew or dropped."""
    left = [timer for timer in heap if pending.get((timer.due, timer.key)) == timer.number]
    heapq.heapify(left)
    return left


def _earliest(heap: list[Timer], pending: dict[tuple[Due, str], int]) -> Nanoseconds:
    while heap and pending.get((heap[0].due, heap[0].key)) != heap[0].number:
        heapq.heappop(heap)
    return heap[0].when if heap else NEVER


def _taken(heap: list[Timer], now: Nanoseconds, pending: dict[tuple[Due, str], int]) -> list[Timer]:
    come = []
    while heap and heap[0].when <= now:
        timer = heapq.heappop(heap)
        if pending.get((timer.due, timer.key)) == timer.number:
            del pending[(timer.due, timer.key)]
            come.append(timer)
    return come
