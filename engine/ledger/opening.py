"""Opening a ledger: whose file it is, whether it is whole, and which schema it has.

SQLite before 3.51.3 can lose a WAL's content when two connections write or checkpoint. So one connection
does both, and all others are opened here read-only; https://sqlite.org/wal.html#walresetbug.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import msgspec

from engine.ledger.errors import CorruptLedger, ForeignFile, LedgerError, NewerSchema, RecordsMissing
from engine.ledger.schema import APPLICATION_ID, MIGRATIONS, Migration
from engine.ledger.writer import last_record

WAL_LIMIT_BYTES = 64 * 1024 * 1024
_CACHE_KIB = 64 * 1024


def open_writer(
    path: Path, migrations: Sequence[Migration] = MIGRATIONS, *, written: int = 0
) -> sqlite3.Connection:
    """The one writing connection of a checked ledger at its newest schema; makes an absent one. At least
    ``written`` records must be in it.

    Raises ForeignFile, CorruptLedger, RecordsMissing or NewerSchema, and then the file is as it was. The
    caller holds the lock.
    """
    _refuse_lost_file(path)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        with naming_damage(path):
            _check(connection, path, migrations[-1].number)
            _refuse_missing_records(connection, path, written)
            _prepare(connection)
            migrate(connection, path, migrations)
    except BaseException:
        connection.close()
        raise
    path.chmod(0o600)
    _sync_folder(path.parent)
    return connection


def open_memory(migrations: Sequence[Migration] = MIGRATIONS) -> sqlite3.Connection:
    """A ledger that ends with its process: same schema, no file."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    migrate(connection, Path(":memory:"), migrations)
    return connection


def open_reader(path: Path) -> sqlite3.Connection:
    """A connection that can neither write nor checkpoint; raises as :func:`open_writer` does, and
    FileNotFoundError."""
    if not path.exists():
        raise FileNotFoundError(f"ledger {path}: there is none")
    address = f"file:{quote(str(path))}?mode=ro"
    connection = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)
    try:
        with naming_damage(path):
            connection.execute("PRAGMA query_only = ON")
            connection.execute("PRAGMA busy_timeout = 5000")
            _refuse_foreign(connection, path)
            if _pragma(connection, "application_id") != APPLICATION_ID:
                raise ForeignFile(path, "an empty database")
            _refuse_newer(connection, path, MIGRATIONS[-1].number)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """One snapshot of the ledger at ``path``. What cannot be read raises CorruptLedger."""
    connection = open_reader(path)
    try:
        with naming_damage(path):
            connection.execute("BEGIN")
            yield connection
    finally:
        connection.close()


@contextmanager
def naming_damage(path: Path) -> Iterator[None]:
    """What SQLite or a decoder finds damaged raises CorruptLedger or ForeignFile."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        damage = _damage(path, error)
        if damage is None:
            raise
        raise damage from error
    except msgspec.MsgspecError as error:
        raise CorruptLedger(path, f"a row that cannot be read: {error}") from error


def migrate(connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration]) -> None:
    """Takes the steps that the file has not taken, each in one transaction, after a copy of the file."""
    present = _pragma(connection, "user_version")
    missing = [step for step in migrations if step.number > present]
    if missing and present:
        copy_of(connection, _copy_name(path, present))
    for step in missing:
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in step.statements:
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {step.number}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise


def back_up(path: Path, target: Path) -> None:
    """A whole copy at ``target``, in use or not: it is either complete and on disk or not there at all.

    Takes as long as writing the file takes: not for the engine's loop. Raises as :func:`open_reader` does.
    """
    connection = open_reader(path)
    try:
        connection.execute("PRAGMA query_only = OFF")
        copy_of(connection, target)
    finally:
        connection.close()


def copy_of(connection: sqlite3.Connection, target: Path) -> None:
    """Into a file of another name first. With ``query_only`` SQLite refuses VACUUM INTO, which writes only
    elsewhere."""
    partial = target.with_name(target.name + ".partial")
    partial.unlink(missing_ok=True)
    connection.execute("VACUUM INTO ?", (str(partial),))
    with partial.open("rb+") as file:
        os.fsync(file.fileno())
    partial.chmod(0o600)
    partial.replace(target)
    _sync_folder(target.parent)


def _copy_name(path: Path, schema: int) -> Path:
    return path.with_name(f"{path.name}.before-schema-{schema + 1}")


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA busy_timeout = 5000")
    connection.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT_BYTES}")
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")


def _check(connection: sqlite3.Connection, path: Path, supported: int) -> None:
    _refuse_foreign(connection, path)
    _refuse_newer(connection, path, supported)
    found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise CorruptLedger(path, str(found).replace("\n", " "))


def _refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    application = _pragma(connection, "application_id")
    if application == APPLICATION_ID:
        return
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if application or tables:
        raise ForeignFile(path, f"a SQLite file of application {application:#010x} with {tables} tables")


def _refuse_newer(connection: sqlite3.Connection, path: Path, supported: int) -> None:
    found = _pragma(connection, "user_version")
    if found > supported:
        raise NewerSchema(path, found, supported)


def _refuse_missing_records(connection: sqlite3.Connection, path: Path, written: int) -> None:
    found = last_record(connection)[0] if written and _pragma(connection, "user_version") else 0
    if found < written:
        raise RecordsMissing(path, found, written)


def _refuse_lost_file(path: Path) -> None:
    log = path.with_name(path.name + "-wal")
    if not path.exists() and log.exists() and log.stat().st_size:
        raise CorruptLedger(path, f"the file is gone but {log.name} is there")


def _damage(path: Path, error: sqlite3.DatabaseError) -> LedgerError | None:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_NOTADB:
        return ForeignFile(path, "not a SQLite file")
    if code == sqlite3.SQLITE_CORRUPT:
        return CorruptLedger(path, str(error))
    return None


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _sync_folder(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
