"""Eastern time agrees with the time-zone database, second by second around each change of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.eastern import eastern, eastern_midnight_ns, is_date, next_eastern_midnight_ns, of_eastern
from engine.domain.units import SECOND_NS

NEW_YORK = ZoneInfo("America/New_York")
FIRST, LAST = 1_199_163_600, 4_102_444_800
"""2008 to 2100: the rule that is in force."""


def shown(unix_s: int) -> tuple[int, ...]:
    there = datetime.fromtimestamp(unix_s, NEW_YORK)
    offset = there.utcoffset()
    assert offset is not None
    return (*there.timetuple()[:6], int(offset.total_seconds()))


@settings(derandomize=True, max_examples=500, deadline=None)
@given(st.integers(FIRST, LAST))
def test_clocks_show_what_the_database_says(unix_s: int) -> None:
    assert tuple(eastern(unix_s * SECOND_NS + 999_999_999)) == shown(unix_s)


@pytest.mark.parametrize("year", (2008, 2026, 2027, 2099))
def test_the_changes_of_the_clocks_are_exact(year: int) -> None:
    changes = 0
    start = int(datetime(year, 1, 1, tzinfo=UTC).timestamp())
    for hour in range(24 * 366):
        unix_s = start + hour * 3_600
        before, after = shown(unix_s - 1), shown(unix_s)
        if before[-1] != after[-1]:
            changes += 1
            assert tuple(eastern((unix_s - 1) * SECOND_NS)) == before
            assert tuple(eastern(unix_s * SECOND_NS)) == after
    assert changes == 2


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.integers(FIRST, LAST - 3 * 86_400))
def test_a_time_of_a_clock_is_a_moment(clock_s: int) -> None:
    local = datetime.fromtimestamp(clock_s, UTC).replace(tzinfo=None)
    there = local.replace(tzinfo=NEW_YORK)
    assert of_eastern(*local.timetuple()[:6]) == int(there.timestamp()) * SECOND_NS
    midnight = there.replace(hour=0, minute=0, second=0)
    at_ns = int(there.timestamp()) * SECOND_NS
    if there.astimezone(UTC).astimezone(NEW_YORK).replace(tzinfo=None) == local:
        assert eastern_midnight_ns(at_ns) == int(midnight.timestamp()) * SECOND_NS
        tomorrow = midnight + timedelta(days=1)
        assert next_eastern_midnight_ns(at_ns) == int(tomorrow.timestamp()) * SECOND_NS


def test_days_that_there_are() -> None:
    assert is_date(2028, 2, 29)
    assert not is_date(2026, 2, 29)
    assert not is_date(2100, 2, 29)
    assert not is_date(2026, 4, 31)
    assert not is_date(2026, 13, 1)
    assert not is_date(2026, 0, 1)
    assert not is_date(2026, 1, 0)
