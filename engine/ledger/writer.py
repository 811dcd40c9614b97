"""The writing side of a ledger: one group of records, one transaction, one sync."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import perf_counter_ns
from typing import Any

import msgspec

from engine.ledger.codec import GENESIS, Record
from engine.ledger.projections import WRITE_ORDER, RowWrite
from engine.ledger.reserve import SpareRoom
from engine.ledger.schema import PROJECTION_TABLES, PROJECTION_VERSION

_PUT_JOURNAL = "INSERT INTO journal (seq, at, kind, subject, payload, hash) VALUES (?, ?, ?, ?, ?, ?)"
_PUT_META = (
    "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)
_RESERVE_RETRY_COMMITS = 256


class CommitCounts(msgspec.Struct):
    """What was written since the ledger was opened. Times are nanoseconds of one whole commit."""

    commits: int = 0
    records: int = 0
    changes: int = 0
    largest_group: int = 0
    last_ns: int = 0
    slowest_ns: int = 0


class GroupWriter:
    """Writes groups over one connection. Any thread, but one at a time."""

    def __init__(
        self, connection: sqlite3.Connection, reserve: SpareRoom, on_low_space: Callable[[], None]
    ) -> None:
        self.connection = connection
        self.counts = CommitCounts()
        self._reserve = reserve
        self._on_low_space = on_low_space
        self._reserve_missing = False

    def write(self, group: Sequence[Record]) -> None:
        """All of ``group`` is on disk when this returns; when it raises sqlite3.Error, nothing of it is
        sure to be. A full disk is tried once more with the reserve's room."""
        started = perf_counter_ns()
        try:
            self._commit(group)
        except sqlite3.OperationalError as error:
            if not is_disk_full(error) or not self._reserve.free():
                raise
            self._reserve_missing = True
            self._on_low_space()
            self._commit(group)
        self._count(group, perf_counter_ns() - started)
        if self._reserve_missing and self.counts.commits % _RESERVE_RETRY_COMMITS == 0:
            self._reserve_missing = not self._reserve.take_back()

    def project(self, rows: Sequence[RowWrite], through: int, *, anew: bool) -> None:
        """Writes the rows that the journal makes up to ``through``; ``anew`` drops what was there."""
        with _Transaction(self.connection) as connection:
            for table in PROJECTION_TABLES if anew else ():
                connection.execute(f"DELETE FROM {table}")
            _put_rows(connection, rows)
            connection.execute(_PUT_META, ("projection_version", PROJECTION_VERSION))
            connection.execute(_PUT_META, ("projected_through", through))

    def close(self) -> None:
        """Moves the log into the file, whoever else has it open, so that the file alone is the ledger; where
        there is no room, or somebody reads right now, the log stays, and nothing is lost."""
        with suppress(sqlite3.Error):
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.connection.close()

    def _commit(self, group: Sequence[Record]) -> None:
        with _Transaction(self.connection) as connection:
            connection.executemany(_PUT_JOURNAL, [row for record in group for row in record.journal])
            _put_rows(connection, [row for record in group for row in record.rows])
            connection.execute(_PUT_META, ("projected_through", group[-1].last_seq))

    def _count(self, group: Sequence[Record], took_ns: int) -> None:
        counts = self.counts
        counts.commits += 1
        counts.records += len(group)
        counts.changes += sum(len(record.journal) for record in group)
        counts.largest_group = max(counts.largest_group, len(group))
        counts.last_ns = took_ns
        counts.slowest_ns = max(counts.slowest_ns, took_ns)


class _Transaction:
    """BEGIN to COMMIT, or ROLLBACK and the error as it was."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> sqlite3.Connection:
        self._connection.execute("BEGIN IMMEDIATE")
        return self._connection

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None:
            self._finish()
        else:
            self._undo()

    def _finish(self) -> None:
        try:
            self._connection.execute("COMMIT")
        except BaseException:
            self._undo()
            raise

    def _undo(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")


def _put_rows(connection: sqlite3.Connection, rows: Sequence[RowWrite]) -> None:
    """Of rows with one identity the last is written, where the first stood."""
    last: dict[tuple[str, str], RowWrite] = {(row.kind, row.key): row for row in rows}
    by_statement: dict[str, list[tuple[Any, ...]]] = {sql: [] for sql in WRITE_ORDER}
    for row in last.values():
        by_statement.setdefault(row.sql, []).append(row.parameters)
    for sql, parameters in by_statement.items():
        if parameters:
            connection.executemany(sql, parameters)


def is_disk_full(error: sqlite3.Error) -> bool:
    """Whether SQLite had no room: on the disk, or in its own limit of pages."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL


def last_record(connection: sqlite3.Connection) -> tuple[int, bytes]:
    """Number and hash of the journal's last fact; (0, GENESIS) if there is none."""
    found = connection.execute("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    return (found[0], found[1]) if found else (0, GENESIS)
