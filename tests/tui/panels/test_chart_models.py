"""GP: what of the desk is on the chart."""

from __future__ import annotations

import msgspec
from panel_desk import add_facts, full_desk
from panel_events import BTC_AT, NOW, WEATHER_AT, strike_ticker, weather_quotes

from console.tui.cells import plain
from console.tui.chart.model import Bar, LevelKind
from console.tui.chart.time_axis import time_axis
from console.tui.lookups import CandleSeries
from console.tui.panels.base import PanelState, Place
from console.tui.panels.chart_model import chart_model, levels_of, live_price_bp, with_live
from console.tui.panels.chart_panel import ChartPanel
from engine.control.protocol import WATCH, WatchRows
from engine.domain.units import SECOND_NS

PLACE = Place(74, 19)


def test_the_price_of_now_is_in_the_last_bar() -> None:
    bars = (Bar(0, 60, 40, 50, 45),)
    assert with_live(bars, 70, 59, 60) == (Bar(0, 60, 40, 70, 70),)
    assert with_live(bars, 70, 61, 60) == (*bars, Bar(60, 120, 70, 70, 70))
    assert with_live((), 70, 61, 60) == (Bar(60, 120, 70, 70, 70),)
    assert with_live(bars, None, 61, 60) == bars


def test_the_price_of_now_is_the_middle_of_a_quote_that_may_be_read() -> None:
    hands = full_desk()
    assert live_price_bp(hands.desk) == 5_200
    hands.desk.load(strike_ticker(96_000))
    assert live_price_bp(hands.desk) == 520, "an old quote leaves the last trade"
    hands.desk.load("KXNONE")
    assert live_price_bp(hands.desk) is None


def test_own_levels_are_on_it_in_prices_of_yes() -> None:
    hands = full_desk()
    found = {(level.kind, level.price_bp): level for level in levels_of(hands.desk)}
    assert (LevelKind.LAST, 5_200) in found
    assert (LevelKind.ENTRY, 4_900) in found
    assert found[LevelKind.ORDER, 5_700].tag == "?", "nobody knows whether it is there"
    hands.desk.load(WEATHER_AT)
    entry = next(level for level in levels_of(hands.desk) if level.kind is LevelKind.ENTRY)
    assert (entry.price_bp, entry.note) == (5_300, "NO 47"), "a NO bought at 47"


def test_a_column_of_dots_is_a_candle_at_most() -> None:
    hands = full_desk()
    series = hands.desk.candles[BTC_AT, 1]
    hands.desk.replica.forecasts.clear()
    model = chart_model(hands.desk, series)
    narrow, wide = time_axis(model, 60), time_axis(model, 2_000)
    assert narrow is not None
    assert wide is not None
    assert narrow.bucket_s == 60
    assert narrow.column(NOW // SECOND_NS) == 59
    assert wide.bucket_s < 60
    assert wide.column(model.bars[0].start_s) is not None


def test_no_price_says_what_to_do() -> None:
    hands = full_desk()
    hands.desk.load(strike_ticker(96_250))
    hands.desk.candles[hands.desk.loaded, 1] = CandleSeries(hands.desk.loaded, 1, (), NOW)
    view = ChartPanel().view(hands.desk, PLACE)
    assert view.state is PanelState.EMPTY
    assert "press t" in " ".join(plain(row) for row in view.rows)


def test_the_title_has_the_period_and_the_head_the_day() -> None:
    hands = full_desk()
    add_facts(hands.desk)
    hands.desk.set_period(60)
    assert ChartPanel().view(hands.desk, PLACE).title.endswith(" 1h")
    assert ChartPanel().view(hands.desk, PLACE).state is PanelState.LOADING
    hands.desk.set_period(1)
    young = msgspec.structs.replace(hands.desk.facts[BTC_AT].market, open_ns=NOW - 2 * 3_600 * SECOND_NS)
    hands.desk.facts[BTC_AT] = msgspec.structs.replace(hands.desk.facts[BTC_AT], market=young)
    head = plain(ChartPanel().view(hands.desk, PLACE).rows[0])
    assert head.startswith("YES 51/53  NO 47/49  last 52  day +6"), "since its first trade at 46"


def test_the_change_of_the_day_is_left_out_while_the_candles_do_not_reach_back() -> None:
    hands = full_desk()
    assert "day" not in plain(ChartPanel().view(hands.desk, PLACE).rows[0])


def test_a_moved_quote_moves_the_chart() -> None:
    hands = full_desk()
    hands.desk.load(WEATHER_AT)
    hands.desk.candles[WEATHER_AT, 1] = CandleSeries(WEATHER_AT, 1, (), NOW)
    before = ChartPanel().view(hands.desk, PLACE)
    moved = msgspec.structs.replace(weather_quotes()[2], bid_bp=7_000, ask_bp=7_200)
    hands.say(WATCH, WatchRows(quotes=(moved,)))
    assert ChartPanel().view(hands.desk, PLACE).rows != before.rows
