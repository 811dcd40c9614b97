"""Screens to be measured, each a program: ``python pty_screens.py NAME [256] REPORT``."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import ClassVar

from pty_data import (
    COLUMNS,
    LADDER_COLUMNS,
    TAPE_COLUMNS,
    Data,
    chart_model,
    ladder_rows,
    tape_rows,
    watch_row,
    watch_rows,
)
from textual.app import App, ComposeResult
from textual.containers import Horizontal, Vertical
from textual.coordinate import Coordinate
from textual.widgets import DataTable

from console.tui.numbers import cents
from console.tui.theme import theme_named
from console.tui.widgets.price_chart import PriceChart
from console.tui.widgets.row_pane import RowPane, ScrollRowPane

FLUSH_S = 0.125
CELLS_A_SECOND = 100
LATE_EVERY_S = 0.02
STYLE_OF = theme_named("default").style


class Measured(App[None]):
    """Flushes eight times a second and notes how late a timer of its loop is.

    Textual calls the ``on_mount`` of every class, so a screen's own does not call this one.
    """

    CSS = """
    Screen { background: #000000; }
    #left { width: 60; } #watch { height: 25; } #tape { height: 1fr; }
    #chart { width: 1fr; } #ladder { width: 28; }
    """
    ENABLE_COMMAND_PALETTE = False
    flush_s: ClassVar[float | None] = FLUSH_S

    def __init__(self, report: Path) -> None:
        super().__init__()
        self.report = report
        self.flushes = 0
        self.cells = 0
        self.late_s: list[float] = []

    def on_mount(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, self.reset)
        loop.add_signal_handler(signal.SIGUSR2, self.tell)
        if self.flush_s is not None:
            self.set_interval(self.flush_s, self.flush)
            self.watch_lateness(loop.time() + LATE_EVERY_S)

    def watch_lateness(self, due_s: float) -> None:
        asyncio.get_running_loop().call_at(due_s, self.noted, due_s)

    def noted(self, due_s: float) -> None:
        now_s = asyncio.get_running_loop().time()
        self.late_s.append(now_s - due_s)
        self.watch_lateness(now_s + LATE_EVERY_S)

    def reset(self) -> None:
        self.flushes, self.cells, self.late_s = 0, 0, []

    def tell(self) -> None:
        late = sorted(self.late_s) or [0.0]
        told = {
            "flushes": self.flushes,
            "cells": self.cells,
            "late_p50_ms": late[len(late) // 2] * 1_000,
            "late_p99_ms": late[int(len(late) * 0.99)] * 1_000,
        }
        whole = self.report.with_suffix(".part")
        whole.write_text(json.dumps(told))
        whole.rename(self.report)

    def flush(self) -> None:
        raise NotImplementedError


class Rows(Measured):
    """Watch list, ladder and tape in the console's own widgets, without what DataTable has not: no chart, no
    flash of changed cells."""

    flashes: ClassVar[bool] = False

    def __init__(self, report: Path) -> None:
        super().__init__(report)
        self.data = Data()
        self.panes = {
            name: RowPane(STYLE_OF, flashes=self.flashes, id=name) for name in ("watch", "ladder", "tape")
        }

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Vertical(self.panes["watch"], self.panes["tape"], id="left")
            yield self.panes["ladder"]

    def flush(self) -> None:
        cells = CELLS_A_SECOND * (self.flushes + 1) // 8 - CELLS_A_SECOND * self.flushes // 8
        self.data.change(cells)
        self.flushes += 1
        self.cells += cells
        watch, ladder = watch_rows(self.data), ladder_rows(self.data)
        self.panes["watch"].show(watch, [str(at) for at in range(len(watch))])
        self.panes["ladder"].show(ladder, [str(at) for at in range(len(ladder))])
        self.panes["tape"].show(tape_rows(self.data))


class Composite(Rows):
    """The whole screen, with a chart and changed cells in bold for a flush."""

    flashes = True

    def __init__(self, report: Path) -> None:
        super().__init__(report)
        self.chart = PriceChart(STYLE_OF, id="chart")

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Vertical(self.panes["watch"], self.panes["tape"], id="left")
            yield self.chart
            yield self.panes["ladder"]

    def flush(self) -> None:
        super().flush()
        self.chart.show_model(chart_model(self.data))


class Tables(Measured):
    """The same watch list, ladder and tape in Textual's DataTable; no chart."""

    def __init__(self, report: Path) -> None:
        super().__init__(report)
        self.data = Data()
        self.tables: dict[str, DataTable[str]] = {
            name: DataTable(id=name, show_cursor=False, cell_padding=0)
            for name in ("watch", "ladder", "tape")
        }

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Vertical(self.tables["watch"], self.tables["tape"], id="left")
            yield self.tables["ladder"]

    def on_mount(self) -> None:
        headings = (COLUMNS, LADDER_COLUMNS, TAPE_COLUMNS)
        for table, names in zip(self.tables.values(), headings, strict=True):
            for name in names:
                table.add_column(name, width=6 if name != "what" else 40)
        for at, values in enumerate(self.data.watch):
            self.tables["watch"].add_row(self.data.market_name(at), *map(cents, values))
        for sizes in self.data.ladder:
            self.tables["ladder"].add_row(*map(str, sizes))
        for line in self.data.tape:
            self.tables["tape"].add_row("12:00:00", line)

    def flush(self) -> None:
        cells = CELLS_A_SECOND * (self.flushes + 1) // 8 - CELLS_A_SECOND * self.flushes // 8
        before = tuple(self.data.tape)
        self.data.change(cells)
        self.flushes += 1
        self.cells += cells
        for row, column in self.data.changed_watch:
            value = cents(self.data.watch[row][column])
            self.tables["watch"].update_cell_at(Coordinate(row, column + 1), value)
        for row, column in self.data.changed_ladder:
            self.tables["ladder"].update_cell_at(Coordinate(row, column), str(self.data.ladder[row][column]))
        if tuple(self.data.tape) != before:
            for at, line in enumerate(reversed(self.data.tape)):
                self.tables["tape"].update_cell_at(Coordinate(at, 1), line)


class Plotted(Tables):
    """The tables with a chart of textual-plotext beside them: what the whole screen is compared with."""

    def __init__(self, report: Path) -> None:
        from textual_plotext import PlotextPlot

        super().__init__(report)
        self.plot = PlotextPlot(id="chart")

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Vertical(self.tables["watch"], self.tables["tape"], id="left")
            yield self.plot
            yield self.tables["ladder"]

    def flush(self) -> None:
        super().flush()
        model, figure = chart_model(self.data), self.plot.plt
        figure.clear_data()
        figure.plot([bar.close_bp / 100 for bar in model.bars], marker="braille")
        for level in model.levels:
            figure.hline(level.price_bp / 100)
        self.plot.refresh()


class Markets(Measured):
    """500 markets with 500 changes a second in one long list."""

    def __init__(self, report: Path) -> None:
        super().__init__(report)
        self.data = Data(500)
        self.rows = list(watch_rows(self.data))
        self.pane = ScrollRowPane(STYLE_OF, flashes=True)
        self.keys = [self.data.market_name(at) for at in range(500)]

    def compose(self) -> ComposeResult:
        yield self.pane

    def on_mount(self) -> None:
        self.data.changed_watch = set()
        self.ten_updates()

    def ten_updates(self) -> None:
        """Comes as messages of a socket do: from the loop, past Textual's queues."""
        asyncio.get_running_loop().call_later(0.02, self.ten_updates)
        for _ in range(10):
            self.data.change_market()
        self.cells += 10

    def flush(self) -> None:
        self.flushes += 1
        changed, self.data.changed_watch = self.data.changed_watch, set()
        for at in {row for row, _ in changed}:
            self.rows[at] = watch_row(self.data, at)
        self.pane.show(self.rows, self.keys)


class Idle(Composite):
    """The composite screen, drawn once."""

    flush_s = None

    def on_mount(self) -> None:
        self.call_after_refresh(self.flush)


SCREENS = {
    "composite": Composite,
    "rows": Rows,
    "tables": Tables,
    "plotted": Plotted,
    "markets": Markets,
    "idle": Idle,
}

if __name__ == "__main__":
    SCREENS[sys.argv[1]](Path(sys.argv[-1])).run()
