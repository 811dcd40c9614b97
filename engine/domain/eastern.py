"""US Eastern time in whole numbers: no clock, no time-zone files, the same on every machine.

Daylight time by the rule in force since 2007 (Energy Policy Act of 2005, section 110): from 2:00 on the
second Sunday of March to 2:00 on the first Sunday of November. Years before follow the same rule here.
"""

from __future__ import annotations

from typing import NamedTuple

from engine.domain.units import DAY_NS, SECOND_NS, Nanoseconds

_DAY_S = 86_400
_HOUR_S = 3_600
_STANDARD_S = -5 * _HOUR_S
_DAYLIGHT_S = -4 * _HOUR_S
_SUNDAY = 3
"""The remainder by 7 of the days since 1970-01-01, a Thursday, on a Sunday."""
_DAYS_IN_400_YEARS = 146_097
_DAYS_TO_MARCH_0000 = 719_468
"""From 0000-03-01 to 1970-01-01."""


class Moment(NamedTuple):
    """A date and time of day; ``offset_s`` is what it is ahead of UTC, in seconds."""

    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int
    offset_s: int


def eastern(at_ns: Nanoseconds) -> Moment:
    """What clocks in New York show, to the second."""
    unix_s = at_ns // SECOND_NS
    offset_s = _offset_s(unix_s)
    days, rest = divmod(unix_s + offset_s, _DAY_S)
    hour, rest = divmod(rest, _HOUR_S)
    return Moment(*_date(days), hour, *divmod(rest, 60), offset_s)


def of_eastern(
    year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0
) -> Nanoseconds:
    """The moment at which clocks in New York show this; of two such moments the first. A time that is left
    out in spring is taken by standard time."""
    local_s = _days(year, month, day) * _DAY_S + hour * _HOUR_S + minute * 60 + second
    early_s = local_s - _DAYLIGHT_S
    unix_s = early_s if _offset_s(early_s) == _DAYLIGHT_S else local_s - _STANDARD_S
    return unix_s * SECOND_NS


def of_utc(
    year: int, month: int, day: int, hour: int, minute: int, second: int, offset_s: int
) -> Nanoseconds:
    """The moment of a date and time with its offset from UTC."""
    local_s = _days(year, month, day) * _DAY_S + hour * _HOUR_S + minute * 60 + second
    return (local_s - offset_s) * SECOND_NS


def is_date(year: int, month: int, day: int) -> bool:
    """Whether there is such a day."""
    return 1 <= month <= 12 and day >= 1 and _date(_days(year, month, day)) == (year, month, day)


def eastern_midnight_ns(at_ns: Nanoseconds) -> Nanoseconds:
    """When the trading day of a moment began."""
    here = eastern(at_ns)
    return of_eastern(here.year, here.month, here.day)


def next_eastern_midnight_ns(at_ns: Nanoseconds) -> Nanoseconds:
    """When the trading day of a moment ends: 23 to 25 hours after it began."""
    return eastern_midnight_ns(eastern_midnight_ns(at_ns) + DAY_NS + DAY_NS // 2)


def _offset_s(unix_s: int) -> int:
    year, _, _ = _date((unix_s + _STANDARD_S) // _DAY_S)
    begins_s = _sunday(year, 3, 2) * _DAY_S + 2 * _HOUR_S - _STANDARD_S
    ends_s = _sunday(year, 11, 1) * _DAY_S + 2 * _HOUR_S - _DAYLIGHT_S
    return _DAYLIGHT_S if begins_s <= unix_s < ends_s else _STANDARD_S


def _sunday(year: int, month: int, number: int) -> int:
    """Days since 1970 to the first, second, ... Sunday of a month."""
    first = _days(year, month, 1)
    return first + (_SUNDAY - first) % 7 + 7 * (number - 1)


def _days(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 in the Gregorian calendar, years counted from March."""
    shifted = year if month > 2 else year - 1
    of_year = (153 * ((month - 3) % 12) + 2) // 5 + day - 1
    return 365 * shifted + shifted // 4 - shifted // 100 + shifted // 400 + of_year - _DAYS_TO_MARCH_0000


def _date(days: int) -> tuple[int, int, int]:
    """Year, month and day; the inverse of :func:`_days`."""
    era, of_era = divmod(days + _DAYS_TO_MARCH_0000, _DAYS_IN_400_YEARS)
    year = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    place = (5 * of_year + 2) // 153
    month = (place + 2) % 12 + 1
    return 400 * era + year + (1 if month <= 2 else 0), month, of_year - (153 * place + 2) // 5 + 1
