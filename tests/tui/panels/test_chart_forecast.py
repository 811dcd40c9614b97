"""The band on the chart: where it starts and ends, what made it, and how it looks when it is old."""

from __future__ import annotations

import msgspec
import pytest
from panel_desk import PanelDesk, full_desk
from panel_events import BTC_AT, CLOSE, NOW
from panel_models import EWMA, TIMESFM, forecast, scan

from console.tui import roles
from console.tui.cells import plain, row_width
from console.tui.chart.draw import draw
from console.tui.chart.glyphs import GLYPHS, GlyphSet
from console.tui.chart.model import Bar
from console.tui.panels.base import Place
from console.tui.panels.chart_forecast import legend, points_of, price_at, shown_forecast
from console.tui.panels.chart_model import chart_model
from console.tui.panels.chart_panel import ChartPanel
from engine.control.protocol import DESK, WATCH, DeskRows, WatchRows, forecast_topic
from engine.control.rows.forecasts import ForecastRows
from engine.domain.forecast import Forecast, ForecastSource, SeriesStatus
from engine.domain.market import MarketStatus
from engine.domain.units import SECOND_NS

START = NOW // SECOND_NS // 60 * 60


def desk_with(made: Forecast | None, status: SeriesStatus | None = None) -> PanelDesk:
    hands = full_desk()
    hands.say(forecast_topic(BTC_AT), ForecastRows(forecast=made, status=status))
    return hands


def said(hands: PanelDesk, width: int = 118) -> str:
    desk = hands.desk
    row = legend(desk, shown_forecast(desk, (), CLOSE // SECOND_NS), width)
    return "" if row is None else plain(row)


def test_the_band_opens_at_the_last_price_and_has_a_point_for_each_step() -> None:
    points = points_of(forecast(horizon=3), 5_000, None)
    assert [point.at_s - START for point in points] == [0, 60, 120, 180]
    assert points[0][1:] == (5_000, 5_000, 5_000)
    assert points[1][1:] == (4_950, 5_190, 5_430)
    assert points_of(forecast(horizon=3), None, None) == points[1:]


def test_nothing_lies_after_the_close() -> None:
    made = forecast(horizon=12)
    assert [point.at_s - START for point in points_of(made, 5_000, START + 120)] == [0, 60, 120]
    cut = points_of(made, 5_000, START + 90)
    assert [point.at_s - START for point in cut] == [0, 60, 90]
    whole = points_of(made, 5_000, None)
    assert cut[-1].median_bp == (whole[1].median_bp + whole[2].median_bp) // 2
    assert points_of(made, 5_000, START) == whole[:1]
    assert points_of(made, None, START + 30) == ()


def test_it_opens_at_the_price_that_was_known_then() -> None:
    bars = (Bar(0, 60, 1, 1, 10), Bar(60, 120, 1, 1, 20), Bar(120, 180, 1, 1, 30))
    assert [price_at(bars, at_s) for at_s in (59, 60, 125, 900)] == [None, 10, 20, 30]


@pytest.mark.parametrize(
    ("source", "label"),
    [
        (EWMA, "BASELINE ewma"),
        (TIMESFM, "timesfm-2.5 3f2a91c0"),
        (ForecastSource("timesfm-2.5", False, "0badcafe" * 8), "timesfm-2.5 0badcafe UNPINNED"),
    ],
)
def test_the_maker_is_told_at_every_width_that_shows_a_band(source: ForecastSource, label: str) -> None:
    hands = desk_with(forecast(source))
    assert said(hands).startswith(f"{label}  12s  14:14 47.5 [34.1-60.9]")
    for width in (48, 58, 72):
        view = ChartPanel().view(hands.desk, Place(width, 11))
        assert plain(view.rows[1]).startswith(f"{label}  12s")
        assert all(row_width(row) <= width for row in view.rows)


def test_where_only_one_line_fits_the_maker_has_it() -> None:
    view = ChartPanel().view(full_desk().desk, Place(48, 7))
    assert plain(view.rows[0]).startswith("BASELINE ewma")
    assert view.header_rows == 1


def test_it_opens_at_the_price_that_it_saw_itself() -> None:
    bars = (Bar(START - 60, START, 1, 1, 5_100),)
    assert shown_forecast(full_desk().desk, bars, None).points[0].median_bp == 5_100
    hands = desk_with(msgspec.structs.replace(forecast(), last_bp=5_190))
    assert shown_forecast(hands.desk, bars, None).points[0].median_bp == 5_190


def test_a_fresh_forecast_of_old_prices_says_how_old_they_are() -> None:
    for minutes, is_told in ((4, False), (20, True)):
        made = msgspec.structs.replace(forecast(horizon=60), context_end_s=START - minutes * 60)
        assert ("  12s from prices up to 20m ago  " in said(desk_with(made))) is is_told


@pytest.mark.parametrize("state", ["late", "down"])
def test_a_late_forecast_is_dim_and_says_so(state: str) -> None:
    hands = full_desk()
    hands.say(DESK, DeskRows(scan=scan(state=state, problem="connection refused")))
    series = hands.desk.candles[BTC_AT, 1]
    model = chart_model(hands.desk, series)
    assert model.points
    assert model.is_forecast_old
    found = {role for row in draw(model, 74, 19) for _, role in row}
    assert not found & {roles.FORECAST, roles.BAND}
    assert roles.STALE in found
    assert {roles.TAKE_PROFIT, roles.STOP_LOSS, roles.ENTRY} <= found
    text = said(hands)
    assert text.startswith(f"~12s FORECASTER {state.upper()}")
    assert "BASELINE ewma" in text
    assert text.endswith("connection refused")


@pytest.mark.parametrize("glyphs", GLYPHS.values(), ids=GLYPHS)
def test_a_current_forecast_has_band_and_median_in_every_set_of_characters(glyphs: GlyphSet) -> None:
    hands = full_desk()
    model = chart_model(hands.desk, hands.desk.candles[BTC_AT, 1])
    found = {role for row in draw(model, 74, 19, glyphs) for _, role in row}
    assert {roles.FORECAST, roles.BAND} <= found
    assert roles.STALE not in found


def test_an_engine_that_is_silent_makes_its_forecast_old() -> None:
    hands = full_desk()
    hands.clock.pass_s(7)
    assert chart_model(hands.desk, hands.desk.candles[BTC_AT, 1]).is_forecast_old
    assert said(hands).startswith("~19s OLD")


def test_a_forecast_whose_time_has_passed_is_not_drawn() -> None:
    hands = full_desk()
    hands.clock.pass_s(13 * 60)
    assert shown_forecast(hands.desk, (), None).points == ()
    assert said(hands) == "BASELINE ewma  made 13m ago, over"


def test_why_there_is_none_is_told() -> None:
    assert said(desk_with(None, SeriesStatus.TOO_SHORT)) == "no forecast (BASELINE ewma): too few candles yet"
    assert said(desk_with(None)) == "no forecast (BASELINE ewma): not asked for yet"
    hands = desk_with(None)
    hands.say(DESK, DeskRows(scan=scan(state="down", problem="no answer")))
    assert said(hands) == "no forecast: FORECASTER DOWN: no answer"
    hands.say(DESK, DeskRows(scan=scan(state="none")))
    assert said(hands) == "", "an engine without a forecaster is not told of one"


def test_a_market_that_does_not_trade_shows_no_band() -> None:
    hands = full_desk()
    market = hands.desk.market(BTC_AT)
    assert market is not None
    paid = msgspec.structs.replace(market, status=MarketStatus.FINALIZED, settlement_bp=10_000)
    hands.say(WATCH, WatchRows((paid,)))
    assert shown_forecast(hands.desk, (), None).points == ()
    assert said(hands) == ""


def test_a_long_forecast_leaves_two_thirds_of_the_width_to_what_is_known() -> None:
    hands = desk_with(forecast(horizon=1))
    day = msgspec.structs.replace(forecast(horizon=24), step_s=3_600)
    hands.say(forecast_topic(BTC_AT), ForecastRows(forecast=day))
    market = hands.desk.market(BTC_AT)
    assert market is not None
    later = msgspec.structs.replace(market, close_ns=NOW + 48 * 3_600 * SECOND_NS)
    hands.say(WATCH, WatchRows((later,)))
    model = chart_model(hands.desk, hands.desk.candles[BTC_AT, 1])
    rows = draw(model, 74, 19)
    rule = next(plain(row) for row in rows if "╎" in plain(row)).index("╎")
    assert 38 <= rule <= 48, "of 61 cells of plot"
