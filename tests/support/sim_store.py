"""What a simulated exchange keeps: its rows in a dictionary, which outlives its process as a file would."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.sandbox.server.store import ChangedRow, Store, StoredRow


class SimStore(Store):
    """As a store of the server, without SQL: each write is whole, and no process ends within one."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], bytes] = {}
        self.path = None

    def rows(self, without: str = "") -> Iterator[StoredRow]:
        for kind, key in sorted(self._rows):
            if kind != without:
                yield kind, key, self._rows[(kind, key)]

    def last(self, kind: str, first_key: str, end_key: str, count: int) -> list[bytes]:
        fitting = [key for of, key in self._rows if of == kind and first_key <= key < end_key]
        return [self._rows[(kind, key)] for key in sorted(fitting, reverse=True)[:count]]

    def write(self, rows: Iterable[ChangedRow]) -> None:
        for kind, key, value in rows:
            if value is None:
                self._rows.pop((kind, key), None)
            else:
                self._rows[(kind, key)] = value

    def close(self) -> None:
        """There is nothing to close."""
