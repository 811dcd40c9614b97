"""A byte that changed, a row that is gone or came twice: verify says where."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from pathlib import Path

import pytest
from money_history import MoneyHistory

from engine.ledger.errors import CorruptLedger
from engine.ledger.sqlite_ledger import SqliteLedger
from engine.ledger.verifying import verify_file

RECORD = 30


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.sqlite"

    async def write() -> None:
        ledger = SqliteLedger.open(path, loop=asyncio.get_running_loop())
        for changes, rows in MoneyHistory(random.Random(3)).steps(40):
            ledger.append(changes, rows)
        await ledger.close()

    asyncio.run(write())
    return path


def change(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        assert connection.execute(statement).rowcount == 1
    connection.close()


def test_a_ledger_as_it_was_written_is_sound(ledger: Path) -> None:
    found = verify_file(ledger)
    assert found.is_sound
    assert found.journal_hash == found.live_hash != ""
    assert found.seq > 40


@pytest.mark.parametrize(
    "assignment",
    ["at = at + 1", "kind = kind || 's'", "subject = subject || 'x'", "hash = zeroblob(32)"],
)
def test_each_column_is_covered(ledger: Path, assignment: str) -> None:
    change(ledger, f"UPDATE journal SET {assignment} WHERE seq = {RECORD}")
    found = verify_file(ledger)
    assert found.fault == f"record {RECORD} is not what was written: its hash differs"
    assert found.seq == RECORD - 1


def test_a_flipped_byte_of_a_payload(ledger: Path) -> None:
    connection = sqlite3.connect(ledger, isolation_level=None)
    (payload,) = connection.execute("SELECT payload FROM journal WHERE seq = ?", (RECORD,)).fetchone()
    place = random.Random(1).randrange(len(payload))
    flipped = payload[:place] + bytes([payload[place] ^ 1]) + payload[place + 1 :]
    connection.execute("UPDATE journal SET payload = ? WHERE seq = ?", (flipped, RECORD))
    connection.close()
    assert f"record {RECORD} is not what was written" in verify_file(ledger).fault


def test_a_flipped_byte_of_the_file(ledger: Path) -> None:
    """Not through SQLite: one bit of the page in which a payload lies."""
    connection = sqlite3.connect(ledger)
    (payload,) = connection.execute("SELECT payload FROM journal WHERE seq = ?", (RECORD,)).fetchone()
    connection.close()
    content = bytearray(ledger.read_bytes())
    place = content.find(payload)
    assert place > 0
    content[place + len(payload) // 2] ^= 0x10
    ledger.write_bytes(content)
    assert f"record {RECORD} is not what was written" in verify_file(ledger).fault


def test_a_lost_record(ledger: Path) -> None:
    change(ledger, f"DELETE FROM journal WHERE seq = {RECORD}")
    assert (
        verify_file(ledger).fault == f"record {RECORD} is missing: record {RECORD + 1} follows {RECORD - 1}"
    )


def test_two_records_swapped(ledger: Path) -> None:
    change(
        ledger,
        f"UPDATE journal SET seq = -1 WHERE seq = {RECORD}",
        f"UPDATE journal SET seq = {RECORD} WHERE seq = {RECORD + 1}",
        f"UPDATE journal SET seq = {RECORD + 1} WHERE seq = -1",
    )
    assert f"record {RECORD} is not what was written" in verify_file(ledger).fault


def test_a_lost_end(ledger: Path) -> None:
    last = verify_file(ledger).seq
    change(ledger, f"DELETE FROM journal WHERE seq = {last}")
    assert f"the journal ends at record {last - 1}, its projections at {last}" == verify_file(ledger).fault

    async def open_it() -> None:
        SqliteLedger.open(ledger, loop=asyncio.get_running_loop())

    with pytest.raises(CorruptLedger, match=f"ends at record {last - 1}"):
        asyncio.run(open_it())


def test_a_changed_projection(ledger: Path) -> None:
    change(ledger, "DELETE FROM orders WHERE no = 1")
    found = verify_file(ledger)
    assert "the journal folds to" in found.fault
    assert found.journal_hash != found.live_hash


def test_a_projection_that_cannot_be_read(ledger: Path) -> None:
    change(ledger, "UPDATE orders SET value = x'c1' WHERE no = 1")
    assert "a row that cannot be read" in verify_file(ledger).fault
