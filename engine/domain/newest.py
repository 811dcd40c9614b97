"""A table that is bounded: what was put least lately goes first."""

from __future__ import annotations

from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


def keep_newest(table: dict[Key, Value], key: Key, value: Value, most: int) -> None:
    """Puts a value at the table's end; beyond ``most`` values the first one is dropped."""
    table.pop(key, None)
    table[key] = value
    while len(table) > most:
        del table[next(iter(table))]
