"""Travellers screened at airports: a level, the seasons of the week and the year, and daily chance."""

from __future__ import annotations

import math
from bisect import bisect_right
from datetime import date, time, timedelta
from decimal import Decimal
from functools import lru_cache

from engine.sandbox.sources.generator.eastern import EPOCH, at_eastern
from engine.sandbox.sources.generator.noise import Noise, Octaves
from engine.sandbox.sources.generator.outlook import Outlook, Settlement
from engine.sandbox.sources.generator.slots import Slot

_LEVEL = 2_480_000.0
_WEEKDAYS = (1.028, 0.898, 0.934, 1.056, 1.060, 0.944, 1.080)
"""Monday to Sunday against the mean; the shape of the summer of 2025."""
_DAY_SIGMA = 0.022
_PUBLISHED = time(9)


class WeeklyThroughput:
    """The mean of the seven days that end on the slot's Sunday, whole persons."""

    def __init__(self, seed: int) -> None:
        self._chance = Noise(seed, "TSA|day")
        self._level = Octaves(seed, "TSA|level", wavelength=7.0, octaves=4, sigma=0.02, growth=1.2)
        self._known = lru_cache(maxsize=256)(self._outlook)

    def outlook(self, slot: Slot, at_s: int) -> Outlook:
        """Published days as they are, the others as the season would have them."""
        return self._known(slot.day, bisect_right(published_of(slot.day), at_s))

    def _outlook(self, sunday: date, published: int) -> Outlook:
        total, unknown = 0.0, 0.0
        for number, day in enumerate(week_of(sunday)):
            if number < published:
                total += self.travellers(day)
            else:
                expected = self._expected(day)
                total += expected
                unknown += (expected * _DAY_SIGMA) ** 2
        return Outlook(total / 7.0, max(math.sqrt(unknown) / 7.0, 1.0))

    def settlement(self, slot: Slot) -> Settlement:
        total = sum(self.travellers(day) for day in week_of(slot.day))
        mean = (2 * total + 7) // 14
        return Settlement(Decimal(mean), f"{mean:,}")

    def travellers(self, day: date) -> int:
        """One day's count."""
        return round(self._expected(day) * math.exp(_DAY_SIGMA * self._chance.gauss((day - EPOCH).days)))

    def _expected(self, day: date) -> float:
        season = 0.07 * math.cos(2.0 * math.pi * (day.timetuple().tm_yday - 196) / 365.25)
        return _LEVEL * _WEEKDAYS[day.weekday()] * math.exp(season + self._level.at((day - EPOCH).days))


@lru_cache(maxsize=256)
def week_of(sunday: date) -> tuple[date, ...]:
    """Monday to the given Sunday."""
    return tuple(sunday - timedelta(days=back) for back in range(6, -1, -1))


@lru_cache(maxsize=256)
def published_of(sunday: date) -> tuple[int, ...]:
    """When the counts of a week's days are out, in their order; none is out before that of the day before."""
    return tuple(published_s(day) for day in week_of(sunday))


@lru_cache(maxsize=256)
def published_s(day: date) -> int:
    """When a day's count is out: 9 AM eastern on the next weekday, so the weekend comes on Monday."""
    following = day + timedelta(days=1)
    while following.weekday() >= 5:
        following += timedelta(days=1)
    return at_eastern(following, _PUBLISHED)
