"""The exchange's time, and what is due in it."""

from __future__ import annotations

import heapq
from enum import IntEnum
from typing import TypeAlias

from engine.domain.units import Nanoseconds


class Clock:
    """The exchange's present; it never goes back. Only :mod:`timeline` moves it."""

    __slots__ = ("now_ns",)

    def __init__(self, now_ns: Nanoseconds) -> None:
        self.now_ns = now_ns


class DueKind(IntEnum):
    """What may be due. Of things due at one instant the lower number goes first."""

    MAINTENANCE_END = 0
    MARKET_OPEN = 1
    ORDER_EXPIRY = 2
    MARKET_CLOSE = 3
    CLOSE_CANCEL = 4
    SETTLEMENT = 5
    MAINTENANCE_START = 6


Due: TypeAlias = tuple[Nanoseconds, DueKind, str]
"""When, what, and the ticker or order id (or empty). Its natural order is the order of execution, so it does
not matter in which order things were scheduled."""


class Agenda:
    """A heap of what is due. An entry that no longer applies is dropped when it comes up."""

    __slots__ = ("_heap",)

    def __init__(self) -> None:
        self._heap: list[Due] = []

    def add(self, at_ns: Nanoseconds, kind: DueKind, key: str = "") -> None:
        heapq.heappush(self._heap, (at_ns, kind, key))

    def first(self) -> Due | None:
        return self._heap[0] if self._heap else None

    def pop(self) -> Due:
        return heapq.heappop(self._heap)
