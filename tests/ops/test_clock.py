"""The exchange's time at the shell: at any speed, and never backwards."""

from __future__ import annotations

import pytest

from engine.ops.clock import AnchoredClock, OffsetClock, Uuids

SECOND = 1_000_000_000
ONCE = 1_000_000


class Machine:
    mono_ns = 5 * SECOND


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine()
    monkeypatch.setattr("engine.ops.clock.time.monotonic_ns", lambda: made.mono_ns)
    return made


@pytest.mark.parametrize("speed", [0, ONCE // 2, ONCE, 60 * ONCE])
def test_it_goes_on_from_its_anchor_at_its_speed(machine: Machine, speed: int) -> None:
    clock = AnchoredClock(1_000 * SECOND, speed)
    assert clock.exchange_ns() == 1_000 * SECOND
    machine.mono_ns += 2 * SECOND
    assert clock.exchange_ns() == 1_000 * SECOND + 2 * SECOND * speed // ONCE
    assert clock.speed_millionths == speed


def test_an_anchor_ahead_is_taken_at_once(machine: Machine) -> None:
    clock = AnchoredClock(1_000 * SECOND, ONCE)
    clock.anchor(2_000 * SECOND, 60 * ONCE)
    machine.mono_ns += SECOND
    assert clock.exchange_ns() == 2_060 * SECOND


def test_an_anchor_behind_is_waited_for(machine: Machine) -> None:
    clock = AnchoredClock(1_000 * SECOND, ONCE)
    machine.mono_ns += 3 * SECOND
    assert clock.exchange_ns() == 1_003 * SECOND
    clock.anchor(1_001 * SECOND, ONCE)
    seen = []
    for _ in range(4):
        seen.append(clock.exchange_ns() // SECOND)
        machine.mono_ns += SECOND
    assert seen == [1_003, 1_003, 1_003, 1_004]


def test_a_real_exchange_is_asked() -> None:
    assert OffsetClock(lambda: 42).exchange_ns() == 42


def test_ids_are_never_the_same() -> None:
    ids = Uuids()
    assert len({ids.mint() for _ in range(100)}) == 100
