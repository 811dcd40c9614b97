"""Due times on two clocks."""

from __future__ import annotations

from random import Random

from engine.core.timers import Due, Timers
from engine.domain.units import MILLISECOND_NS, SECOND_NS


def names(timers: Timers, at: int, mono: int) -> list[str]:
    return [timer.key for timer in timers.due(at, mono)]


def test_in_the_order_of_their_times_and_of_one_instant_as_they_were_set() -> None:
    timers = Timers()
    for when, key in ((5, "b"), (3, "a"), (5, "c"), (9, "d")):
        timers.after_mono(when, Due.LOOKUP, key)
    assert names(timers, 0, 2) == []
    assert names(timers, 0, 5) == ["a", "b", "c"]
    assert timers.next_wake_mono(0, 5, SECOND_NS) == 9


def test_set_anew_dropped_and_taken_once() -> None:
    timers = Timers()
    timers.after_mono(5, Due.LOOKUP, "a")
    timers.after_mono(8, Due.LOOKUP, "a")
    timers.after_mono(6, Due.CATCH_UP, "a")
    timers.drop(Due.CATCH_UP, "a")
    assert timers.next_wake_mono(0, 0, SECOND_NS) == 8
    assert names(timers, 0, 7) == []
    assert names(timers, 0, 8) == ["a"]
    assert names(timers, 0, 99) == []
    assert timers.next_wake_mono(0, 99, SECOND_NS) is None


def test_a_timer_may_move_between_the_clocks() -> None:
    timers = Timers()
    timers.after_mono(5, Due.UNIVERSE)
    timers.after_at(7, Due.UNIVERSE)
    assert names(timers, 6, 99) == []
    assert names(timers, 7, 99) == [""]


def test_exchange_time_of_an_unknown_pace_is_looked_at_soon() -> None:
    timers = Timers()
    timers.after_at(100 * SECOND_NS, Due.UNIVERSE)
    assert timers.next_wake_mono(0, 0, 50 * MILLISECOND_NS) == 50 * MILLISECOND_NS


def test_the_pace_of_exchange_time_is_learned() -> None:
    """x600: what is 600 s away there is 1 s away here."""
    timers = Timers()
    timers.after_at(2_000 * SECOND_NS, Due.UNIVERSE)
    timers.pace(0, 0)
    timers.pace(1_400 * SECOND_NS, 1_400 * SECOND_NS // 600)
    now = 1_400 * SECOND_NS // 600
    wake = timers.next_wake_mono(1_400 * SECOND_NS, now, SECOND_NS)
    assert wake is not None
    assert abs(wake - now - SECOND_NS) < MILLISECOND_NS


def test_a_timer_set_again_and_again_takes_no_room() -> None:
    timers = Timers()
    for number in range(100_000):
        timers.after_at(1_000_000 + number, Due.MARKET_CLOSE, "a")
    assert len(timers._by_at) < 1_000
    assert names(timers, 1_099_998, 0) == []
    assert names(timers, 1_099_999, 0) == ["a"]


def test_what_did_not_come_when_it_was_aimed_for_is_aimed_at_anew() -> None:
    """Exchange time stood still meanwhile, then ran at another pace."""
    timers = Timers()
    timers.pace(0, 0)
    timers.pace(10 * SECOND_NS, 10 * SECOND_NS)
    timers.after_at(12 * SECOND_NS, Due.UNIVERSE)
    assert timers.next_wake_mono(10 * SECOND_NS, 10 * SECOND_NS, SECOND_NS) == 12 * SECOND_NS
    assert timers.next_wake_mono(10 * SECOND_NS, 11 * SECOND_NS, SECOND_NS) == 12 * SECOND_NS
    late = timers.next_wake_mono(10 * SECOND_NS, 12 * SECOND_NS, SECOND_NS)
    assert late == 14 * SECOND_NS
    timers.pace(12 * SECOND_NS - 100, 13 * SECOND_NS)
    soon = timers.next_wake_mono(12 * SECOND_NS - 100, 13 * SECOND_NS, SECOND_NS)
    assert soon == 13 * SECOND_NS + MILLISECOND_NS


def test_an_earlier_one_is_aimed_at_when_it_is_set() -> None:
    timers = Timers()
    timers.pace(0, 0)
    timers.pace(SECOND_NS, SECOND_NS)
    timers.after_at(100 * SECOND_NS, Due.UNIVERSE)
    assert timers.next_wake_mono(SECOND_NS, SECOND_NS, SECOND_NS) == 100 * SECOND_NS
    timers.after_at(50 * SECOND_NS, Due.MARKET_CLOSE, "a")
    assert timers.next_wake_mono(SECOND_NS, SECOND_NS, SECOND_NS) == 50 * SECOND_NS


def test_the_answer_that_is_kept_is_what_would_be_found_anew() -> None:
    """Two sets of the same timers, of which one is asked at every step and the other looks anew each time."""
    chance, at, mono = Random(20261121), 0, 0
    kept, anew = Timers(), Timers()
    for _ in range(3_000):
        at += chance.choice((0, 1, MILLISECOND_NS, SECOND_NS // 2))
        mono += chance.choice((0, 1, MILLISECOND_NS, SECOND_NS // 2))
        due, key = chance.choice((Due.LOOKUP, Due.EXTEND)), chance.choice("abcd")
        what, wait = chance.randrange(6), chance.randrange(3 * SECOND_NS)
        for timers in (kept, anew):
            if what == 0:
                timers.after_mono(mono + wait, due, key)
            elif what == 1:
                timers.after_at(at + wait, due, key)
            elif what == 2:
                timers.drop(due, key)
            elif what == 3 and mono >= timers.pace_due_mono:
                timers.pace(at, mono)
            elif mono >= timers.next_mono or at >= timers.next_at:
                timers.due(at, mono)
        anew._wake_until_mono = 0
        assert kept.next_wake_mono(at, mono, SECOND_NS) == anew.next_wake_mono(at, mono, SECOND_NS)
        assert (kept.next_mono, kept.next_at) == (anew.next_mono, anew.next_at)
