"""A ledger without a thread, for a loop of virtual time: the same file, groups and order, each time anew."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from engine.core.money import MoneyState
from engine.ledger.base import CallSoon, StagingLedger
from engine.ledger.codec import Record
from engine.ledger.loading import read_state
from engine.ledger.opening import open_memory
from engine.ledger.reserve import NoReserve
from engine.ledger.verifying import Verification, verify

MEMORY = Path(":memory:")


class InlineLedger(StagingLedger):
    """Commits in the loop's own thread; implements :class:`engine.ports.Journal`."""

    def __init__(self, connection: sqlite3.Connection, call_soon: CallSoon) -> None:
        super().__init__(MEMORY, connection, NoReserve(), call_soon)
        self._connection = connection

    @classmethod
    def in_memory(cls, call_soon: CallSoon) -> InlineLedger:
        """An empty one that ends with the process. ``call_soon`` is the loop's."""
        return cls(open_memory(), call_soon)

    def load(self) -> MoneyState:
        return read_state(self._connection)

    def verify(self) -> Verification:
        return verify(self._connection)

    async def close(self) -> None:
        """Writes what is staged; nothing can be read afterwards."""
        self._hand_over()
        self._refusal = self._refusal or "it is closed"
        self._connection.close()

    def _commit(self, group: list[Record]) -> None:
        try:
            self._writer.write(group)
        except sqlite3.Error as error:
            self._failed(error)
        else:
            self._committed(group[-1].last_seq)

    def _low_space_met(self) -> None:
        self._low_space()
