"""A stop that finds too few bids: what it sells, how low, and when."""

from __future__ import annotations

from typing import Any

from core_bench import of
from exit_bench import ExitBench
from exit_plans import LEGS, STOP

from engine.core.effects import Alert
from engine.domain.order import Leg
from engine.domain.plan import PlanState, PlanTerms, Target
from engine.domain.units import SECOND_NS

GUARDED = PlanTerms(stop_loss=Target(-1_000), disaster=Target(-3_000))


def held(leg: Leg, plan: PlanTerms = STOP) -> ExitBench:
    """1,000 held for longer than the grace."""
    bench = ExitBench(leg).open()
    bench.buy(plan, 1_000)
    bench.live(11)
    return bench


def some_trade(bench: ExitBench, count_c: int) -> None:
    """The exchange meets so many of the next exit at its limit, and no more of any."""
    left = [count_c]

    def meet(request: Any) -> Any:
        done_c, left[0] = min(left[0], request.count_c), 0
        if done_c:
            bench.resting[request.client_order_id] = request
            bench.trade(request.client_order_id, done_c)
            bench.resting.pop(request.client_order_id, None)
        from engine.core.inputs import Acked

        name = request.client_order_id
        return Acked(name, f"v-{name}", done_c, 0)

    bench.on_submit = meet


def told(bench: ExitBench, code: str) -> list[Alert]:
    return [alert for alert in of(bench.effects, Alert) if alert.code == code]


@LEGS
def test_a_deep_book_is_sold_into_at_once_wherever_it_is(leg: Leg) -> None:
    """The market has moved: no step waits."""
    bench = held(leg)
    bench.book(15, 17)
    bench.live(6.5)
    assert bench.exits == [(15, 1_000, "IOC")]


@LEGS
def test_what_is_bid_near_the_level_is_sold_and_the_rest_is_not_given_away(leg: Leg) -> None:
    bench = held(leg)
    some_trade(bench, 400)
    bench.levels([(40, 400), (1, 100_000)], [(42, 1_000)])
    bench.live(6.5)
    assert bench.exits[0] == (39, 1_000, "IOC"), "2 c under the stop and no lower"
    bench.levels([(1, 100_000)], [(42, 1_000)])
    sold_at = bench.mono
    bench.live(14)
    assert len(bench.exits) == 1, "nobody bids near it, and 1 c is no price"
    assert bench.plan.state is PlanState.BLOCKED
    assert "600" not in bench.plan.text
    assert len(told(bench, "SL_PARTIAL")) == 1
    assert len(told(bench, "SL_BLOCKED")) == 1
    bench.on_submit = None
    bench.live(10)
    assert bench.exits[1] == (1, 600, "IOC"), "after all its steps the floor of all sales is the only one"
    assert 15 * SECOND_NS <= bench.sent[-1][0] - sold_at <= 21 * SECOND_NS


@LEGS
def test_bids_that_come_back_are_taken_at_the_step_of_then(leg: Leg) -> None:
    bench = held(leg)
    bench.levels([(1, 100_000)], [(42, 1_000)])
    bench.live(12)
    assert bench.exits == []
    bench.levels([(37, 300), (1, 100_000)], [(42, 1_000)])
    bench.live(1.1)
    assert bench.exits[0] == (36, 1_000, "IOC"), "5 c under the stop by now"


@LEGS
def test_the_steps_end_at_the_disaster_level(leg: Leg) -> None:
    """It decides by itself, for the whole size, and then goes down from its own level."""
    bench = held(leg, GUARDED)
    bench.levels([(40, 400), (30, 1_000)], [(42, 1_000)])
    some_trade(bench, 400)
    bench.live(6.5)
    assert bench.exits[0] == (39, 1_000, "IOC")
    bench.levels([(25, 300), (2, 100_000)], [(42, 1_000)])
    bench.live(19)
    assert bench.exits[1] == (21, 600, "IOC"), "20 c under the stop is as low as the disaster level"


def test_a_disaster_goes_down_from_its_own_level() -> None:
    bench = held(Leg.YES, GUARDED)
    bench.levels([(40, 400), (1, 100_000)], [(42, 1_000)])
    bench.live(1)
    assert bench.exits[0] == (19, 1_000, "IOC")


def test_a_restart_begins_the_steps_anew_and_gives_nothing_away() -> None:
    bench = held(Leg.YES)
    bench.levels([(1, 100_000)], [(42, 1_000)])
    bench.live(15)
    assert bench.exits == []
    again = bench.restart()
    again.come_back()
    again.live(9)
    assert again.exits == []
    again.live(16)
    assert again.exits == [(1, 1_000, "IOC")]
