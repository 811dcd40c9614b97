"""A console that only looks, a picture that stands still, a row for the clipboard, alerts."""

from __future__ import annotations

import base64

import pytest
from tui_app import TICKER, full_app, screen_text
from tui_desk import LINES, NOON_NS, quote

from console.tui.app import DeskApp
from engine.control.protocol import LOG, WATCH, LogRows, WatchRows
from engine.control.rows.history import LogRow
from engine.domain.command import WatchMarkets


@pytest.mark.parametrize("key", ["Y", "N", "c", "x", "X", "A", "K", "F"])
async def test_an_observer_sends_nothing_and_is_told_why(key: str) -> None:
    app, tie, _ = full_app(is_observer=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "OBSERVE" in screen_text(app)[0]
        assert "buy" not in screen_text(app)[-1]
        await pilot.press(key)
        await pilot.pause()
        assert "this console only looks" in screen_text(app)[-2]
        assert not app.trading.is_open
        assert tie.commands == []


async def test_somebody_at_the_desk_has_the_books_that_are_looked_at_followed() -> None:
    app, tie, _ = full_app()
    async with app.run_test(size=(80, 24)) as pilot:
        app.flush()
        await pilot.pause()
        assert [type(body) for body, _, _ in tie.commands] == [WatchMarkets]


async def test_a_frozen_picture_stands_still_and_the_banner_says_so() -> None:
    app, tie, clock = full_app()
    async with app.run_test(size=(120, 40)) as pilot:
        app.flush()
        await pilot.press("p")
        await pilot.pause()
        before = screen_text(app)
        assert "FROZEN" in before[0]
        markets = tuple(tie.replica.watch.markets.values())
        tie.tell(WATCH, WatchRows(markets, (quote(95_000, 1_100, 1_300),)))
        clock.advance(2)
        app.flush()
        await pilot.pause()
        after = screen_text(app)
        assert after[2:-2] == before[2:-2]
        assert after[0] != before[0], "the clock goes on"
        await pilot.press("p")
        await pilot.pause()
        assert "FROZEN" not in screen_text(app)[0]
        row = next(line for line in screen_text(app)[3:20] if "95,000" in line)
        assert "11.0" in row
        assert "56.0" not in row


async def test_copying_a_row_goes_by_the_terminal_and_claims_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    app, _, _ = full_app()
    written: list[str] = []
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert app._driver is not None
        monkeypatch.setattr(app._driver, "write", written.append)
        await pilot.press("3", "y")
        await pilot.pause()
        row = app.boxes.current.row_text
        assert "95,000" in row
        code = base64.b64encode(row.encode()).decode()
        assert f"\x1b]52;c;{code}\a" in written
        message = screen_text(app)[-2]
        assert "sent to the terminal's clipboard (OSC 52); if it is not there, Shift and drag" in message
        assert "copied" not in message


async def test_without_a_row_there_is_nothing_to_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    app, tie, _ = full_app()
    copied: list[str] = []
    monkeypatch.setattr(app, "copy_to_clipboard", copied.append)
    async with app.run_test(size=(120, 40)) as pilot:
        tie.tell(LOG, LogRows())
        await pilot.press("5")
        app.flush()
        monkeypatch.setattr(type(app.boxes.current), "row_text", "")
        await pilot.press("y")
        await pilot.pause()
        assert "no row to copy here" in screen_text(app)[-2]
        assert copied == []


class Ears:
    """What a terminal got of bells and titles."""

    def __init__(self, app: DeskApp, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bells = 0
        self.titles: list[str] = []
        monkeypatch.setattr(app, "bell", self._ring)
        monkeypatch.setattr(app, "set_terminal_title", self.titles.append)

    def _ring(self) -> None:
        self.bells += 1


async def test_an_alert_rings_once_changes_the_title_and_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    app, tie, clock = full_app()
    ears = Ears(app, monkeypatch)
    urgent = LogRow(3, NOON_NS, "urgent", "UNKNOWN", "order-1: timed out", TICKER)
    async with app.run_test(size=(80, 24)) as pilot:
        tie.tell(LOG, LogRows((LogRow(0, NOON_NS, "urgent", "UNKNOWN", "long ago"), *LINES)))
        app.flush()
        assert ears.bells == 0, "what happened before somebody sat down is past"
        tie.tell(LOG, LogRows((*LINES, urgent)))
        app.flush()
        await pilot.pause()
        assert ears.bells == 1
        assert ears.titles == ["! UNKNOWN - sparko"]
        assert "! UNKNOWN: order-1: timed out (Esc)" in screen_text(app)[-2]
        clock.advance(600)
        tie.tell(LOG, LogRows((*LINES, urgent, LogRow(4, NOON_NS, "note", "ORDER", "buy"))))
        app.flush()
        await pilot.pause()
        assert ears.bells == 1
        assert "UNKNOWN: order-1" in screen_text(app)[-2]
        await pilot.press("escape")
        await pilot.pause()
        assert "UNKNOWN: order-1" not in screen_text(app)[-2]
        assert ears.titles[-1] == "sparko"
