"""Everything that a recording makes happen, in time order, as columns of integers.

A day may hold half a million rows, so they stay in Arrow buffers; the replay reads them through memory views.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from enum import IntEnum
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from engine.domain.units import Nanoseconds


class Kind(IntEnum):
    """What a row is; rows of one instant happen in this order.

    The columns ``first``, ``second``, ``third`` hold, for a PRINT: price (bp), count (hundredths), +1 if the
    taker bought YES else -1; a QUOTE: best bid (0 if none) and best ask (10,000 if none) in bp; a BOOK or an
    INDEX: the place of its value in the recording's list. ``subject`` is the place of the market in the
    listing, or of the event for a LISTING.
    """

    LISTING = 0
    INDEX = 1
    PRINT = 2
    QUOTE = 3
    BOOK = 4
    RESULT = 5


_NAMES = ("at_ns", "kind", "subject", "first", "second", "third")
_SCHEMA = pa.schema([(name, pa.int64()) for name in _NAMES])


class Row(msgspec.Struct, frozen=True):
    at_ns: Nanoseconds
    kind: int
    subject: int
    first: int = 0
    second: int = 0
    third: int = 0


def table_of(kind: Kind, at_ns: Any, subject: Any, *values: Any) -> Any:
    """Rows of one kind from equally long int64 columns; values that are not given are 0."""
    length = len(at_ns)
    rest = [pa.repeat(pa.scalar(0, pa.int64()), length)] * (3 - len(values))
    kinds = pa.repeat(pa.scalar(int(kind), pa.int64()), length)
    return pa.table([at_ns, kinds, pc.cast(subject, pa.int64()), *values, *rest], schema=_SCHEMA)


def table_of_rows(rows: Sequence[Row]) -> Any:
    """The same from a few rows in Python."""
    return pa.table([[getattr(row, name) for row in rows] for name in _NAMES], schema=_SCHEMA)


class Timeline:
    """The sorted rows. ``len`` rows; all reads are by place."""

    def __init__(self, tables: Sequence[Any]) -> None:
        table = pa.concat_tables([_SCHEMA.empty_table(), *tables])
        table = table.append_column("place", pa.array(range(len(table)), pa.int64()))
        keys = [("at_ns", "ascending"), ("kind", "ascending"), ("place", "ascending")]
        self._table = table.sort_by(keys).combine_chunks()
        self._columns = [_view(self._table[name]) for name in _NAMES]
        self.at_ns = self._columns[0]

    def __len__(self) -> int:
        return len(self.at_ns)

    def __getitem__(self, place: int) -> Row:
        return Row(*(column[place] for column in self._columns))

    def before(self, at_ns: Nanoseconds) -> int:
        """The place of the first row at ``at_ns`` or later."""
        return bisect_left(self.at_ns, at_ns)

    def after(self, at_ns: Nanoseconds) -> int:
        """The place of the first row later than ``at_ns``."""
        return bisect_right(self.at_ns, at_ns)

    def last_quotes(self, end: int) -> list[int]:
        """For each market that was quoted before place ``end``: the place of its latest QUOTE or BOOK."""
        quoted = self._places(self._table["kind"].slice(0, end), (Kind.QUOTE, Kind.BOOK))
        subjects = self._table["subject"].take(quoted)
        latest = pa.table({"subject": subjects, "at": quoted}).group_by("subject").aggregate([("at", "max")])
        return sorted(latest["at_max"].to_pylist())

    def places_of(self, subject: int, end: int) -> list[int]:
        """The places before ``end`` of one market's prints, quotes and books."""
        priced = self._places(self._table["kind"].slice(0, end), (Kind.PRINT, Kind.QUOTE, Kind.BOOK))
        mine = pc.equal(self._table["subject"].take(priced), subject)
        found: list[int] = pc.filter(priced, mine).to_pylist()
        return found

    def rows_of(self, kind: Kind, end: int) -> list[Row]:
        """The rows of one kind before place ``end``."""
        return [self[place] for place in self._places(self._table["kind"].slice(0, end), (kind,)).to_pylist()]

    def count(self, kind: Kind, start: int = 0, end: int | None = None) -> int:
        """How many rows of a kind lie from place ``start`` up to ``end``."""
        length = (len(self) if end is None else end) - start
        kinds = self._table["kind"].slice(start, max(length, 0))
        return int(pc.sum(pc.equal(kinds, int(kind))).as_py() or 0)

    @staticmethod
    def _places(kinds: Any, wanted: Sequence[Kind]) -> Any:
        chosen = pc.is_in(kinds, value_set=pa.array([int(kind) for kind in wanted], pa.int64()))
        return pc.cast(pc.indices_nonzero(chosen), pa.int64())


def _view(column: Any) -> memoryview:
    """An int64 column without nulls as a memory view."""
    if len(column) == 0:
        return memoryview(b"").cast("q")
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    array = array.chunk(0) if isinstance(array, pa.ChunkedArray) else array
    buffer = memoryview(array.buffers()[1]).cast("b").cast("q")
    return buffer[array.offset : array.offset + len(array)]
