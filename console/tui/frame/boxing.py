"""A view in its box: number, title and age in the border, the rows inside, the cursor on its row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from console.tui import numbers, roles
from console.tui.cells import Row, clip, clip_row, row_width
from console.tui.panels.base import PanelState, View

_WORDS = {
    PanelState.LOADING: "LOADING",
    PanelState.STALE: "STALE",
    PanelState.OFFLINE: "OFFLINE",
    PanelState.ERROR: "ERROR",
}


@dataclass(frozen=True, slots=True)
class Box:
    """Where and how a view is drawn. ``number`` 0: no key is its own. ``cursor_at`` is the index of the
    cursor's row, ``offset`` how many rows after the header are scrolled away."""

    number: int
    width: int
    height: int
    is_focused: bool = False
    cursor_at: int | None = None
    offset: int = 0


def boxed(view: View, box: Box) -> tuple[Row, ...]:
    """``box.height`` rows of ``box.width`` cells."""
    inside = max(box.height - 2, 0)
    rows = [top(view, box)]
    look = (max(box.width - 2, 0), box.is_focused, view.state is PanelState.OFFLINE)
    rows += [_framed(row, at == box.cursor_at, *look) for at, row in _shown(view, box, inside)]
    rows += [_framed((), False, *look)] * (inside - len(rows) + 1)
    rows.append(bottom(view, box, inside))
    return tuple(rows[: box.height])


def top(view: View, box: Box) -> Row:
    """The upper border: number, title, and at the right the state and the age."""
    edge = roles.TITLE if box.is_focused else roles.AXIS
    corners = "╔═╗" if box.is_focused else "┌─┐"
    word = _WORDS.get(view.state, "")
    age = age_text(view.age_s)
    if view.state in (PanelState.STALE, PanelState.OFFLINE) and age:
        age = f"~{age}"
    told = " ".join(part for part in (word, age) if part)
    end = f" {told} " if told else ""
    room = box.width - 2 - len(end)
    if room < 6:
        end, room = "", box.width - 2
    number = f"{box.number} " if box.number else ""
    title = clip(f"{number}{view.title}", max(room - 2, 0))
    line = max(room - len(title) - 2, 0)
    return (
        (corners[0], edge),
        (f" {title} ", roles.TITLE if box.is_focused else roles.TEXT),
        (corners[1] * line, edge),
        (end, _state_role(view.state)),
        (corners[2], edge),
    )


def bottom(view: View, box: Box, inside: int) -> Row:
    """The lower border, with how many rows are above and below what is seen."""
    edge = roles.TITLE if box.is_focused else roles.AXIS
    corners = "╚═╝" if box.is_focused else "└─┘"
    below = len(view.rows) - view.header_rows - box.offset - max(inside - view.header_rows, 0)
    told = "".join((f" ↑{box.offset} " if box.offset else "", f" ↓{below} " if below > 0 else ""))
    told = told if len(told) < box.width - 4 else ""
    return (
        (corners[0] + corners[1] * (box.width - 2 - len(told)), edge),
        (told, roles.LABEL),
        (corners[2], edge),
    )


def age_text(age_s: float | None) -> str:
    """In whole seconds, so that a border is drawn anew once a second and not with every change; of an old
    picture in longer steps."""
    age_s = numbers.stepped(age_s)
    if age_s is None:
        return ""
    for limit, scale, word in ((60, 1, "s"), (3_600, 60, "m"), (86_400, 3_600, "h")):
        if age_s < limit:
            return f"{int(age_s // scale)}{word}"
    return f"{int(age_s // 86_400)}d"


def _state_role(state: PanelState) -> str:
    if state in (PanelState.OFFLINE, PanelState.ERROR):
        return roles.WARNING
    return roles.STALE


def _shown(view: View, box: Box, inside: int) -> Iterator[tuple[int, Row]]:
    head = min(view.header_rows, inside)
    yield from enumerate(view.rows[:head])
    start = head + box.offset
    yield from enumerate(view.rows[start : start + inside - head], start)


@lru_cache(maxsize=4_096)
def _framed(row: Row, is_chosen: bool, width: int, is_focused: bool, is_offline: bool) -> Row:
    """One row between its edges. Most rows of a picture are those of the picture before."""
    edge, line = (roles.TITLE, "║") if is_focused else (roles.AXIS, "│")
    row = clip_row(row, width)
    left = width - row_width(row)
    if is_chosen and is_focused:
        text = "".join(text for text, _ in row) + " " * left
        return (("▸", roles.ACCENT), (text, roles.SELECTED), (line, edge))
    if is_offline:
        row = tuple((text, roles.STALE) for text, _ in row)
    mark = ("▸", roles.LABEL) if is_chosen else (line, edge)
    return (mark, *row, (" " * left, roles.TEXT), (line, edge))
