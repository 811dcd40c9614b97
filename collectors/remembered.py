"""What the lake has of late, so that what a source tells again after a new start is not counted twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from collectors.weather.stations import utc_day
from engine.domain.units import DAY_NS, Nanoseconds
from engine.lake.errors import Unreadable
from engine.lake.journal import read_journal
from engine.lake.layout import JOURNALS
from engine.lake.selection import Selection, partitions_of
from engine.lake.table import Table


def late_rows(
    root: Path, table: Table, columns: Sequence[str], now_ns: Nanoseconds, column: str, value: str
) -> Iterator[pa.Table]:
    """Rows of one series or source: those that are in no segment yet, then today's and yesterday's segments,
    the one written last first. ``column`` is ``series`` or a text column by which the table is parted."""
    for path in (root / table.name / JOURNALS).glob("*.journal"):
        yield from _open_rows(path, table, columns, column, value)
    since = utc_day(now_ns - DAY_NS).isoformat()
    wanted = Selection(from_date=since, where={column: (value,)})
    paths = [path for found in partitions_of(root, table, wanted).values() for path in found]
    for path in sorted(paths, key=_written, reverse=True):
        try:
            yield pq.ParquetFile(path).read(columns=list(columns))
        except (pa.ArrowException, OSError):
            # Torn, which a check says, or joined with others meanwhile.
            continue


def _open_rows(
    path: Path, table: Table, columns: Sequence[str], column: str, value: str
) -> Iterator[pa.Table]:
    try:
        found, _ = read_journal(path)
    except Unreadable:
        return
    if found is None or not found.schema.equals(table.schema):
        return
    rows = pa.Table.from_batches(found.batches, schema=table.schema)
    if column == "series":
        is_wanted = pc.starts_with(rows[table.series_of], f"{value}-")
    else:
        is_wanted = pc.equal(rows[column], value)
    yield rows.filter(is_wanted).select(list(columns))


def _written(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
