"""Rows of text as panels make them: spans of a text and its role, measured in terminal cells."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from rich.cells import cell_len, set_cell_size

Span: TypeAlias = tuple[str, str]
"""A text and its role (:mod:`console.tui.roles`)."""
Row: TypeAlias = tuple[Span, ...]

ELLIPSIS = "…"


def width_of(text: str) -> int:
    """In cells: a wide character takes two."""
    return len(text) if text.isascii() and text.isprintable() else cell_len(text)


def row_width(row: Row) -> int:
    texts = [text for text, _ in row]
    whole = "".join(texts)
    return len(whole) if whole.isascii() and whole.isprintable() else sum([width_of(text) for text in texts])


def clip(text: str, width: int) -> str:
    """At most ``width`` cells; what was longer ends in an ellipsis."""
    if width <= 0:
        return ""
    if width_of(text) <= width:
        return text
    if width == 1:
        return ELLIPSIS
    return set_cell_size(text, width - 1).rstrip() + ELLIPSIS


def pad(text: str, width: int) -> str:
    """At the left of exactly ``width`` cells; longer text is cut without a sign."""
    return set_cell_size(text, max(width, 0))


def right(text: str, width: int) -> str:
    """At the right of exactly ``width`` cells; longer text is cut without a sign."""
    if text.isascii() and text.isprintable() and len(text) <= width:
        return text.rjust(width)
    missing = width - width_of(text)
    return " " * missing + text if missing >= 0 else set_cell_size(text, max(width, 0))


def clip_row(row: Row, width: int) -> Row:
    """The row's first ``width`` cells."""
    found: list[Span] = []
    left = width
    for text, role in row:
        if left <= 0:
            break
        size = width_of(text)
        found.append((text, role) if size <= left else (set_cell_size(text, left), role))
        left -= size
    return tuple(found)


def plain(row: Row) -> str:
    """The row as bare text."""
    return "".join(text for text, _ in row)


def plain_rows(rows: Iterable[Row]) -> str:
    return "\n".join(plain(row).rstrip() for row in rows)
