"""Plans follow positions: set with the opening fill, resized, re-anchored, retired."""

from __future__ import annotations

import msgspec
import pytest
from core_bench import START, TICKER, a_fill, of, place
from exit_bench import ExitBench
from exit_plans import BOTH, LEGS

from engine.core.effects import SubmitOrder
from engine.core.facts.money import FillBooked, SettlementBooked
from engine.core.facts.plans import PlanRetired, PlanSet
from engine.core.inputs import SettlementsRead
from engine.core.money import fold
from engine.core.state_hash import state_hash
from engine.domain.command import ClosePosition, DropPlan, PlaceOrder, SetPlan
from engine.domain.feed import FillSeen
from engine.domain.market import Outcome
from engine.domain.order import BookSide, Leg
from engine.domain.plan import PlanState, PlanTerms, Retirement, Target
from engine.domain.units import HOUR_NS
from engine.domain.venue import Settlement


@LEGS
def test_the_plan_is_in_the_record_of_the_opening_fill(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(BOTH, filled_c=0)
    assert TICKER not in bench.engine.money.plans
    bench.trade("e1", 200)
    record = [type(change) for change in bench.history]
    at = record.index(FillBooked)
    assert record[at + 1] is PlanSet
    step = next(c for c in bench.history if isinstance(c, PlanSet))
    assert (step.leg, step.count_c, step.entry_bp, step.owner, step.entry) == (
        leg,
        200,
        5_100,
        "manual",
        "e1",
    )


def test_fill_and_plan_are_one_step() -> None:
    bench = ExitBench().open()
    bench.buy(BOTH, filled_c=0)
    bench.is_deaf = True
    fill = a_fill("t1", 500, order_id="v-e1", client_order_id="e1", price_bp=5_100)
    step = bench.feed(FillSeen(fill, 500, 0))
    kinds = [type(change).__name__ for change in step.changes]
    assert kinds[:2] == ["FillBooked", "PlanSet"]
    (sent,) = of(step.effects, SubmitOrder)
    assert (sent.request.price_bp, sent.request.count_c, sent.request.post_only) == (7_100, 500, True)


@LEGS
def test_the_take_profit_rests_for_the_whole_position_and_follows_it(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(BOTH, filled_c=200)
    assert bench.profits == [(71, 200)]
    bench.trade("e1", 300)
    bench.live(2)
    assert bench.profits == [(71, 500)]
    bench.trade(next(iter(bench.resting)), 500)
    assert bench.engine.desk.held_c(TICKER) == 0
    assert bench.plan.state is PlanState.RETIRED
    assert bench.plan.retirement == Retirement.CLOSED
    assert bench.resting == {}


@LEGS
def test_levels_follow_the_average_price_until_the_entry_ends(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(BOTH, count_c=400, filled_c=0)
    bench.trade("e1", 200, price=51)
    bench.trade("e1", 200, price=49)
    assert bench.plan.entry_bp == 5_000
    bench.live(2)
    assert bench.profits == [(70, 400)]
    bench.buy(None, count_c=100, price=53)
    bench.live(2)
    assert (bench.plan.entry_bp, bench.plan.count_c) == (5_000, 500)
    assert bench.profits == [(70, 500)]


@LEGS
def test_a_sale_shrinks_the_take_profit_in_the_same_step(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(BOTH)
    bench.ask(ClosePosition("c1", TICKER, 200))
    assert bench.plan.count_c == 300
    bench.live(2)
    assert bench.profits == [(71, 300)]
    assert abs(bench.held_c) == 300


@LEGS
def test_closing_all_takes_the_take_profit_out_of_the_way_first(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(BOTH)
    step = bench.ask(ClosePosition("c1", TICKER), command_id="close")
    assert step.effects
    assert bench.held_c == 0
    assert bench.resting == {}
    assert bench.plan.retirement == Retirement.CLOSED
    assert bench.told(bench.sent[-1][1]) == (49, 500, "IOC")


def test_a_close_whose_take_profit_won_is_refused_for_want_of_a_position() -> None:
    bench = ExitBench().open()
    bench.buy(BOTH)
    bench.is_deaf = True
    bench.ask(ClosePosition("c1", TICKER), command_id="close")
    bench.is_deaf = False
    name = next(iter(bench.resting))
    bench.trade(name, 500)
    answers = [e for e in bench.effects if getattr(e, "command_id", "") == "close"]
    assert [a.deny_code for a in answers] == ["NO_POSITION"]  # type: ignore[union-attr]
    assert bench.held_c == 0


def test_a_close_does_not_wait_for_ever() -> None:
    bench = ExitBench().open()
    bench.buy(BOTH)
    bench.is_deaf = True
    bench.ask(ClosePosition("c1", TICKER), command_id="close")
    bench.live(16)
    answers = [e for e in bench.effects if getattr(e, "command_id", "") == "close"]
    assert [a.deny_code for a in answers] == ["NOT_REDUCING"]  # type: ignore[union-attr]


def test_an_order_that_turns_the_position_over_ends_the_plan() -> None:
    bench = ExitBench().open()
    bench.buy(PlanTerms(stop_loss=Target(-1_000)), count_c=300)
    turn = PlaceOrder("n1", TICKER, Leg.NO, True, 5_100, 500, flip=True, again=True)
    bench.ask(turn)
    assert bench.engine.desk.held_c(TICKER) == -200
    assert bench.plan.retirement == Retirement.FLIPPED
    assert bench.alerts("POSITION_FLIPPED")


def test_the_order_that_turns_it_over_brings_its_own_plan() -> None:
    bench = ExitBench().open()
    bench.buy(PlanTerms(stop_loss=Target(-1_000)), count_c=300)
    turn = PlaceOrder("n1", TICKER, Leg.NO, True, 5_100, 500, flip=True, again=True, plan=BOTH)
    bench.ask(turn)
    assert (bench.plan.leg, bench.plan.count_c, bench.plan.is_live) == (Leg.NO, 200, True)
    assert bench.alerts("POSITION_FLIPPED")


def test_a_market_that_pays_ends_the_plan() -> None:
    bench = ExitBench().open()
    bench.buy(BOTH)
    event = TICKER.rpartition("-")[0]
    paid = Settlement(
        TICKER, event, Outcome.YES, "yes", 500, 2_550_000, 0, 0, 5_000_000, 10_000, 0, START, 0
    )  # fmt: skip
    step = bench.feed(SettlementsRead(0, (paid,), True))
    assert [type(c) for c in step.changes if isinstance(c, SettlementBooked | PlanRetired)] == [
        SettlementBooked,
        PlanRetired,
    ]
    assert bench.plan.retirement == Retirement.SETTLED


def test_a_plan_that_was_dropped_does_not_come_back_with_the_next_fill() -> None:
    bench = ExitBench().open()
    bench.buy(BOTH, filled_c=200)
    assert bench.answer(DropPlan(TICKER)).deny_code == ""
    assert "x1-r1" not in bench.resting
    bench.trade("e1", 100)
    assert not bench.plan.is_live
    assert bench.answer(DropPlan(TICKER)).deny_code == "NO_PLAN"


def test_a_plan_is_changed_and_its_take_profit_with_it() -> None:
    bench = ExitBench().open()
    bench.buy(BOTH)
    answer = bench.answer(SetPlan(TICKER, PlanTerms(take_profit=Target(8_000, is_level=True))))
    assert answer.deny_code == ""
    bench.live(2)
    assert bench.profits == [(80, 500)]
    assert bench.plan.terms.stop_loss is None


def test_a_position_of_before_gets_a_plan_and_no_grace() -> None:
    bench = ExitBench().open()
    bench.buy(None)
    bench.live(60)
    opened_at = bench.engine.money.positions[TICKER].last_fill
    assert opened_at is not None
    bench.answer(SetPlan(TICKER, PlanTerms(stop_loss=Target(-1_000), hold_ns=HOUR_NS)))
    assert (bench.plan.opened_at, bench.plan.grace_ns) == (opened_at[0], 0)


@pytest.mark.parametrize(
    ("plan", "text"),
    [
        (PlanTerms(take_profit=Target(5_100, is_level=True)), "TP: got 51, wanted more than the entry at 51"),
        (PlanTerms(take_profit=Target(4_900)), "TP: got 100, which no price reaches; wanted less than 100"),
        (PlanTerms(take_profit=Target(-500)), "TP: got 46, wanted more than the entry at 51"),
        (PlanTerms(stop_loss=Target(5_100, is_level=True)), "SL: got 51, wanted less than the entry at 51"),
        (PlanTerms(stop_loss=Target(500)), "SL: got 56, wanted less than the entry at 51"),
        (
            PlanTerms(stop_loss=Target(-1_000), disaster=Target(-1_000)),
            "disaster: got 41, wanted less than the SL at 41",
        ),
        (PlanTerms(takes=True, stop_loss=Target(-100)), "takes: got no take profit to take"),
        (PlanTerms(hold_ns=0), "hold: got 0 ns, wanted a time to come"),
        (PlanTerms(), "plan: nothing in it; wanted a take profit, a stop, a time, or to hold to settlement"),
    ],
)
def test_bad_plans_are_refused_with_their_numbers(plan: PlanTerms, text: str) -> None:
    bench = ExitBench().open()
    entry = bench.answer(place("p1", price_bp=5_100, plan=plan))
    assert (entry.deny_code, entry.text) == ("BAD_PLAN", text)
    bench.buy(None)
    attached = bench.answer(SetPlan(TICKER, plan))
    assert (attached.deny_code, attached.text) == ("BAD_PLAN", text)


def test_a_stop_that_a_better_price_would_overtake_is_refused() -> None:
    """The limit is 55 and the ask 51: a stop at 53 would be over the entry."""
    bench = ExitBench().open()
    plan = PlanTerms(stop_loss=Target(5_300, is_level=True))
    answer = bench.answer(place("p1", price_bp=5_400, plan=plan))
    assert (answer.deny_code, answer.numbers) == ("BAD_PLAN", {"stop_loss_bp": 5_300, "entry_bp": 5_100})


def test_nothing_is_held_nothing_is_guarded() -> None:
    bench = ExitBench().open()
    assert bench.answer(SetPlan(TICKER, BOTH)).deny_code == "NO_POSITION"


@LEGS
def test_a_plan_survives_a_restart_to_the_last_field(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(PlanTerms(stop_loss=Target(-1_000), trailing_bp=800, hold_ns=HOUR_NS))
    bench.book(55, 57)
    bench.live(3)
    again = bench.restart()
    assert again.engine.money.plans == bench.engine.money.plans
    assert state_hash(again.engine.money) == state_hash(bench.engine.money)
    assert bench.plan.best_bp == 5_500


def test_levels_that_no_price_reaches_are_none_and_said() -> None:
    bench = ExitBench().open(9, 11)
    bench.buy(PlanTerms(stop_loss=Target(-2_000)), price=11)
    bench.answer(SetPlan(TICKER, PlanTerms(stop_loss=Target(-2_000))))
    answer = bench.answer(SetPlan(TICKER, PlanTerms(stop_loss=Target(-2_000))))
    assert answer.text == "guarded (no SL: -9 is below the lowest price)"
    assert bench.profits == []


def test_a_position_of_another_program_is_guarded_for_a_person() -> None:
    bench = ExitBench().open()
    foreign = msgspec.structs.replace(
        a_fill("f1", 500, order_id="foreign"), side=BookSide.BID, price_bp=5_000
    )
    bench.held_c = 500
    bench.feed(FillSeen(foreign, 500, 0))
    assert TICKER not in bench.engine.money.plans
    bench.answer(SetPlan(TICKER, BOTH))
    assert (bench.plan.owner, bench.profits) == ("manual", [(70, 500)])
    bench.book(35, 37)
    bench.live(8)
    assert bench.exits[-1] == (35, 500, "IOC")
    assert bench.held_c == 0


def test_the_same_history_makes_the_same_state_when_folded() -> None:
    bench = ExitBench().open()
    bench.buy(BOTH, filled_c=300)
    bench.trade("e1", 200)
    bench.book(38, 40)
    bench.live(30)
    assert bench.held_c == 0
    assert state_hash(fold(bench.history)) == state_hash(bench.engine.money)


def test_a_person_who_adds_to_a_strategys_position_takes_it_over() -> None:
    bench = ExitBench().open()
    bench.buy(BOTH)
    for name, record in list(bench.engine.money.orders.items()):
        robot = msgspec.structs.replace(record.terms, owner="robot")
        bench.engine.money.orders[name] = msgspec.structs.replace(record, terms=robot)
    held = bench.engine.money.positions[TICKER]
    bench.engine.money.positions[TICKER] = msgspec.structs.replace(held, owner="robot")
    bench.engine.money.plans[TICKER] = msgspec.structs.replace(bench.plan, owner="robot")
    bench.buy(None, count_c=100)
    assert bench.plan.retirement == Retirement.TAKEN_OVER
    assert bench.resting == {}
    assert bench.alerts("PLAN_ENDED")
