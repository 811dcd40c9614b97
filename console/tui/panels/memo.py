"""Rows drawn before, so that a long list costs only what changed in it."""

from __future__ import annotations

from collections.abc import Callable

from console.tui.cells import Row

MOST = 4_096


class RowMemo:
    """Rows by their key, each with what it was made of. It changes no picture, only the time it takes."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[tuple[object, ...], Row]] = {}

    def row(self, key: str, made_of: tuple[object, ...], make: Callable[[], Row]) -> Row:
        """The row that was made of the same, else a new one; rows of the replica are replaced when they
        change, so that comparing them is mostly a look at their identity."""
        known = self._rows.get(key)
        if known is not None and known[0] == made_of:
            return known[1]
        if len(self._rows) >= MOST:
            self._rows.clear()
        row = make()
        self._rows[key] = (made_of, row)
        return row
