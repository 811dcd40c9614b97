"""Forecasts in the core: what strategies see of them, what conditions do with them, how verdicts are kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import pytest
from core_bench import SERIES, START, TICKER, CoreBench, of
from core_strategies import Scripted

from engine.control.log_lines import line_of_change, line_of_effect
from engine.core.effects import Alert, KeepDecision, SubmitOrder
from engine.core.facts.orders import OrderIntended
from engine.core.facts.stance import DecisionTaken, ShadowDecided
from engine.core.inputs import ForecastLost, ForecastReady
from engine.core.money import fold
from engine.core.settings import EngineSettings
from engine.core.state_hash import state_hash
from engine.core.strategy import Decision, Enter, Judged, Needs, View
from engine.domain.command import AddCondition, SetStage
from engine.domain.decision import DecisionRow, GateRow
from engine.domain.forecast import Forecast, ForecastSource, NoForecast, SeriesStatus
from engine.domain.order import Leg
from engine.domain.trigger import ConditionTerms, Crossing, Source, Ticket, Trigger
from engine.domain.units import HOUR_NS, MINUTE_NS, SECOND_NS
from engine.ledger.codec import Chain, decode_change

SOURCE = ForecastSource("ewma", is_baseline=True)
END_S = START // SECOND_NS // 3_600 * 3_600
ENTRY = Enter(TICKER, Leg.YES, 5_100, 100)
TOO_DEAR = Enter(TICKER, Leg.YES, 9_000, 100)


def forecast(median_bp: int = 4_000, steps: int = 3, end_s: int = END_S) -> Forecast:
    rows = tuple(tuple(median_bp + 100 * (at - 4) - step for at in range(9)) for step in range(steps))
    return Forecast(TICKER, SOURCE, START, end_s, 3_600, rows)


def scan(*forecasts: Forecast) -> ForecastReady:
    return ForecastReady(SOURCE, START, forecasts)


def row(code: str = "") -> DecisionRow:
    gates = (GateRow("SPREAD", not code),)
    return DecisionRow(
        decision_id="",
        at_ns=0,
        strategy="",
        stage="",
        ticker=TICKER,
        verdict="",
        code=code,
        leg=Leg.YES,
        gates=gates,
    )


def bench_with(*decisions: Decision) -> tuple[CoreBench, Scripted]:
    def decide(view: View) -> Sequence[Decision]:
        return decisions

    strategy = Scripted(Needs((SERIES,), every_ns=9 * HOUR_NS, forecast=True), decide)
    bench = CoreBench(EngineSettings(series=(SERIES,)), strategies=[strategy])
    bench.start()
    return bench, strategy


def kept(bench: CoreBench) -> list[DecisionRow]:
    return [effect.decision for effect in of(bench.effects, KeepDecision)]


def test_a_scan_is_seen_by_those_who_need_it_and_stays_until_told_anew() -> None:
    bench, strategy = bench_with()
    bench.feed(scan(forecast()))
    view = strategy.views[-1]
    assert (view.cause, view.forecasts[TICKER], view.forecast_refusal) == ("forecast", forecast(), None)
    bench.feed(scan())
    assert strategy.views[-1].forecasts == {TICKER: forecast()}, "what is not told anew stays"
    bench.feed(ForecastReady(SOURCE, START, absent=(NoForecast(TICKER, SeriesStatus.CONSTANT),)))
    view = strategy.views[-1]
    assert (view.forecasts, view.without_forecast) == ({}, {TICKER: SeriesStatus.CONSTANT})
    bench.feed(ForecastReady(SOURCE, START, gone=(TICKER,)))
    assert strategy.views[-1].without_forecast == {}


def test_one_that_needs_no_forecast_is_not_asked_for_it() -> None:
    strategy = Scripted(Needs((SERIES,)))
    bench = CoreBench(EngineSettings(series=(SERIES,)), strategies=[strategy])
    bench.start()
    bench.feed(scan(forecast()))
    assert strategy.views == []


@pytest.mark.parametrize(("age_ns", "code"), [(3 * MINUTE_NS, ""), (3 * MINUTE_NS + 1, "FORECAST_STALE")])
def test_a_scan_is_used_until_it_is_too_old(age_ns: int, code: str) -> None:
    bench, _ = bench_with()
    bench.feed(scan(forecast()))
    bench.mono += age_ns
    refusal = bench.engine.desk.forecasts.refusal(bench.mono)
    assert (refusal.code if refusal else "") == code


def test_a_forecaster_that_is_down_takes_no_entry_until_it_is_back() -> None:
    bench, _ = bench_with(Judged(row(), ENTRY))
    bench.feed(ForecastLost("http://a: ConnectError"))
    assert of(bench.effects, SubmitOrder) == []
    (passed,) = kept(bench)
    assert (passed.verdict, passed.code) == ("PASS", "FORECAST_DOWN")
    assert "http://a: ConnectError" in passed.text
    bench.feed(scan(forecast()))
    assert len(of(bench.effects, SubmitOrder)) == 1


def test_half_a_scan_takes_no_entry_and_is_no_sign_of_health() -> None:
    """A market that leaves the list during an outage is told of; the strategies may not act on that."""
    bench, strategy = bench_with(Judged(row(), ENTRY))
    bench.feed(ForecastLost("http://a: ConnectError"))
    alerts = len(of(bench.effects, Alert))
    bench.feed(ForecastReady(SOURCE, START, (forecast(),), gone=("B",), problem="http://a: ConnectError"))
    assert strategy.views[-1].forecasts == {TICKER: forecast()}, "what it found is known"
    assert of(bench.effects, SubmitOrder) == []
    assert {passed.code for passed in kept(bench)} == {"FORECAST_DOWN"}
    assert len(of(bench.effects, Alert)) == alerts, "one outage is told once"


def test_a_take_is_a_fact_beside_its_order_and_is_kept() -> None:
    bench, _ = bench_with(Judged(row(), ENTRY))
    bench.feed(scan(forecast()))
    (intended,) = of(bench.changes, OrderIntended)
    (taken,) = of(bench.changes, DecisionTaken)
    decision = taken.decision
    assert decision.client_order_id == intended.terms.client_order_id
    assert (decision.verdict, decision.strategy, decision.stage) == ("TAKE", "scripted", "money")
    assert (decision.at_ns, decision.gates) == (START, (GateRow("SPREAD", True),))
    assert kept(bench) == [decision]
    line = line_of_change(taken, bench.engine.money)
    assert line is not None
    assert (line.code, line.ticker) == ("TAKE", TICKER)
    assert state_hash(fold(bench.changes)) == state_hash(fold(bench.changes[:-1])), "it moves no money"
    (entry,) = Chain().extend([taken])
    assert decode_change(entry.payload) == taken
    assert entry.subject == decision.client_order_id


def test_a_take_that_the_gate_refuses_is_a_pass_with_its_code() -> None:
    bench, _ = bench_with(Judged(row(), TOO_DEAR))
    bench.feed(scan(forecast()))
    assert of(bench.changes, DecisionTaken) == []
    (passed,) = kept(bench)
    assert (passed.verdict, passed.code) == ("PASS", "COLLAR")
    assert passed.gates[-1].code == "COLLAR"
    assert passed.gates[-1].passed is False


def test_in_the_shadow_a_take_is_kept_and_nothing_is_sent() -> None:
    bench, _ = bench_with(Judged(row(), ENTRY))
    bench.ask(SetStage("scripted", "shadow"))
    bench.feed(scan(forecast()))
    (taken,) = kept(bench)
    assert (taken.verdict, taken.stage, taken.client_order_id) == ("TAKE", "shadow", "")
    assert (of(bench.effects, SubmitOrder), len(of(bench.changes, ShadowDecided))) == ([], 1)


def test_the_log_tells_a_pass_once_until_its_code_changes() -> None:
    codes = iter(["SPREAD", "SPREAD", "PRICE", "SPREAD"])
    bench, _ = bench_with()
    strategy = Scripted(
        Needs((SERIES,), every_ns=9 * HOUR_NS, forecast=True), lambda view: [Judged(row(next(codes)))]
    )
    bench = CoreBench(EngineSettings(series=(SERIES,)), strategies=[strategy])
    bench.start()
    for _ in range(4):
        bench.feed(scan())
    told = [line for effect in of(bench.effects, KeepDecision) if (line := line_of_effect(effect))]
    assert [line.text.split()[1] for line in told] == ["SPREAD", "PRICE", "SPREAD"]
    assert len({decision.decision_id for decision in kept(bench)}) == 4


def test_a_strategy_of_an_assembled_engine_begins_off() -> None:
    strategy = Scripted(Needs((SERIES,), forecast=True))
    bench = CoreBench(EngineSettings(series=(SERIES,), strategies_begin_off=True), strategies=[strategy])
    bench.start()
    bench.feed(scan(forecast()))
    assert strategy.views == []
    assert bench.answer(SetStage("scripted", "shadow")).deny_code == ""
    bench.feed(scan(forecast()))
    assert len(strategy.views) == 1


# Conditions on a quantile

BUY = Ticket(TICKER, Leg.NO, True, 100, 5_100)


def armed(bench: CoreBench, level: int, leg: Leg = Leg.YES, key: str = "500", name: str = "k1") -> str:
    trigger = Trigger(Source.FORECAST, Crossing.AT_OR_BELOW, level, leg, key=key)
    return bench.answer(AddCondition(name, ConditionTerms(trigger, BUY))).deny_code


@pytest.mark.parametrize(("median_bp", "fires"), [(3_005, False), (3_004, True)])
def test_a_condition_fires_when_the_last_step_before_the_close_reaches_it(
    median_bp: int, fires: bool
) -> None:
    bench, _ = bench_with()
    bench.feed(scan(forecast(4_000)))
    assert armed(bench, 3_000) == ""
    # The market closes five steps on, where the median is 4 bp lower; after eight it would be 7 bp lower.
    bench.feed(scan(forecast(median_bp, steps=8)))
    bench.run_for(2 * SECOND_NS)
    assert bool(of(bench.effects, SubmitOrder)) is fires


def test_the_no_leg_is_the_complement() -> None:
    bench, _ = bench_with()
    bench.feed(scan(forecast(4_000, steps=1)))
    assert armed(bench, 6_399, Leg.NO, key="900") == ""
    assert armed(bench, 6_400, Leg.NO, "900", "k2") == "ALREADY_TRUE", "90 % of NO is 100 less 10 % of YES"


@pytest.mark.parametrize("spoil", ["lost", "late", "old"])
def test_what_may_not_be_acted_on_fires_nothing(spoil: str) -> None:
    bench, _ = bench_with()
    bench.feed(scan(forecast(4_000)))
    assert armed(bench, 3_000) == ""
    if spoil == "old":
        bench.feed(scan(forecast(1_000, end_s=END_S - 3 * 3_600)))
    else:
        bench.feed(scan(forecast(1_000)))
        bench.effects.clear()
    if spoil == "lost":
        bench.feed(ForecastLost("gone"))
    if spoil == "late":
        bench.mono += 4 * MINUTE_NS
    bench.run_for(2 * SECOND_NS)
    assert of(bench.effects, SubmitOrder) == []


@pytest.mark.parametrize(
    ("key", "code"), [("100", ""), ("900", ""), ("50", "BAD_TRIGGER"), ("", "BAD_TRIGGER")]
)
def test_a_quantile_is_one_of_the_deciles(key: str, code: str) -> None:
    bench, _ = bench_with()
    bench.feed(scan(forecast(4_000)))
    assert armed(bench, 1_000, key=key) == code


def test_inputs_survive_their_recording() -> None:
    """A recorded scan is the same scan when the run is done over."""
    ready = ForecastReady(SOURCE, START, (forecast(),), (NoForecast("A", SeriesStatus.EMPTY),), ("B",))
    encode: Callable[[object], bytes] = msgspec.msgpack.Encoder().encode
    assert msgspec.msgpack.decode(encode(ready), type=ForecastReady) == ready
