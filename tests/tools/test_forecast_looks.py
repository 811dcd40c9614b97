"""``sparko forecast``, ``decisions`` and ``why``: how forecasts and verdicts read, and what is missing."""

from __future__ import annotations

from typing import Any

import pytest
from core_bench import START
from fake_control import FakeControl
from strategy_view import BASELINE, MODEL, START_S, a_forecast

from engine.control.rows.forecasts import ForecastRow, ScanRow
from engine.domain.decision import DecisionRow, GateRow
from engine.domain.forecast import SeriesStatus
from engine.domain.order import Leg

HIGH = "KXHIGHNY-26NOV20-B57.5"
SCAN = ScanRow(state="ok", source=BASELINE, at_ns=START, covered=8, judged=10)
TAKEN = DecisionRow(
    decision_id="r1-d1",
    at_ns=START,
    strategy="timesfm-no",
    stage="money",
    ticker=HIGH,
    verdict="TAKE",
    text="without skill it costs 6.5 c a contract, TP before SL 41 % by the band",
    leg=Leg.NO,
    price_bp=5_200,
    count_c=500,
    stake_ud=2_687_400,
    take_profit_bp=7_200,
    stop_loss_bp=4_900,
    forecast_bp=4_000,
    current_bp=5_050,
    move_bp=-1_050,
    cost_bp=650,
    confidence="medium-high",
    model="BASELINE drift",
    client_order_id="c1",
    gates=(GateRow("NOT_DOWN", True, "DOWN", "DOWN, which is NO"),),
    seen_bp=5_000,
    is_from_book=True,
    ends_s=START_S + 6 * 3_600,
)
PASSED = DecisionRow(
    decision_id="r1-d2",
    at_ns=START,
    strategy="timesfm-no",
    stage="shadow",
    ticker=HIGH,
    verdict="PASS",
    code="SPREAD_WIDE",
    text="got 12 c, wanted at most 10 c",
    gates=(GateRow("SPREAD_WIDE", False, "12 c", "at most 10 c"),),
)


def rows() -> list[ForecastRow]:
    return [
        ForecastRow("T1", a_forecast("T1", median_bp=4_000, half_bp=400), now_bp=5_050),
        ForecastRow("T2", a_forecast("T2", median_bp=4_000), now_bp=4_000),
        ForecastRow("T3", a_forecast("T3", median_bp=4_000)),
        ForecastRow("T4", None, SeriesStatus.CONSTANT),
        ForecastRow("T5", a_forecast("T5").until(START_S), now_bp=5_000),
    ]


def test_a_table_of_open_markets_whose_moves_begin_at_now(sparko: Any, engine: FakeControl) -> None:
    engine.rows["forecasts"], engine.scan = rows(), SCAN
    ran = sparko("forecast", "KXT", "--horizon", "2")
    assert ran.code == 0
    head, *lines, last = [line.split() for line in ran.out.splitlines()]
    assert head == ["TICKER", "NOW", "FORECAST", "LOW", "HIGH", "CALL", "MOVE", "STATUS"]
    assert lines[0] == ["T1", "50.5", "40", "36", "44", "DOWN", "-10.5", "ok"]
    assert lines[1][5:7] == ["FLAT", "0"]
    assert (lines[2][1], lines[2][2], lines[2][5:7]) == ("-", "40", ["-", "-"]), "without a book no call"
    assert lines[3][2:] == ["-"] * 5 + ["constant"]
    assert lines[4][-3:] == ["past", "its", "close"]
    assert " ".join(last) == "BASELINE drift, band held 8 of 10; ahead: 2 x 60 min; cents of YES"


def test_the_same_as_json(sparko: Any, engine: FakeControl) -> None:
    engine.rows["forecasts"], engine.scan = rows(), SCAN
    told = sparko("forecast", "kxt", "--json").document
    assert (told["series"], told["model"], told["is_baseline"]) == ("KXT", "BASELINE drift", True)
    first, tied, blind, constant, closing = told["markets"]
    assert (first["now_cents"], first["seen_cents"], first["median_cents"]) == (50.5, 50.0, 40.0)
    assert (first["move_cents"], first["direction"], first["steps"]) == (-10.5, "DOWN", 6)
    assert (tied["direction"], tied["move_cents"]) == ("FLAT", 0)
    assert (blind["now_cents"], blind["direction"], blind["move_cents"]) == (None, None, None)
    assert (constant["status"], closing["status"]) == ("constant", "past_close")


@pytest.mark.parametrize("state", ["down", "late"])
def test_a_forecaster_that_is_not_well_comes_first(sparko: Any, engine: FakeControl, state: str) -> None:
    engine.scan = ScanRow(state=state, problem="http://a: ConnectError", source=MODEL)
    ran = sparko("forecast", "KXT")
    first, second = ran.out.splitlines()
    assert first == f"The forecaster is {state.upper()}: http://a: ConnectError"
    assert second.startswith("No market of KXT is forecast.")


def test_why_tells_where_the_move_begins_and_every_gate(sparko: Any, engine: FakeControl) -> None:
    engine.rows["why"] = [TAKEN, PASSED]
    lines = sparko("why", HIGH).out.splitlines()
    assert lines[0].endswith(f"timesfm-no (money)  {HIGH}  TAKE, order c1")
    assert lines[1] == "  5 NO at 52 c, $2.69 with fee; BASELINE drift"
    assert lines[2].startswith("  YES 40 c on average to 20 Nov ")
    assert lines[2].endswith("from 50.5 c, the book's middle: -10.5 c")
    assert "TP before SL 41 %" in lines[3]
    assert lines[5].split() == ["NOT_DOWN", "yes", "DOWN", "DOWN,", "which", "is", "NO"]
    passed = next(at for at, line in enumerate(lines) if "SPREAD_WIDE" in line)
    assert lines[passed].endswith("PASS SPREAD_WIDE")
    assert lines[-1].split() == ["SPREAD_WIDE", "NO", "12", "c", "at", "most", "10", "c"]


def test_decisions_as_a_table_and_as_json(sparko: Any, engine: FakeControl) -> None:
    engine.rows["decisions"] = [TAKEN, PASSED]
    ran = sparko("decisions")
    assert max(len(line) for line in ran.out.splitlines()) <= 80
    assert [line.split()[2:4] for line in ran.out.splitlines()[1:3]] == [
        ["TAKE", "money"],
        ["PASS", "SPREAD_WIDE"],
    ]
    first, second = sparko("decisions", "--json").document
    assert (first["current_yes_cents"], first["current_is_from"], first["seen_yes_cents"]) == (
        50.5,
        "book",
        50,
    )
    assert (first["forecast_yes_cents"], first["move_cents"]) == (40, -10.5)
    assert (second["current_yes_cents"], second["horizon_ends"]) == (None, None)
