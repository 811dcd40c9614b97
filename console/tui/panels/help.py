"""HELP: keys and codes, as the tables of the console have them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar

from console.tui import roles
from console.tui.cells import Row, clip
from console.tui.desk import Desk
from console.tui.panels.base import PanelState, Place, View
from console.tui.panels.sheet import Column, Sheet, fit
from console.tui.panels.states import Saying, paragraph, saying_view

COLUMNS = (
    Column("keys", "key", 10, is_text=True, most=16),
    Column("text", "what it does", 16, is_text=True, most=100),
)
_WAY = "Y or N opens a ticket, A arms the keys, Enter reviews, Enter sends. Esc: back"
_LEAST_FOR_HEAD = 8
_EMPTY = Saying(PanelState.EMPTY, "nothing matches", "press Esc to go back, or type : and another word")


@dataclass(frozen=True, slots=True)
class HelpEntry:
    """One key or code; ``group`` is the heading that it stands under."""

    group: str
    keys: str
    text: str


@dataclass(frozen=True, slots=True)
class HelpPanel:
    """``entries`` are shown in their order, those of one group together."""

    entries: tuple[HelpEntry, ...] = ()

    code: ClassVar[str] = "HELP"
    name: ClassVar[str] = "keys and codes"

    def view(self, desk: Desk, place: Place) -> View:
        if not self.entries:
            return saying_view("HELP", _EMPTY, place.width)
        head = paragraph(_WAY, roles.TEXT, place.width) if place.height >= _LEAST_FOR_HEAD else ()
        rows = (*head, *_rows(self.entries, fit(COLUMNS, place.width), place.width))
        return View("HELP", rows, (None,) * len(rows), header_rows=len(head))


def _rows(entries: tuple[HelpEntry, ...], sheet: Sheet, width: int) -> Iterator[Row]:
    """No row is one to stand on: the arrow keys scroll."""
    for group, members in groupby(entries, key=lambda entry: entry.group):
        yield ((clip(group, width), roles.TITLE),)
        for entry in members:
            yield sheet.line({"keys": (entry.keys, roles.ACCENT), "text": (entry.text, roles.TEXT)})
