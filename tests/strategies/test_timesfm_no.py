"""Every gate of timesfm-no from both sides, every number of its entries, and what is missing or tied."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from core_bench import START
from strategy_view import BASELINE, MODEL, START_S, UNPINNED, a_book, a_forecast, a_market, a_view

from engine.core.denial import Denial, DenyCode
from engine.core.strategy import Enter, Judged, View
from engine.domain.decision import DecisionRow
from engine.domain.forecast import SeriesStatus
from engine.domain.forecast_signal import FIRST_RELEASE, LATER, Confidence
from engine.domain.order import Leg, TimeInForce
from engine.domain.plan import PlanTerms, Target
from engine.domain.units import HOUR_NS, SECOND_NS
from engine.strategies.timesfm_no import TimesfmNo
from engine.strategies.timesfm_params import (
    PRESETS,
    StrategyUnfit,
    TimesfmNoTable,
    params_of,
)

TICKER = "KXBTCD-26NOV20-T50"
OLD, NEW = PRESETS["predecessor"], PRESETS["default"]


def judged(view: View, params: Any = NEW, state: Any = None) -> list[Judged]:
    decisions, _ = TimesfmNo(params).decide(view, state)
    assert all(isinstance(one, Judged) for one in decisions)
    return [one for one in decisions if isinstance(one, Judged)]


def the_one(view: View, params: Any = NEW, state: Any = None) -> tuple[str, DecisionRow, Enter | None]:
    (one,) = judged(view, params, state)
    return one.row.code, one.row, one.enter


def code(params: Any = NEW, book: Any = None, state: Any = None, **forecast: Any) -> str:
    listed = a_market(TICKER)
    books = (a_book(TICKER, 5_000, 5_100),) if book is None else (book,)
    view = a_view([a_forecast(TICKER, **forecast)], [listed], books)
    return the_one(view, params, state)[0]


def test_a_fall_that_passes_every_gate_buys_no_with_its_plan() -> None:
    """From a middle of 50.5 to 40: 10.5 c, so 2 c above the ask of 50, and the exits of 10 to 20 c."""
    view = a_view([a_forecast(TICKER)], [a_market(TICKER)], [a_book(TICKER, 5_000, 5_100)])
    was, row, enter = the_one(view)
    assert was == ""
    assert enter == Enter(
        TICKER,
        Leg.NO,
        5_200,
        500,
        TimeInForce.GOOD_TILL_CANCELED,
        plan=PlanTerms(Target(9_900, is_level=True), True, Target(-1_000)),
        wait_ns=15 * SECOND_NS,
    )
    assert (row.move_bp, row.forecast_bp, row.current_bp) == (-1_050, 4_000, 5_050)
    assert (row.confidence, row.model, row.leg) == ("medium", "timesfm-2.5 3f2a91c0", Leg.NO)
    # Bought at 52, sold at 49: 3 c, and a fee of 0.07 p (1 - p) each, in whole basis points.
    assert row.cost_bp == 300 + 175 + 175
    assert row.stake_ud == 5_200 * 500 + 87_400
    assert all(gate.passed for gate in row.gates)


@pytest.mark.parametrize(
    ("median_bp", "expected"), [(5_050, "NOT_DOWN"), (5_051, "NOT_DOWN"), (5_049, "MOVE_TOO_SMALL")]
)
def test_a_tie_is_no_call(median_bp: int, expected: str) -> None:
    assert code(median_bp=median_bp) == expected


@pytest.mark.parametrize(("last_bp", "expected"), [(None, "NOT_DOWN"), (4_000, "NOT_DOWN"), (5_000, "")])
def test_the_predecessor_measures_from_the_last_price_seen(last_bp: int | None, expected: str) -> None:
    assert code(OLD, last_bp=last_bp) == expected


@pytest.mark.parametrize(("median_bp", "expected"), [(4_501, "MOVE_TOO_SMALL"), (4_500, "LOW_CONFIDENCE")])
def test_five_cents_are_enough_and_less_are_not(median_bp: int, expected: str) -> None:
    """Crypto needs 8 c for medium confidence."""
    assert code(OLD, median_bp=median_bp) == expected


@pytest.mark.parametrize(("median_bp", "expected"), [(4_201, "LOW_CONFIDENCE"), (4_200, "")])
def test_medium_confidence_of_crypto_begins_at_eight_cents(median_bp: int, expected: str) -> None:
    assert code(OLD, median_bp=median_bp) == expected


def test_medium_confidence_of_weather_begins_at_five_cents() -> None:
    listed = a_market("KXHIGHNY-26NOV20-T50")
    books = [a_book(listed.ticker, 5_000, 5_100)]
    for median_bp, expected in ((4_501, "MOVE_TOO_SMALL"), (4_500, "")):
        view = a_view([a_forecast(listed.ticker, median_bp=median_bp)], [listed], books)
        assert the_one(view, OLD)[0] == expected


@pytest.mark.parametrize(
    ("bid_bp", "expected"),
    [(8_001, "PRICE_RANGE"), (8_000, ""), (500, ""), (499, "PRICE_RANGE")],
)
def test_no_costs_twenty_to_ninety_five_cents(bid_bp: int, expected: str) -> None:
    """A bid of 80 for YES is an ask of 20 for NO."""
    book = a_book(TICKER, bid_bp, bid_bp + 100)
    assert code(OLD, book, last_bp=6_000, median_bp=4_000) == expected


@pytest.mark.parametrize(("ask_bp", "expected"), [(6_001, "SPREAD_WIDE"), (6_000, "")])
def test_a_spread_of_ten_cents_is_the_widest(ask_bp: int, expected: str) -> None:
    assert code(OLD, a_book(TICKER, 5_000, ask_bp)) == expected


@pytest.mark.parametrize(
    "book",
    [
        a_book(TICKER, None, 5_100),
        a_book(TICKER, 5_000, None),
        a_book(TICKER, 5_000, 5_100, is_fresh=False),
        a_book(TICKER, 5_200, 5_100),
    ],
)
def test_a_book_that_cannot_be_read_is_no_price(book: Any) -> None:
    assert code(OLD, book) == "NO_BOOK"
    assert code(NEW, book) == "NO_BOOK", "without a middle there is nothing to fall from"


def test_a_book_that_is_marked_missing_is_not_read() -> None:
    view = a_view([a_forecast(TICKER)], [a_market(TICKER)], missing=(f"book:{TICKER}",))
    assert the_one(view, OLD)[0] == "NO_BOOK"


# What an entry costs, and its exits


@pytest.mark.parametrize(
    ("median_bp", "slip_bp"),
    [(4_501, 0), (4_500, 100), (4_001, 100), (4_000, 200), (3_501, 200), (3_500, 300), (1_000, 300)],
)
def test_what_is_paid_above_the_ask_is_whole_cents_of_a_fifth(median_bp: int, slip_bp: int) -> None:
    easy = msgspec.structs.replace(OLD, min_confidence=Confidence.LOW, min_move_bp=100)
    view = a_view(
        [a_forecast(TICKER, median_bp=median_bp)], [a_market(TICKER)], [a_book(TICKER, 5_000, 5_100)]
    )
    enter = the_one(view, easy)[2]
    assert enter is not None
    assert enter.price_bp == 5_000 + slip_bp


@pytest.mark.parametrize("table", [FIRST_RELEASE, LATER])
def test_every_row_of_the_table_is_used_within_its_bounds(table: Any) -> None:
    name = "first-release" if table is FIRST_RELEASE else "later"
    easy = msgspec.structs.replace(
        OLD,
        exits=name,
        min_confidence=OLD.min_confidence.LOW,
        min_move_bp=100,
        lowest_bp=100,
        highest_bp=9_900,
    )
    for prefix, buckets in table:
        ticker = f"{prefix}X-26NOV20-T1"
        for bucket in buckets:
            for moved_bp in (bucket.lowest_cents * 100, bucket.highest_cents * 100 - 1):
                forecast = a_forecast(ticker, median_bp=9_999 - moved_bp, last_bp=9_999, half_bp=0)
                view = a_view([forecast], [a_market(ticker)], [a_book(ticker, 9_000, 9_100)])
                enter = the_one(view, easy)[2]
                assert enter is not None, (ticker, moved_bp)
                assert enter.plan is not None
                assert enter.plan.stop_loss == Target(-bucket.exits.sl_cents * 100)
                assert enter.plan.take_profit == Target(bucket.exits.tp_cents * 100)


@pytest.mark.parametrize(
    ("bid_bp", "expected"), [(5_100, Target(5_000)), (5_000, Target(9_900, is_level=True))]
)
def test_a_take_profit_beyond_ninety_nine_is_put_there(bid_bp: int, expected: Target) -> None:
    """50 c above 49 is 99; above 50 it would be 100."""
    exact = msgspec.structs.replace(OLD, slip_share=0)
    view = a_view([a_forecast(TICKER)], [a_market(TICKER)], [a_book(TICKER, bid_bp, bid_bp + 100)])
    enter = the_one(view, exact)[2]
    assert enter is not None
    assert enter.plan is not None
    assert enter.plan.take_profit == expected


@pytest.mark.parametrize(("wager_ud", "count_c"), [(3_000_000, 500), (537_500, 100), (537_499, 0)])
def test_the_wager_pays_for_the_fee_too(wager_ud: int, count_c: int) -> None:
    """One at 52 costs $0.52 and a fee of $0.0175, rounded up to a hundredth of a cent."""
    params = msgspec.structs.replace(NEW, wager_ud=wager_ud)
    view = a_view([a_forecast(TICKER)], [a_market(TICKER)], [a_book(TICKER, 5_000, 5_100)])
    was, row, _ = the_one(view, params)
    assert (was, row.count_c) == ("" if count_c else "WAGER_TOO_SMALL", count_c)


# The gates that the default adds


@pytest.mark.parametrize(("sl_cents", "expected"), [(3, "SL_INSIDE_SPREAD"), (4, "")])
def test_a_stop_at_or_above_the_bid_is_no_stop(sl_cents: int, expected: str) -> None:
    """Bought at 52, NO can be sold at 49: a stop at 49 is met at once."""
    params = msgspec.structs.replace(NEW, tp_bp=1_000, sl_bp=sl_cents * 100)
    assert code(params) == expected
    assert code(msgspec.structs.replace(params, has_cost_gates=False)) == ""


@pytest.mark.parametrize(("spread_bp", "expected"), [(400, ""), (500, "COST_EXCEEDS_MOVE")])
def test_an_entry_that_costs_its_move_is_passed(spread_bp: int, expected: str) -> None:
    """A move of 10 c: 2 c above the ask, two fees of 1.7 c or so, and the spread."""
    params = msgspec.structs.replace(NEW, uses_mid=False, tp_bp=1_000, sl_bp=2_000)
    assert code(params, a_book(TICKER, 5_000, 5_000 + spread_bp)) == expected


@pytest.mark.parametrize(
    ("ask_bp", "cost_bp", "expected"), [(5_450, 999, ""), (5_451, 1_000, "COST_EXCEEDS_MOVE")]
)
def test_a_cost_as_large_as_the_move_is_too_much(ask_bp: int, cost_bp: int, expected: str) -> None:
    """NO is bought at 52 and sold where YES is asked; fees of 175 and 174 basis points."""
    params = msgspec.structs.replace(NEW, uses_mid=False, tp_bp=1_000, sl_bp=2_000)
    view = a_view([a_forecast(TICKER)], [a_market(TICKER)], [a_book(TICKER, 5_000, ask_bp)])
    was, row, _ = the_one(view, params)
    assert (was, row.move_bp, row.cost_bp) == (expected, -1_000, cost_bp)


@pytest.mark.parametrize(("late_s", "expected"), [(0, ""), (1, "HORIZON_PAST_CLOSE")])
def test_a_horizon_that_ends_with_the_market_is_the_last_one(late_s: int, expected: str) -> None:
    listed = a_market(TICKER, START + 6 * HOUR_NS)
    books = [a_book(TICKER, 5_000, 5_100)]
    view = a_view([a_forecast(TICKER, end_s=START_S + late_s)], [listed], books)
    assert the_one(view)[0] == expected
    assert the_one(view, OLD)[0] == ""


@pytest.mark.parametrize(("tp_cents", "expected"), [(10, ""), (11, "TP_UNREACHABLE")])
def test_a_take_profit_within_the_band_is_reachable(tp_cents: int, expected: str) -> None:
    """YES at 38 c or more with 90 %: NO reaches 62 c, 10 above the 52 that are paid."""
    params = msgspec.structs.replace(NEW, tp_bp=tp_cents * 100, sl_bp=1_000)
    assert code(params, half_bp=200) == expected


def test_a_baseline_is_passed_unless_it_is_allowed() -> None:
    assert code(source=BASELINE) == "BASELINE_FORECAST"
    assert code(msgspec.structs.replace(NEW, allow_baseline=True), source=BASELINE) == ""
    assert code(OLD, source=BASELINE) == ""


@pytest.mark.parametrize("venue", ["sandbox", "paper", "demo", "live"])
@pytest.mark.parametrize("stage", ["shadow", "money"])
def test_unpinned_weights_and_the_old_rules_stay_away_from_real_money(venue: str, stage: str) -> None:
    is_real = venue in ("demo", "live")
    for source, params, expected in (
        (UNPINNED, NEW, "UNPINNED_WEIGHTS" if is_real else ""),
        (MODEL, NEW, ""),
        (MODEL, OLD, "PREDECESSOR_REAL_MONEY" if is_real and stage == "money" else ""),
    ):
        forecast = a_forecast(TICKER, source=source)
        view = a_view(
            [forecast], [a_market(TICKER)], [a_book(TICKER, 5_000, 5_100)], venue=venue, stage=stage
        )
        assert the_one(view, params)[0] == expected


# Room


def many(count: int) -> View:
    markets = [a_market(f"KXBTCD-26NOV20-T{at}") for at in range(count)]
    forecasts = [a_forecast(one.ticker, median_bp=4_000 - 10 * at) for at, one in enumerate(markets)]
    return a_view(forecasts, markets, [a_book(one.ticker, 5_000, 5_100) for one in markets])


def test_three_a_series_and_scan_and_the_largest_falls_first() -> None:
    found = judged(many(5))
    taken = [one.row.ticker[-2:] for one in found if one.enter is not None]
    assert taken == ["T4", "T3", "T2"]
    assert [one.row.code for one in found if one.enter is None] == ["SERIES_FULL"] * 2


def test_a_market_is_entered_once_a_forecast() -> None:
    view = many(1)
    decisions, state = TimesfmNo(NEW).decide(view, None)
    assert state == {"KXBTCD-26NOV20-T0": START_S}
    assert [one.row.code for one in judged(view, NEW, state)] == ["SAME_FORECAST"]
    refused = msgspec.structs.replace(view, refused=("KXBTCD-26NOV20-T0",))
    assert [one.row.code for one in judged(refused, NEW, state)] == [""], "what was refused may come again"
    later = a_view(
        [a_forecast("KXBTCD-26NOV20-T0", end_s=START_S + 3_600)],
        view.markets,
        [a_book("KXBTCD-26NOV20-T0", 5_000, 5_100)],
    )
    assert [one.row.code for one in judged(later, NEW, state)] == [""]
    assert decisions


@pytest.mark.parametrize(
    ("held_c", "expected", "count_c"), [(10_000, "POSITION_FULL", 0), (9_900, "", 100), (9_850, "", 100)]
)
def test_a_position_has_room_for_a_hundred(held_c: int, expected: str, count_c: int) -> None:
    view = a_view(
        [a_forecast(TICKER)], [a_market(TICKER)], [a_book(TICKER, 5_000, 5_100)], held={TICKER: -held_c}
    )
    was, row, _ = the_one(view, OLD)
    assert (was, row.count_c) == (expected, count_c)


@pytest.mark.parametrize(("held_c", "expected"), [(0, ""), (1, "ALREADY_HELD")])
def test_the_default_adds_to_nothing_that_is_held(held_c: int, expected: str) -> None:
    view = a_view(
        [a_forecast(TICKER)], [a_market(TICKER)], [a_book(TICKER, 5_000, 5_100)], held={TICKER: -held_c}
    )
    assert the_one(view, NEW)[0] == expected


# Missing things


@pytest.mark.parametrize(
    ("status", "got"),
    [(None, "not asked yet"), (SeriesStatus.CONSTANT, "constant"), (SeriesStatus.FAILED, "failed")],
)
def test_a_market_without_a_forecast_is_passed(status: SeriesStatus | None, got: str) -> None:
    view = a_view([], [a_market(TICKER)], without_forecast={} if status is None else {TICKER: status})
    was, row, enter = the_one(view)
    assert (was, enter, row.gates[0].got) == ("NO_FORECAST", None, got)


def test_a_forecaster_that_is_down_is_one_pass_for_all() -> None:
    view = a_view([a_forecast(TICKER)], forecast_refusal=Denial(DenyCode.FORECAST_DOWN, "gone"))
    was, row, enter = the_one(view)
    assert (was, row.ticker, row.text, enter) == ("FORECAST_DOWN", "", "gone", None)


def test_it_decides_at_scans_alone() -> None:
    for cause in ("schedule", "candles", "book", "observation", "compute"):
        assert judged(a_view([a_forecast(TICKER)], cause=cause)) == []


# Settings


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ({"preset": "wild"}, "preset: got 'wild'"),
        ({"exits": "best"}, "exits: got 'best'"),
        ({"tp_cents": 5}, "wanted both"),
        ({"wager_dollars": 0}, "wager_dollars: got 0"),
        ({"min_move_cents": 0.001}, "min_move_cents: got 0.001"),
        ({"most_contracts": -1}, "most_contracts: got -1"),
    ],
)
def test_settings_that_cannot_be_are_named(table: dict[str, Any], text: str) -> None:
    with pytest.raises(StrategyUnfit, match=text):
        params_of(TimesfmNoTable(**table))


def test_settings_are_exact() -> None:
    params = params_of(TimesfmNoTable(tp_cents=8, sl_cents=6, min_move_cents=2.5, wager_dollars=1.25))
    assert (params.tp_bp, params.sl_bp, params.min_move_bp, params.wager_ud) == (800, 600, 250, 1_250_000)
    assert params_of(TimesfmNoTable(preset="predecessor")) == OLD
    assert params_of(TimesfmNoTable()) == NEW
