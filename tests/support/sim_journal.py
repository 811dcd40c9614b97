"""A journal in virtual time: commits take a moment, and a crash loses some of what was not committed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from random import Random

import msgspec

from engine.core.changes import Change
from engine.core.money import MoneyState, fold
from engine.core.row import Row
from engine.sandbox.sim.loop import running_loop

_RECORD = msgspec.json.Decoder(tuple[Change, ...])


class SimDisk:
    """What survives: the records, as bytes."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.records: list[bytes] = []

    def grouped(self) -> list[tuple[Change, ...]]:
        """As they were appended."""
        return [_RECORD.decode(record) for record in self.records]

    def changes(self) -> list[Change]:
        return [change for group in self.grouped() for change in group]

    def load(self) -> MoneyState:
        return fold(self.changes())


class SimJournal:
    """Implements :class:`engine.ports.Journal` for one life of the engine.

    One commit at a time, of everything that waits, as a writer thread does it, each of at most ``commit_s``.
    """

    def __init__(self, disk: SimDisk, commit_s: float = 0.004) -> None:
        self._disk = disk
        self._commit_s = commit_s
        self._waiting: list[bytes] = []
        self._appended = self._durable = len(disk.records)
        self._listeners: list[Callable[[int], None]] = []
        self._failures: list[Callable[[Exception], None]] = []
        self._committing = False
        self._is_dead = False
        self._idle = asyncio.Event()
        self.commits = 0

    @property
    def durable(self) -> int:
        return self._durable

    def append(self, changes: Sequence[Change], rows: Sequence[Row]) -> int:
        if self._is_dead:
            raise RuntimeError("journal: got a record after its process ended")
        if not changes:
            return self._appended
        self._waiting.append(msgspec.json.encode(tuple(changes)))
        self._appended += 1
        if not self._committing:
            self._commit_soon()
        return self._appended

    def on_durable(self, callback: Callable[[int], None]) -> None:
        self._listeners.append(callback)

    def on_failure(self, callback: Callable[[Exception], None]) -> None:
        self._failures.append(callback)

    async def close(self) -> None:
        if self._committing:
            await self._idle.wait()
        self._is_dead = True

    def crash(self) -> None:
        """The process ends now: of what waits, a first part may have reached the disk all the same."""
        self._is_dead = True
        self._disk.records += self._waiting[: self._disk.chance.randint(0, len(self._waiting))]

    def fail(self, error: Exception) -> None:
        """The disk refuses: nothing that waits becomes durable."""
        self._is_dead = True
        for tell in self._failures:
            tell(error)

    def _commit_soon(self) -> None:
        self._committing = True
        self._idle.clear()
        size = len(self._waiting)
        running_loop().call_later(self._disk.chance.uniform(0, self._commit_s), self._commit, size)

    def _commit(self, size: int) -> None:
        self._committing = False
        if self._is_dead:
            return
        self._disk.records += self._waiting[:size]
        del self._waiting[:size]
        self._durable += size
        self.commits += 1
        if self._waiting:
            self._commit_soon()
        else:
            self._idle.set()
        with contextlib.suppress(asyncio.CancelledError):  # the process ended while it was told
            for tell in self._listeners:
                tell(self._durable)
