"""The world on disk: one SQLite file of rows, one transaction a commit.

The write-ahead log without a sync for each commit survives the end of the process at any instant; what a
client was answered is there at the next start. Only the machine's own death may lose the last moments.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

FILE_NAME = "exchange.sqlite"
APPLICATION_ID = 0x5350_4B58
FORMAT = 2

StoredRow: TypeAlias = tuple[str, str, bytes]
"""Kind, key, encoded value."""
ChangedRow: TypeAlias = tuple[str, str, bytes | None]
"""The same; None deletes the row."""


class StoreError(Exception):
    """The state cannot be used. The text is one line naming the file, what was found and what was wanted."""


class Store:
    """Rows by kind and key. One process at a time may have a store open."""

    def __init__(self, connection: sqlite3.Connection, path: Path | None) -> None:
        self._connection = connection
        self.path = path

    @classmethod
    def in_memory(cls) -> Store:
        """A store that ends with the process."""
        connection = sqlite3.connect(":memory:", isolation_level=None)
        _create(connection)
        return cls(connection, None)

    @classmethod
    def at(cls, folder: Path) -> Store:
        """Opens or makes the store of a state folder.

        Raises StoreError for a folder that cannot be written, a file that is no store of ours or is corrupt,
        another format, or a store that another process has open.
        """
        path = folder / FILE_NAME
        try:
            folder.mkdir(parents=True, exist_ok=True)
            is_new = not path.exists()
            connection = sqlite3.connect(path, isolation_level=None, timeout=0)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"state {path}: cannot be opened: {_words(error)}") from None
        try:
            _prepare(connection, path, is_new=is_new)
        except sqlite3.Error as error:
            connection.close()
            raise StoreError(f"state {path}: {_explain(error)}") from None
        except StoreError:
            connection.close()
            raise
        return cls(connection, path)

    def rows(self, without: str = "") -> Iterator[StoredRow]:
        """Every row, by kind and key, but those of the kind ``without``. Raises StoreError where the file
        turns out to be corrupt."""
        try:
            yield from self._connection.execute(
                "SELECT kind, key, value FROM rows WHERE kind <> ? ORDER BY kind, key", (without,)
            )
        except sqlite3.Error as error:
            raise StoreError(f"state {self.path}: {_explain(error)}") from None

    def last(self, kind: str, first_key: str, end_key: str, count: int) -> list[bytes]:
        """The values of a kind under the last so many keys in ``[first_key, end_key)``, last first. Raises
        StoreError where the file turns out to be corrupt."""
        query = "SELECT value FROM rows WHERE kind = ? AND key >= ? AND key < ? ORDER BY key DESC LIMIT ?"
        try:
            found = self._connection.execute(query, (kind, first_key, end_key, count)).fetchall()
        except sqlite3.Error as error:
            raise StoreError(f"state {self.path}: {_explain(error)}") from None
        return [value for (value,) in found]

    def write(self, rows: Iterable[ChangedRow]) -> None:
        """Writes all rows or none. Raises StoreError; the world must stop then: it is ahead of its file."""
        kept: list[StoredRow] = []
        gone: list[tuple[str, str]] = []
        for kind, key, value in rows:
            if value is None:
                gone.append((kind, key))
            else:
                kept.append((kind, key, value))
        if not kept and not gone:
            return
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            if gone:
                self._connection.executemany("DELETE FROM rows WHERE kind = ? AND key = ?", gone)
            self._connection.executemany("INSERT OR REPLACE INTO rows VALUES (?, ?, ?)", kept)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise StoreError(f"state {self.path}: cannot be written: {_words(error)}") from error

    def close(self) -> None:
        self._connection.close()


def _prepare(connection: sqlite3.Connection, path: Path, *, is_new: bool) -> None:
    # The lock of the exclusive mode ends with its process, however that ends.
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    if tables == 0 and application == 0:
        is_new = True
    if not is_new and application != APPLICATION_ID:
        raise StoreError(f"state {path}: got another program's database, wanted one of this sandbox")
    stored = connection.execute("PRAGMA user_version").fetchone()[0]
    if not is_new and stored != FORMAT:
        raise StoreError(f"state {path}: got format {stored}, wanted {FORMAT}")
    if not is_new and not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'rows'").fetchone():
        raise StoreError(f"state {path}: got a database without the table rows, wanted one of this sandbox")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA wal_autocheckpoint = 4000")
    if is_new:
        _create(connection)
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("COMMIT")
    found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        words = " ".join(str(found).split())
        raise StoreError(f"state {path}: got a corrupt database ({words}), wanted a sound one")


def _create(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {FORMAT}")
    connection.execute(
        "CREATE TABLE rows (kind TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,"
        " PRIMARY KEY (kind, key)) WITHOUT ROWID"
    )
    connection.execute("COMMIT")


def _explain(error: sqlite3.Error) -> str:
    words = _words(error)
    if "locked" in words or "busy" in words:
        return "in use by another sandbox; stop that one, or give this one another --state"
    if "not a database" in words or "malformed" in words:
        return f"got a corrupt or foreign file ({words}), wanted a store of this sandbox"
    return words


def _words(error: Exception) -> str:
    return " ".join((getattr(error, "strerror", None) or str(error)).split())
