"""Reads that fail for long are asked for ever more seldom, and at once when the exchange is there again."""

from __future__ import annotations

from core_bench import CoreBench, market, of

from engine.core.effects import (
    Effect,
    ReadBalance,
    ReadFills,
    ReadOrders,
    ReadPositions,
    ReadSettlements,
    ReadStatus,
)
from engine.core.inputs import ReadFailed, StatusRead
from engine.domain.feed import FeedConnected, FeedLost
from engine.domain.units import MINUTE_NS, SECOND_NS

ROUND = (ReadStatus, ReadBalance, ReadPositions, ReadOrders, ReadFills, ReadSettlements)
LONGEST_NS = 16 * SECOND_NS


def refuse(bench: CoreBench) -> list[Effect]:
    """Each read that is asked for fails at once. Returns them."""
    asked = [effect for effect in bench.effects if isinstance(effect, ROUND)]
    bench.effects.clear()
    for effect in asked:
        bench.feed(ReadFailed(type(effect).__name__, "", "503"))
    return asked


def refuse_for(bench: CoreBench, nanoseconds: int) -> list[Effect]:
    asked = refuse(bench)
    for _ in range(nanoseconds // SECOND_NS):
        bench.run_for(SECOND_NS)
        asked += refuse(bench)
    return asked


def a_failing_round() -> CoreBench:
    bench = CoreBench()
    bench.start(market())
    bench.run_for(MINUTE_NS)
    return bench


def test_what_fails_for_an_hour_is_asked_for_four_times_a_minute_at_most() -> None:
    bench = a_failing_round()
    asked = refuse_for(bench, 60 * MINUTE_NS)
    for kind in ROUND:
        assert 200 < len(of(asked, kind)) <= 235, kind


def test_the_first_pauses_are_short() -> None:
    bench = a_failing_round()
    asked = refuse_for(bench, 16 * SECOND_NS)
    assert [len(of(asked, kind)) for kind in ROUND] == [5] * len(ROUND), "after 0, 1, 3, 7 and 15 s"


def test_the_first_answer_has_everything_else_asked_for_at_once_and_soon_again() -> None:
    bench = a_failing_round()
    refuse_for(bench, 5 * MINUTE_NS)
    bench.feed(StatusRead(True, True, {}))
    others = [effect for effect in bench.effects if isinstance(effect, ROUND)]
    assert {type(effect) for effect in others} == set(ROUND) - {ReadStatus}
    assert len(others) == len(ROUND) - 1
    refuse(bench)
    bench.run_for(SECOND_NS)
    assert {type(effect) for effect in bench.effects if isinstance(effect, ROUND)} == {
        type(effect) for effect in others
    }
    bench.reads((market(),))
    assert bench.engine._reconciliation.rounds == 2


def test_a_new_connection_of_the_feed_has_everything_asked_for_at_once() -> None:
    bench = a_failing_round()
    refuse_for(bench, 5 * MINUTE_NS)
    bench.feed(FeedLost("cut"), FeedConnected(2))
    asked = [type(effect) for effect in bench.effects if isinstance(effect, ROUND)]
    assert sorted(kind.__name__ for kind in asked) == sorted(kind.__name__ for kind in ROUND)


def test_a_read_under_way_is_not_doubled_by_the_answer_to_another() -> None:
    bench = a_failing_round()
    refuse_for(bench, 5 * MINUTE_NS)
    bench.run_for(LONGEST_NS)  # asked for again, and not answered yet
    bench.effects.clear()
    bench.feed(StatusRead(True, True, {}))
    assert [effect for effect in bench.effects if isinstance(effect, ROUND)] == []


def test_one_read_that_fails_for_ever_does_not_hurry_by_the_others_successes() -> None:
    bench = a_failing_round()
    bench.effects.clear()
    bench.feed(ReadFailed("ReadPositions", "", "503"))
    asked = []
    for _ in range(600):
        bench.run_for(SECOND_NS)
        asked += of(bench.effects, ReadPositions)
        refused = bool(of(bench.effects, ReadPositions))
        bench.effects.clear()
        bench.feed(StatusRead(True, True, {}))
        if refused:
            bench.feed(ReadFailed("ReadPositions", "", "503"))
    assert len(asked) <= 41
