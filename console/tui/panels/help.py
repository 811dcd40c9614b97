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
from console.tui.panels.states import Saying, saying_view

COLUMNS = (
    Column("keys", "key", 10, is_text=True, most=16),
    Column("text", "what it does", 16, is_text=True, most=100),
)
_EMPTY = Saying(PanelState.EMPTY, "nothing matches", "press Esc to go back, or type : and another word")


@dataclass(frozen=True, slots=True)
class HelpEntry:
    """One key or code; ``name`` identifies it, ``group`` is the heading that it stands under."""

    name: str
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
        pairs = tuple(_pairs(self.entries, fit(COLUMNS, place.width), place.width))
        return View("HELP", tuple(row for _, row in pairs), tuple(key for key, _ in pairs))


def _pairs(entries: tuple[HelpEntry, ...], sheet: Sheet, width: int) -> Iterator[tuple[str | None, Row]]:
    for group, members in groupby(entries, key=lambda entry: entry.group):
        yield None, ((clip(group, width), roles.TITLE),)
        for entry in members:
            yield (
                entry.name,
                sheet.line({"keys": (entry.keys, roles.ACCENT), "text": (entry.text, roles.TEXT)}),
            )
