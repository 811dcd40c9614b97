"""The alerts of a home in ``alerts.sqlite``: what nobody got yet survives the engine's end.

It is no ledger: nothing here decides about money, and a file that cannot be used never keeps an engine from
starting. Commits survive the death of the process; a power cut may take the last moments.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from engine.ops.alerts.entries import Entry

FILE_NAME = "alerts.sqlite"
_BUSY_MS = 2_000
_TABLE = "CREATE TABLE IF NOT EXISTS alerts (no INTEGER PRIMARY KEY, entry BLOB NOT NULL) STRICT"


class StoreFailed(Exception):
    """The file cannot be used. One line."""


class AlertStore:
    """The only writer of the file; made and used in one thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    def open(cls, path: Path) -> AlertStore:
        """Raises StoreFailed. A damaged file is set aside under another name, and a new one begun."""
        try:
            return cls(_connected(path))
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise StoreFailed(f"{path.name}: {error}") from None
        try:
            for end in ("", "-wal", "-shm"):
                with contextlib.suppress(FileNotFoundError):
                    path.with_name(path.name + end).rename(path.with_name(f"{path.name}{end}.damaged"))
            return cls(_connected(path))
        except (OSError, sqlite3.Error) as error:
            raise StoreFailed(f"{path.name}: damaged, and cannot be replaced: {error}") from None

    def load(self) -> list[Entry]:
        """All that can be read, oldest first. Raises StoreFailed."""
        try:
            return list(_entries(self._connection))
        except sqlite3.Error as error:
            raise StoreFailed(f"{FILE_NAME}: {error}") from None

    def write(self, changed: Iterable[Entry], removed: Iterable[int]) -> None:
        """All of it or nothing. Raises StoreFailed."""
        rows = [(entry.no, msgspec.json.encode(entry)) for entry in changed]
        gone = [(number,) for number in removed]
        if not rows and not gone:
            return
        try:
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.executemany("DELETE FROM alerts WHERE no = ?", gone)
                self._connection.executemany("INSERT OR REPLACE INTO alerts VALUES (?, ?)", rows)
        except sqlite3.Error as error:
            raise StoreFailed(f"{FILE_NAME}: {error}") from None

    def close(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()


def read_alerts(path: Path) -> list[Entry]:
    """What a home keeps, for reading while no engine runs; nothing where there is no file. Raises
    StoreFailed."""
    if not path.exists():
        return []
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        with contextlib.closing(connection):
            return list(_entries(connection))
    except sqlite3.Error as error:
        raise StoreFailed(f"{path.name}: {error}") from None


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(_TABLE)
        path.chmod(0o600)
    except BaseException:
        connection.close()
        raise
    return connection


def _entries(connection: sqlite3.Connection) -> Iterator[Entry]:
    """A row that this version does not understand is passed over."""
    for (data,) in connection.execute("SELECT entry FROM alerts ORDER BY no"):
        with contextlib.suppress(msgspec.MsgspecError):
            yield msgspec.json.decode(data, type=Entry)
