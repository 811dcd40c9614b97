"""What keeps an exit from going out: no bids, no book, a pause, a switch; and what does not."""

from __future__ import annotations

import pytest
from core_bench import TICKER
from exit_bench import ExitBench, reads_of_books
from exit_plans import BOTH, LEGS, STOP

from engine.core.inputs import Acked, BookRead, StatusRead
from engine.domain.command import Kill, Resume, SetExits, SetMode
from engine.domain.feed import FeedAlive, FeedConnected, FeedLost
from engine.domain.order import Leg
from engine.domain.plan import PlanState, PlanTerms, Target


@LEGS
def test_nobody_bids_is_told_once_and_sells_nothing(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(STOP)
    bench.book(None, 42)
    bench.live(30)
    assert bench.exits == []
    assert bench.plan.state is PlanState.BLOCKED
    assert len(bench.alerts("SL_BLOCKED")) == 1
    bench.book(48, 50)
    bench.live(1.5)
    assert (bench.plan.state, bench.plan.cause) == (PlanState.GUARDING, "")


@LEGS
def test_a_stop_under_the_grid_is_none_and_nothing_is_blocked(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(PlanTerms(stop_loss=Target(-8_000)))
    bench.book(None, 42)
    bench.live(30)
    assert bench.plan.state is PlanState.GUARDING
    assert bench.alerts("SL_BLOCKED") == []


@LEGS
def test_bids_alone_are_no_price_to_stop_at(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(STOP)
    bench.book(40, None)
    bench.live(30)
    assert bench.exits == []
    assert bench.alerts("SL_BLOCKED")
    bench.book(45, None)
    bench.live(1.5)
    assert bench.plan.state is PlanState.GUARDING


@LEGS
def test_a_silent_feed_is_looked_past_over_rest(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(STOP)
    bench.live(11)
    bench.feed(FeedLost("gone"))
    bench.effects.clear()
    reads = 0
    for _ in range(30):
        bench.wait(500_000_000)
        if reads_of_books(bench.effects) > reads:
            reads += 1
            yes = ((4_000, 10_000),), ((4_200, 10_000),)
            no = ((5_800, 10_000),), ((6_000, 10_000),)
            bench.bids, bench.asks = yes if leg is Leg.YES else no
            bench.feed(BookRead(TICKER, tuple(bench.bids), tuple(bench.asks)))
    assert bench.exits == [(40, 500, "IOC")]
    assert bench.held_c == 0
    assert bench.alerts("SL_BLOCKED") == []


def test_without_any_book_the_stop_is_blocked() -> None:
    bench = ExitBench().open()
    bench.buy(STOP)
    bench.live(11)
    bench.feed(FeedLost("gone"))
    bench.effects.clear()
    for _ in range(40):
        bench.wait(500_000_000)
    assert bench.plan.state is PlanState.BLOCKED
    assert len(bench.alerts("SL_BLOCKED")) == 1
    assert 3 <= reads_of_books(bench.effects) <= 5
    bench.feed(FeedConnected(1), FeedAlive())
    bench.book(50, 52)
    bench.live(2)
    assert bench.plan.state is PlanState.GUARDING


def test_stops_wait_over_a_pause_and_until_the_spread_is_normal_again() -> None:
    bench = ExitBench().open()
    bench.buy(STOP)
    bench.live(11)
    bench.feed(StatusRead(True, False, {}))
    bench.book(40, 42)
    bench.live(20)
    assert bench.exits == []
    bench.feed(StatusRead(True, True, {}))
    bench.book(20, 60)
    bench.live(30)
    assert bench.exits == []
    bench.live(40)
    assert bench.exits == [], "bids so far from the asks are a thin book, into which it goes step by step"
    bench.live(20)
    assert bench.exits == [(20, 500, "IOC")]


@pytest.mark.parametrize("mode", ["NO_NEW_ENTRIES", "HALTED"])
def test_exits_work_in_every_mode(mode: str) -> None:
    bench = ExitBench().open()
    bench.buy(BOTH)
    bench.answer(SetMode(mode, "test"))
    assert bench.profits == [(71, 500)]
    bench.book(40, 42)
    bench.live(17)
    assert bench.held_c == 0


def test_exits_that_are_off_stay_off_until_they_are_on_again() -> None:
    bench = ExitBench().open()
    bench.buy(BOTH)
    bench.answer(Kill(exits_off=True, reason="test"))
    assert bench.resting == {}
    bench.book(40, 42)
    bench.live(30)
    assert bench.held_c == 500
    bench.ask(Resume("again"))
    bench.live(8)
    assert bench.held_c == 0


def test_exits_switched_off_in_the_middle_of_one() -> None:
    bench = ExitBench().open()
    bench.buy(STOP)
    bench.book(40, 42)
    bench.on_submit = lambda request: Acked(request.client_order_id, f"v-{request.client_order_id}", 0, 0)
    bench.live(16)
    assert bench.plan.state is PlanState.EXITING
    bench.ask(SetExits(False, "test"))
    sent = len(bench.exits)
    bench.live(60)
    assert (len(bench.exits), bench.plan.state) == (sent, PlanState.GUARDING)
