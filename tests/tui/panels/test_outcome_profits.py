"""P&L of an event's positions by outcome, against payouts worked out by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest
from panel_desk import full_desk
from panel_events import BTC, BTC_AT, WEATHER, WEATHER_AT, strike_of, strike_ticker, weather_rows

from console.tui.cells import plain
from console.tui.panels.base import Place
from console.tui.panels.event import EventPanel
from console.tui.panels.outcomes import outcomes_of, profit_if
from console.tui.panels.strike_text import distance_text
from engine.control.rows.account import PositionRow
from engine.domain.market import Strike, StrikeType
from engine.domain.order import Leg


def above(value: int) -> Strike:
    return Strike(StrikeType.GREATER, floor=Decimal(value))


def held(ticker: str, leg: Leg, count: int, cost_cents: int, fee_ud: int = 0) -> PositionRow:
    return PositionRow(
        ticker=ticker, leg=leg, count_c=100 * count, cost_ud=10_000 * cost_cents, fees_ud=fee_ud
    )


def test_a_ladder_of_bounds_wins_from_the_bottom_up() -> None:
    outcomes = outcomes_of((("a", above(10)), ("b", above(20)), ("c", above(30))), False)
    assert outcomes.wins["b"] == {"a": True, "b": True, "c": False}
    assert outcomes.none == {"a": False, "b": False, "c": False}


def test_where_one_wins_all_others_lose() -> None:
    legs = tuple((row.ticker, strike_of(row.ticker)) for row in weather_rows())
    outcomes = outcomes_of(legs, True)
    assert outcomes.wins[WEATHER_AT] == {ticker: ticker == WEATHER_AT for ticker, _ in legs}
    assert outcomes.none is None, "the ranges and both ends leave no temperature out"


def test_a_range_below_a_bound() -> None:
    between = Strike(StrikeType.BETWEEN, floor=Decimal(20), cap=Decimal(30))
    outcomes = outcomes_of((("low", above(10)), ("mid", between), ("high", above(30))), False)
    assert outcomes.wins["mid"] == {"low": True, "mid": True, "high": False}


def test_names_without_numbers_say_nothing_of_each_other() -> None:
    custom = Strike(StrikeType.CUSTOM)
    outcomes = outcomes_of((("a", custom), ("b", custom)), False)
    assert outcomes.wins["a"] == {"a": True}
    positions = (held("a", Leg.YES, 1, 40), held("b", Leg.YES, 1, 40))
    assert profit_if(outcomes.wins["a"], positions) is None
    assert profit_if(outcomes.wins["a"], positions[:1]) == 600_000


def test_of_exclusive_names_none_may_win() -> None:
    custom = Strike(StrikeType.CUSTOM)
    outcomes = outcomes_of((("a", custom), ("b", custom)), True)
    assert outcomes.none == {"a": False, "b": False}


def test_profit_is_payout_less_cost_and_fees_with_what_was_realised() -> None:
    yes = PositionRow(
        ticker="a", leg=Leg.YES, count_c=250, cost_ud=1_000_000, realised_ud=300_000, fees_ud=17_500
    )
    no = held("b", Leg.NO, 2, 120, fee_ud=20_000)
    assert profit_if({"a": True, "b": False}, (yes, no)) == (
        2_500_000 - 1_000_000 + 300_000 - 17_500 + 2_000_000 - 1_200_000 - 20_000
    )
    assert profit_if({"a": False, "b": True}, (yes, no)) == (
        -1_000_000 + 300_000 - 17_500 - 1_200_000 - 20_000
    )


def test_the_panel_shows_them_by_strike() -> None:
    view = EventPanel().view(full_desk().desk, Place(118, 30))
    shown = {key: plain(row).split()[-1] for row, key in zip(view.rows, view.keys, strict=True) if key}
    # YES at 95,000: 10 paid less 4.90, plus 0.31, less 0.175; NO at 96,000: 25.50 paid less 22.44 and 0.0601.
    assert shown[BTC_AT] == "+8.23"
    assert shown[strike_ticker(94_750)] == "-1.77"
    assert shown[strike_ticker(96_000)] == "-17.27"


def test_without_facts_of_the_others_only_a_lone_position_is_told() -> None:
    hands = full_desk()
    hands.desk.facts.clear()
    view = EventPanel().view(hands.desk, Place(118, 30))
    rows = {key: plain(row) for row, key in zip(view.rows, view.keys, strict=True) if key}
    assert rows[BTC_AT].split()[-1] == "-"
    hands.desk.load(WEATHER_AT)
    assert hands.desk.event == WEATHER
    view = EventPanel().view(hands.desk, Place(118, 30))
    rows = {key: plain(row) for row, key in zip(view.rows, view.keys, strict=True) if key}
    assert rows[WEATHER_AT].split()[-1] == "-2.56"


@pytest.mark.parametrize(
    ("strike", "text"),
    [
        (above(95_500), "+486.58"),
        (Strike(StrikeType.LESS, cap=Decimal(95_000)), "-13.42"),
        (Strike(StrikeType.BETWEEN, floor=Decimal(95_000), cap=Decimal(95_250)), "inside"),
        (Strike(StrikeType.BETWEEN, floor=Decimal(96_000), cap=Decimal(96_250)), "+986.58"),
        (Strike(StrikeType.CUSTOM), ""),
    ],
)
def test_distance_to_a_strike(strike: Strike, text: str) -> None:
    assert distance_text(strike, Decimal("95013.42")) == text


def test_an_event_of_another_name_is_not_mixed_in() -> None:
    view = EventPanel().view(full_desk().desk, Place(80, 30))
    assert all(key is None or key.startswith(BTC) for key in view.keys)
