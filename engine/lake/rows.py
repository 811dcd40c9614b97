"""Rows as a program has them, made into columns of a table; what does not fit is refused, never bent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from engine.lake.errors import RowRefused
from engine.lake.table import Table


def batch_of(table: Table, rows: Sequence[Mapping[str, object]]) -> pa.RecordBatch:
    """A column that a row does not name is null. Raises RowRefused for an unknown column, a null where there
    must be a value, a fraction in a column of whole numbers, a float that is no number, another type."""
    known = frozenset(table.schema.names)
    for row in rows:
        if not known.issuperset(row):
            raise RowRefused(
                table.name, "columns", sorted(set(row) - known), f"of {', '.join(sorted(known))}"
            )
    columns = [_column(table.name, field, [row.get(field.name) for row in rows]) for field in table.schema]
    return pa.RecordBatch.from_arrays(columns, schema=table.schema)


def _column(table: str, field: pa.Field, values: list[Any]) -> pa.Array:
    _check_whole(table, field, values)
    try:
        column = pa.array(values, field.type)
    except (pa.ArrowException, UnicodeError, TypeError, ValueError, OverflowError) as error:
        raise RowRefused(table, field.name, str(error).splitlines()[0], str(field.type)) from None
    if column.null_count and not field.nullable:
        raise RowRefused(table, field.name, None, "a value")
    if pa.types.is_floating(field.type) and not _is_finite(column):
        raise RowRefused(table, field.name, "a float that is no number", "a number or nothing")
    return column


def _check_whole(table: str, field: pa.Field, values: list[Any]) -> None:
    """Arrow cuts a fraction off without a word."""
    kind = field.type
    if pa.types.is_list(kind) and pa.types.is_integer(kind.value_type):
        values = [part for value in values if value is not None for part in value]
    elif not pa.types.is_integer(kind):
        return
    for found in set(map(type, values)):
        if found is not type(None) and (found is bool or not issubclass(found, int)):
            raise RowRefused(table, field.name, f"a {found.__name__}", "a whole number")


def _is_finite(column: pa.Array) -> bool:
    return bool(pc.all(pc.is_finite(column), skip_nulls=True).as_py() is not False)
