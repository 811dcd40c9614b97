"""Parquet files, read by column and row so that a long recording costs what is asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from engine.sandbox.sources.replay.error import RecordingError


class ColumnKind(Enum):
    """What a column must hold. NUMBER also takes a column of nothing but nulls."""

    TEXT = "text"
    WHOLE = "a whole number"
    NUMBER = "a number"

    def admits(self, kind: Any) -> bool:
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        if self is ColumnKind.TEXT:
            return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
        if self is ColumnKind.WHOLE:
            return bool(pa.types.is_integer(kind))
        return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_null(kind))


def read_schema(path: Path) -> Any:
    """The schema of a file; raises RecordingError when it is no readable Parquet."""
    try:
        return pq.read_schema(path)
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, error) from None


def check_columns(path: Path, wanted: Mapping[str, ColumnKind]) -> None:
    """Raises RecordingError for the first column that is missing or of another type."""
    schema = read_schema(path)
    for name, kind in wanted.items():
        index = schema.get_field_index(name)
        if index < 0:
            have = ", ".join(schema.names) or "no columns"
            raise RecordingError(path.name, f"column {name} is missing", got=have, wanted=", ".join(wanted))
        if not kind.admits(schema.field(index).type):
            raise RecordingError(
                path.name, f"column {name}", got=f"type {schema.field(index).type}", wanted=kind.value
            )


def read_table(path: Path, wanted: Mapping[str, ColumnKind], rows: Any = None) -> Any:
    """The wanted columns of the rows that pass the expression ``rows``, as a pyarrow Table.

    Text comes as plain strings. Raises RecordingError as :func:`check_columns`, and for a corrupt file.
    """
    check_columns(path, wanted)
    try:
        table = pq.read_table(path, columns=list(wanted), filters=rows)
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, error) from None
    for index, (name, kind) in enumerate(wanted.items()):
        if kind is ColumnKind.TEXT:
            table = table.set_column(index, name, pc.cast(table[name], pa.string()))
    return table


def of_series(series: str) -> Any:
    """The rows whose ticker belongs to ``series``, and to none that merely starts alike."""
    return pc.starts_with(pc.field("ticker").cast(pa.string()), f"{series}-")


def _unreadable(path: Path, error: Exception) -> RecordingError:
    return RecordingError(path.name, "not readable as Parquet", got=str(error).splitlines()[0])
