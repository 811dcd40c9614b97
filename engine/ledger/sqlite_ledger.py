"""The ledger of a home: one file, one writing connection, in a thread of its own."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic_ns

from engine.core.money import MoneyState
from engine.ledger.base import StagingLedger
from engine.ledger.codec import Record
from engine.ledger.in_place import FilesInPlace
from engine.ledger.loading import read_state
from engine.ledger.lock import WriterLock
from engine.ledger.opening import copy_of, naming_damage, open_writer, reading
from engine.ledger.pace import CommitPace
from engine.ledger.reserve import Reserve, SpareRoom
from engine.ledger.verifying import Verification, verify_file

_CLOSED = "it is closed"


class SqliteLedger(StagingLedger):
    """Groups whatever waits into one commit; implements :class:`engine.ports.Journal`.

    ``append`` and ``close`` belong to the loop's thread, callbacks come in it.
    """

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        reserve: SpareRoom,
        lock: WriterLock,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(path, connection, reserve, loop.call_soon)
        self._loop = loop
        self._lock = lock
        self._files = FilesInPlace(path, connection, copy_of)
        self._queue: SimpleQueue[list[Record] | None] = SimpleQueue()
        self._pace = CommitPace(monotonic_ns)
        self._is_closed = False
        self._thread = Thread(target=self._write_all, name="ledger-writer", daemon=True)
        self._thread.start()

    @classmethod
    def open(
        cls, path: Path, *, loop: asyncio.AbstractEventLoop, reserve: Reserve | None = None
    ) -> SqliteLedger:
        """Locks, checks, migrates and catches up the ledger at ``path``, or makes an empty one.

        Raises LedgerInUse, RecordsMissing, ForeignFile, CorruptLedger or NewerSchema, each one line, and has
        changed nothing.
        """
        lock = WriterLock(path)
        try:
            connection = open_writer(path, written=lock.noted_seq if path.exists() else 0)
            try:
                kept = Reserve(path) if reserve is None else reserve
                kept.take()
                with naming_damage(path):
                    return cls(path, connection, kept, lock, loop)
            except BaseException:
                connection.close()
                raise
        except BaseException:
            lock.release()
            raise

    def load(self) -> MoneyState:
        with reading(self.path) as connection:
            return read_state(connection)

    def verify(self) -> Verification:
        return verify_file(self.path)

    async def close(self) -> None:
        """Writes what is staged and lets another process have the ledger; also after a failure."""
        if self._is_closed:
            return
        self._is_closed = True
        self._hand_over()
        self._refusal = self._refusal or _CLOSED
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)
        await asyncio.sleep(0)
        try:
            self._writer.close()
            if self._refusal == _CLOSED:
                self._lock.ended()
        finally:
            self._lock.release()

    def _commit(self, group: list[Record]) -> None:
        self._queue.put(group)

    def _low_space_met(self) -> None:
        self._tell(self._low_space)

    def _write_all(self) -> None:
        """The writer's thread: everything that waits in one group, until the end is asked for or a commit
        fails."""
        while (group := self._queue.get()) is not None:
            is_last = self._gather(group)
            if not self._write(group) or is_last:
                return

    def _gather(self, group: list[Record]) -> bool:
        """Adds what else waits, or comes soon where many send; True if the end was asked for."""
        while True:
            patience_s = self._pace.patience_s(len(group))
            try:
                more = self._queue.get(patience_s > 0, patience_s)
            except Empty:
                return False
            if more is None:
                return True
            group += more

    def _write(self, group: list[Record]) -> bool:
        self._pace.begin(len(group))
        try:
            self._writer.write(group)
            self._files.check()
            self._lock.note(group[-1].last_seq)
        except Exception as error:
            self._tell(partial(self._failed, error))
            return False
        self._tell(partial(self._committed, group[-1].last_seq))
        return True

    def _tell(self, callback: Callable[[], None]) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(callback)
