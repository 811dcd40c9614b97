"""One number for all rows of a table: two lakes that hold the same rows have the same, however their files
lie and whenever the rows were received."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as csv

from engine.lake.read import LakeReader
from engine.lake.selection import EVERYTHING, Selection
from engine.lake.table import RECEIVED, Table


class _Hashing(io.RawIOBase):
    def __init__(self) -> None:
        self.sha256 = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: object, /) -> int:
        part = memoryview(data)  # type: ignore[arg-type]  # bytes or an Arrow buffer
        self.sha256.update(part)
        return part.nbytes


def digest(root: Path, table: Table, selection: Selection = EVERYTHING) -> tuple[int, str]:
    """Count and sha256 of the rows in the order of the table, without when they were received.

    The sum is of their CSV as Arrow writes it, lists as JSON. Raises Unreadable.
    """
    columns = [name for name in table.schema.names if name != RECEIVED]
    with LakeReader(root) as reader:
        rows = reader.arrow(table, selection, columns=columns, in_order=True)
    sink = _Hashing()
    for index, field in enumerate(rows.schema):
        if pa.types.is_list(field.type):
            texts = [None if value is None else repr(value) for value in rows[index].to_pylist()]
            rows = rows.set_column(index, field.name, pa.array(texts, pa.string()))
        elif pa.types.is_binary(field.type):
            texts = [None if value is None else value.hex() for value in rows[index].to_pylist()]
            rows = rows.set_column(index, field.name, pa.array(texts, pa.string()))
    csv.write_csv(rows, sink)
    return rows.num_rows, sink.sha256.hexdigest()
