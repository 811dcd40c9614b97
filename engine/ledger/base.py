"""What both ledgers share: numbering, staging, and telling who waits what became of it."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from engine.core.changes import Change
from engine.core.money import MoneyState
from engine.core.row import Row
from engine.ledger.codec import Chain, Record
from engine.ledger.errors import CommitFailed, LedgerClosed
from engine.ledger.loading import catch_up
from engine.ledger.reserve import SpareRoom
from engine.ledger.verifying import Verification
from engine.ledger.writer import CommitCounts, GroupWriter, last_record

CallSoon: TypeAlias = Callable[[Callable[[], None]], object]
"""Has the loop call something once what it does now is done; ``loop.call_soon`` is one."""


class StagingLedger(ABC):
    """Takes records in the loop's thread and hands them on together, once per round of the loop.

    Whatever waits for a commit is woken in one round and appends in one round, so its records share the next
    commit. Everything but the commit itself happens in the loop's thread.
    """

    def __init__(
        self, path: Path, connection: sqlite3.Connection, reserve: SpareRoom, call_soon: CallSoon
    ) -> None:
        self.path = path
        self._writer = GroupWriter(connection, reserve, self._low_space_met)
        catch_up(self._writer, path)
        self._chain = Chain(*last_record(connection))
        self._durable = self._chain.seq
        self._call_soon = call_soon
        self._staged: list[Record] = []
        self._refusal = ""
        self._when_durable: list[Callable[[int], None]] = []
        self._when_failed: list[Callable[[Exception], None]] = []
        self._when_low: list[Callable[[], None]] = []

    @property
    def durable(self) -> int:
        """The highest record number that is on disk."""
        return self._durable

    @property
    def appended(self) -> int:
        """The highest record number given out."""
        return self._chain.seq

    @property
    def head(self) -> bytes:
        """The chain's hash up to :attr:`appended`."""
        return self._chain.head

    @property
    def counts(self) -> CommitCounts:
        return self._writer.counts

    @abstractmethod
    def load(self) -> MoneyState:
        """The money state that is on disk."""

    @abstractmethod
    def verify(self) -> Verification:
        """Folds the whole journal that is on disk beside its projections; takes as long as that takes."""

    def append(self, changes: Sequence[Change], rows: Sequence[Row]) -> int:
        """The number of the last change, or without changes the last number given out.

        Raises LedgerClosed after a failure or :meth:`close`; UnknownRow and ValueError for rows that cannot
        be kept, and then nothing of it was taken.
        """
        if self._refusal:
            raise LedgerClosed(f"ledger {self.path}: takes nothing more, {self._refusal}")
        if not changes and not rows:
            return self._chain.seq
        record = self._chain.record(changes, rows)
        self._staged.append(record)
        if len(self._staged) == 1:
            self._call_soon(self._hand_over)
        return record.last_seq

    def on_durable(self, callback: Callable[[int], None]) -> None:
        """Called in the loop with the highest number on disk, after each commit."""
        self._when_durable.append(callback)

    def on_failure(self, callback: Callable[[Exception], None]) -> None:
        """Called in the loop, once, with CommitFailed; nothing after ``durable`` will be released."""
        self._when_failed.append(callback)

    def on_low_space(self, callback: Callable[[], None]) -> None:
        """Called in the loop when the disk was full and the reserve was spent to go on."""
        self._when_low.append(callback)

    def _hand_over(self) -> None:
        if self._staged and not self._refusal:
            group, self._staged = self._staged, []
            self._commit(group)

    @abstractmethod
    def _commit(self, group: list[Record]) -> None:
        """Has ``group`` written; :meth:`_committed` or :meth:`_failed` follows in the loop's thread."""

    @abstractmethod
    def _low_space_met(self) -> None:
        """The writer spent the reserve; :meth:`_low_space` follows in the loop's thread."""

    def _committed(self, seq: int) -> None:
        self._durable = seq
        for callback in self._when_durable:
            callback(seq)

    def _failed(self, cause: BaseException) -> None:
        self._staged.clear()
        self._refusal = f"a commit failed: {cause}"
        failure = CommitFailed(self.path, self._durable, cause)
        for callback in self._when_failed:
            callback(failure)

    def _low_space(self) -> None:
        for callback in self._when_low:
            callback()
