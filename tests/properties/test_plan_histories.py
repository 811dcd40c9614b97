"""Random lives of plans: what guards a position never outgrows it, never turns it over, and NO mirrors YES.

``SPARKO_PLANS=1000`` runs so many histories; a few are part of the normal run.
"""

from __future__ import annotations

import os

import pytest
from core_bench import TICKER, listed_order
from exit_bench import ExitBench
from hypothesis import given, settings
from hypothesis import strategies as st
from plan_world import run_plans

from engine.core.changes import Change
from engine.core.facts.plans import PlanMoved, PlanRetired, PlanSet
from engine.core.money import fold
from engine.core.state_hash import state_hash
from engine.domain.command import ClosePosition, DropPlan, SetPlan
from engine.domain.order import Leg
from engine.domain.plan import PlanTerms, Target
from engine.domain.units import SECOND_NS

HISTORIES = int(os.environ.get("SPARKO_PLANS", "12"))


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_plans_and_positions_agree_whatever_is_lost_or_late(seed: int) -> None:
    world = run_plans(seed)
    assert world.wrong == []
    assert world.unfinished() == []
    assert world.overhanging() == []
    assert state_hash(fold(world.journal)) == state_hash(world.engine.money)


def targets(low: int, high: int) -> st.SearchStrategy[Target | None]:
    return st.one_of(st.none(), st.integers(low, high).map(lambda cents: Target(cents * 100)))


PLANS = st.builds(
    PlanTerms,
    take_profit=targets(1, 12),
    stop_loss=targets(-6, -1),
    disaster=targets(-12, -7),
    trailing_bp=st.sampled_from((None, None, 200, 400)),
    hold_ns=st.sampled_from((None, None, 12 * SECOND_NS)),
).filter(lambda terms: not terms.is_empty)
TAKEN = PLANS.filter(lambda terms: terms.take_profit is not None).map(
    lambda terms: PlanTerms(take_profit=terms.take_profit, stop_loss=terms.stop_loss, takes=True)
)
PRICES = st.integers(38, 62)
ENTRY = st.tuples(st.just("buy"), st.one_of(PLANS, TAKEN), st.integers(1, 8), st.integers(1, 8))
MARKET = st.tuples(
    st.just("book"),
    PRICES,
    st.sampled_from((1, 2, 4, 4, None)),
    st.sampled_from((0, 2, 12, 12, 12)),
    st.sampled_from((0.3, 1, 3, 8, 20)),
)
ACTIONS = st.one_of(
    MARKET,
    MARKET,
    MARKET,
    ENTRY,
    st.tuples(st.just("buy"), st.none(), st.integers(1, 8), st.integers(0, 8)),
    st.tuples(st.just("close"), st.sampled_from((0, 100))),
    st.tuples(st.just("plan"), st.one_of(PLANS, TAKEN)),
    st.tuples(st.just("drop")),
    st.tuples(st.just("trade"), st.integers(1, 3)),
    st.tuples(st.just("restart"), st.sampled_from((0.5, 4))),
)
Action = tuple[object, ...]


@settings(max_examples=80)
@given(entry=ENTRY, actions=st.lists(ACTIONS, min_size=6, max_size=24))
def test_no_is_the_mirror_of_yes(entry: Action, actions: list[Action]) -> None:
    yes, no = played(Leg.YES, [entry, *actions]), played(Leg.NO, [entry, *actions])
    assert sent(yes) == sent(no)
    assert [mirrored(c) for c in plan_facts(yes)] == [mirrored(c) for c in plan_facts(no)]
    assert yes.held_c == -no.held_c


def played(leg: Leg, actions: list[Action]) -> ExitBench:
    bench = ExitBench(leg).open()
    for action in actions:
        bench = play(bench, action)
        held_c = bench.engine.desk.held_c(TICKER)
        plan = bench.engine.money.plans.get(TICKER)
        assert bench.held_c == held_c
        assert held_c * (1 if leg is Leg.YES else -1) >= 0
        assert plan is None or not plan.is_live or plan.count_c == abs(held_c)
        assert sum(count_c for _, count_c in bench.profits) <= abs(held_c)
    return bench


def play(bench: ExitBench, action: Action) -> ExitBench:
    match action:
        case ("book", price, spread, size, seconds):
            bid, size_c = int(str(price)), int(str(size)) * 100
            bench.levels(
                [(bid, size_c // 4), (bid - 1, size_c)] if size_c else [],
                [] if spread is None else [(bid + int(str(spread)), 10_000)],
            )
            bench.live(float(str(seconds)))
        case ("buy", plan, count, filled):
            count_c = int(str(count)) * 100
            assert plan is None or isinstance(plan, PlanTerms)
            bench.try_to_buy(plan, count_c, filled_c=min(count_c, int(str(filled)) * 100))
        case ("close", count_c):
            bench.ask(ClosePosition(f"c{bench.commands}", TICKER, int(str(count_c))))
        case ("plan", plan):
            assert isinstance(plan, PlanTerms)
            bench.ask(SetPlan(TICKER, plan))
        case ("drop",):
            bench.ask(DropPlan(TICKER))
        case ("trade", count):
            names = [name for name in bench.resting if name.startswith("x")]
            if names:
                left_c = bench.resting[names[0]].count_c
                bench.trade(names[0], min(left_c, int(str(count)) * 100))
        case ("restart", away):
            return restarted(bench, float(str(away)))
    return bench


def restarted(bench: ExitBench, away_s: float) -> ExitBench:
    again = bench.restart(away_s)
    again.commands = bench.commands
    rows = [
        listed_order(
            name,
            side=request.side,
            price_bp=request.price_bp,
            count_c=request.count_c + filled_c(bench, name),
            filled_c=filled_c(bench, name),
        )
        for name, request in bench.resting.items()
    ]
    again.come_back(rows)
    return again


def filled_c(bench: ExitBench, name: str) -> int:
    return bench.engine.money.orders[name].filled_c


def sent(bench: ExitBench) -> list[tuple[int, str, tuple[int, int, str], bool, bool]]:
    """Every request in prices of the leg, with its time."""
    return [(mono, r.client_order_id, bench.told(r), r.post_only, r.reduce_only) for mono, r in bench.sent]


def plan_facts(bench: ExitBench) -> list[Change]:
    return [c for c in bench.history if isinstance(c, PlanSet | PlanMoved | PlanRetired)]


def mirrored(change: Change) -> tuple[object, ...]:
    """A fact about a plan without what names a side of the YES book."""
    match change:
        case PlanSet():
            return change.terms, change.count_c, change.entry_bp, change.at, change.entry
        case PlanMoved():
            return (
                change.state,
                change.count_c,
                change.entry_bp,
                change.is_leaving,
                change.cause,
                change.text,
                change.best_bp,
                change.low_at,
                change.numbers.get("reference_bp"),
            )
        case PlanRetired():
            return change.why, change.at
    return ()
