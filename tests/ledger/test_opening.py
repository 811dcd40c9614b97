"""What is opened, what is refused in one line, and that a refused file is left as it was."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import ledger_writer
import pytest
from money_history import intent

from engine.ledger.errors import CorruptLedger, ForeignFile, LedgerError, LedgerInUse, NewerSchema
from engine.ledger.loading import read_changes
from engine.ledger.opening import open_reader, reading
from engine.ledger.schema import APPLICATION_ID, MIGRATIONS
from engine.ledger.sqlite_ledger import SqliteLedger


def opened(path: Path) -> SqliteLedger:
    return SqliteLedger.open(path, loop=asyncio.get_running_loop())


@contextmanager
def another_writer(path: Path) -> Iterator[int]:
    """A process that writes the ledger until the end of the block; gives its number."""
    script = Path(ledger_writer.__file__)
    environment = {"PYTHONPATH": f"{script.parent}:{Path(__file__).parents[2]}", "PATH": ""}
    command = [sys.executable, str(script), str(path), "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        yield process.pid
        process.kill()
        process.stdout.read()


async def make(path: Path, intents: int = 1) -> None:
    ledger = opened(path)
    for number in range(intents):
        ledger.append([intent(ledger.appended + number)], [])
    await ledger.close()


def refusal(path: Path, kind: type[LedgerError]) -> str:
    before = path.read_bytes() if path.exists() else None
    with pytest.raises(kind) as caught:
        opened(path)
    assert (path.read_bytes() if path.exists() else None) == before
    text = str(caught.value)
    assert "\n" not in text
    assert str(path) in text
    return text


async def test_a_new_ledger_is_ours_private_and_durable(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    ledger = opened(path)
    connection = ledger._writer.connection
    found = {
        name: connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("application_id", "user_version", "journal_mode", "synchronous")
    }
    assert found == {
        "application_id": APPLICATION_ID,
        "user_version": MIGRATIONS[-1].number,
        "journal_mode": "wal",
        "synchronous": 2,
    }
    assert path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "ledger.sqlite.reserve").stat().st_size == 8 * 1024 * 1024
    await ledger.close()


async def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    await make(path)
    newest = MIGRATIONS[-1].number
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {newest + 3}")
    connection.close()
    text = refusal(path, NewerSchema)
    assert f"schema {newest + 3} is newer than {newest}" in text
    with pytest.raises(NewerSchema):
        open_reader(path)


async def test_files_of_others_are_refused(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("not a database\n" * 200)
    assert "not a SQLite file" in refusal(text, ForeignFile)
    other = tmp_path / "other.sqlite"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE songs (name TEXT)")
    connection.close()
    assert "of application 0x00000000 with 1 tables" in refusal(other, ForeignFile)


async def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    await make(path, 2_000)
    content = bytearray(path.read_bytes())
    content[4096 * 8 : 4096 * 60] = os.urandom(4096 * 52)
    path.write_bytes(content)
    assert "damaged" in refusal(path, CorruptLedger)


async def test_a_ledger_that_is_gone_beside_its_log_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    (tmp_path / "ledger.sqlite-wal").write_bytes(b"x" * 100)
    assert "is gone but ledger.sqlite-wal is there" in refusal(path, CorruptLedger)


async def test_a_second_writer_is_refused_and_named(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with another_writer(path) as process_id:
        with pytest.raises(LedgerInUse) as caught:
            opened(path)
        with reading(path) as connection:
            connection.execute("SELECT count(*) FROM journal")
    assert f"process {process_id} writes it already" in str(caught.value)
    ledger = opened(path)
    await ledger.close()


async def test_readers_cannot_write(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    await make(path)
    connection = open_reader(path)
    for statement in ("DELETE FROM journal", "PRAGMA user_version = 9", "VACUUM"):
        with pytest.raises(sqlite3.OperationalError, match=r"readonly|read-only"):
            connection.execute(statement)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    with pytest.raises(FileNotFoundError):
        open_reader(tmp_path / "none.sqlite")


async def test_a_refused_ledger_is_not_left_locked(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_text("x" * 5_000)
    refusal(path, ForeignFile)
    path.unlink()
    await make(path)
    with reading(path) as connection:
        assert len(list(read_changes(connection))) == 1
