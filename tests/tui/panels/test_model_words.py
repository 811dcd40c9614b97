"""What a model says, in cells: a number only where there is one, an edge only where it is proven."""

from __future__ import annotations

import msgspec
import pytest
from panel_desk import add_models, full_desk, idle_desk
from panel_events import BTC_AT, NOW, WEATHER_AT, btc_rows, strike_ticker
from panel_models import EWMA, models, scan

from console.tui import roles
from console.tui.cells import plain
from console.tui.panels.base import Place
from console.tui.panels.event import EventPanel
from console.tui.panels.model_words import (
    STATE_ROLES,
    age_text,
    banner_word,
    edge_span,
    hit_text,
    is_current,
    is_over,
    model_of,
    model_span,
    status_text,
)
from console.tui.panels.watch import Watch
from engine.control.protocol import DESK, WATCH, DeskRows, WatchRows
from engine.control.rows.forecasts import ModelRow
from engine.domain.forecast import SeriesStatus
from engine.domain.market import MarketStatus
from engine.domain.order import Leg
from engine.domain.units import MINUTE_NS, SECOND_NS

ROW = ModelRow(
    ticker="T", source=EWMA, end_s=NOW // SECOND_NS + 60, median_bp=5_722, low_bp=5_100, high_bp=6_340,
    move_bp=310, edge_bp=140, edge_leg=Leg.YES,
)  # fmt: skip


def changed(**changes: object) -> ModelRow:
    return msgspec.structs.replace(ROW, **changes)


@pytest.mark.parametrize(
    ("move_bp", "text", "role"),
    [
        (310, "57.2▲", roles.UP),
        (-1, "57.2▼", roles.DOWN),
        (0, "57.2 ", roles.TEXT),
        (None, "57.2 ", roles.TEXT),
    ],
)
def test_the_median_has_the_way_it_moves(move_bp: int | None, text: str, role: str) -> None:
    assert model_span(changed(move_bp=move_bp), is_fresh=True) == (text, role)


def test_an_old_median_is_grey_and_marked_and_none_is_a_dash() -> None:
    assert model_span(ROW, is_fresh=False) == ("~57.2▲", roles.STALE)
    assert model_span(None, is_fresh=True) == ("-", roles.LABEL)


@pytest.mark.parametrize("status", [status for status in SeriesStatus if not status.has_forecast])
def test_every_reason_for_no_forecast_has_a_word_that_fits_its_column(status: SeriesStatus) -> None:
    text, role = model_span(changed(median_bp=None, status=status), is_fresh=True)
    assert 3 <= len(text) <= 6
    assert text != "-"
    assert role == roles.LABEL
    assert len(status_text(status)) > len(text)


@pytest.mark.parametrize("verdict", ["unproven", "FAIL", "pass"])
def test_an_edge_is_no_number_before_its_verdict_is_pass(verdict: str) -> None:
    assert edge_span(changed(verdict=verdict), is_fresh=True) == (verdict, roles.LABEL)


def test_a_proven_edge_has_its_side_and_sign() -> None:
    assert edge_span(changed(verdict="PASS"), is_fresh=True) == ("Y +1.4", roles.UP)
    loss = changed(verdict="PASS", edge_bp=-50, edge_leg=Leg.NO)
    assert edge_span(loss, is_fresh=True) == ("N -0.5", roles.DOWN)
    assert edge_span(loss, is_fresh=False) == ("~N -0.5", roles.STALE)
    assert edge_span(changed(edge_bp=None, verdict="PASS"), is_fresh=True)[0] == "-"
    assert edge_span(None, is_fresh=True)[0] == "-"


def test_a_forecast_is_over_when_its_last_step_has_ended() -> None:
    assert not is_over(ROW, NOW)
    assert not is_over(ROW, ROW.end_s * SECOND_NS - 1)
    assert is_over(ROW, ROW.end_s * SECOND_NS)


@pytest.mark.parametrize(("state", "word"), [("late", "LATE"), ("down", "DOWN"), ("ok", ""), ("none", "")])
def test_the_banner_tells_of_a_forecaster_only_what_is_wrong(state: str, word: str) -> None:
    found = banner_word(scan(state=state))
    assert (found is not None) is bool(word)
    assert word in (found[0] if found else "")
    assert state in STATE_ROLES


def test_only_a_scan_that_is_in_time_makes_models_current() -> None:
    hands = full_desk()
    assert is_current(hands.desk)
    for state in ("late", "down", "none"):
        hands.say(DESK, DeskRows(scan=scan(state=state)))
        assert not is_current(hands.desk), state
    hands.say(DESK, DeskRows(scan=scan()))
    hands.clock.pass_s(7)
    assert not is_current(hands.desk), "the engine is silent"


def test_how_often_the_band_held_is_told_with_how_often_it_should() -> None:
    assert hit_text(scan(covered=0, judged=0)) == "not judged yet"
    assert hit_text(scan(covered=3, judged=4)) == "75% of 4 (80% wanted)"
    assert hit_text(scan(covered=0, judged=9)) == "0% of 9 (80% wanted)"


def test_ages_are_whole_seconds() -> None:
    assert [age_text(span) for span in (-1, SECOND_NS * 3 // 2, 59 * SECOND_NS, 2 * MINUTE_NS)] == [
        "0s", "1s", "59s", "2m",
    ]  # fmt: skip


def test_a_market_that_does_not_trade_has_no_model() -> None:
    hands = full_desk()
    market = hands.desk.market(BTC_AT)
    assert market is not None
    assert model_of(hands.desk, market) is not None
    closed = msgspec.structs.replace(market, status=MarketStatus.CLOSED)
    assert model_of(hands.desk, closed) is None


def header(width: int, *, is_event: bool = False) -> str:
    hands = full_desk()
    panel = EventPanel() if is_event else Watch()
    view = panel.view(hands.desk, Place(width, 30))
    return plain(view.rows[view.header_rows - 1])


def test_columns_of_the_model_give_way_before_what_is_needed_to_trade() -> None:
    """48 cells are WATCH and EVT at 80x24, 44 and 72 at 120x40."""
    assert "model" in header(48)
    assert "edge" not in header(48)
    assert "model" in header(44)
    assert "edge" in header(118)
    assert "model" not in header(48, is_event=True)
    assert all(name in header(48, is_event=True) for name in ("Y ask", "N ask", "pos", "P&L if"))
    assert "model" in header(72, is_event=True)
    assert "edge" in header(118, is_event=True)


def test_without_a_forecaster_no_room_is_kept_for_one() -> None:
    hands = idle_desk()
    hands.say(WATCH, WatchRows(btc_rows()))
    assert "model" not in plain(Watch().view(hands.desk, Place(118, 30)).rows[0])
    add_models(hands)
    assert "model" in plain(Watch().view(hands.desk, Place(118, 30)).rows[0])


def test_a_scan_that_changed_nothing_of_a_market_draws_its_row_not_anew() -> None:
    hands, place, panel = full_desk(), Place(118, 60), Watch()
    before = panel.view(hands.desk, place).rows[:]
    row = hands.desk.replica.watch.models[WEATHER_AT]
    moved = msgspec.structs.replace(row, median_bp=6_000)
    hands.say(DESK, DeskRows(scan=scan(at_ns=NOW, asked=1)))
    hands.say(WATCH, WatchRows(models=(moved,)))
    after = panel.view(hands.desk, place)
    changed_keys = {key for key, old, new in zip(after.keys, before, after.rows, strict=True) if old != new}
    assert changed_keys == {WEATHER_AT}
    at = after.keys.index(strike_ticker(94_000))
    assert after.rows[at] is before[at]


def test_models_of_the_tests_cover_each_way_a_row_may_look() -> None:
    verdicts = {row.verdict for row in models()}
    statuses = {row.status for row in models()}
    assert verdicts == {"PASS", "unproven"}
    assert {SeriesStatus.OK, SeriesStatus.TOO_SHORT, SeriesStatus.CONSTANT} <= statuses
