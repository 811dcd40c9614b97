"""The verdicts of strategies in a file of their own: no money depends on it, and no fsync waits for it.

A thread of its own writes and reads it. A file that is damaged is put aside and begun anew; the takes are in
the journal too.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import msgspec

from engine.domain.decision import DecisionRow
from engine.domain.units import DAY_NS, Nanoseconds
from engine.ledger.errors import BadCursor

_log = logging.getLogger(__name__)
T = TypeVar("T")
KEPT_NS: Nanoseconds = 7 * DAY_NS
MOST_ROWS = 300_000
MOST_WAITING = 20_000
"""Verdicts that wait to be written; the oldest are dropped beyond, and counted."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS decision (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL, at INTEGER NOT NULL, strategy TEXT NOT NULL,
  ticker TEXT NOT NULL, verdict TEXT NOT NULL, code TEXT NOT NULL, client_order_id TEXT NOT NULL,
  body BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS decision_ticker ON decision (ticker, seq);
CREATE INDEX IF NOT EXISTS decision_order ON decision (client_order_id) WHERE client_order_id <> '';
"""
_INSERT = "INSERT INTO decision VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)"
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(DecisionRow).decode


class DecisionFilter(msgspec.Struct, frozen=True):
    """Empty fields select everything."""

    strategy: str = ""
    ticker: str = ""
    verdict: str = ""
    since_ns: Nanoseconds | None = None


class DecisionStore:
    """Of one home, between :meth:`open` and :meth:`close`. :meth:`put` never waits and never raises."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: deque[DecisionRow] = deque(maxlen=MOST_WAITING)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="decisions")
        self._base: sqlite3.Connection | None = None
        self._is_asked = False
        self.dropped = 0
        """Verdicts that came faster than the disk took them, or that it did not take."""

    def put(self, row: DecisionRow) -> None:
        if len(self._waiting) == MOST_WAITING:
            self.dropped += 1
        self._waiting.append(row)
        if not self._is_asked:
            self._is_asked = True
            self._thread.submit(self._write)

    async def page(
        self, wanted: DecisionFilter, cursor: str | None, limit: int
    ) -> tuple[tuple[DecisionRow, ...], str | None]:
        """Newest first, and the cursor of the next page. Raises BadCursor."""
        before = _number(cursor)
        return await self._run(lambda base: _page(base, wanted, before, limit))

    async def about(self, subject: str, limit: int) -> tuple[DecisionRow, ...]:
        """The newest ones on a market or an order of ours."""
        return await self._run(lambda base: _about(base, subject, limit))

    async def close(self) -> None:
        """Writes what waits."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._end)
        self._thread.shutdown(wait=True)

    async def _run(self, read: Callable[[sqlite3.Connection], T]) -> T:
        def work() -> T:
            self._write()
            return read(self._opened())

        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _opened(self) -> sqlite3.Connection:
        if self._base is None:
            try:
                self._base = _open(self._path)
            except sqlite3.DatabaseError:
                _log.warning("%s is damaged: it is put aside, and begins anew", self._path.name)
                self._path.replace(self._path.with_name(self._path.name + ".damaged"))
                self._base = _open(self._path)
        return self._base

    def _write(self) -> None:
        self._is_asked = False
        rows = []
        while self._waiting:
            rows.append(self._waiting.popleft())
        if not rows:
            return
        try:
            with self._opened() as base:
                base.executemany(_INSERT, [_columns(row) for row in rows])
                _trim(base, rows[-1].at_ns)
        except (sqlite3.Error, OSError) as error:
            self.dropped += len(rows)
            _log.warning("%d decisions are not kept: %s", len(rows), error)

    def _end(self) -> None:
        self._write()
        if self._base is not None:
            self._base.close()
            self._base = None


def _open(path: Path) -> sqlite3.Connection:
    base = sqlite3.connect(path, check_same_thread=False)
    try:
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("PRAGMA synchronous = OFF")
        base.executescript(_SCHEMA)
    except sqlite3.Error:
        base.close()
        raise
    path.chmod(0o600)
    return base


def _columns(row: DecisionRow) -> tuple[object, ...]:
    named = (row.decision_id, row.at_ns, row.strategy, row.ticker, row.verdict, row.code)
    return (*named, row.client_order_id, _encode(row))


def _trim(base: sqlite3.Connection, now_ns: Nanoseconds) -> None:
    """Rows come in the order of their time, so the oldest are the lowest numbers."""
    (newest,) = base.execute("SELECT max(seq) FROM decision").fetchone()
    base.execute("DELETE FROM decision WHERE seq <= ?", (newest - MOST_ROWS,))
    kept = base.execute(
        "SELECT seq FROM decision WHERE at < ? ORDER BY seq DESC LIMIT 1", (now_ns - KEPT_NS,)
    ).fetchone()
    if kept is not None:
        base.execute("DELETE FROM decision WHERE seq <= ? AND at < ?", (kept[0], now_ns - KEPT_NS))


def _page(
    base: sqlite3.Connection, wanted: DecisionFilter, before: int | None, limit: int
) -> tuple[tuple[DecisionRow, ...], str | None]:
    where: list[str] = ["1"]
    values: list[object] = []
    for column in ("strategy", "ticker", "verdict"):
        value = getattr(wanted, column)
        if value:
            where.append(f"{column} = ?")
            values.append(value)
    for condition, number in (("at >= ?", wanted.since_ns), ("seq < ?", before)):
        if number is not None:
            where.append(condition)
            values.append(number)
    text = f"SELECT seq, body FROM decision WHERE {' AND '.join(where)} ORDER BY seq DESC LIMIT ?"
    found = base.execute(text, (*values, limit + 1)).fetchall()
    rows = tuple(_decode(body) for _, body in found[:limit])
    return rows, str(found[limit - 1][0]) if len(found) > limit else None


def _about(base: sqlite3.Connection, subject: str, limit: int) -> tuple[DecisionRow, ...]:
    text = "SELECT body FROM decision WHERE ticker = ? OR client_order_id = ? ORDER BY seq DESC LIMIT ?"
    return tuple(_decode(body) for (body,) in base.execute(text, (subject, subject, limit)))


def _number(cursor: str | None) -> int | None:
    try:
        return None if cursor is None else int(cursor)
    except ValueError:
        raise BadCursor(cursor or "") from None
