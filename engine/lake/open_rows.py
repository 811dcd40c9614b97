"""The rows of small tables as they stand this moment: what lies in segments and what is still in journals."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from engine.lake.errors import Unreadable
from engine.lake.journal import read_journal
from engine.lake.layout import JOURNALS
from engine.lake.partitioning import latest_of_each
from engine.lake.segment import conformed, read_segment
from engine.lake.selection import EVERYTHING, Selection, partitions_of, while_files_move
from engine.lake.table import Table


def current_rows(root: Path, table: Table, selection: Selection = EVERYTHING) -> pa.Table:
    """The latest row of each key, whoever writes meanwhile; ``selection`` holds for segments alone.

    Raises Unreadable.
    """
    # Journals first: what becomes a segment in between is then read twice and not never.
    waiting = [rows for path in _journals(root, table) if (rows := _rows_of(path, table)) is not None]
    kept = while_files_move(
        lambda: [path for paths in partitions_of(root, table, selection).values() for path in paths],
        lambda paths: [conformed(table, read_segment(path)) for path in paths],
    )
    every = pa.concat_tables([table.schema.empty_table(), *kept, *waiting])
    return latest_of_each(table, every.sort_by([(column, "ascending") for column in table.sorting]))


def _journals(root: Path, table: Table) -> list[Path]:
    return sorted((root / table.name / JOURNALS).glob("*.journal"))


def _rows_of(path: Path, table: Table) -> pa.Table | None:
    try:
        found, _ = read_journal(path)
    except Unreadable:
        if not path.exists():
            return None
        raise
    if found is None or not found.schema.equals(table.schema):
        return None
    return pa.Table.from_batches(found.batches, schema=table.schema)
