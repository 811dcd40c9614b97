"""Columns that fit any width: which are shown, how wide, and a row's cells put into them.

A column keeps its width whatever it shows, so that nothing jumps when a number grows by a digit. When the
width is short, columns go by rank, highest first; rank 0 stays. What is left over widens the growing
columns up to their ``most``, and the rest stays blank at the right edge.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from console.tui import roles
from console.tui.cells import Row, Span, clip, pad, right

GAP = 1
_BLANK: Span = ("", roles.TEXT)


@dataclass(frozen=True, slots=True)
class Column:
    """``width`` cells, up to ``most`` where there is room. ``is_text`` stands at the left, a number at the
    right."""

    name: str
    title: str
    width: int
    rank: int = 0
    is_text: bool = False
    most: int = 0


@dataclass(frozen=True, slots=True)
class Sheet:
    """The columns shown, each with its width. Made by :func:`fit`."""

    columns: tuple[Column, ...]
    widths: tuple[int, ...]

    @property
    def names(self) -> frozenset[str]:
        return frozenset(column.name for column in self.columns)

    def names_before(self, name: str) -> tuple[str, ...]:
        """Of the columns shown, those at the left of one."""
        shown = [column.name for column in self.columns]
        return tuple(shown[: shown.index(name)] if name in shown else shown)

    def width_of(self, name: str) -> int:
        """0 for a column that is not shown."""
        for column, width in zip(self.columns, self.widths, strict=True):
            if column.name == name:
                return width
        return 0

    def header(self) -> Row:
        return self.line({column.name: (column.title, roles.LABEL) for column in self.columns})

    def line(self, cells: Mapping[str, Span]) -> Row:
        """A row of the cells by column name; a column without one stays blank."""
        spans: list[Span] = []
        for column, width in zip(self.columns, self.widths, strict=True):
            text, role = cells.get(column.name, _BLANK)
            fitted = pad(clip(text, width), width) if column.is_text else right(clip(text, width), width)
            spans.append((f" {fitted}" if spans else fitted, role))
        return merged(spans)


@lru_cache(maxsize=256)
def fit(columns: tuple[Column, ...], width: int) -> Sheet:
    """Chooses what of ``columns`` is shown in ``width`` cells."""
    shown = list(columns)
    while _needs(shown) > width and any(column.rank for column in shown):
        shown.remove(max(shown, key=lambda column: column.rank))
    while _needs(shown) - shown[-1].width - GAP >= width and len(shown) > 1:
        shown.pop()
    while len(shown) > 1 and len(shown) + GAP * (len(shown) - 1) > width:
        shown.pop()
    widths = [column.width for column in shown]
    _shrink(widths, _needs(shown) - width)
    _grow(shown, widths, width - _needs(shown))
    return Sheet(tuple(shown), tuple(widths))


def merged(spans: Iterable[Span]) -> Row:
    """The same cells with neighbours of one role in one span: fewer style changes on the wire."""
    found: list[Span] = []
    for text, role in spans:
        if not text:
            continue
        if found and found[-1][1] == role:
            found[-1] = (found[-1][0] + text, role)
        else:
            found.append((text, role))
    return tuple(found)


def _needs(columns: Sequence[Column]) -> int:
    return sum(column.width for column in columns) + GAP * max(len(columns) - 1, 0)


def _shrink(widths: list[int], missing: int) -> None:
    """Takes what is missing from the widest column."""
    while missing > 0 and max(widths) > 1:
        widest = widths.index(max(widths))
        widths[widest] -= 1
        missing -= 1


def _grow(columns: Sequence[Column], widths: list[int], spare: int) -> None:
    for at, column in enumerate(columns):
        more = min(max(column.most - column.width, 0), max(spare, 0))
        widths[at] += more
        spare -= more
