"""A listing brings the fills of several orders in one step: no plan is lost among them."""

from __future__ import annotations

import pytest
from core_bench import TICKER, a_fill
from exit_bench import ExitBench
from exit_plans import BOTH

from engine.core.inputs import FillsRead
from engine.domain.order import BookSide, Leg
from engine.domain.plan import PlanTerms, Target

NEAR = PlanTerms(take_profit=Target(500))


def read_at_once(first: PlanTerms | None, second: PlanTerms | None) -> ExitBench:
    """Two entries of one market rest, and both are found filled."""
    bench = ExitBench().open()
    names = [bench.buy(plan, count_c=300, filled_c=0) for plan in (first, second)]
    at_ns = bench.at
    fills = tuple(
        a_fill(f"t-{name}", 300, order_id=f"v-{name}", price_bp=5_100, at_ns=at_ns + number)
        for number, name in enumerate(names)
    )
    bench.feed(FillsRead(0, fills, bench.at, True))
    return bench


@pytest.mark.parametrize("plans", [(BOTH, None), (None, BOTH)])
def test_an_entry_without_a_plan_beside_one_with_a_plan(
    plans: tuple[PlanTerms | None, PlanTerms | None],
) -> None:
    bench = read_at_once(*plans)
    plan = bench.engine.money.plans[TICKER]
    assert (plan.is_live, plan.terms, plan.count_c) == (True, BOTH, 600)


def test_of_two_plans_the_later_fill_brings_the_one_that_holds() -> None:
    plan = read_at_once(BOTH, NEAR).engine.money.plans[TICKER]
    assert (plan.is_live, plan.terms, plan.count_c) == (True, NEAR, 600)


def test_an_entry_of_the_other_leg_that_only_reduces_takes_no_plan_away() -> None:
    """Both were under way when the stream was lost; the listing nets them in one step."""
    bench = ExitBench().open()
    name = bench.buy(BOTH, count_c=300, filled_c=0)
    other = bench.buy(NEAR, count_c=100, filled_c=0, leg=Leg.NO, price_bp=4_900, flip=True)
    fills = (
        a_fill("t-1", 300, order_id=f"v-{name}", price_bp=5_100, at_ns=bench.at),
        a_fill("t-2", 100, order_id=f"v-{other}", price_bp=5_100, at_ns=bench.at + 1, side=BookSide.ASK),
    )
    bench.feed(FillsRead(0, fills, bench.at, True))
    plan = bench.engine.money.plans[TICKER]
    assert bench.engine.desk.held_c(TICKER) == 200
    assert (plan.is_live, plan.terms, plan.count_c, plan.leg) == (True, BOTH, 200, Leg.YES)
