"""A crowd's records wait for each other a little; a lone sender's never do."""

from __future__ import annotations

import pytest

from engine.ledger.pace import ENOUGH_RECORDS, SPACING_NS, CommitPace

MS = 1_000_000


class Clock:
    def __init__(self) -> None:
        self.now_ns = 10**12

    def __call__(self) -> int:
        return self.now_ns


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_one_sender_is_never_held_back_however_fast_it_is(clock: Clock) -> None:
    pace = CommitPace(clock)
    for _ in range(1_000):
        assert pace.patience_s(1) == 0
        pace.begin(1)
        clock.now_ns += MS // 10


def test_a_few_now_and_then_are_not_held_back(clock: Clock) -> None:
    pace = CommitPace(clock)
    for _ in range(100):
        clock.now_ns += 50 * MS
        assert pace.patience_s(3) == 0
        pace.begin(3)


def test_a_crowd_waits_from_one_commit_to_the_next(clock: Clock) -> None:
    pace = CommitPace(clock)
    pace.begin(30)
    clock.now_ns += 3 * MS
    assert pace.patience_s(5) == (SPACING_NS - 3 * MS) / 1e9
    assert pace.patience_s(ENOUGH_RECORDS) == 0
    clock.now_ns += SPACING_NS
    assert pace.patience_s(5) == 0


def test_when_the_crowd_is_gone_the_next_one_waits_once_at_most(clock: Clock) -> None:
    pace = CommitPace(clock)
    pace.begin(30)
    assert pace.patience_s(1) > 0
    clock.now_ns += SPACING_NS
    pace.begin(1)
    assert pace.patience_s(1) == 0
