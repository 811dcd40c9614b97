"""What is wrong with the rows of segments that are whole: keys that come twice, rows of another day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from engine.lake.errors import Unreadable
from engine.lake.findings import FindingKind
from engine.lake.partitioning import folders_of
from engine.lake.segment import read_segment
from engine.lake.table import RECEIVED, Table


def misplaced(table: Table, path: Path, partition: str) -> str:
    """Where rows of a segment belong that do not belong into its partition; empty: all of them do.

    Told by the least and the largest value of each column that makes partitions. Raises Unreadable.
    """
    try:
        rows = _outermost(table, pq.ParquetFile(path))
        belong = {label for label in folders_of(table, rows).to_pylist() if label is not None}
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise Unreadable(path, (str(error) or type(error).__name__).splitlines()[0]) from None
    return ", ".join(sorted(belong - {partition}))


def _outermost(table: Table, file: pq.ParquetFile) -> pa.Table:
    columns = [_source(table, name) for name in table.partitions]
    fields = [table.schema.field(name) for name in dict.fromkeys(columns)]
    values: dict[str, list[object]] = {field.name: [] for field in fields}
    places = {file.metadata.schema.column(at).path: at for at in range(file.metadata.num_columns)}
    for group in range(file.metadata.num_row_groups):
        for name, found in values.items():
            told = file.metadata.row_group(group).column(places[name]).statistics
            if told is None or not told.has_min_max:
                return file.read([field.name for field in fields])
            found += [told.min, told.max]
    return pa.table(values, schema=pa.schema(fields))


def _source(table: Table, partition: str) -> str:
    """The column that a partition is told from."""
    if partition == "series":
        return table.series_of
    return table.time if partition in ("date", "year") else partition


def repeated(
    connection: duckdb.DuckDBPyConnection, table: Table, files: Sequence[Path]
) -> Iterator[tuple[FindingKind, int, str]]:
    """Keys that come more than once in these files: alike but for when they were received, or not. How many,
    and an example in words. Raises duckdb.Error."""
    keys = ", ".join(f'"{column}"' for column in table.identity)
    rest = [name for name in table.schema.names if name != RECEIVED and name not in table.identity]
    values = ", ".join(f'"{column}"' for column in rest) or "1"
    query = f"""
        SELECT alike, count(*), first(example), string_agg(DISTINCT files, ', ') FROM (
            SELECT count(DISTINCT hash(row({values}))) = 1 AS alike,
                   concat_ws(' ', {keys}) AS example,
                   string_agg(DISTINCT file, ', ' ORDER BY file) AS files
            FROM (SELECT *, parse_filename(filename) AS file
                  FROM read_parquet(?, filename = true, hive_partitioning = false))
            GROUP BY {keys} HAVING count(*) > 1)
        GROUP BY alike ORDER BY alike
    """
    for alike, count, example, where in connection.execute(query, [list(map(str, files))]).fetchall():
        kind = FindingKind.DUPLICATE_KEY if alike else FindingKind.CONFLICTING_ROWS
        yield kind, count, f"{count} keys come more than once, such as {example}, in {where[:200]}"


def torn_inside(files: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Segments with a whole footer and pages that are not, and why."""
    for path in files:
        try:
            read_segment(path)
        except Unreadable as error:
            yield path, error.reason
