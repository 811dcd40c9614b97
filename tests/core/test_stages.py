"""A strategy that is off or in the shadow never opens anything, and always finds its way out."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from core_bench import SERIES, TICKER, CoreBench, a_fill, of
from core_strategies import Scripted

from engine.core.effects import Alert, CancelOrder, SubmitOrder
from engine.core.facts.stance import ShadowDecided, StageSet
from engine.core.inputs import Acked
from engine.core.money import fold
from engine.core.settings import EngineSettings
from engine.core.strategy import Decision, Enter, Leave, Needs, View
from engine.domain.command import SetStage
from engine.domain.feed import BookFresh, FillSeen
from engine.domain.order import Leg, TimeInForce
from engine.domain.units import MINUTE_NS

ENTRY = Enter(TICKER, Leg.YES, 4_800, 100, TimeInForce.GOOD_TILL_CANCELED)


def bench_of(venue: str = "sandbox", decisions: Sequence[Decision] = (ENTRY,)) -> tuple[CoreBench, Scripted]:
    def decide(view: View) -> Sequence[Decision]:
        wants_out = [Leave(ticker) for ticker in view.positions]
        return [*wants_out] if wants_out else [*decisions]

    strategy = Scripted(Needs((SERIES,)), decide)
    bench = CoreBench(EngineSettings(series=(SERIES,), venue=venue), strategies=[strategy])
    bench.start()
    return bench, strategy


def next_minute(bench: CoreBench) -> None:
    bench.at += MINUTE_NS
    bench.mono += MINUTE_NS
    bench.feed(BookFresh(TICKER, ((4_900, 10_000),), ((5_100, 10_000),), None))


@pytest.mark.parametrize(
    ("venue", "stage"), [("sandbox", "money"), ("paper", "money"), ("demo", "off"), ("live", "off")]
)
def test_where_money_is_real_a_strategy_begins_off(venue: str, stage: str) -> None:
    bench, strategy = bench_of(venue)
    assert bench.engine.strategies == (("scripted", stage, ""),)
    next_minute(bench)
    assert bool(of(bench.effects, SubmitOrder)) is (stage == "money")
    assert bool(strategy.views) is (stage == "money"), "one that is off is not asked"


@pytest.mark.parametrize("stage", ["shadow", "money"])
def test_up_where_money_is_real_needs_the_name_typed(stage: str) -> None:
    bench, _ = bench_of("live")
    denied = bench.answer(SetStage("scripted", stage))
    assert (denied.deny_code, denied.numbers) == ("NAME_NEEDED", {"stage": "off", "wanted": stage})
    assert bench.answer(SetStage("scripted", stage, "scripte")).deny_code == "NAME_NEEDED"
    assert bench.answer(SetStage("scripted", stage, "scripted")).deny_code == ""
    assert bench.answer(SetStage("scripted", "off")).deny_code == "", "down needs nothing"


def test_the_shadow_decides_is_told_and_never_orders() -> None:
    bench, strategy = bench_of()
    bench.ask(SetStage("scripted", "shadow"))
    next_minute(bench)
    assert of(bench.effects, SubmitOrder) == []
    (told,) = of(bench.changes, ShadowDecided)
    assert (told.strategy, told.ticker, told.price_bp, told.count_c) == ("scripted", TICKER, 4_800, 100)
    assert "SHADOW" in [alert.code for alert in of(bench.effects, Alert)]
    next_minute(bench)
    assert [denial.code for denial in strategy.views[-1].denials] == ["STAGE_SHADOW"]
    assert bench.engine.money.stages["scripted"].shadowed == 2


def test_a_stage_survives_a_restart() -> None:
    bench, strategy = bench_of()
    bench.ask(SetStage("scripted", "shadow"), who="dan")
    (change,) = of(bench.changes, StageSet)
    assert (change.stage, change.who) == ("shadow", "dan")
    again = CoreBench(bench.settings, fold(bench.changes), [strategy])
    assert again.engine.strategies == (("scripted", "shadow", ""),)


def test_going_down_takes_its_entries_back_and_leaves_others_alone() -> None:
    bench, _ = bench_of()
    next_minute(bench)
    (sent,) = of(bench.effects, SubmitOrder)
    name = sent.request.client_order_id
    bench.feed(Acked(name, "v-1", 0, 100))
    bench.ask(SetStage("scripted", "off"))
    assert [effect.client_order_id for effect in of(bench.effects, CancelOrder)] == [name]


def test_one_that_is_off_still_leaves_what_it_holds() -> None:
    bench, _ = bench_of()
    next_minute(bench)
    name = of(bench.effects, SubmitOrder)[0].request.client_order_id
    bench.feed(Acked(name, "v-1", 100, 0), FillSeen(a_fill("t1", 100, "v-1", price_bp=4_800), 100, 0))
    bench.ask(SetStage("scripted", "off"))
    bench.effects.clear()
    next_minute(bench)
    (left,) = of(bench.effects, SubmitOrder)
    assert left.request.reduce_only
    sold = a_fill("t2", 100, "v-2", side=left.request.side, price_bp=4_900)
    bench.feed(Acked(left.request.client_order_id, "v-2", 100, 0), FillSeen(sold, 0, 0))
    bench.effects.clear()
    next_minute(bench)
    assert of(bench.effects, SubmitOrder) == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (SetStage("nobody", "money"), "UNKNOWN_STRATEGY"),
        (SetStage("scripted", "MONEY!"), "UNKNOWN_STAGE"),
    ],
)
def test_what_is_not_known_is_named(body: SetStage, code: str) -> None:
    bench, _ = bench_of()
    answer = bench.answer(body)
    assert answer.deny_code == code
    assert ("scripted" in answer.text) or ("shadow" in answer.text)
