"""The widgets in an app: what they paint, resized, scrolled, in another theme."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from console.tui import roles
from console.tui.cells import Row
from console.tui.chart.model import Bar, ChartModel
from console.tui.theme import theme_named
from console.tui.widgets.price_chart import PriceChart
from console.tui.widgets.row_pane import RowPane, ScrollRowPane

STYLE_OF = theme_named("default").style


def lines(count: int, text: str = "row") -> tuple[Row, ...]:
    return tuple(((f"{text} {at}", roles.TEXT),) for at in range(count))


class OneWidget(App[None]):
    CSS = "Screen > * { width: 1fr; height: 1fr; }"

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self.widget = widget

    def compose(self) -> ComposeResult:
        yield self.widget


class Spied(RowPane):
    """Remembers what was asked to be painted."""

    asked: list[Region]

    def refresh(self, *regions: Region, **how: bool) -> Spied:
        self.asked = [*getattr(self, "asked", []), *regions]
        return super().refresh(*regions, **how)


def seen(app: App[None]) -> list[str]:
    """The screen as text, as the compositor has it."""
    return [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]


async def test_only_the_changed_row_is_painted() -> None:
    pane = Spied(STYLE_OF)
    app = OneWidget(pane)
    async with app.run_test(size=(20, 6)) as pilot:
        pane.show(lines(4))
        await pilot.pause()
        pane.asked = []
        pane.show((*lines(2), (("other", roles.UP),), *lines(4)[3:]))
        await pilot.pause()
        assert pane.asked == [Region(0, 2, 5, 1)]
        assert seen(app) == ["row 0", "row 1", "other", "row 3", "", ""]
        pane.asked = []
        pane.show(pane.rows)
        await pilot.pause()
        assert pane.asked == []


async def test_a_resized_pane_shows_its_rows_in_the_new_size() -> None:
    pane = RowPane(STYLE_OF)
    app = OneWidget(pane)
    async with app.run_test(size=(20, 3)) as pilot:
        pane.show(lines(5, "a long row of"))
        await pilot.resize_terminal(8, 5)
        await pilot.pause()
        assert seen(app) == ["a long r"] * 5
        await pilot.resize_terminal(30, 2)
        await pilot.pause()
        assert seen(app) == ["a long row of 0", "a long row of 1"]


async def test_another_theme_is_on_every_row() -> None:
    pane = RowPane(STYLE_OF)
    app = OneWidget(pane)
    async with app.run_test(size=(20, 3)) as pilot:
        pane.show((((" LIVE ", roles.LIVE),),))
        await pilot.pause()
        for name in ("high-contrast", "mono", "default"):
            theme = theme_named(name)
            pane.restyle(theme.style)
            await pilot.pause()
            shown = app.screen._compositor.render_strips()[0]
            assert next((s.text, s.style) for s in shown) == (" LIVE ", theme.style(roles.LIVE))


async def test_of_a_long_list_only_what_is_in_view_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    pane = ScrollRowPane(STYLE_OF)
    app = OneWidget(pane)
    async with app.run_test(size=(20, 5)) as pilot:
        pane.show(lines(10_000))
        await pilot.pause()
        assert seen(app)[0].startswith("row 0")
        made = _made(pane)
        assert len(made) <= 10
        pane.show_row(7_000)
        await pilot.pause()
        assert "row 7000" in seen(app)[4]
        assert len(_made(pane)) <= 20
        changed = list(pane.rows)
        changed[6_998] = (("seen", roles.UP),)
        changed[5] = (("unseen", roles.UP),)
        pane.show(changed)
        await pilot.pause()
        assert seen(app)[2].startswith("seen")
        pane.show(changed[:6])
        await pilot.pause()
        assert seen(app)[-1].startswith("unseen")


def _made(pane: ScrollRowPane) -> Iterable[Strip]:
    return [strip for strip in pane._row_strips._strips if strip is not None]


async def test_a_chart_is_drawn_anew_when_it_is_resized() -> None:
    chart = PriceChart(STYLE_OF)
    app = OneWidget(chart)
    bars = tuple(Bar(at * 60, at * 60 + 60, 5_000, 5_100, 5_050) for at in range(30))
    async with app.run_test(size=(40, 10)) as pilot:
        chart.show_model(ChartModel(bars))
        await pilot.pause()
        assert "ET" in seen(app)[-1]
        rows = chart.rows
        chart.show_model(ChartModel(bars))
        assert chart.rows is rows
        await pilot.resize_terminal(60, 14)
        await pilot.pause()
        assert len(chart.rows) == 14
        assert "ET" in seen(app)[-1]
