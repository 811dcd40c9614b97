"""Rows kept with the strips that were made of them, and what changes when other rows come.

Textual sends a dirty region again whether or not it differs, so the difference is taken here. A strip is made
when its row is first painted and stays the same object until the row changes: Textual then has its escape
sequences ready.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from console.tui import roles
from console.tui.ascii import ascii_row
from console.tui.cells import Row, row_width, width_of

StyleOf: TypeAlias = Callable[[str], Style]
"""The style of a role; ``Theme.style`` is one."""
Keys: TypeAlias = Sequence[str | None]
_BOLD = Style(bold=True)


class Change(NamedTuple):
    """Cells ``first`` to ``end`` (exclusive) of row ``y`` look different; ``end`` None: to the row's end."""

    y: int
    first: int
    end: int | None


class RowStrips:
    """``flashes``: spans that changed are bold until the next :meth:`show` or :meth:`settle`, where both rows
    have the same key and as many spans."""

    def __init__(self, style_of: StyleOf, *, flashes: bool = False) -> None:
        self.rows: tuple[Row, ...] = ()
        self._style_of = style_of
        self._flashes = flashes
        self._is_ascii = False
        self._keys: tuple[str | None, ...] = ()
        self._strips: list[Strip | None] = []
        self._blank: Strip | None = None
        self._width = -1
        self._flashing: dict[int, frozenset[int]] = {}

    @property
    def is_flashing(self) -> bool:
        return bool(self._flashing)

    def show(self, rows: Sequence[Row], keys: Keys = (), seen: range | None = None) -> tuple[Change, ...]:
        """Takes the rows of now; returns what is to be painted of those ``seen`` (None: all are)."""
        flashed, self._flashing = self._flashing, {}
        changes: list[Change] = []
        shared = min(len(rows), len(self.rows))
        strips = self._strips[:shared] + [None] * (len(rows) - shared)
        for y, (old, new) in enumerate(zip(self.rows, rows, strict=False)):
            if (old is new or old == new) and y not in flashed:
                continue
            strips[y] = None
            if seen is None or y in seen:
                changes.append(self._compared(y, old, new, keys, flashed.get(y)))
        changes += (Change(y, 0, None) for y in range(shared, max(len(rows), len(self.rows))))
        self._strips, self.rows, self._keys = strips, tuple(rows), tuple(keys)
        return tuple(changes)

    def settle(self) -> tuple[Change, ...]:
        """Ends the flash where nothing new came."""
        changes = tuple(_of_spans(y, self.rows[y], spans) for y, spans in self._flashing.items())
        for change in changes:
            self._strips[change.y] = None
        self._flashing = {}
        return changes

    def restyle(self, style_of: StyleOf) -> None:
        """Every row is to be painted again, in other styles."""
        self._style_of = style_of
        self._forget_strips()

    def spell(self, *, is_ascii: bool) -> None:
        """Every row is to be painted again, in plain ASCII or as it is."""
        self._is_ascii = is_ascii
        self._forget_strips()

    def strip(self, y: int, width: int) -> Strip:
        """Row ``y`` in exactly ``width`` cells; after the last row, blank."""
        if width != self._width:
            self._width = width
            self._forget_strips()
        if not 0 <= y < len(self.rows):
            if self._blank is None:
                self._blank = strip_of((), width, self._style_of)
            return self._blank
        made = self._strips[y]
        if made is None:
            bold = self._flashing.get(y, frozenset())
            row = ascii_row(self.rows[y]) if self._is_ascii else self.rows[y]
            made = self._strips[y] = strip_of(row, width, self._style_of, bold)
        return made

    def _forget_strips(self) -> None:
        self._strips = [None] * len(self.rows)
        self._blank = None

    def _compared(self, y: int, old: Row, new: Row, keys: Keys, was: frozenset[int] | None) -> Change:
        """``was``: the spans of the row that are bold until now."""
        change = difference(y, old, new)
        if change is None:
            return _of_spans(y, new, was or frozenset())
        if self._flashes and _key(self._keys, y) == _key(keys, y) is not None and len(old) == len(new):
            self._flashing[y] = frozenset(i for i, span in enumerate(new) if span[0] != old[i][0])
        return change if was is None else Change(y, 0, None)


def _key(keys: Keys, y: int) -> str | None:
    return keys[y] if y < len(keys) else None


def difference(y: int, old: Row, new: Row) -> Change | None:
    """From the first to the last span that differs; None where the rows are equal."""
    if old == new:
        return None
    same = 0
    while same < min(len(old), len(new)) and old[same] == new[same]:
        same += 1
    first, end = row_width(new[:same]), row_width(new)
    if row_width(old) != end:
        return Change(y, first, None)
    last = len(new)
    while last > same and last - len(new) + len(old) > same and old[last - len(new) - 1] == new[last - 1]:
        last -= 1
        end -= width_of(new[last][0])
    return Change(y, first, end)


def _of_spans(y: int, row: Row, spans: frozenset[int]) -> Change:
    if not spans:
        return Change(y, 0, 0)
    return Change(y, row_width(row[: min(spans)]), row_width(row[: max(spans) + 1]))


def strip_of(row: Row, width: int, style_of: StyleOf, bold: frozenset[int] = frozenset()) -> Strip:
    """The row clipped or filled up to ``width`` cells. A wide character that does not fit leaves a space.

    What a terminal would take as a command (market titles come from elsewhere) is not passed on.
    """
    runs: list[tuple[str, Style]] = []
    left = width
    for index, (text, role) in enumerate(row):
        if left <= 0:
            break
        text = text if text.isprintable() else harmless(text)
        size = len(text) if text.isascii() else cell_len(text)
        if size > left:
            text, size = set_cell_size(text, left), left
        left -= size
        style = style_of(role)
        _append(runs, text, style + _BOLD if index in bold else style)
    if left > 0:
        _append(runs, " " * left, style_of(roles.TEXT))
    return Strip([Segment(text, style) for text, style in runs], max(width, 0))


def harmless(text: str) -> str:
    """Without control and format characters; one that takes room is a space."""
    return "".join(c if c.isprintable() else " " * cell_len(c) for c in text)


def _append(runs: list[tuple[str, Style]], text: str, style: Style) -> None:
    """Joins runs that look the same: each run of its own costs some forty bytes on the wire."""
    if not text:
        return
    if runs:
        before, last = runs[-1]
        if last is style or (text.isspace() and _blank_in(last, style)):
            runs[-1] = (before + text, last)
            return
        if before.isspace() and _blank_in(style, last):
            runs[-1] = (before + text, style)
            return
    runs.append((text, style))


def _blank_in(style: Style, own: Style) -> bool:
    """Whether blanks look the same in both styles."""
    if style.bgcolor != own.bgcolor:
        return False
    return not any(s.reverse or s.underline or s.underline2 or s.strike or s.overline for s in (style, own))
