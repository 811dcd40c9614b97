"""Keys and codes of what models say and strategies decide, on the whole desk."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import msgspec
import pytest
from tui_app import TICKER, full_app, screen_text
from tui_desk import EVENT, NOON_NS, FakeTie, status, tell_all

from console.tui.app import DeskApp
from console.tui.cells import plain_rows
from console.tui.frame.reasons import order_named
from engine.control.protocol import DESK, WATCH, DeskRows, WatchRows, forecast_topic
from engine.control.queries import WhyArgs
from engine.control.rows.forecasts import ModelRow, ScanRow
from engine.control.rows.strategies import StrategyRow
from engine.domain.decision import DecisionRow, GateRow
from engine.domain.forecast import ForecastSource
from engine.domain.units import SECOND_NS

EWMA = ForecastSource("ewma", is_baseline=True)
PASSED = DecisionRow(
    decision_id="d1", at_ns=NOON_NS, strategy="timesfm-no", stage="shadow", ticker=TICKER, verdict="PASS",
    code="SPREAD",
    gates=(GateRow("CONFIDENCE", True, "high", "medium"), GateRow("SPREAD", False, "12 c", "10 c")),
)  # fmt: skip


async def settle(app: DeskApp, pilot: Any) -> None:
    for _ in range(4):
        app.flush()
        await pilot.pause()


def asked_why(tie: FakeTie) -> list[str]:
    return [args.subject for kind, args in tie.asked if kind == "why" and isinstance(args, WhyArgs)]


def box_text(app: DeskApp) -> str:
    """Of the panel that has the keys."""
    return plain_rows(app.boxes.current.rows)


def text_of(app: DeskApp) -> str:
    return "\n".join(screen_text(app))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60), (40, 30)])
async def test_each_panel_opens_by_its_key_and_its_code(size: tuple[int, int]) -> None:
    app, tie, _ = full_app()
    tie.answers["why"] = (PASSED,)
    async with app.run_test(size=size) as pilot:
        await settle(app, pilot)
        for key, code in (("i", "WHY"), ("M", "FCST"), ("S", "SCAN")):
            await pilot.press(key)
            assert app.boxes.current.code == code
            app.boxes.open("LOG")
            app.typed.run(code)
            assert app.boxes.current.code == code
            app.boxes.open("LOG")


async def test_why_is_asked_only_while_it_is_looked_at_and_shows_every_gate() -> None:
    app, tie, _ = full_app()
    tie.answers["why"] = (PASSED,)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        assert asked_why(tie) == []
        await pilot.press("i")
        await settle(app, pilot)
        assert asked_why(tie) == [TICKER]
        text = text_of(app)
        assert "PASS SPREAD" in text
        assert "ok CONFIDENCE" in text
        assert "NO SPREAD: got 12 c, wanted 10 c" in text


async def test_on_an_order_the_order_is_asked_about_until_a_market_is_loaded() -> None:
    app, tie, _ = full_app()
    tie.answers["why"] = ()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        app.typed.run("ORD")
        await pilot.press("down", "up", "i")
        await settle(app, pilot)
        assert asked_why(tie) == ["order-1"]
        assert "WHY order order-1" in text_of(app)
        app.desk.load(f"{EVENT}-T94500")
        await settle(app, pilot)
        assert asked_why(tie)[-1] == f"{EVENT}-T94500"


async def test_an_order_may_be_typed_by_its_beginning() -> None:
    app, tie, _ = full_app()
    tie.answers["why"] = ()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        app.typed.run("WHY ORD")
        await settle(app, pilot)
        assert asked_why(tie) == ["order-1"]
        assert order_named(app.desk, "NONE-7") == "none-7"


async def test_nothing_decided_says_who_would_decide() -> None:
    app, tie, _ = full_app()
    tie.answers["why"] = ()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("i")
        await settle(app, pilot)
        assert "no strategy is installed" in text_of(app)
        tie.tell(DESK, DeskRows(status(strategies=(StrategyRow("timesfm-no", "shadow"),))))
        app.draw_all()
        await settle(app, pilot)
        assert "timesfm-no SHADOW; it decides on a market" in text_of(app)


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 20)])
@pytest.mark.parametrize("state", ["late", "down"])
async def test_the_first_row_says_that_the_forecaster_is_gone(size: tuple[int, int], state: str) -> None:
    app, tie, _ = full_app()
    row = ScanRow(state=state, source=EWMA, at_ns=NOON_NS - 300 * SECOND_NS, problem="refused")
    tie.tell(DESK, DeskRows(status(), scan=row))
    async with app.run_test(size=size) as pilot:
        await settle(app, pilot)
        assert f"FCST {state.upper()}" in screen_text(app)[0]
        await pilot.press("S")
        await settle(app, pilot)
        assert "refused" in text_of(app)


def test_a_console_loads_neither_numpy_nor_a_model() -> None:
    code = (
        "import sys, console.tui.app, console.tui.panels.forecasts, console.tui.panels.scan,"
        " console.tui.panels.why;"
        "print([name for name in ('numpy', 'torch', 'engine.forecast') if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


async def test_prices_that_move_do_not_draw_the_forecasts_anew_but_time_and_a_scan_do() -> None:
    app, tie, clock = full_app()
    row = ModelRow(ticker=TICKER, source=EWMA, made_at_ns=NOON_NS, end_s=NOON_NS // SECOND_NS + 600)
    tell_all(tie)
    tie.tell(DESK, DeskRows(status(), scan=ScanRow(state="ok", source=EWMA, at_ns=NOON_NS)))
    async with app.run_test(size=(120, 40)) as pilot:
        app.desk.load(TICKER)
        await pilot.press("M")
        await settle(app, pilot)
        tie.replica.watch.put(WatchRows(models=(msgspec.structs.replace(row, median_bp=4_440),)))
        app.drawing.mark(WATCH)
        app.flush()
        assert "44.4" not in box_text(app)
        clock.advance(1)
        await settle(app, pilot)
        assert "44.4" in box_text(app)
        tie.replica.watch.put(WatchRows(models=(msgspec.structs.replace(row, median_bp=3_330),)))
        app.drawing.mark(forecast_topic(TICKER))
        await settle(app, pilot)
        assert "33.3" in box_text(app)
