"""When events are listed, open, close and are determined. Unix seconds; the rules are eastern.

Crypto hours and quarters exist around the clock. When the eastern clock is set back, two hours would carry
one name; the second of them has no events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, time, timedelta
from typing import TypeAlias

import msgspec

from engine.sandbox.sources.generator import grammar
from engine.sandbox.sources.generator.eastern import (
    DAY_S,
    at_eastern,
    eastern,
    is_repeated_hour,
    session_close,
    utc_day,
    utc_midnight,
)

HOUR_S = 3_600
QUARTER_S = 900
DAILY_HOUR = 17
"""The crypto event that closes at 5 PM is the day's main one: open a day ahead, on a wider ladder."""


class Slot(msgspec.Struct, frozen=True):
    """One event's place in time."""

    stamp: str
    """The event ticker after the series' name."""
    day: date
    """The eastern date of the event, for weather the climate day."""
    list_s: int
    open_s: int
    close_s: int
    determine_s: int
    is_main: bool = False


Schedule: TypeAlias = Callable[[int, int], Iterator[Slot]]
"""``schedule(start_s, end_s)``: the slots that close in ``[start_s, end_s)``, earliest first."""


def hourly(start_s: int, end_s: int) -> Iterator[Slot]:
    """Every hour; open three hours, the main one 24."""
    for close_s in range(-(-start_s // HOUR_S) * HOUR_S, end_s, HOUR_S):
        if is_repeated_hour(close_s):
            continue
        main = eastern(close_s).hour == DAILY_HOUR
        open_s = close_s - (24 if main else 3) * HOUR_S
        yield Slot(
            stamp=grammar.hour_stamp(close_s),
            day=eastern(close_s).date(),
            list_s=open_s - HOUR_S // 2,
            open_s=open_s,
            close_s=close_s,
            determine_s=close_s + 8,
            is_main=main,
        )


def quarterly(start_s: int, end_s: int) -> Iterator[Slot]:
    """Every quarter of an hour, one open at a time, listed half an hour ahead."""
    for close_s in range(-(-start_s // QUARTER_S) * QUARTER_S, end_s, QUARTER_S):
        if is_repeated_hour(close_s):
            continue
        yield Slot(
            stamp=grammar.quarter_stamp(close_s),
            day=eastern(close_s).date(),
            list_s=close_s - QUARTER_S - 1_800,
            open_s=close_s - QUARTER_S,
            close_s=close_s,
            determine_s=close_s + 5,
        )


def sessions(start_s: int, end_s: int) -> Iterator[Slot]:
    """The close of each day of the stock exchanges; open from 02:30 UTC of that day, listed a day ahead."""
    for day in _days(start_s, end_s):
        close_s = session_close(day)
        if close_s is None or not start_s <= close_s < end_s:
            continue
        open_s = utc_midnight(day) + 9_000
        yield Slot(
            stamp=grammar.session_stamp(close_s),
            day=day,
            list_s=open_s - DAY_S,
            open_s=open_s,
            close_s=close_s,
            determine_s=close_s + 127,
        )


def climate_days(standard_offset_h: int) -> Schedule:
    """Daily temperatures: open at 10:00 eastern the day before, close at 23:59 local *standard* time.

    The climate day runs from midnight to midnight of standard time all year; the report is out the next
    morning.
    """

    def schedule(start_s: int, end_s: int) -> Iterator[Slot]:
        for day in _days(start_s, end_s):
            close_s = climate_midnight(day, standard_offset_h) + DAY_S - 60
            if not start_s <= close_s < end_s:
                continue
            known_s = utc_midnight(day + timedelta(days=1)) + 11 * HOUR_S + 18 * 60
            yield _dated(day, days_open=1, close_s=close_s, determine_s=known_s)

    return schedule


def climate_midnight(day: date, standard_offset_h: int) -> int:
    """The start of a climate day; ``standard_offset_h`` is -5 for the east."""
    return utc_midnight(day) - standard_offset_h * HOUR_S


def weeks(start_s: int, end_s: int) -> Iterator[Slot]:
    """Weeks from Monday to Sunday: open from the Monday before, close on Sunday 23:59, known on Monday."""
    for day in _days(start_s, end_s):
        close_s = at_eastern(day, time(23, 59))
        if day.weekday() != 6 or not start_s <= close_s < end_s:
            continue
        known_s = at_eastern(day + timedelta(days=1), time(9, 35))
        yield _dated(day, days_open=13, close_s=close_s, determine_s=known_s)


def _dated(day: date, *, days_open: int, close_s: int, determine_s: int) -> Slot:
    """An event that a day names, open from 10:00 eastern so many days before it."""
    open_s = at_eastern(day - timedelta(days=days_open), time(10))
    return Slot(
        stamp=grammar.day_stamp(day),
        day=day,
        list_s=open_s - HOUR_S,
        open_s=open_s,
        close_s=close_s,
        determine_s=determine_s,
    )


def _days(start_s: int, end_s: int) -> Iterator[date]:
    """Every date that may hold a close of the span in some American zone."""
    day, last = utc_day(start_s) - timedelta(days=2), utc_day(end_s)
    while day <= last:
        yield day
        day += timedelta(days=1)
