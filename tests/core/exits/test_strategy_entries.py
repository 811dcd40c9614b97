"""A strategy's entry: for how long it works, and what guards the part that it got."""

from __future__ import annotations

import msgspec
import pytest
from core_bench import SERIES, TICKER, CoreBench, a_fill, market, of
from core_strategies import Scripted

from engine.core.effects import CancelOrder, SubmitOrder
from engine.core.inputs import Acked, CancelAcked, Recovered
from engine.core.money import fold
from engine.core.strategy import Enter, Needs
from engine.domain.feed import BookFresh, FillSeen
from engine.domain.order import Leg, TimeInForce
from engine.domain.plan import PlanTerms, Target
from engine.domain.units import SECOND_NS

NEEDS = Needs(series=(SERIES,), every_ns=SECOND_NS)
PLAN = PlanTerms(take_profit=Target(2_000), stop_loss=Target(-1_000))
ENTRY = Enter(TICKER, Leg.YES, 4_900, 300, TimeInForce.GOOD_TILL_CANCELED, plan=PLAN)


def entered(entry: Enter = ENTRY) -> tuple[CoreBench, str]:
    """A bench on which the strategy's entry rests."""
    decisions = [entry]
    strategy = Scripted(NEEDS, lambda view: [decisions.pop()] if decisions else [])
    bench = CoreBench(strategies=[strategy])
    bench.start(market())
    bench.wait(SECOND_NS)
    (sent,) = of(bench.effects, SubmitOrder)
    name = sent.request.client_order_id
    bench.feed(Acked(name, f"v-{name}", 0, 300))
    bench.effects.clear()
    return bench, name


def test_an_entry_that_nobody_meets_is_canceled_after_fifteen_seconds() -> None:
    bench, name = entered()
    bench.run_for(14 * SECOND_NS)
    assert of(bench.effects, CancelOrder) == []
    bench.run_for(2 * SECOND_NS)
    assert [c.client_order_id for c in of(bench.effects, CancelOrder)] == [name]


def test_what_was_filled_keeps_its_plan() -> None:
    bench, name = entered()
    fill = a_fill("t1", 100, order_id=f"v-{name}", client_order_id=name, price_bp=4_900)
    bench.feed(FillSeen(fill, 100, 0))
    bench.run_for(16 * SECOND_NS)
    bench.feed(CancelAcked(name, 200))
    plan = bench.engine.money.plans[TICKER]
    assert (plan.is_live, plan.count_c, plan.owner) == (True, 100, "scripted")
    resting = [o.request for o in of(bench.effects, SubmitOrder)]
    assert [(r.price_bp, r.count_c) for r in resting] == [(6_900, 100)]


def test_a_strategy_may_wait_longer() -> None:
    bench, _ = entered(
        Enter(TICKER, Leg.YES, 4_900, 300, TimeInForce.GOOD_TILL_CANCELED, wait_ns=40 * SECOND_NS)
    )
    bench.run_for(39 * SECOND_NS)
    assert of(bench.effects, CancelOrder) == []
    bench.run_for(2 * SECOND_NS)
    assert len(of(bench.effects, CancelOrder)) == 1


@pytest.mark.parametrize(("wait_s", "worked_s"), [(None, 10), (40, 35), (13, 8)])
def test_the_time_goes_on_over_a_restart(wait_s: int | None, worked_s: int) -> None:
    wait_ns = None if wait_s is None else wait_s * SECOND_NS
    bench, name = entered(msgspec.structs.replace(ENTRY, wait_ns=wait_ns))
    bench.run_for(worked_s * SECOND_NS)
    again = CoreBench(money=fold(bench.changes), strategies=[Scripted(NEEDS)])
    again.at = bench.at + SECOND_NS
    again.feed(Recovered("r2"))
    again.feed(BookFresh(TICKER, ((4_800, 10_000),), ((5_100, 10_000),), None))
    again.run_for(3 * SECOND_NS)
    assert of(again.effects, CancelOrder) == []
    again.run_for(2 * SECOND_NS)
    assert [c.client_order_id for c in of(again.effects, CancelOrder)] == [name]


def test_a_stop_still_sells_where_somebody_else_turns_out_to_have_opened_the_position() -> None:
    """A foreign fill of before comes late: the position is not the strategy's, its plan guards it all."""
    bench, name = entered(msgspec.structs.replace(ENTRY, plan=PlanTerms(stop_loss=Target(-1_000))))
    ours = a_fill("t2", 300, order_id=f"v-{name}", client_order_id=name, price_bp=4_900, at_ns=bench.at)
    bench.feed(FillSeen(ours, 300, 0))
    before = bench.at - SECOND_NS
    bench.feed(FillSeen(a_fill("t1", 200, order_id="foreign", price_bp=4_800, at_ns=before), 500, 0))
    plan = bench.engine.money.plans[TICKER]
    assert (plan.is_live, plan.count_c) == (True, 500)
    for _ in range(20):
        bench.feed(BookFresh(TICKER, ((2_500, 10_000),), ((2_700, 10_000),), None))
        bench.wait(SECOND_NS)
    sales = [o.request for o in of(bench.effects, SubmitOrder) if o.request.reduce_only]
    assert [(r.price_bp, r.count_c) for r in sales] == [(2_500, 500)]
