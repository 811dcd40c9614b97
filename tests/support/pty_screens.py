"""Screens to be measured, each a program: ``python pty_screens.py NAME [256] REPORT``."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

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
NAMES = ("watch", "ladder", "tape")
STYLE_OF = theme_named("default").style


class Shown(Protocol):
    """What is measured."""

    def compose(self) -> ComposeResult:
        """Its widgets."""
        ...

    def begin(self) -> None:
        """They are mounted."""
        ...

    def flush(self) -> int:
        """Changes the data and shows it; returns how many cells changed since the last time."""
        ...


class Measured(App[None]):
    """Flushes eight times a second, or once, and notes how late a timer of its loop is."""

    CSS = """
    Screen { background: #000000; }
    #left { width: 60; } #watch { height: 25; } #tape { height: 1fr; }
    #chart { width: 1fr; } #ladder { width: 28; }
    """
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, shown: Shown, report: Path, *, is_idle: bool = False) -> None:
        super().__init__()
        self.shown = shown
        self.report = report
        self.is_idle = is_idle
        self.flushes = 0
        self.cells = 0
        self.late_s: list[float] = []

    def compose(self) -> ComposeResult:
        yield from self.shown.compose()

    def on_mount(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, self.reset)
        loop.add_signal_handler(signal.SIGUSR2, self.tell)
        self.shown.begin()
        if self.is_idle:
            self.call_after_refresh(self.flush)
        else:
            self.set_interval(FLUSH_S, self.flush)
            self.watch_lateness(loop.time() + LATE_EVERY_S)

    def flush(self) -> None:
        self.cells += self.shown.flush()
        self.flushes += 1

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


class Changing:
    """The data of the whole screen, and how much of it changes with a flush."""

    def __init__(self) -> None:
        self.data = Data()
        self._flushes = 0

    def change(self) -> int:
        before = CELLS_A_SECOND * self._flushes // 8
        self._flushes += 1
        cells = CELLS_A_SECOND * self._flushes // 8 - before
        self.data.change(cells)
        return cells


class Rows:
    """Watch list, ladder and tape in the console's own widgets; without ``flashes`` and a chart they do no
    more than DataTable does."""

    def __init__(self, *, flashes: bool = False) -> None:
        self.changing = Changing()
        self.panes = {name: RowPane(STYLE_OF, flashes=flashes, id=name) for name in NAMES}

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Vertical(self.panes["watch"], self.panes["tape"], id="left")
            yield self.panes["ladder"]

    def begin(self) -> None:
        """Nothing is to be prepared."""

    def flush(self) -> int:
        cells, data = self.changing.change(), self.changing.data
        watch, ladder = watch_rows(data), ladder_rows(data)
        self.panes["watch"].show(watch, [str(at) for at in range(len(watch))])
        self.panes["ladder"].show(ladder, [str(at) for at in range(len(ladder))])
        self.panes["tape"].show(tape_rows(data))
        return cells


class Composite(Rows):
    """The whole screen, with a chart and changed cells in bold for a flush."""

    def __init__(self) -> None:
        super().__init__(flashes=True)
        self.chart = PriceChart(STYLE_OF, id="chart")

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Vertical(self.panes["watch"], self.panes["tape"], id="left")
            yield self.chart
            yield self.panes["ladder"]

    def flush(self) -> int:
        cells = super().flush()
        self.chart.show_model(chart_model(self.changing.data))
        return cells


class Tables:
    """The same watch list, ladder and tape in Textual's DataTable; no chart."""

    def __init__(self) -> None:
        self.changing = Changing()
        self.tables: dict[str, DataTable[str]] = {
            name: DataTable(id=name, show_cursor=False, cell_padding=0) for name in NAMES
        }

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Vertical(self.tables["watch"], self.tables["tape"], id="left")
            yield self.tables["ladder"]

    def begin(self) -> None:
        data = self.changing.data
        headings = (COLUMNS, LADDER_COLUMNS, TAPE_COLUMNS)
        for table, names in zip(self.tables.values(), headings, strict=True):
            for name in names:
                table.add_column(name, width=6 if name != "what" else 40)
        for at, values in enumerate(data.watch):
            self.tables["watch"].add_row(data.market_name(at), *map(cents, values))
        for sizes in data.ladder:
            self.tables["ladder"].add_row(*map(str, sizes))
        for line in data.tape:
            self.tables["tape"].add_row("12:00:00", line)

    def flush(self) -> int:
        data = self.changing.data
        before = tuple(data.tape)
        cells = self.changing.change()
        for row, column in data.changed_watch:
            self.tables["watch"].update_cell_at(Coordinate(row, column + 1), cents(data.watch[row][column]))
        for row, column in data.changed_ladder:
            self.tables["ladder"].update_cell_at(Coordinate(row, column), str(data.ladder[row][column]))
        if tuple(data.tape) != before:
            for at, line in enumerate(reversed(data.tape)):
                self.tables["tape"].update_cell_at(Coordinate(at, 1), line)
        return cells


class Plotted(Tables):
    """The tables with a chart of textual-plotext beside them: what the whole screen is compared with."""

    def __init__(self) -> None:
        from textual_plotext import PlotextPlot

        super().__init__()
        self.plot = PlotextPlot(id="chart")

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Vertical(self.tables["watch"], self.tables["tape"], id="left")
            yield self.plot
            yield self.tables["ladder"]

    def flush(self) -> int:
        cells = super().flush()
        model, figure = chart_model(self.changing.data), self.plot.plt
        figure.clear_data()
        figure.plot([bar.close_bp / 100 for bar in model.bars], marker="braille")
        for level in model.levels:
            figure.hline(level.price_bp / 100)
        self.plot.refresh()
        return cells


class Markets:
    """500 markets with 500 changes a second in one long list."""

    def __init__(self) -> None:
        self.data = Data(500)
        self.rows = list(watch_rows(self.data))
        self.pane = ScrollRowPane(STYLE_OF, flashes=True)
        self.keys = [self.data.market_name(at) for at in range(500)]
        self.updates = 0

    def compose(self) -> ComposeResult:
        yield self.pane

    def begin(self) -> None:
        self.data.changed_watch = set()
        self.ten_updates(asyncio.get_running_loop().time())

    def ten_updates(self, due_s: float) -> None:
        """Comes as messages of a socket do: from the loop, past Textual's queues; what was late comes at
        once."""
        asyncio.get_running_loop().call_at(due_s + 0.02, self.ten_updates, due_s + 0.02)
        for _ in range(10):
            self.data.change_market()
        self.updates += 10

    def flush(self) -> int:
        changed, self.data.changed_watch = self.data.changed_watch, set()
        for at in {row for row, _ in changed}:
            self.rows[at] = watch_row(self.data, at)
        self.pane.show(self.rows, self.keys)
        updates, self.updates = self.updates, 0
        return updates


SCREENS: dict[str, Callable[[], Shown]] = {
    "composite": Composite,
    "rows": Rows,
    "tables": Tables,
    "plotted": Plotted,
    "markets": Markets,
    "idle": Composite,
}
"""``idle`` is drawn once and rests."""

if __name__ == "__main__":
    name = sys.argv[1]
    Measured(SCREENS[name](), Path(sys.argv[-1]), is_idle=name == "idle").run()
