"""Schedules in eastern time, across the changes of the clock and the holidays."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from engine.sandbox.sources.generator import slots
from engine.sandbox.sources.generator.eastern import session_close
from engine.sandbox.sources.generator.throughput import published_s

DAY = 86_400
EASTERN = ZoneInfo("America/New_York")


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    return int(datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("day", "count"),
    [((2026, 3, 8), 23), ((2026, 11, 1), 24), ((2026, 6, 1), 24)],
    ids=["spring", "autumn", "june"],
)
def test_hours_of_a_local_day_have_names_of_their_own(day: tuple[int, int, int], count: int) -> None:
    start = int(datetime(*day, tzinfo=EASTERN).timestamp())
    end = start + (25 if count == 24 and day[1] == 11 else count) * 3_600
    found = list(slots.hourly(start, end))
    assert len(found) == count
    assert len({slot.stamp for slot in found}) == count


def test_the_hour_that_is_skipped_in_spring_has_no_event() -> None:
    start = int(datetime(2026, 3, 8, tzinfo=EASTERN).timestamp())
    stamps = [slot.stamp for slot in slots.hourly(start, start + 4 * 3_600)]
    assert stamps == ["26MAR0800", "26MAR0801", "26MAR0803", "26MAR0804"]


def test_the_hour_that_comes_twice_in_autumn_has_events_once() -> None:
    start = int(datetime(2026, 11, 1, tzinfo=EASTERN).timestamp())
    hours = [slot.stamp for slot in slots.hourly(start, start + 4 * 3_600)]
    assert hours == ["26NOV0100", "26NOV0101", "26NOV0102"]
    quarters = [slot.stamp for slot in slots.quarterly(start + 3_600, start + 3 * 3_600)]
    assert quarters == ["26NOV010100", "26NOV010115", "26NOV010130", "26NOV010145"]


def test_the_main_crypto_event_closes_at_five_eastern_on_both_sides_of_the_change() -> None:
    mains = [s.close_s for s in slots.hourly(utc(2026, 10, 31, 12), utc(2026, 11, 3, 12)) if s.is_main]
    assert mains == [utc(2026, 10, 31, 21), utc(2026, 11, 1, 22), utc(2026, 11, 2, 22)]


def test_quarters_follow_each_other_one_open_at_a_time() -> None:
    found = list(slots.quarterly(utc(2026, 9, 30, 19), utc(2026, 9, 30, 20)))
    assert [s.stamp for s in found] == ["26SEP301500", "26SEP301515", "26SEP301530", "26SEP301545"]
    assert all(later.open_s == earlier.close_s for earlier, later in pairwise(found))


def test_a_session_closes_at_four_eastern_and_opens_in_the_night_before() -> None:
    (summer,) = slots.sessions(utc(2026, 7, 24), utc(2026, 7, 25))
    assert (summer.stamp, summer.open_s, summer.close_s) == (
        "26JUL24H1600",
        utc(2026, 7, 24, 2, 30),
        utc(2026, 7, 24, 20),
    )
    (winter,) = slots.sessions(utc(2026, 12, 14), utc(2026, 12, 15))
    assert winter.close_s == utc(2026, 12, 14, 21)


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 1, 1),
        date(2026, 1, 19),
        date(2026, 2, 16),
        date(2026, 4, 3),
        date(2026, 5, 25),
        date(2026, 6, 19),
        date(2026, 7, 3),
        date(2026, 9, 7),
        date(2026, 11, 26),
        date(2026, 12, 25),
        date(2027, 12, 24),
        date(2026, 8, 1),
    ],
)
def test_no_session_on_holidays_of_the_stock_exchanges(day: date) -> None:
    assert session_close(day) is None


def test_half_days_close_at_one() -> None:
    assert session_close(date(2026, 11, 27)) == utc(2026, 11, 27, 18)
    assert session_close(date(2026, 12, 24)) == utc(2026, 12, 24, 18)
    assert session_close(date(2021, 12, 31)) == utc(2021, 12, 31, 21)


@pytest.mark.parametrize(("offset", "hour"), [(-5, 4), (-6, 5), (-8, 7)])
def test_a_climate_day_ends_by_standard_time_in_summer_too(offset: int, hour: int) -> None:
    schedule = slots.climate_days(offset)
    for year, month, day in [(2025, 12, 5), (2026, 7, 15)]:
        close_s = utc(year, month, day, hour, 59) + DAY
        (slot,) = schedule(close_s, close_s + 1)
        assert slot.day == date(year, month, day)


def test_weather_opens_at_ten_eastern_the_day_before() -> None:
    schedule = slots.climate_days(-5)
    (winter,) = schedule(utc(2025, 12, 6), utc(2025, 12, 7))
    (summer,) = schedule(utc(2026, 7, 18), utc(2026, 7, 19))
    assert winter.open_s == utc(2025, 12, 4, 15)
    assert summer.open_s == utc(2026, 7, 16, 14)
    assert winter.determine_s == utc(2025, 12, 6, 11, 18)


def test_the_travel_week_ends_on_sunday_and_is_known_on_monday() -> None:
    (slot,) = slots.weeks(utc(2026, 8, 25), utc(2026, 9, 1))
    assert (slot.stamp, slot.close_s) == ("26AUG30", utc(2026, 8, 31, 3, 59))
    assert published_s(date(2026, 8, 30)) < slot.determine_s
    assert published_s(date(2026, 8, 28)) == published_s(date(2026, 8, 30)) == utc(2026, 8, 31, 13)
    assert published_s(date(2026, 8, 26)) == utc(2026, 8, 27, 13)


@pytest.mark.parametrize(
    "schedule", [slots.hourly, slots.quarterly, slots.sessions, slots.weeks, slots.climate_days(-8)]
)
def test_a_schedule_does_not_depend_on_where_the_span_is_cut(schedule: slots.Schedule) -> None:
    start, end = utc(2026, 10, 28, 7), utc(2026, 11, 10, 7)
    whole = list(schedule(start, end))
    pieces = [slot for cut in range(start, end, 7_777) for slot in schedule(cut, min(cut + 7_777, end))]
    assert pieces == whole
    assert all(s.list_s <= s.open_s < s.close_s < s.determine_s for s in whole)
    assert all(s.close_s - s.list_s < 16 * DAY for s in whole)
