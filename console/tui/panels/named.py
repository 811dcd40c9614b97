"""Lines of a name and what it is, for panels that describe one thing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from console.tui import roles
from console.tui.cells import Row, Span, clip, pad, width_of
from console.tui.panels.sheet import merged
from console.tui.panels.states import paragraph

NAME_WIDTH = 20


@dataclass(frozen=True, slots=True)
class Named:
    """``text`` is wrapped under its name; an empty ``name`` is a heading."""

    name: str
    text: str
    role: str = roles.TEXT


def named_rows(lines: Iterable[Named], width: int) -> tuple[Row, ...]:
    return tuple(row for line in lines for row in _rows(line, width))


def _rows(line: Named, width: int) -> Sequence[Row]:
    if not line.name:
        return (((clip(line.text, width), line.role),),)
    names = min(NAME_WIDTH, max(width // 3, 4))
    wrapped = paragraph(line.text, line.role, max(width - names - 1, 1), "")
    name: Span = (pad(clip(line.name, names), names) + " ", roles.LABEL)
    blank: Span = (" " * (names + 1), roles.LABEL)
    found = [merged((name if at == 0 else blank, *row)) for at, row in enumerate(wrapped or ((),))]
    return [row if _width(row) <= width else ((clip(line.name, width), roles.LABEL),) for row in found]


def _width(row: Row) -> int:
    return sum(width_of(text) for text, _ in row)
