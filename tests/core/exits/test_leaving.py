"""When a plan ends a position: grace, looks, levels, the time."""

from __future__ import annotations

from core_bench import TICKER, of
from exit_bench import ExitBench
from exit_plans import BOTH, LEGS, STOP

from engine.core.effects import SubmitOrder
from engine.core.inputs import Unknown
from engine.domain.command import SetPlan
from engine.domain.order import Leg
from engine.domain.plan import PlanTerms, Retirement, Target
from engine.domain.units import MINUTE_NS, SECOND_NS


@LEGS
def test_a_stop_waits_for_its_grace_and_a_second_look(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(STOP)
    bought = bench.mono
    bench.book(41, 43)
    bench.live(14.4)
    assert bench.exits == []
    bench.live(3)
    assert bench.exits == [(41, 500, "IOC")]
    assert 15 * SECOND_NS <= bench.sent[-1][0] - bought <= 16.5 * SECOND_NS
    assert bench.plan.retirement == Retirement.CLOSED
    assert bench.held_c == 0


@LEGS
def test_who_adds_to_a_position_does_not_keep_its_stop_off(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(STOP)
    bench.live(9)
    bench.buy(STOP, 100)
    bench.book(40, 42)
    bench.live(5.9)
    assert bench.exits == []
    bench.live(2)
    assert bench.exits == [(40, 600, "IOC")]


@LEGS
def test_who_sets_the_plan_again_does_not_keep_its_stop_off(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(STOP)
    bench.live(11)
    bench.book(40, 42)
    for _ in range(3):
        bench.live(1.5)
        assert bench.answer(SetPlan(TICKER, STOP)).deny_code == ""
        assert bench.exits == []
    bench.live(2)
    assert bench.exits == [(40, 500, "IOC")]


@LEGS
def test_a_stop_that_is_set_further_away_is_looked_at_twice_itself(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(STOP)
    bench.live(11)
    bench.book(30, 42)
    bench.live(4)
    bench.answer(SetPlan(TICKER, PlanTerms(stop_loss=Target(-2_000))))
    bench.live(4)
    assert bench.exits == []
    bench.live(3)
    assert bench.exits == [(30, 500, "IOC")]


@LEGS
def test_a_look_above_begins_anew(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(STOP)
    bench.live(11)
    for _ in range(6):
        bench.book(40, 42)
        bench.live(4)
        assert bench.plan.low_at is not None
        bench.book(42, 44)
        bench.live(1.1)
        assert bench.plan.low_at is None
    assert bench.exits == []


@LEGS
def test_changes_of_the_book_between_looks_count_for_nothing(leg: Leg) -> None:
    """A hundred changes at the stop within one second are no second look."""
    bench = ExitBench(leg).open()
    bench.buy(STOP)
    bench.live(11)
    bench.book(41, 43)
    bench.live(1.1)
    for _ in range(100):
        bench.level(41, 100)
    assert bench.exits == []


@LEGS
def test_the_price_is_that_of_the_whole_size(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(STOP, count_c=5_000)
    bench.live(11)
    bench.levels([(48, 1_000), (45, 4_000), (40, 9_000)], [(52, 10_000)])
    bench.live(8)
    assert bench.exits == []
    bench.levels([(48, 1_000), (45, 3_900), (40, 9_000)], [(52, 10_000)])
    bench.live(8)
    assert bench.exits == [(40, 5_000, "IOC")]


@LEGS
def test_fewer_bids_than_are_held_are_sold_to_as_far_as_they_go(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(STOP, count_c=5_000)
    bench.live(11)
    bench.levels([(48, 1_000), (40, 2_900)], [(52, 10_000)])
    bench.live(6.5)
    assert bench.exits[0] == (40, 5_000, "IOC")
    assert abs(bench.held_c) == 1_100
    assert bench.plan.count_c == 1_100


@LEGS
def test_the_disaster_level_needs_one_look_and_no_grace(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(PlanTerms(stop_loss=Target(-1_000), disaster=Target(-2_000)))
    bench.level(31, 10_000)
    step = bench.level(49, -10_000)
    assert of(step.effects, SubmitOrder)
    assert bench.exits == [(31, 500, "IOC")]
    assert bench.alerts("DISASTER")


@LEGS
def test_a_trailing_stop_follows_the_best_look(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(PlanTerms(trailing_bp=500))
    for bid in (52, 56, 60, 58):
        bench.book(bid, bid + 2)
        bench.live(3)
    assert bench.plan.best_bp == 6_000
    bench.book(55, 57)
    bench.live(8)
    assert bench.exits == [(55, 500, "IOC")]
    assert bench.alerts("TRAILING")


@LEGS
def test_a_time_stop_sells_when_its_time_is_over(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(PlanTerms(hold_ns=MINUTE_NS))
    bench.live(59)
    assert bench.exits == []
    bench.live(4)
    assert bench.exits == [(49, 500, "IOC")]


def test_what_is_left_of_the_entry_ends_with_the_position() -> None:
    bench = ExitBench().open()
    entry = bench.buy(STOP, filled_c=200)
    bench.book(40, 42)
    bench.live(17)
    assert entry not in bench.resting
    assert (bench.held_c, bench.plan.retirement) == (0, Retirement.CLOSED)


def test_no_new_plan_while_the_exit_is_under_way() -> None:
    bench = ExitBench().open()
    bench.buy(STOP)
    bench.book(40, 42)
    bench.on_submit = lambda request: Unknown(request.client_order_id, "timeout")
    bench.live(17)
    assert bench.answer(SetPlan(TICKER, BOTH)).deny_code == "EXIT_UNDER_WAY"
