"""What was taken, on its way: rows into the lake, observations to the engine.

Rows wait a moment so that they are written together. While the disk is full they go on waiting, up to a
bound; observations go on meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Protocol

import msgspec

from collectors.observations import Observation
from collectors.sinks import ObservationSink
from collectors.taking import Row, Taken
from engine.lake.errors import LakeError, LakeFull, LakeUnwritable, RowRefused

MOST_WAITING = 200_000


class Writer(Protocol):
    """One table of the lake, as :class:`engine.lake.writer.LakeWriter` is."""

    def append(self, rows: Sequence[Mapping[str, object]]) -> None: ...

    def tick(self) -> None: ...

    def close(self) -> None: ...


class TooMuchWaiting(LakeError):
    """Rows that cannot be written are too many to keep."""

    def __init__(self, table: str, waiting: int, reason: str) -> None:
        super().__init__(f"lake table {table}: {waiting} rows wait that cannot be written: {reason}")
        self.table, self.waiting, self.reason = table, waiting, reason


class Recorder:
    """One writer for each of ``tables``; ``say`` gets a line when something is wrong.

    Raises LakeError where a table cannot be had, NodeTaken above all.
    """

    def __init__(
        self,
        tables: Sequence[str],
        open_writer: Callable[[str], Writer],
        sink: ObservationSink,
        say: Callable[[str], None],
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self.written = 0
        self.refused = 0
        self._sink = sink
        self._say = say
        self._most = most_waiting
        self._waiting: dict[str, list[Mapping[str, object]]] = {table: [] for table in tables}
        self._trouble = ""
        self._writers: dict[str, Writer] = {}
        try:
            for table in tables:
                self._writers[table] = open_writer(table)
        except BaseException:
            self._close_writers()
            raise

    @property
    def waiting(self) -> int:
        return sum(map(len, self._waiting.values()))

    @property
    def trouble(self) -> str:
        """Why rows wait; empty while they are written."""
        return self._trouble

    def put(self, source: str, taken: Taken) -> None:
        """Into memory and to the sink; what is wrong with the lake shows at :meth:`flush`. ``source`` is the
        name under which the health of what was taken is told."""
        for message in taken.told:
            if isinstance(message, Observation):
                message = msgspec.structs.replace(message, source=source)
            self._sink.put(message)
        for row in taken.rows:
            self._waiting[row.TABLE].append(_mapping(row))

    def flush(self) -> None:
        """Writes what waits, and lets the lake do what is due. Raises TooMuchWaiting when a disk stays full
        for too long."""
        troubles = [trouble for table in self._writers if (trouble := self._flushed(table))]
        if self._trouble and not troubles:
            self._say("lake: written again")
        if troubles and not self._trouble:
            self._say(troubles[0])
        self._trouble = troubles[0] if troubles else ""

    def _flushed(self, table: str) -> str:
        """What keeps a table's rows from being written; empty if they are."""
        rows = self._waiting.get(table, [])
        try:
            if rows:
                self._write(table, rows)
            else:
                self._writers[table].tick()
        except (LakeFull, LakeUnwritable) as error:
            if len(rows) > self._most:
                raise TooMuchWaiting(table, len(rows), str(error)) from None
            return str(error)
        self._waiting[table] = []
        return ""

    def close(self) -> None:
        """Writes what waits and closes every writer. Raises LakeError: TooMuchWaiting above all, for rows
        that are in no journal are lost."""
        lost = self._last_flush()
        try:
            self._close_writers()
        except LakeError:
            if lost is None:
                raise
        if lost is not None:
            raise lost

    def _last_flush(self) -> LakeError | None:
        try:
            self.flush()
        except LakeError as error:
            return error
        table = next((table for table, rows in self._waiting.items() if rows), None)
        return None if table is None else TooMuchWaiting(table, self.waiting, self._trouble)

    def _write(self, table: str, rows: Sequence[Mapping[str, object]]) -> None:
        try:
            self._writers[table].append(rows)
        except RowRefused:
            self._write_singly(table, rows)
        else:
            self.written += len(rows)

    def _write_singly(self, table: str, rows: Sequence[Mapping[str, object]]) -> None:
        """One of them does not fit: the others are written, and it is said. Where the disk is full in the
        middle of it, those that are done wait no more."""
        for done, row in enumerate(rows):
            try:
                self._writers[table].append([row])
            except RowRefused as error:
                self.refused += 1
                self._say(str(error))
            except LakeError:
                self._waiting[table] = list(rows[done:])
                raise
            else:
                self.written += 1

    def _close_writers(self) -> None:
        writers, self._writers = self._writers, {}
        with ExitStack() as stack:
            for writer in writers.values():
                stack.callback(writer.close)


def _mapping(row: Row) -> Mapping[str, object]:
    return msgspec.structs.asdict(row)
