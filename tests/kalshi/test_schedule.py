"""The exchange's hours and windows, as spans of time without trading."""

from __future__ import annotations

from typing import Any

import pytest

from engine.domain.units import HOUR_NS, MINUTE_NS
from engine.kalshi.drift import DriftCounter
from engine.kalshi.errors import DecodeError
from engine.kalshi.schedule import pauses
from engine.wire.exchange import MaintenanceWindow, OpeningHours, Schedule, WeekHours
from engine.wire.iso_time import iso_ns

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ALWAYS = (("00:00", "00:00"),)
SUNDAY = iso_ns("2026-11-22T15:00:00Z")
THURSDAY = (iso_ns("2026-11-26T08:00:00Z"), iso_ns("2026-11-26T10:00:00Z"))


def week(begin: str = "2024-01-01T00:00:00Z", end: str = "2099-12-31T00:00:00Z", **hours: Any) -> WeekHours:
    days = {day: hours.get(day, ALWAYS) for day in DAYS}
    spans = {day: [OpeningHours(open_time=o, close_time=c) for o, c in given] for day, given in days.items()}
    return WeekHours(start_time=begin, end_time=end, **spans)


def read(*weeks: WeekHours, windows: tuple[tuple[str, str], ...] = (), at: int = SUNDAY) -> list[Any]:
    made = [MaintenanceWindow(start_datetime=start, end_datetime=end) for start, end in windows]
    schedule = Schedule(standard_hours=list(weeks), maintenance_windows=made)
    return list(pauses(schedule, at, DriftCounter()))


def test_the_weekly_pause_is_in_eastern_time() -> None:
    assert read(week(thursday=(("00:00", "03:00"), ("05:00", "00:00")))) == [THURSDAY]


def test_no_windows_may_be_written_as_null() -> None:
    hours = week(thursday=(("00:00", "03:00"), ("05:00", "00:00")))
    schedule = Schedule(standard_hours=[hours], maintenance_windows=None)
    assert list(pauses(schedule, SUNDAY, DriftCounter())) == [THURSDAY]


def test_hours_and_window_that_say_the_same_are_one_pause() -> None:
    same = (("2026-11-26T08:00:00Z", "2026-11-26T10:00:00Z"),)
    hours = week(thursday=(("00:00", "03:00"), ("05:00", "00:00")))
    assert read(hours, windows=same) == [THURSDAY]
    longer = (("2026-11-26T09:00:00Z", "2026-11-26T11:30:00Z"),)
    assert read(hours, windows=longer) == [(THURSDAY[0], THURSDAY[1] + 90 * MINUTE_NS)]


def test_one_over_midnight_is_one() -> None:
    hours = week(monday=(("00:00", "23:00"),), tuesday=(("01:00", "00:00"),))
    assert read(hours) == [(iso_ns("2026-11-24T04:00:00Z"), iso_ns("2026-11-24T06:00:00Z"))]


def test_one_that_runs_now_is_told_and_one_that_is_over_is_not() -> None:
    hours = week(thursday=(("00:00", "03:00"), ("05:00", "00:00")))
    during = read(hours, at=THURSDAY[0] + HOUR_NS)
    assert (during[0], len(during)) == (THURSDAY, 2)
    after = read(hours, at=THURSDAY[1])
    assert after == [(iso_ns("2026-12-03T08:00:00Z"), iso_ns("2026-12-03T10:00:00Z"))]


def test_the_clocks_change_with_new_york() -> None:
    hours = week(thursday=(("00:00", "03:00"), ("05:00", "00:00")))
    (summer,) = read(hours, at=iso_ns("2026-07-05T15:00:00Z"))
    assert summer == (iso_ns("2026-07-09T07:00:00Z"), iso_ns("2026-07-09T09:00:00Z"))


def test_silence_is_not_taken_for_closed() -> None:
    assert read() == []
    nothing: dict[str, Any] = dict.fromkeys(DAYS, ())
    assert read(week(**nothing)) == []
    assert read(week(end="2025-01-01T00:00:00Z", monday=())) == []


def test_a_day_without_hours_in_a_week_that_has_some_is_closed() -> None:
    assert read(week(wednesday=())) == [(iso_ns("2026-11-25T05:00:00Z"), iso_ns("2026-11-26T05:00:00Z"))]


@pytest.mark.parametrize("text", ["3", "aa:bb", "03:99", "25:00", ""])
def test_a_time_that_is_none_is_named(text: str) -> None:
    with pytest.raises(DecodeError, match="HH:MM"):
        read(week(monday=((text, "00:00"),)))
