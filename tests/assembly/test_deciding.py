"""Why a plan sold can be read, of its order and of its market: its cause, its level, what it looked at."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from core_bench import TICKER
from exit_bench import ExitBench
from kept_facts import reading

from engine.core.facts.stance import DecisionTaken
from engine.domain.decision import EXIT, DecisionRow
from engine.domain.order import Leg
from engine.domain.plan import PlanTerms, Target
from engine.domain.units import MINUTE_NS

LEGS = pytest.mark.parametrize("leg", Leg)
STOP = PlanTerms(stop_loss=Target(-1_000))


def told(row: DecisionRow) -> dict[str, str]:
    return {gate.code: gate.got for gate in row.gates}


def last_sale(bench: ExitBench) -> str:
    return [request.client_order_id for _, request in bench.sent][-1]


@LEGS
async def test_a_stop_is_told_with_the_price_for_the_size_and_its_level(leg: Leg, tmp_path: Path) -> None:
    bench = ExitBench(leg).open()
    bench.buy(STOP)
    bench.live(11)
    bench.book(40, 42)
    bench.live(8)
    assert bench.held_c == 0
    async with reading(tmp_path, bench.history) as decisions:
        (row,) = await decisions.why(last_sale(bench), 5)
        (of_market,) = await decisions.why(TICKER, 5)
    assert (row.verdict, row.code, row.leg, row.count_c, row.price_bp) == (EXIT, "STOP_LOSS", leg, 500, 4_000)
    assert row.client_order_id == last_sale(bench)
    assert {"reference": "40 c", "level": "41 c", "count": "5"}.items() <= told(row).items()
    assert row.text.startswith(of_market.text)
    assert (of_market.code, of_market.ticker, told(of_market)) == ("STOP_LOSS", TICKER, told(row))


async def test_a_profit_that_is_taken_and_one_that_rests(tmp_path: Path) -> None:
    bench = ExitBench().open()
    bench.buy(PlanTerms(take_profit=Target(500), takes=True))
    bench.book(57, 59)
    taken = last_sale(bench)
    bench.book(49, 51)
    bench.buy(PlanTerms(take_profit=Target(500)))
    resting = last_sale(bench)
    async with reading(tmp_path, bench.history) as decisions:
        (first,) = await decisions.why(taken, 5)
        (second,) = await decisions.why(resting, 5)
    assert (first.code, told(first)["reference"], told(first)["level"]) == ("TAKE_PROFIT", "57 c", "56 c")
    assert (second.code, second.text) == ("TAKE_PROFIT", "a take profit that rests: sells 5 YES at 56 c")
    assert told(second)["take_profit"] == "56 c", "and not what the plan before it looked at"


async def test_a_time_stop_says_how_long_it_held(tmp_path: Path) -> None:
    bench = ExitBench().open()
    bench.buy(PlanTerms(hold_ns=MINUTE_NS))
    bench.live(65)
    assert bench.held_c == 0
    async with reading(tmp_path, bench.history) as decisions:
        (row,) = await decisions.why(last_sale(bench), 5)
    assert (row.code, told(row)["held"]) == ("TIME_STOP", "60 s")


async def test_entries_and_exits_of_a_market_stand_together_newest_first(tmp_path: Path) -> None:
    bench = ExitBench().open()
    name = bench.buy(STOP)
    entered = DecisionRow(
        decision_id="r1-d1",
        at_ns=bench.at,
        strategy="timesfm-no",
        stage="money",
        ticker=TICKER,
        verdict="TAKE",
        client_order_id=name,
    )
    other = msgspec.structs.replace(
        entered, decision_id="r1-d2", ticker="KXT-26NOV20-T51", client_order_id="e9"
    )
    bench.live(11)
    bench.book(40, 42)
    bench.live(8)
    facts = [DecisionTaken(entered, entered.at_ns), *bench.history]
    async with reading(tmp_path, facts, [entered, other]) as decisions:
        found = await decisions.why(TICKER, 5)
        assert [row.verdict for row in found] == [EXIT, "TAKE"]
        assert [row.verdict for row in await decisions.why(TICKER, 1)] == [EXIT]
        assert [row.decision_id for row in await decisions.why(name, 5)] == ["r1-d1"]
        assert await decisions.why("nobody", 5) == ()


async def test_the_last_entry_and_exit_are_not_pushed_out_by_passes(tmp_path: Path) -> None:
    bench = ExitBench().open()
    bench.buy(STOP)
    taken = DecisionRow(
        decision_id="d0", at_ns=bench.at, strategy="s", stage="money", ticker=TICKER, verdict="TAKE"
    )
    bench.live(11)
    bench.book(40, 42)
    bench.live(8)
    passed = [
        msgspec.structs.replace(taken, decision_id=f"d{number}", verdict="PASS", at_ns=bench.at + number)
        for number in range(1, 9)
    ]
    async with reading(tmp_path, bench.history, [taken, *passed]) as decisions:
        found = await decisions.why(TICKER, 4)
        assert [row.verdict for row in found] == ["PASS", "PASS", EXIT, "TAKE"]
        assert [row.decision_id for row in found[:2]] == ["d8", "d7"]
        assert [row.decision_id for row in await decisions.why(TICKER, 2)] == ["d8", "d7"]
        assert len(await decisions.why(TICKER, 100)) == 10
