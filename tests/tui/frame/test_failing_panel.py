"""A panel that fails takes nothing else down."""

from __future__ import annotations

import pytest
from tui_app import full_app, screen_text

from console.tui.panels.positions import PositionsPanel


async def test_a_panel_that_fails_says_so_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("no such leg")

    app, _, _ = full_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert "panel failed" not in "\n".join(screen_text(app))
        monkeypatch.setattr(PositionsPanel, "view", broken)
        app.draw_all()
        await pilot.pause()
        text = "\n".join(screen_text(app))
        assert "this panel failed: ZeroDivisionError" in text
        assert "WATCH" in text
        assert "BOOK" in text
        await pilot.press("N")
        await pilot.pause()
        assert app.trading.is_open
