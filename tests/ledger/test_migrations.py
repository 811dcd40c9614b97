"""Old ledgers are taken forward, with a copy first; a step that fails changes nothing."""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
from pathlib import Path

import pytest
from dump_schema import money_of
from money_history import MoneyHistory

from engine.core.state_hash import state_hash
from engine.ledger.loading import read_state
from engine.ledger.opening import back_up, open_writer, reading
from engine.ledger.schema import APPLICATION_ID, MIGRATIONS, Migration
from engine.ledger.schema import PROJECTION_VERSION as KEPT
from engine.ledger.sqlite_ledger import SqliteLedger
from engine.ledger.verifying import verify_file

SCHEMAS = Path(__file__).parent / "schemas"
NEWEST = MIGRATIONS[-1].number
NEXT = Migration(
    NEWEST + 1,
    ("CREATE TABLE plans (no INTEGER PRIMARY KEY)", "ALTER TABLE orders ADD COLUMN plan INTEGER"),
)
BROKEN = Migration(NEWEST + 2, ("CREATE TABLE odd (no INTEGER)", "CREATE TABLE odd (no INTEGER)"))


def old_ledger(folder: Path, schema: int) -> Path:
    """A ledger as the program of that schema left it, from its dump."""
    path = folder / "ledger.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript(schema_text(f"schema_{schema}.sql"))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {schema}")
    connection.close()
    return path


def schema_text(name: str) -> str:
    return (SCHEMAS / name).read_text()


def schema_of(path: Path) -> int:
    connection = sqlite3.connect(path)
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    connection.close()
    return version


@pytest.mark.parametrize("schema", [step.number for step in MIGRATIONS])
async def test_each_old_schema_opens_and_holds_the_same_money(tmp_path: Path, schema: int) -> None:
    path = old_ledger(tmp_path, schema)
    ledger = SqliteLedger.open(path, loop=asyncio.get_running_loop())
    state = ledger.load()
    assert json.loads(schema_text(f"schema_{schema}.json")) == money_of(state)
    for changes, rows in MoneyHistory(random.Random(1), state, 10_000).steps(10):
        ledger.append(changes, rows)
    await ledger.close()
    found = verify_file(path)
    assert found.is_sound, f"{found.fault}: if the rules of money changed, raise PROJECTION_VERSION"
    assert schema_of(path) == NEWEST


def test_projections_of_another_program_are_not_called_damaged(tmp_path: Path) -> None:
    path = old_ledger(tmp_path, 1)
    fault = verify_file(path).fault
    assert fault.startswith(f"its projections are of version 1, this program keeps version {KEPT}")


def test_a_step_forward_leaves_a_copy_of_what_was(tmp_path: Path) -> None:
    path = old_ledger(tmp_path, NEWEST)
    before = verify_file(path)
    connection = open_writer(path, (*MIGRATIONS, NEXT))
    connection.execute("SELECT plan FROM orders")
    connection.close()
    assert schema_of(path) == NEWEST + 1
    copy = tmp_path / f"ledger.sqlite.before-schema-{NEWEST + 1}"
    assert verify_file(copy) == before
    assert schema_of(copy) == NEWEST


def test_a_step_that_fails_leaves_the_last_good_schema(tmp_path: Path) -> None:
    path = old_ledger(tmp_path, NEWEST)
    with pytest.raises(sqlite3.OperationalError, match="odd already exists"):
        open_writer(path, (*MIGRATIONS, NEXT, BROKEN))
    assert schema_of(path) == NEWEST + 1
    connection = sqlite3.connect(path)
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema")}
    connection.close()
    assert "plans" in tables
    assert "odd" not in tables


async def caught_up(folder: Path) -> Path:
    """An old ledger that today's program has opened once."""
    path = old_ledger(folder, NEWEST)
    await SqliteLedger.open(path, loop=asyncio.get_running_loop()).close()
    return path


async def test_projections_of_another_shape_are_made_anew(tmp_path: Path) -> None:
    path = await caught_up(tmp_path)
    before = verify_file(path)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE meta SET value = 0 WHERE name = 'projection_version'")
    connection.execute("UPDATE orders SET value = x'c1', state = 'odd'")
    connection.execute("INSERT INTO positions (ticker, value) VALUES ('KXGONE', x'c1')")
    connection.commit()
    connection.close()
    ledger = SqliteLedger.open(path, loop=asyncio.get_running_loop())
    await ledger.close()
    assert verify_file(path) == before


@pytest.mark.parametrize("behind", [1, 7, 100])
async def test_projections_that_lag_are_caught_up(tmp_path: Path, behind: int) -> None:
    """The projections of a shorter journal, under the whole one."""
    path = await caught_up(tmp_path)
    whole = verify_file(path)
    connection = sqlite3.connect(path)
    tail = connection.execute("SELECT * FROM journal WHERE seq > ?", (whole.seq - behind,)).fetchall()
    connection.execute("DELETE FROM journal WHERE seq > ?", (whole.seq - behind,))
    connection.execute("UPDATE meta SET value = 0 WHERE name = 'projection_version'")
    connection.execute("UPDATE meta SET value = ? WHERE name = 'projected_through'", (whole.seq - behind,))
    connection.commit()
    connection.close()
    await SqliteLedger.open(path, loop=asyncio.get_running_loop()).close()
    connection = sqlite3.connect(path)
    connection.executemany("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?)", tail)
    connection.commit()
    connection.close()
    assert "its projections at" in verify_file(path).fault
    await SqliteLedger.open(path, loop=asyncio.get_running_loop()).close()
    assert verify_file(path) == whole


async def test_a_backup_of_a_ledger_in_use_is_whole(tmp_path: Path) -> None:
    path, copy = tmp_path / "ledger.sqlite", tmp_path / "copy.sqlite"
    ledger = SqliteLedger.open(path, loop=asyncio.get_running_loop())
    durable = asyncio.Event()
    ledger.on_durable(lambda seq: durable.set())
    history = MoneyHistory(random.Random(2))
    for changes, rows in history.steps(30):
        ledger.append(changes, rows)
    await durable.wait()
    back_up(path, copy)
    with reading(copy) as copied:
        assert state_hash(read_state(copied)) == state_hash(history.state)
    assert verify_file(copy).is_sound
    await ledger.close()
