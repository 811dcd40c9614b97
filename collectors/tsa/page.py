"""The table of checkpoint throughput on tsa.gov, and the mirror of it: days and persons, in any order.

The page is one table of two columns, Date (``M/D/YYYY``) and Numbers (with thousands separators). Several
year columns, as older layouts had, are refused: which one is meant cannot be known.
"""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from html.parser import HTMLParser

import msgspec

from collectors.taking import FaultKind, SourceFault
from collectors.words import one_line

_AMERICAN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_DIGITS = re.compile(r"\d{1,12}", re.ASCII)
_LEAST, _MOST = 10_000, 10_000_000
"""A day's persons: the emptiest day of 2020 had 87,534."""


class Day(msgspec.Struct, frozen=True):
    """``text`` is the number as it stood there."""

    day: date
    passengers: int
    text: str


class _Table(HTMLParser):
    """The cells of every row of every table."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self._is_in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
            self._is_in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr"):
            self._is_in_cell = False

    def handle_data(self, data: str) -> None:
        if self._is_in_cell and self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def days_of_page(data: bytes) -> list[Day]:
    """Newest last. Raises SourceFault for a page that is not the table, or a row that is no day."""
    table = _Table()
    table.feed(data.decode(errors="replace"))
    rows = [[cell.strip() for cell in row] for row in table.rows]
    heads = [row for row in rows if row and row[0].lower() == "date"]
    if len(heads) != 1 or len(heads[0]) != 2:
        shown = one_line(", ".join(heads[0]), 80) if heads else "no table"
        raise SourceFault(FaultKind.SHAPE, f"page: got {shown}, wanted a table of Date and Numbers")
    return _sorted([_day(row[0], row[1]) for row in rows if len(row) == 2 and row is not heads[0]])


def days_of_mirror(data: bytes) -> list[Day]:
    """Of a CSV ``date,passengers`` with ISO dates. Newest last. Raises SourceFault."""
    try:
        rows = list(csv.DictReader(io.StringIO(data.decode())))
    except (UnicodeDecodeError, csv.Error) as error:
        raise SourceFault(FaultKind.SHAPE, f"mirror: {one_line(str(error))}") from None
    found = []
    for row in rows:
        day, number = row.get("date"), row.get("passengers")
        if not day or not number:
            raise SourceFault(
                FaultKind.SHAPE, f"mirror: got {one_line(str(row), 80)}, wanted date,passengers"
            )
        found.append(_day(day, number))
    return _sorted(found)


def _sorted(days: list[Day]) -> list[Day]:
    if not days:
        raise SourceFault(FaultKind.SHAPE, "a table without any day")
    if len({one.day for one in days}) != len(days):
        raise SourceFault(FaultKind.SHAPE, "a table that has a day twice")
    return sorted(days, key=lambda one: one.day)


def _day(day: str, number: str) -> Day:
    digits = number.replace(",", "")
    if _DIGITS.fullmatch(digits) is None or not _LEAST <= int(digits) <= _MOST:
        raise SourceFault(FaultKind.SHAPE, f"{one_line(day, 20)}: got {one_line(number, 40)!r} persons")
    return Day(_date(day), int(digits), number)


def _date(text: str) -> date:
    try:
        if found := _AMERICAN.fullmatch(text):
            return date(int(found[3]), int(found[1]), int(found[2]))
        return date.fromisoformat(text)
    except ValueError:
        raise SourceFault(FaultKind.SHAPE, f"day: got {one_line(text, 40)!r}") from None
