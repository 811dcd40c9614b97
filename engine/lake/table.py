"""What a table of the lake is: one explicit schema, how its files lie, and what tells two rows apart."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import pyarrow as pa

RECEIVED = "received_ns"
"""When we had a row; of rows with one key the latest received counts."""


@dataclass(frozen=True)
class Table:
    """``partitions`` are the folders of its files, outermost first: ``series`` (of the column ``series_of``),
    ``date`` or ``year`` (UTC, of the column ``time``), or any text column as it is.

    ``key`` tells two rows apart and has no null; ``order`` sorts a file. The name of ``time`` ends with its
    unit, ``_ns`` or ``_s``.

    ``keeps_versions``: rows of one key are readings of one thing that may differ; all are kept, the latest
    counts. ``is_state``: they may differ, and only the latest need be kept. ``spreads``: rows of one key may
    lie in several partitions, so that a reader has to look at all of those it reads together.
    """

    name: str
    schema: pa.Schema
    partitions: tuple[str, ...]
    key: tuple[str, ...]
    order: tuple[str, ...]
    time: str = RECEIVED
    keeps_versions: bool = False
    is_state: bool = False
    spreads: bool = False
    series_of: str = "ticker"

    def __post_init__(self) -> None:
        for column in {*self.key, *self.order, self.time}:
            if self.schema.get_field_index(column) < 0:
                raise ValueError(f"table {self.name}: {column} is no column")
        for column in (*self.key, self.time):
            if self.schema.field(column).nullable:
                raise ValueError(f"table {self.name}: {column} may be null")

    @property
    def has_received(self) -> bool:
        return bool(self.schema.get_field_index(RECEIVED) >= 0)

    @property
    def identity(self) -> tuple[str, ...]:
        """The columns of which no two rows of a partition need to be alike."""
        return (*self.key, RECEIVED) if self.keeps_versions and self.has_received else self.key

    @property
    def sorting(self) -> tuple[str, ...]:
        """The columns that sort a file: the order, then the rest of the key, then when it was received."""
        tail = (*self.key, *((RECEIVED,) if self.has_received else ()))
        return (*self.order, *(column for column in dict.fromkeys(tail) if column not in self.order))

    @property
    def fingerprint(self) -> str:
        """Tells two schemas apart: 16 hexadecimal digits."""
        return fingerprint(self.schema)


def fingerprint(schema: pa.Schema) -> str:
    """Of names, types and nullability, whatever metadata there is."""
    words = [f"{field.name} {type_text(field.type)} {field.nullable}" for field in schema]
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:16]


def type_text(kind: pa.DataType) -> str:
    """A type's name; Parquet has another word than Arrow for what is in a list."""
    return str(kind).replace("<element:", "<item:")
