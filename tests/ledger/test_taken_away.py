"""The ledger's files go, or become others, while an engine writes them or after it died: nothing that was
written is lost, nothing behind it is released, and no start goes on as if nothing had been."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import ledger_writer
import pytest
from money_history import intent

from engine.ledger.errors import CorruptLedger, LedgerError, RecordsMissing
from engine.ledger.loading import read_changes
from engine.ledger.lock import WriterLock
from engine.ledger.opening import reading
from engine.ledger.sqlite_ledger import SqliteLedger


def opened(path: Path) -> SqliteLedger:
    return SqliteLedger.open(path, loop=asyncio.get_running_loop())


async def written(ledger: SqliteLedger, name: str) -> str:
    """Writes one intent; what the ledger said of a failure, empty if it is on disk."""
    done: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    ledger.on_durable(lambda seq: done.done() or done.set_result(""))
    ledger.on_failure(lambda error: done.done() or done.set_result(str(error)))
    ledger.append([intent(int(name))], [])
    async with asyncio.timeout(20):
        return await done


async def with_one_more(path: Path, name: str) -> None:
    """Opens the ledger, writes one intent, and ends in order."""
    ledger = opened(path)
    assert await written(ledger, name) == ""
    await ledger.close()


def names(path: Path) -> int:
    with reading(path) as connection:
        return len(list(read_changes(connection)))


def log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


@pytest.mark.parametrize("gone", [("",), ("-wal",), ("", "-wal"), ("", "-wal", "-shm")])
async def test_what_is_taken_away_is_put_back_and_the_writer_ends(
    tmp_path: Path, gone: tuple[str, ...]
) -> None:
    path = tmp_path / "ledger.sqlite"
    ledger = opened(path)
    assert await written(ledger, "1") == ""
    for suffix in gone:
        path.with_name(path.name + suffix).unlink()
    durable = ledger.durable
    said = await written(ledger, "2")
    assert ("taken away while it was written" in said, said.endswith("start again")) == (True, True), said
    assert ledger.durable == durable
    await ledger.close()
    again = opened(path)
    assert await written(again, "3") == ""
    await again.close()
    assert names(path) == 3
    assert not path.with_name("ledger.sqlite.rescued").exists()


async def test_a_file_that_was_replaced_stays_and_ours_lies_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    ledger = opened(path)
    assert await written(ledger, "1") == ""
    other = tmp_path / "other"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE mine (one)")
    connection.close()
    before = other.read_bytes()
    other.replace(path)
    said = await written(ledger, "2")
    assert (
        "ledger.sqlite was replaced while it was written; everything is kept in ledger.sqlite.rescued" in said
    )
    await ledger.close()
    assert path.read_bytes() == before
    assert names(tmp_path / "ledger.sqlite.rescued") == 2


async def test_an_older_copy_that_came_while_it_was_written_is_not_gone_on_with(tmp_path: Path) -> None:
    path, older = tmp_path / "ledger.sqlite", tmp_path / "older"
    await with_one_more(path, "1")
    older.write_bytes(path.read_bytes())
    ledger = opened(path)
    assert await written(ledger, "2") == ""
    older.replace(path)
    assert "everything is kept in ledger.sqlite.rescued" in await written(ledger, "3")
    await ledger.close()
    with pytest.raises(RecordsMissing, match="ends with record 1, its last engine had written 2"):
        opened(path)
    path.with_name("ledger.sqlite.rescued").replace(path)
    again = opened(path)
    assert again.durable == 3
    await again.close()


async def test_a_folder_that_is_gone_ends_it_too(tmp_path: Path) -> None:
    path = tmp_path / "home" / "ledger.sqlite"
    path.parent.mkdir()
    ledger = opened(path)
    assert await written(ledger, "1") == ""
    for one in path.parent.iterdir():
        one.unlink()
    path.parent.rmdir()
    assert "could not be put back" in await written(ledger, "2")
    await ledger.close()


def killed_writer(path: Path) -> None:
    """A process that died with the ledger open."""
    script = Path(ledger_writer.__file__)
    environment = {"PYTHONPATH": f"{script.parent}:{Path(__file__).parents[2]}", "PATH": ""}
    command = [sys.executable, str(script), str(path), "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        assert process.stdout.readline().strip().isdigit()
        process.kill()
        process.stdout.read()


async def test_a_log_that_went_after_its_engine_died_is_missed(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    killed_writer(path)
    log_of(path).unlink()
    before = path.read_bytes()
    for _ in range(2):
        with pytest.raises(
            RecordsMissing, match=r"ends with record 0, .*; put back what was there, or remove"
        ):
            opened(path)
    assert path.read_bytes() == before
    path.with_name(f"{path.name}.lock").unlink()
    await opened(path).close()


async def test_an_older_copy_in_place_of_what_a_dead_engine_wrote_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    await with_one_more(path, "1")
    older = path.read_bytes()
    killed_writer(path)
    newer = {one: one.read_bytes() for one in (path, log_of(path))}
    log_of(path).unlink()
    path.write_bytes(older)
    with pytest.raises(RecordsMissing, match="ends with record 1, its last engine had written"):
        opened(path)
    for one, content in newer.items():
        one.write_bytes(content)
    await opened(path).close()


def flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :]


DAMAGE: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "a bit of the log": ("-wal", flipped),
    "half of the log": ("-wal", lambda content: content[: len(content) // 2]),
    "all of the log": ("-wal", lambda content: b""),
    "all of the file": ("", lambda content: b""),
    "half of the file": ("", lambda content: content[: len(content) // 2]),
}


@pytest.mark.parametrize("which", DAMAGE)
async def test_what_is_damaged_after_its_engine_died_is_refused_or_whole(tmp_path: Path, which: str) -> None:
    """SQLite itself takes a log for over where a frame of it does not fit, and says nothing."""
    path = tmp_path / "ledger.sqlite"
    killed_writer(path)
    lock = WriterLock(path)
    lock.release()
    suffix, change = DAMAGE[which]
    damaged = path.with_name(path.name + suffix)
    damaged.write_bytes(change(damaged.read_bytes()))
    try:
        ledger = opened(path)
    except LedgerError as error:
        assert "\n" not in str(error)
        assert isinstance(error, RecordsMissing | CorruptLedger)
    else:
        assert ledger.durable >= lock.noted_seq > 0
        assert ledger.verify().is_sound
        await ledger.close()


async def test_whoever_else_takes_the_log_up_in_the_meantime_loses_nothing(tmp_path: Path) -> None:
    """Any program that opens the file and is the last to close it moves the log into it."""
    path = tmp_path / "ledger.sqlite"
    killed_writer(path)
    with sqlite3.connect(path) as connection:
        count = connection.execute("SELECT count(*) FROM journal").fetchone()[0]
    connection.close()
    assert not log_of(path).exists()
    ledger = opened(path)
    assert ledger.durable == count > 0
    await ledger.close()


async def test_a_start_after_a_kill_and_one_after_an_end_miss_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    killed_writer(path)
    await opened(path).close()
    assert not log_of(path).exists()
    await opened(path).close()


async def test_a_copy_that_is_put_in_place_after_an_end_in_order_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    await with_one_more(path, "1")
    older = path.read_bytes()
    await with_one_more(path, "2")
    path.write_bytes(older)
    again = opened(path)
    assert again.durable == 1
    await again.close()
