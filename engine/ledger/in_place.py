"""Whether the ledger's files lie where they are looked for: what is written to a file that was taken away, or
replaced by another, is on no disk once its writer dies, whatever SQLite says of the commit."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from engine.ledger.errors import LedgerTaken


class FilesInPlace:
    """Of one ledger that is open for writing. ``copy`` makes a whole copy of what a connection sees."""

    def __init__(
        self, path: Path, connection: sqlite3.Connection, copy: Callable[[sqlite3.Connection, Path], None]
    ) -> None:
        self._path = path
        self._log = path.with_name(f"{path.name}-wal")
        self._connection = connection
        self._copy = copy
        self._known: tuple[int | None, int | None] | None = None

    def check(self) -> None:
        """After each commit, about three microseconds. Raises LedgerTaken, once all that is known is put back
        where that can be done; nothing may be written after it."""
        found = (_identity(self._path), _identity(self._log))
        if self._known is None and None not in found:
            self._known = found
        elif found != self._known:
            raise LedgerTaken(self._path, *self._put_back(found))

    def _put_back(self, found: tuple[int | None, int | None]) -> tuple[str, str]:
        """What is wrong, and what was done about it."""
        file, log = found
        known_file = None if self._known is None else self._known[0]
        what = self._log.name if file == known_file else self._path.name
        verb = "replaced" if (log if file == known_file else file) is not None else "taken away"
        try:
            return f"{what} was {verb}", self._rescued(found)
        except (OSError, sqlite3.Error) as error:
            return f"{what} was {verb}", f"and could not be put back: {error}"

    def _rescued(self, found: tuple[int | None, int | None]) -> str:
        (file, log), (known_file, known_log) = found, self._known or (None, None)
        if file == known_file:
            # The file itself is there: it takes up all that the log held.
            busy = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            if not busy:
                return "everything is in the file itself now: start again"
        rescued = self._path.with_name(f"{self._path.name}.rescued")
        self._copy(self._connection, rescued)
        if file is None or log == known_log:
            self._drop_log()
        if file is not None:
            return f"everything is kept in {rescued.name}: put it in its place and start again"
        rescued.replace(self._path)
        return "everything was put back: start again"

    def _drop_log(self) -> None:
        """It belongs to the file that is gone, and would be read into whatever lies in its place."""
        for suffix in ("-wal", "-shm"):
            self._path.with_name(f"{self._path.name}{suffix}").unlink(missing_ok=True)


def _identity(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None
