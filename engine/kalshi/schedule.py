"""When the exchange does not trade: its weekly hours and its maintenance windows, as spans of time.

Hours are US Eastern wall time, ``00:00`` as an end is midnight (``GET /exchange/schedule``).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from engine.domain.eastern import eastern, eastern_midnight_ns, next_eastern_midnight_ns, of_eastern
from engine.domain.units import Nanoseconds
from engine.kalshi.drift import DriftCounter
from engine.kalshi.errors import DecodeError
from engine.kalshi.fields import Fields
from engine.wire.exchange import OpeningHours, Schedule, WeekHours

Span: TypeAlias = tuple[Nanoseconds, Nanoseconds]
_WHERE = "schedule"
DAYS_AHEAD = 8
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def pauses(schedule: Schedule, at_ns: Nanoseconds, drift: DriftCounter) -> tuple[Span, ...]:
    """Spans without trading from the day of ``at_ns`` on, by their start. Raises DecodeError.

    Days of which the schedule says nothing at all are not taken for closed ones.
    """
    fields = Fields(_WHERE, drift)
    weeks = [(_span(fields, week.start_time, week.end_time), week) for week in schedule.standard_hours]
    windows = schedule.maintenance_windows or ()
    closed = [_span(fields, window.start_datetime, window.end_datetime) for window in windows]
    midnight = eastern_midnight_ns(at_ns)
    for _ in range(DAYS_AHEAD):
        after = next_eastern_midnight_ns(midnight)
        hours = [week for (begin, end), week in weeks if begin <= midnight <= end and _says_anything(week)]
        if hours:
            opened = [span for week in hours for span in _opened(week, midnight, after)]
            closed += _gaps(opened, midnight, after)
        midnight = after
    return tuple(span for span in _merged(closed) if span[1] > at_ns)


def _says_anything(week: WeekHours) -> bool:
    return any(getattr(week, day) for day in _DAYS)


def _opened(week: WeekHours, midnight: Nanoseconds, after: Nanoseconds) -> list[Span]:
    here = eastern(midnight)
    number = _weekday(here.year, here.month, here.day)
    hours: list[OpeningHours] = getattr(week, _DAYS[number])
    found = []
    for span in hours:
        opens = of_eastern(here.year, here.month, here.day, *_clock("open_time", span.open_time))
        ends = _clock("close_time", span.close_time)
        closes = after if ends in ((0, 0), (24, 0)) else of_eastern(here.year, here.month, here.day, *ends)
        found.append((opens, closes))
    return found


def _weekday(year: int, month: int, day: int) -> int:
    """Monday is 0 (Zeller's congruence)."""
    if month < 3:
        year, month = year - 1, month + 12
    return (day + 13 * (month + 1) // 5 + year + year // 4 - year // 100 + year // 400 + 5) % 7


def _clock(field: str, text: str) -> tuple[int, int]:
    hour, colon, minute = text.partition(":")
    if not (colon and hour.isdigit() and minute.isdigit() and int(hour) <= 24 and int(minute) < 60):
        raise DecodeError(_WHERE, field, text, "HH:MM")
    return int(hour), int(minute)


def _span(fields: Fields, start: str, end: str) -> Span:
    return fields.time("start", start), fields.time("end", end)


def _gaps(opened: Iterable[Span], begin: Nanoseconds, end: Nanoseconds) -> list[Span]:
    """What of [begin, end) is in none of the spans."""
    found, reached = [], begin
    for opens, closes in sorted(opened):
        if opens > reached:
            found.append((reached, opens))
        reached = max(reached, closes)
    if reached < end:
        found.append((reached, end))
    return found


def _merged(spans: Iterable[Span]) -> list[Span]:
    """By their start; those that touch are one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found
