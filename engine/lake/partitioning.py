"""Rows sorted and put into the partitions of their table, each row of a key once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc

from engine.lake.layout import partition_folder
from engine.lake.table import Table

_LABEL = "__partition"
_UNITS = {"ns": 1_000_000_000, "s": 1}


def split(table: Table, rows: pa.Table) -> list[tuple[str, pa.Table]]:
    """``(folder, rows)`` for each partition, folders as ``series=KXBTC/date=2026-01-02``, rows sorted.

    Of rows with one key the latest received is kept; of a table that keeps versions every one.
    """
    if not rows.num_rows:
        return []
    labelled = rows.append_column(_LABEL, folders_of(table, rows))
    keys = [(column, "ascending") for column in (_LABEL, *table.sorting)]
    ordered = labelled.sort_by(keys)
    runs = pc.run_end_encode(ordered[_LABEL].combine_chunks())
    parts, start = [], 0
    for label, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
        part = ordered.slice(start, end - start).drop_columns([_LABEL])
        parts.append((label, latest_of_each(table, part)))
        start = end
    return parts


def latest_of_each(table: Table, ordered: pa.Table) -> pa.Table:
    """Of neighbours that are one row the last. Rows must be sorted as the table sorts."""
    if ordered.num_rows < 2:
        return ordered
    same = None
    for column in table.identity:
        values = ordered[column].combine_chunks()
        equal = pc.equal(values.slice(1), values.slice(0, len(values) - 1))
        same = equal if same is None else pc.and_(same, equal)
    if not pc.any(same).as_py():
        return ordered
    keep = pa.concat_arrays([pc.invert(same), pa.array([True])])
    return ordered.filter(keep)


def folders_of(table: Table, rows: pa.Table) -> pa.Array:
    """The partition of each row, as ``series=KXBTC/date=2026-01-02``."""
    columns = [_folders(table, rows, name) for name in table.partitions]
    return pc.binary_join_element_wise(*columns, "/") if len(columns) > 1 else columns[0]


def _folders(table: Table, rows: pa.Table, name: str) -> pa.Array:
    """The folder of each row for one partition: worked out once for each value."""
    if name == "series":
        return _mapped(rows[table.series_of], lambda ticker: partition_folder(name, ticker.partition("-")[0]))
    if name in ("date", "year"):
        unit = _UNITS[table.time.rpartition("_")[2]]
        days = pc.divide(rows[table.time], 86_400 * unit)
        return _mapped(days, lambda day: partition_folder(name, _date(day)[: 4 if name == "year" else 10]))
    return _mapped(rows[name], lambda value: partition_folder(name, value))


def _mapped(column: pa.ChunkedArray, word: Callable[..., str]) -> pa.Array:
    encoded = pc.dictionary_encode(column).combine_chunks()
    words = pa.array([word(value) for value in encoded.dictionary.to_pylist()], pa.string())
    return words.take(encoded.indices)


def _date(day: int) -> str:
    return datetime.fromtimestamp(day * 86_400, UTC).date().isoformat()
