"""One immutable Parquet file: written whole or not at all, with what it holds told in its footer."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from engine.lake.durable import write_durably
from engine.lake.errors import Unreadable
from engine.lake.manifest import Segment
from engine.lake.table import Table

_TABLE, _SCHEMA = b"sparko.table", b"sparko.schema"
_GROUP_ROWS = 131_072


def write_segment(table: Table, table_folder: Path, relative: str, rows: pa.Table) -> Segment:
    """``rows`` are sorted and of one partition. Raises LakeFull or LakeUnwritable."""
    path = table_folder / relative
    told = {_TABLE: table.name.encode(), _SCHEMA: table.fingerprint.encode()}
    whole = rows.replace_schema_metadata(told)

    def fill(file: BinaryIO) -> None:
        pq.write_table(
            whole, file, compression="zstd", compression_level=3, row_group_size=_GROUP_ROWS, version="2.6"
        )

    write_durably(path, fill, whole.nbytes)
    return _told(table, path, relative, rows)


def segment_there(table: Table, table_folder: Path, relative: str) -> tuple[Segment, pa.Schema]:
    """A segment that is there already, and the columns it was written with.

    Raises Unreadable for a torn file, and for one without rows or without the table's key.
    """
    path = table_folder / relative
    rows = read_segment(path)
    if not rows.num_rows or not set(table.key) <= set(rows.column_names):
        raise Unreadable(path, f"{rows.num_rows} rows of {', '.join(rows.column_names)[:80]}")
    return _told(table, path, relative, rows), rows.schema


def _told(table: Table, path: Path, relative: str, rows: pa.Table) -> Segment:
    return Segment(
        path=relative,
        rows=rows.num_rows,
        bytes=path.stat().st_size,
        sha256=file_sha256(path),
        first=_key_of(table, rows, 0),
        last=_key_of(table, rows, rows.num_rows - 1),
    )


def read_segment(path: Path) -> pa.Table:
    """Raises Unreadable for a torn file."""
    try:
        return pq.ParquetFile(path).read()
    except (pa.ArrowException, OSError) as error:
        raise Unreadable(path, (str(error) or type(error).__name__).splitlines()[0]) from None


def conformed(table: Table, rows: pa.Table) -> pa.Table:
    """Rows of an older schema in today's columns; a column that was added since is null."""
    columns = [
        rows[field.name].cast(field.type)
        if field.name in rows.column_names
        else pa.nulls(len(rows), field.type)
        for field in table.schema
    ]
    return pa.table(columns, schema=table.schema)


def read_schema(path: Path) -> pa.Schema:
    """Raises Unreadable for a torn file."""
    try:
        return pq.read_schema(path)
    except (pa.ArrowException, OSError) as error:
        raise Unreadable(path, (str(error) or type(error).__name__).splitlines()[0]) from None


def file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _key_of(table: Table, rows: pa.Table, index: int) -> tuple[str | int, ...]:
    return tuple(rows[column][index].as_py() for column in table.key)
