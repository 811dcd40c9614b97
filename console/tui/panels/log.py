"""LOG: what the engine did, newest first. The line under the cursor is shown in full.

Columns go in this order when it gets narrow: market, code.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar

from console.tui import numbers, roles
from console.tui.cells import Row, width_of
from console.tui.desk import Desk
from console.tui.panels.base import PanelState, Place, View
from console.tui.panels.labels import market_label
from console.tui.panels.lazy_rows import LazyRows, Make
from console.tui.panels.memo import RowMemo
from console.tui.panels.sheet import Column, Sheet, fit
from console.tui.panels.states import Saying, paragraph, saying_view, waiting, with_caveat
from engine.control.protocol import LOG
from engine.control.rows.history import LogRow
from engine.control.rows.markets import MarketRow
from engine.domain.decision import PASS, TAKE

COLUMNS = (
    Column("time", "time ET", 8, is_text=True),
    Column("mark", "", 1, is_text=True),
    Column("code", "what", 12, rank=1, is_text=True),
    Column("text", "", 30, is_text=True, most=120),
    Column("market", "market", 18, rank=2, is_text=True, most=28),
)
_MARKS = {"note": " ", "warning": "▲", "urgent": "!"}
_ROLES = {"note": roles.TEXT, "warning": roles.WARNING, "urgent": roles.URGENT}
_BY_CODE = {TAKE: roles.ACCENT, PASS: roles.LABEL}
"""A strategy's verdicts: what it took stands out, what it passed gives way."""
_EMPTY = Saying(
    PanelState.EMPTY,
    "nothing has happened since the engine started",
    "press Y or N on a market to open a ticket; ? shows the keys",
)


@dataclass(frozen=True, slots=True)
class LogPanel:
    _memo: RowMemo = field(default_factory=RowMemo, compare=False, repr=False)

    code: ClassVar[str] = "LOG"
    name: ClassVar[str] = "what the engine did"

    def view(self, desk: Desk, place: Place) -> View:
        lines = desk.replica.log
        saying = waiting(desk, LOG, "the log") or (None if lines else _EMPTY)
        if saying is not None:
            return saying_view("LOG", saying, place.width, desk.age_s(LOG))
        sheet = fit(COLUMNS, place.width)
        pairs = [(None, sheet.header()), *self._pairs(desk, sheet, place)]
        rows, keys = LazyRows(row for _, row in pairs), tuple(key for key, _ in pairs)
        view = View("LOG", rows, keys, desk.age_s(LOG), header_rows=1, topic=LOG)
        return with_caveat(view, desk, LOG, place.width)

    def _pairs(self, desk: Desk, sheet: Sheet, place: Place) -> Iterator[tuple[str | None, Row | Make]]:
        for line in reversed(desk.replica.log):
            key = str(line.no)
            yield key, partial(self._row, desk, sheet, key, line)
            if key == place.cursor and (said := _unseen(desk, sheet, line)):
                for row in paragraph(said, _ROLES.get(line.level, roles.TEXT), place.width, "    "):
                    yield None, row

    def _row(self, desk: Desk, sheet: Sheet, key: str, line: LogRow) -> Row:
        market = desk.market(line.ticker)
        return self._memo.row(key, (line, market, sheet), partial(_row, market, sheet, line))


def _unseen(desk: Desk, sheet: Sheet, line: LogRow) -> str:
    """What a line's own row has no room for; empty where it shows all."""
    text = line.text if width_of(line.text) > sheet.width_of("text") else ""
    if not line.ticker or "market" in sheet.names:
        return text
    label = market_label(desk.market(line.ticker), line.ticker)
    return f"{line.text}; {label}" if text else label


def _row(row: MarketRow | None, sheet: Sheet, line: LogRow) -> Row:
    role = _BY_CODE.get(line.code, roles.TEXT) if line.level == "note" else _ROLES.get(line.level, roles.TEXT)
    market = market_label(row, line.ticker) if line.ticker else ""
    return sheet.line(
        {
            "time": (numbers.clock(line.at_ns), roles.LABEL),
            "mark": (_MARKS.get(line.level, "?"), role),
            "code": (line.code, roles.LABEL if line.level == "note" else role),
            "text": (line.text, role),
            "market": (market, roles.LABEL),
        }
    )
