from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from random import Random

import pytest
from manual_clock import ManualClock

from engine.domain.units import MILLISECOND_NS, SECOND_NS
from engine.kalshi.clock_offset import ClockOffset

WALL_NS = 1_790_000_000 * SECOND_NS


def observe(clock: ManualClock, offset: ClockOffset, ahead_ms: int, round_trip_ms: int = 40) -> None:
    """An answer whose time stamp was made exactly in the middle of the request."""
    sent = clock.monotonic_ns()
    clock.now_ns += round_trip_ms * MILLISECOND_NS // 2
    stamp = clock.wall_ns() // MILLISECOND_NS + ahead_ms
    clock.now_ns += round_trip_ms * MILLISECOND_NS // 2
    offset.observe_ms(stamp, sent, clock.monotonic_ns())
    clock.now_ns += SECOND_NS


def test_without_samples_the_wall_clock_counts() -> None:
    clock = ManualClock(wall_ns=WALL_NS)
    offset = ClockOffset(clock)
    assert (offset.offset_ms, offset.uncertainty_ms) == (0, None)
    assert offset.exchange_now_ms() == WALL_NS // MILLISECOND_NS


def test_a_late_machine_is_corrected_and_one_odd_sample_changes_nothing() -> None:
    clock = ManualClock(wall_ns=WALL_NS)
    offset = ClockOffset(clock)
    for _ in range(5):
        observe(clock, offset, 7_000)
    observe(clock, offset, 90_000)
    assert abs(offset.offset_ms - 7_000) <= 1
    assert offset.uncertainty_ms in (20, 21), "half a round trip, and what clocks drift meanwhile"


def test_a_step_of_the_exchange_is_believed_after_three_samples() -> None:
    clock = ManualClock(wall_ns=WALL_NS)
    offset = ClockOffset(clock)
    for _ in range(10):
        observe(clock, offset, 0)
    for _ in range(2):
        observe(clock, offset, 60_000)
    assert abs(offset.offset_ms) <= 1
    observe(clock, offset, 60_000)
    assert abs(offset.offset_ms - 60_000) <= 1


def test_a_step_of_our_wall_clock_does_not_touch_signatures() -> None:
    clock = ManualClock(wall_ns=WALL_NS)
    offset = ClockOffset(clock)
    for _ in range(4):
        observe(clock, offset, 100)
    before = offset.exchange_now_ms()
    clock.wall_offset_ns += 3_600 * SECOND_NS
    assert offset.exchange_now_ms() == before
    assert abs(offset.offset_ms - (100 - 3_600_000)) <= 1


def test_date_headers_are_good_to_half_a_second() -> None:
    clock = ManualClock(wall_ns=WALL_NS)  # 2026-09-21 14:13:20 UTC
    offset = ClockOffset(clock)
    sent = clock.monotonic_ns()
    clock.now_ns += 100 * MILLISECOND_NS
    offset.observe_date("Mon, 21 Sep 2026 14:13:20 GMT", sent, clock.monotonic_ns())
    assert offset.uncertainty_ms == 550
    assert abs(offset.offset_ms - 450) <= 1
    offset.observe_date("yesterday", sent, clock.monotonic_ns())
    assert abs(offset.offset_ms - 450) <= 1


def dated(clock: ManualClock, offset: ClockOffset, ahead_ms: int) -> None:
    """An answer of 40 ms that carries the exchange's second alone."""
    sent = clock.monotonic_ns()
    clock.now_ns += 20 * MILLISECOND_NS
    second = (clock.wall_ns() + ahead_ms * MILLISECOND_NS) // SECOND_NS
    clock.now_ns += 20 * MILLISECOND_NS
    date = format_datetime(datetime.fromtimestamp(second, UTC), usegmt=True)
    offset.observe_date(date, sent, clock.monotonic_ns())


@pytest.mark.parametrize("ahead_ms", [-7_345, 0, 480])
def test_several_date_headers_together_are_better_than_each(ahead_ms: int) -> None:
    clock = ManualClock(wall_ns=WALL_NS)
    offset, chance = ClockOffset(clock), Random(5)
    for _ in range(24):
        dated(clock, offset, ahead_ms)
        assert abs(offset.offset_ms - ahead_ms) <= (offset.uncertainty_ms or 0) + 1
        clock.now_ns += chance.randrange(20 * SECOND_NS)
    assert offset.uncertainty_ms is not None
    assert offset.uncertainty_ms < 120


def test_of_two_that_contradict_each_other_the_newer_counts() -> None:
    clock = ManualClock(wall_ns=WALL_NS)
    offset = ClockOffset(clock)
    observe(clock, offset, 9_000)
    observe(clock, offset, 2_000)
    assert abs(offset.offset_ms - 2_000) <= 1


def test_sharp_samples_outweigh_blurred_ones() -> None:
    clock = ManualClock(wall_ns=WALL_NS)
    offset = ClockOffset(clock)
    for _ in range(6):
        observe(clock, offset, 900, round_trip_ms=1_000)
    for _ in range(2):
        observe(clock, offset, 500, round_trip_ms=10)
    assert abs(offset.offset_ms - 500) <= 1
    assert offset.uncertainty_ms == 5
