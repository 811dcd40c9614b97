"""What commands print: one JSON document, or a table that reads at 80 columns."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import TypeAlias

import msgspec
import typer

Json: TypeAlias = Mapping[str, "Json"] | Sequence["Json"] | str | int | float | bool | None

_ELLIPSIS = "…"
_GAP = "  "
_LEAST_FLEXIBLE = 8


class Tone(Enum):
    """256-colour codes of the house: blue for the good, coral for the bad; words and signs say it too."""

    PLAIN = ""
    HEAD = "1"
    QUIET = "2"
    GOOD = "38;5;75"
    BAD = "38;5;209"


class Column(msgspec.Struct, frozen=True):
    """``flexible`` gives way when the table is too wide; numbers stand to the right."""

    name: str
    is_number: bool = False
    is_flexible: bool = False


def number(name: str) -> Column:
    return Column(name, is_number=True)


def print_json(document: Json) -> None:
    """One document, indented; keys in the order they were given."""
    text = msgspec.json.format(msgspec.json.encode(document), indent=2)
    typer.echo(text.decode())


def forget_output() -> None:
    """Standard output cannot be written: what still waits to be does not fail once more at the end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def print_table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    """Aligned columns. A signed cell in a number column has the colour of its sign."""
    for line in table_lines(columns, rows, width=shutil.get_terminal_size((80, 24)).columns):
        typer.echo(line)


def table_lines(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], *, width: int, coloured: bool | None = None
) -> list[str]:
    """The lines of a table at most ``width`` wide, as far as its flexible columns can give way."""
    with_colour = has_colour() if coloured is None else coloured
    widths = _widths(columns, rows, width)
    head = _line(columns, [column.name for column in columns], widths, ())
    lines = [painted(head, Tone.HEAD) if with_colour else head]
    for row in rows:
        tones = tuple(_tone(column, cell) for column, cell in zip(columns, row, strict=True))
        lines.append(_line(columns, row, widths, tones if with_colour else ()))
    return lines


def _widths(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> list[int]:
    widths = [
        max(len(column.name), *(len(row[i]) for row in rows)) if rows else len(column.name)
        for i, column in enumerate(columns)
    ]
    over = sum(widths) + len(_GAP) * (len(columns) - 1) - width
    for i, column in enumerate(columns):
        if column.is_flexible and over > 0:
            given = min(over, max(0, widths[i] - _LEAST_FLEXIBLE))
            widths[i] -= given
            over -= given
    return widths


def _line(
    columns: Sequence[Column], cells: Sequence[str], widths: Sequence[int], tones: Sequence[Tone]
) -> str:
    parts = []
    for i, (column, cell, width) in enumerate(zip(columns, cells, widths, strict=True)):
        text = cell if len(cell) <= width else cell[: width - 1] + _ELLIPSIS
        text = text.rjust(width) if column.is_number else text.ljust(width)
        parts.append(painted(text, tones[i]) if tones else text)
    return _GAP.join(parts).rstrip()


def _tone(column: Column, cell: str) -> Tone:
    if not column.is_number:
        return Tone.PLAIN
    if cell.startswith("+"):
        return Tone.GOOD
    return Tone.BAD if cell.startswith("-") and len(cell) > 1 else Tone.PLAIN


def painted(text: str, tone: Tone) -> str:
    return f"\x1b[{tone.value}m{text}\x1b[0m" if tone.value else text


def has_colour() -> bool:
    """Colour only on a terminal that has it and whose owner did not decline (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def wrapped(text: str, *, indent: int = 0) -> str:
    """A text in lines that fit; all but the first are indented."""
    width = shutil.get_terminal_size((80, 24)).columns
    return textwrap.fill(text, width, subsequent_indent=" " * indent)


def print_pairs(pairs: Sequence[tuple[str, str]]) -> None:
    """Names and values, one pair a line."""
    width = max(len(name) for name, _ in pairs)
    for name, value in pairs:
        typer.echo(f"{name.ljust(width)}{_GAP}{value}".rstrip())


def print_empty(what: str, what_next: str) -> None:
    """An empty state says what to do next."""
    typer.echo(f"{what} {what_next}")
