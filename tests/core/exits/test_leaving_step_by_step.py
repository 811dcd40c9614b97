"""An exit that does not end at once: the ladder, an unknown answer, one that was not taken or never came."""

from __future__ import annotations

import pytest
from exit_bench import ExitBench
from exit_plans import LEGS, STOP

from engine.core.inputs import Acked, NotSent, Rejected, Unknown
from engine.domain.command import Kill, SetExits
from engine.domain.order import Leg
from engine.domain.plan import PlanState, PlanTerms, Retirement, Target


@LEGS
def test_what_is_not_sold_is_offered_lower_each_second_then_held(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(STOP)
    bench.book(40, 42)
    bench.on_submit = lambda request: Acked(request.client_order_id, f"v-{request.client_order_id}", 0, 0)
    bench.live(25)
    assert [price for price, _, _ in bench.exits] == [40, 39, 38, 36, 32]
    assert bench.plan.state is PlanState.BLOCKED
    assert len(bench.alerts("EXIT_HELD")) == 1
    bench.on_submit = None
    bench.live(35)
    assert bench.exits[5] == (40, 500, "IOC")
    assert bench.held_c == 0


@LEGS
def test_never_under_the_floor_while_more_is_bid(leg: Leg) -> None:
    bench = ExitBench(leg).open(5, 7)
    bench.buy(PlanTerms(stop_loss=Target(-300)), price=7)
    bench.book(3, 5)
    bench.on_submit = lambda request: Acked(request.client_order_id, f"v-{request.client_order_id}", 0, 0)
    bench.live(25)
    assert [price for price, _, _ in bench.exits] == [3, 2, 1, 1, 1]


def test_no_second_exit_while_the_first_is_unknown() -> None:
    bench = ExitBench().open()
    bench.buy(STOP)
    bench.book(40, 42)
    bench.on_submit = lambda request: Unknown(request.client_order_id, "timeout")
    bench.live(40)
    assert len(bench.exits) == 1
    assert bench.plan.state is PlanState.EXITING
    bench.on_submit = None
    name = bench.sent[-1][1].client_order_id
    bench.trade_unseen(name, 500)
    bench.live(5)
    assert len(bench.exits) == 1
    assert (bench.held_c, bench.plan.retirement) == (0, Retirement.CLOSED)


@pytest.mark.parametrize(
    "answer", [NotSent("x1-r1", "rate budget"), Rejected("x1-r1", 400, "trading_paused", "")]
)
def test_an_exit_that_was_not_taken_is_sent_again(answer: NotSent | Rejected) -> None:
    bench = ExitBench().open()
    bench.buy(STOP)
    bench.book(40, 42)
    bench.on_submit = lambda request: answer
    bench.live(15.6)
    assert len(bench.exits) == 1
    bench.on_submit = None
    bench.live(2)
    assert bench.exits[1] == (39, 500, "IOC")
    assert bench.held_c == 0


def lost_stop(leg: Leg) -> ExitBench:
    """A stop whose order went out and whose answer did not come."""
    bench = ExitBench(leg).open()
    bench.buy(STOP)
    bench.live(11)
    bench.on_submit = lambda request: Unknown(request.client_order_id, "timeout")
    bench.book(40, 42)
    bench.live(6.5)
    assert bench.exits == [(40, 500, "IOC")]
    bench.on_submit = None
    return bench


def not_there(bench: ExitBench) -> None:
    """Late and complete listings in which the order is not."""
    for _ in range(3):
        bench.live(3)
        bench.listing()


@LEGS
def test_a_stop_that_proves_absent_goes_out_again_under_its_name(leg: Leg) -> None:
    bench = lost_stop(leg)
    not_there(bench)
    assert [r.client_order_id for _, r in bench.sent[-2:]] == [bench.sent[-1][1].client_order_id] * 2
    assert bench.held_c == 0


@LEGS
def test_a_stop_that_proves_absent_does_not_go_out_while_exits_are_off(leg: Leg) -> None:
    bench = lost_stop(leg)
    bench.ask(Kill())
    bench.ask(Kill(exits_off=True))
    not_there(bench)
    assert len(bench.exits) == 1
    assert abs(bench.held_c) == 500
    bench.ask(SetExits(True, "on again"))
    bench.live(7)
    assert bench.held_c == 0


@LEGS
def test_an_exit_that_proves_absent_does_not_go_out_where_an_entry_brought_another_plan(leg: Leg) -> None:
    bench = ExitBench(leg).open(49, 80)
    bench.buy(PlanTerms(take_profit=Target(2_000), takes=True))
    added = bench.buy(PlanTerms(take_profit=Target(3_000)), filled_c=0)
    bench.on_submit = lambda request: Unknown(request.client_order_id, "timeout")
    bench.book(72, 80)
    assert bench.exits == [(71, 500, "IOC")]
    bench.on_submit = None
    bench.book(49, 80)
    bench.trade(added, 500)
    not_there(bench)
    bench.live(3)
    assert [(price, tif) for price, _, tif in bench.exits[1:]] == [(81, "GTC")] * len(bench.exits[1:])
    assert sum(count_c for _, count_c in bench.profits) == 1_000
