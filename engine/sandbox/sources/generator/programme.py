"""What happens when: listings, openings, closes and results, in the order of their times."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from enum import IntEnum

import msgspec

from engine.sandbox.sources.generator.families import Family
from engine.sandbox.sources.generator.slots import Slot

LEAD_S = 16 * 86_400
"""Longer than any event is listed before its close."""
_AHEAD_S = 6 * 3_600


class Act(IntEnum):
    """Of acts due at one second the lower number goes first."""

    CLOSE = 0
    DETERMINE = 1
    LIST = 2
    OPEN = 3
    LOOK_AHEAD = 4


class Due(msgspec.Struct, frozen=True, order=True):
    """One act; ``series`` and ``stamp`` name the event."""

    at_s: int
    act: Act
    series: str = ""
    stamp: str = ""


class Programme:
    """The acts to come. It looks some hours ahead, again and again, so it never ends."""

    def __init__(self, families: Iterable[Family]) -> None:
        self._families = {family.series.ticker: family for family in families}
        self._slots: dict[tuple[str, str], tuple[Family, Slot]] = {}
        self._heap: list[Due] = []
        self._listed_until_s = 0

    def begin(self, now_s: int, unsettled_since_s: int | None) -> Iterator[tuple[Family, Slot]]:
        """The events that are listed by ``now_s``, oldest close first within a series.

        Goes back as far as each family shows settled events, and further to what is not settled yet.
        """
        for family in self._families.values():
            start_s = now_s - family.past_s
            if unsettled_since_s is not None:
                start_s = min(start_s, unsettled_since_s)
            for slot in family.schedule(start_s, now_s + LEAD_S):
                if slot.list_s <= now_s:
                    yield family, slot
        self._listed_until_s = now_s
        self.look_ahead(now_s)

    def look_ahead(self, now_s: int) -> None:
        """Puts the listings of the next hours on the programme."""
        until_s = now_s + _AHEAD_S
        for family in self._families.values():
            for slot in family.schedule(self._listed_until_s, until_s + LEAD_S):
                if self._listed_until_s < slot.list_s <= until_s:
                    self.add(family, slot, Act.LIST, slot.list_s)
        self._listed_until_s = until_s
        heapq.heappush(self._heap, Due(until_s, Act.LOOK_AHEAD))

    def add(self, family: Family, slot: Slot, act: Act, at_s: int) -> None:
        ticker = family.series.ticker
        self._slots[(ticker, slot.stamp)] = (family, slot)
        heapq.heappush(self._heap, Due(at_s, act, ticker, slot.stamp))

    def next_s(self) -> int | None:
        return self._heap[0].at_s if self._heap else None

    def pop(self) -> Due:
        return heapq.heappop(self._heap)

    def event(self, due: Due) -> tuple[Family, Slot]:
        """What a due act is about; its result is the last act of an event, and forgets it."""
        key = (due.series, due.stamp)
        return self._slots.pop(key) if due.act is Act.DETERMINE else self._slots[key]
