"""Take profits: taken or resting, and known to be gone before a stop goes out."""

from __future__ import annotations

from core_bench import TICKER, listed_order, of
from exit_bench import ExitBench
from exit_plans import BOTH, LEGS

from engine.core.effects import CancelOrder, SubmitOrder
from engine.core.inputs import Acked, CancelAcked, CancelFailed, CancelGone, Rejected
from engine.domain.command import SetPlan
from engine.domain.order import Leg, VenueOrderStatus
from engine.domain.plan import PlanState, PlanTerms, Retirement, Target


@LEGS
def test_a_profit_is_taken_in_the_step_in_which_it_is_bid(leg: Leg) -> None:
    bench = ExitBench(leg).open(49, 80)
    bench.buy(PlanTerms(take_profit=Target(2_000), takes=True))
    bench.level(72, 400)
    assert bench.exits == []  # not for the whole size
    step = bench.level(72, 100)
    (sent,) = of(step.effects, SubmitOrder)
    assert (bench.told(sent.request), sent.request.reduce_only) == ((71, 500, "IOC"), True)


@LEGS
def test_a_profit_given_in_part_leaves_the_rest_guarded(leg: Leg) -> None:
    bench = ExitBench(leg).open(49, 80)
    bench.buy(PlanTerms(take_profit=Target(2_000), takes=True))
    bench.on_submit = lambda request: Acked(request.client_order_id, "v-x", 0, 0)
    bench.level(72, 500)
    assert (bench.plan.state, bench.plan.count_c) == (PlanState.GUARDING, 500)
    assert len(bench.exits) == 1
    bench.level(72, 100)
    assert len(bench.exits) == 1  # not twice in one second
    bench.live(1.2)
    assert len(bench.exits) == 2


@LEGS
def test_the_take_profit_is_canceled_and_known_before_the_stop_goes_out(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(BOTH)
    bench.book(40, 42)
    bench.is_deaf = True
    bench.live(17)
    assert bench.plan.state is PlanState.EXITING
    assert len(of(bench.effects, CancelOrder)) == 1
    assert bench.exits[1:] == []
    bench.is_deaf = False
    name, request = bench.resting.popitem()
    bench.feed(CancelAcked(name, request.count_c))
    assert bench.exits[1:] == [(40, 500, "IOC")]
    assert bench.held_c == 0


def test_a_fill_that_won_against_the_cancel_is_not_sold_again() -> None:
    bench = ExitBench().open()
    bench.buy(BOTH)
    bench.book(40, 42)
    bench.is_deaf = True
    bench.live(17)
    name = next(iter(bench.resting))
    bench.feed(CancelGone(name))
    bench.live(3)
    assert bench.exits[1:] == []  # gone: a fill may have won, the listing tells
    bench.trade(name, 500)
    bench.listing(listed_order(name, VenueOrderStatus.EXECUTED, 500, 500))
    bench.live(3)
    assert bench.exits[1:] == []
    assert (bench.held_c, bench.plan.retirement) == (0, Retirement.CLOSED)


def test_an_unknown_cancel_holds_the_stop_back_until_it_is_known() -> None:
    bench = ExitBench().open()
    bench.buy(BOTH)
    bench.book(40, 42)
    bench.is_deaf = True
    bench.live(17)
    (name,) = bench.resting
    bench.feed(CancelFailed(name, "timeout", is_unknown=True))
    bench.live(4)
    assert bench.exits[1:] == []
    bench.is_deaf = False
    bench.resting.clear()
    bench.listing(listed_order(name, VenueOrderStatus.CANCELED, 500))
    assert bench.exits[1:] == [(40, 500, "IOC")]


def test_a_take_profit_that_would_cross_takes() -> None:
    bench = ExitBench().open()
    bench.buy(None)
    bench.book(80, 82)
    bench.ask(SetPlan(TICKER, BOTH))
    assert bench.exits == [(71, 500, "GTC")]
    assert not bench.sent[-1][1].post_only
    assert bench.held_c == 0


def test_a_take_profit_that_is_refused_is_tried_again_and_told() -> None:
    bench = ExitBench().open()
    bench.buy(None)
    bench.on_submit = lambda request: Rejected(request.client_order_id, 400, "invalid_order", "no")
    bench.ask(SetPlan(TICKER, BOTH))
    bench.live(30)
    assert [request.post_only for _, request in bench.sent[1:]] == [True, False, False, False, False]
    assert len(bench.alerts("TP_REFUSED")) == 1
    bench.on_submit = None
    bench.live(20)
    assert bench.profits == [(71, 500)]
