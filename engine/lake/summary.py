"""What there is in a lake: for each table its files, rows and days, from footers and paths alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from engine.lake.errors import Unreadable
from engine.lake.layout import JOURNALS, partition_values
from engine.lake.selection import partitions_of, while_files_move
from engine.lake.table import Table


class TableSummary(msgspec.Struct, frozen=True):
    """``rows`` as the files count them: a row that lies in two of them counts twice. ``open_bytes`` are in
    journals, not yet in any file; days are UTC."""

    table: str
    files: int
    rows: int
    bytes: int
    partitions: int
    first_date: str | None
    last_date: str | None
    open_bytes: int


def summary(root: Path, table: Table) -> TableSummary:
    """Raises Unreadable for a torn file."""
    return while_files_move(lambda: partitions_of(root, table), lambda parts: _of(root, table, parts))


def _of(root: Path, table: Table, parts: Mapping[str, Sequence[Path]]) -> TableSummary:
    paths = [path for files in parts.values() for path in files]
    values = [partition_values(f"{folder}/") for folder in parts]
    days = sorted(day for one in values if (day := one.get("date", one.get("year"))))
    journals = list((root / table.name / JOURNALS).glob("*.journal"))
    return TableSummary(
        table=table.name,
        files=len(paths),
        rows=sum(map(_rows, paths)),
        bytes=sum(map(_bytes, paths)),
        partitions=len(parts),
        first_date=days[0] if days else None,
        last_date=days[-1] if days else None,
        open_bytes=sum(path.stat().st_size for path in journals),
    )


def _bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise Unreadable(path, error.strerror or type(error).__name__) from None


def _rows(path: Path) -> int:
    try:
        return int(pq.read_metadata(path).num_rows)
    except (pa.ArrowException, OSError) as error:
        raise Unreadable(path, (str(error) or type(error).__name__).splitlines()[0]) from None
