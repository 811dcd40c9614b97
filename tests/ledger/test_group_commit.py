"""What waits shares a commit, and nobody is told before the disk has it."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
from money_history import intent

from engine.core.facts.stance import RunStarted
from engine.core.money import MoneyState, apply
from engine.core.row import Row
from engine.ledger.errors import CommitFailed, LedgerClosed, UnknownRow
from engine.ledger.inline import InlineLedger
from engine.ledger.loading import read_changes
from engine.ledger.opening import reading
from engine.ledger.sqlite_ledger import SqliteLedger

SENDERS, INTENTS_EACH = 64, 12


class Waiting:
    """Senders that append and wait until their own record is durable, as the runtime's effects do."""

    def __init__(self, ledger: SqliteLedger) -> None:
        self.ledger = ledger
        self.state = MoneyState()
        self.released: list[int] = []
        self._waiting: list[tuple[int, asyncio.Event]] = []
        ledger.on_durable(self._release)

    def _release(self, durable: int) -> None:
        self.released.append(durable)
        for _, event in [w for w in self._waiting if w[0] <= durable]:
            event.set()
        self._waiting = [w for w in self._waiting if w[0] > durable]

    async def send(self, number: int) -> int:
        change = intent(number)
        seq = self.ledger.append([change], apply(self.state, change))
        assert seq > self.ledger.durable
        done = asyncio.Event()
        self._waiting.append((seq, done))
        await done.wait()
        assert seq <= self.ledger.durable
        return seq


async def test_64_senders_share_their_commits(tmp_path: Path) -> None:
    ledger = SqliteLedger.open(tmp_path / "ledger.sqlite", loop=asyncio.get_running_loop())
    waiting = Waiting(ledger)

    async def sender(first: int) -> list[int]:
        return [await waiting.send(first + n) for n in range(INTENTS_EACH)]

    given = await asyncio.gather(*(sender(n * 1_000) for n in range(SENDERS)))
    intents = SENDERS * INTENTS_EACH
    assert sorted(seq for seqs in given for seq in seqs) == list(range(1, intents + 1))
    assert ledger.counts.commits <= intents // 16
    assert waiting.released == sorted(set(waiting.released))
    assert (ledger.counts.records, ledger.counts.changes) == (intents, intents)
    await ledger.close()


async def test_what_is_released_is_on_disk(tmp_path: Path) -> None:
    """At each release another connection finds the record: the callback never runs ahead of the commit."""
    path = tmp_path / "ledger.sqlite"
    ledger = SqliteLedger.open(path, loop=asyncio.get_running_loop())
    found: list[tuple[int, int]] = []

    def look(durable: int) -> None:
        with reading(path) as connection:
            found.append((durable, connection.execute("SELECT max(seq) FROM journal").fetchone()[0]))

    ledger.on_durable(look)
    waiting = Waiting(ledger)
    for number in range(5):
        await waiting.send(number)
    assert len(found) == 5
    assert all(durable <= there for durable, there in found)
    await ledger.close()


async def test_changes_of_one_step_are_in_one_transaction(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    ledger = SqliteLedger.open(path, loop=asyncio.get_running_loop())
    state = MoneyState()
    changes = [intent(n) for n in range(3)]
    last = ledger.append(changes, [row for change in changes for row in apply(state, change)])
    assert last == ledger.appended == 3
    assert ledger.append([], []) == 3
    await ledger.close()
    assert (ledger.counts.commits, ledger.durable) == (1, 3)
    with reading(path) as connection:
        assert list(read_changes(connection)) == changes


async def test_close_writes_what_is_staged_and_takes_nothing_more(tmp_path: Path) -> None:
    ledger = SqliteLedger.open(tmp_path / "ledger.sqlite", loop=asyncio.get_running_loop())
    ledger.append([intent(1)], [])
    await ledger.close()
    await ledger.close()
    assert ledger.durable == 1
    with pytest.raises(LedgerClosed, match="it is closed"):
        ledger.append([intent(2)], [])
    assert not (tmp_path / "ledger.sqlite-wal").exists()


async def test_rows_that_cannot_be_kept_take_nothing(tmp_path: Path) -> None:
    ledger = SqliteLedger.open(tmp_path / "ledger.sqlite", loop=asyncio.get_running_loop())
    with pytest.raises(UnknownRow, match="'weather'"):
        ledger.append([intent(1)], [Row("weather", "NYC", 1)])
    with pytest.raises(ValueError, match="without a change"):
        ledger.append([], [Row("read_through", "fills", 1)])
    ledger.append([intent(2)], [])
    await ledger.close()
    assert (ledger.appended, ledger.durable) == (1, 1)


class FailingCommit:
    """Lets so many transactions through and then has every COMMIT fail, as a broken disk does."""

    def __init__(self, connection: sqlite3.Connection, good: int) -> None:
        self._good = good
        connection.set_authorizer(self._allow)

    def _allow(self, action: int, operation: str | None, *_: str | None) -> int:
        if (action, operation) == (sqlite3.SQLITE_TRANSACTION, "COMMIT"):
            self._good -= 1
            return sqlite3.SQLITE_OK if self._good >= 0 else sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK


async def test_after_a_failed_commit_nothing_is_released_or_taken(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    ledger = SqliteLedger.open(path, loop=asyncio.get_running_loop())
    failures: list[Exception] = []
    failed = asyncio.Event()
    released: list[int] = []
    ledger.on_failure(lambda error: (failures.append(error), failed.set()))
    ledger.on_durable(released.append)
    waiting = Waiting(ledger)
    await waiting.send(1)
    FailingCommit(ledger._writer.connection, good=0)
    ledger.append([intent(2)], [])
    await asyncio.sleep(0)
    ledger.append([intent(3)], [])
    await failed.wait()
    with pytest.raises(LedgerClosed, match="a commit failed"):
        ledger.append([intent(4)], [])
    ledger._writer.connection.set_authorizer(None)
    await ledger.close()
    assert released == [1]
    assert ledger.durable == 1
    (failure,) = failures
    assert isinstance(failure, CommitFailed)
    assert failure.durable == 1
    with reading(path) as connection:
        assert len(list(read_changes(connection))) == 1


def test_inline_commits_when_the_loop_comes_round() -> None:
    rounds: list[object] = []
    ledger = InlineLedger.in_memory(rounds.append)
    released: list[int] = []
    ledger.on_durable(released.append)
    start = RunStarted("run-1", "sandbox", "account", "0.1.0", 1)
    for number in range(3):
        ledger.append([start if number == 0 else intent(number)], [])
    assert (len(rounds), released) == (1, [])
    rounds.pop()()  # type: ignore[operator]
    assert (released, ledger.counts.commits) == ([3], 1)
    ledger.append([intent(9)], [])
    assert len(rounds) == 1
    assert ledger.durable == 3
