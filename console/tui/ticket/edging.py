"""The edge around the ticket's surface, so that it stands apart from the panels that it covers."""

from __future__ import annotations

from collections.abc import Sequence

from console.tui import roles
from console.tui.cells import Row, row_width

AROUND = 2
"""Columns and rows that the edge takes."""


def edged(rows: Sequence[Row], width: int, height: int) -> tuple[Row, ...]:
    """``rows`` within a box of that size, outside included."""
    inner = max(0, width - AROUND)
    bar = ("┃", roles.TITLE)
    lines = [*rows[: max(0, height - AROUND)]]
    lines += [()] * (max(0, height - AROUND) - len(lines))
    return (
        ((f"┏{'━' * inner}┓", roles.TITLE),),
        *((bar, *row, (" " * max(0, inner - row_width(row)), roles.TEXT), bar) for row in lines),
        ((f"┗{'━' * inner}┛", roles.TITLE),),
    )
