"""Eastern time, and the days on which the stock exchanges trade.

Holidays and half days follow the NYSE's published rules; unscheduled closures do not exist here.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")
DAY_S = 86_400
EPOCH = date(1970, 1, 1)


def at_eastern(day: date, clock: time) -> int:
    """Unix seconds of a wall-clock time in the east; the first of the two when the clock is set back."""
    return int(datetime.combine(day, clock, EASTERN).timestamp())


def eastern(at_s: int) -> datetime:
    return datetime.fromtimestamp(at_s, EASTERN)


def is_repeated_hour(at_s: int) -> bool:
    """Whether the eastern clock shows this time for the second time (the hour after it was set back)."""
    return eastern(at_s).fold == 1


def utc_midnight(day: date) -> int:
    return (day - EPOCH).days * DAY_S


def utc_day(at_s: int) -> date:
    return datetime.fromtimestamp(at_s, UTC).date()


@lru_cache(maxsize=4096)
def session_close(day: date) -> int | None:
    """When the stock exchanges close on ``day``, in unix seconds; None on a day without trading."""
    if day.weekday() >= 5 or day in _holidays(day.year):
        return None
    return at_eastern(day, time(13) if day in _half_days(day.year) else time(16))


def session_open(day: date) -> int:
    return at_eastern(day, time(9, 30))


@lru_cache(maxsize=64)
def _holidays(year: int) -> frozenset[date]:
    fixed = [_observed(date(year, 6, 19)), _observed(date(year, 7, 4)), _observed(date(year, 12, 25))]
    new_year = date(year, 1, 1)
    if new_year.weekday() != 5:  # A New Year on Saturday is not moved back into the old year.
        fixed.append(_observed(new_year))
    return frozenset(
        [
            *fixed,
            _nth_weekday(year, 1, 0, 3),
            _nth_weekday(year, 2, 0, 3),
            _easter(year) - timedelta(days=2),
            _nth_weekday(year, 6, 0, 1) - timedelta(days=7),
            _nth_weekday(year, 9, 0, 1),
            _nth_weekday(year, 11, 3, 4),
        ]
    )


@lru_cache(maxsize=64)
def _half_days(year: int) -> frozenset[date]:
    days = [_nth_weekday(year, 11, 3, 4) + timedelta(days=1), date(year, 12, 24), date(year, 7, 3)]
    return frozenset(day for day in days if day.weekday() < 5 and day not in _holidays(year))


def _observed(day: date) -> date:
    return day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    """The nth weekday (Monday 0) of a month. Memorial Day is a week before June's first Monday."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _easter(year: int) -> date:
    """Gregorian Easter Sunday (Meeus, Jones, Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    l_ = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 19 * l_) // 433
    month = (h + l_ - 7 * m + 90) // 25
    day = (h + l_ - 7 * m + 33 * month + 19) % 32
    return date(year, month, day)
