"""The exchange's time over a wall that the test moves."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_world import START_NS, MovableWall

from engine.domain.units import HOUR_NS, SECOND_NS
from engine.sandbox.server.clock import MILLIONTHS, ClockError, ClockState, ExchangeClock, resumed

START = 1_000 * SECOND_NS


def clock_on(wall: MovableWall) -> ExchangeClock:
    return ExchangeClock(wall, ClockState(START, wall.at_ns))


def test_runs_with_the_wall_at_its_speed() -> None:
    wall = MovableWall()
    clock = clock_on(wall)
    wall.at_ns += 3 * SECOND_NS
    assert clock.now_ns() == START + 3 * SECOND_NS
    clock.set_speed(600 * MILLIONTHS)
    wall.at_ns += SECOND_NS
    assert clock.now_ns() == START + 603 * SECOND_NS


def test_stands_while_paused_and_steps_all_the_same() -> None:
    wall = MovableWall()
    clock = clock_on(wall)
    clock.set_paused(True)
    wall.at_ns += HOUR_NS
    assert clock.now_ns() == START
    clock.step(5 * SECOND_NS)
    assert clock.now_ns() == START + 5 * SECOND_NS
    clock.set_paused(False)
    wall.at_ns += SECOND_NS
    assert clock.now_ns() == START + 6 * SECOND_NS


def test_never_goes_back_when_the_wall_does() -> None:
    wall = MovableWall()
    clock = clock_on(wall)
    wall.at_ns += 10 * SECOND_NS
    before = clock.now_ns()
    wall.at_ns -= 8 * SECOND_NS
    assert clock.now_ns() == before
    wall.at_ns += 9 * SECOND_NS
    assert clock.now_ns() == before + SECOND_NS


@pytest.mark.parametrize("speed", [0, -1, 100_001 * MILLIONTHS])
def test_refuses_a_speed_that_is_none(speed: int) -> None:
    wall = MovableWall()
    clock = clock_on(wall)
    with pytest.raises(ClockError, match=r"speed: got .*, wanted above 0 and at most 100000"):
        clock.set_speed(speed)
    assert clock.speed == 1


def test_refuses_a_step_back() -> None:
    with pytest.raises(ClockError, match="step_s: got -1, wanted 0 or more"):
        clock_on(MovableWall()).step(-SECOND_NS)


MOVES = st.one_of(
    st.tuples(st.just("wall"), st.integers(-5 * SECOND_NS, 60 * SECOND_NS)),
    st.tuples(st.just("step"), st.integers(0, HOUR_NS)),
    st.tuples(st.just("speed"), st.integers(1, 1_000 * MILLIONTHS)),
    st.tuples(st.just("pause"), st.integers(0, 1)),
)


@settings(derandomize=True, max_examples=100)
@given(st.lists(MOVES, max_size=30))
def test_time_only_ever_passes(moves: list[tuple[str, int]]) -> None:
    wall = MovableWall()
    clock = clock_on(wall)
    last = clock.now_ns()
    for kind, amount in moves:
        if kind == "wall":
            wall.at_ns += amount
        elif kind == "step":
            before = clock.now_ns()
            clock.step(amount)
            assert clock.now_ns() == before + amount
        elif kind == "speed":
            clock.set_speed(amount)
        else:
            clock.set_paused(bool(amount))
        assert clock.now_ns() >= last
        last = clock.now_ns()


def test_real_time_catches_up_with_the_wall_after_a_restart() -> None:
    saved = ClockState(START, START_NS)
    state = resumed(saved, START + SECOND_NS, START_NS + HOUR_NS, catches_up=True)
    wall = MovableWall(START_NS + HOUR_NS)
    assert ExchangeClock(wall, state).now_ns() == START + HOUR_NS


@pytest.mark.parametrize(
    ("saved", "catches_up"),
    [
        (ClockState(START, START_NS), False),
        (ClockState(START, START_NS, 60 * MILLIONTHS), True),
        (ClockState(START, START_NS, is_paused=True), True),
    ],
)
def test_recordings_accelerated_and_paused_worlds_go_on_where_they_stood(
    saved: ClockState, catches_up: bool
) -> None:
    state = resumed(saved, START + SECOND_NS, START_NS + HOUR_NS, catches_up=catches_up)
    assert ExchangeClock(MovableWall(START_NS + HOUR_NS), state).now_ns() == START + SECOND_NS
    assert state.speed_millionths == saved.speed_millionths


def test_a_wall_that_was_set_back_does_not_set_the_exchange_back() -> None:
    saved = ClockState(START, START_NS)
    state = resumed(saved, START + HOUR_NS, START_NS, catches_up=True)
    assert ExchangeClock(MovableWall(START_NS), state).now_ns() == START + HOUR_NS
