"""The account's history in a file of its own, ``account.sqlite``: what the exchange has on record.

It is a copy, made again at any time by another import, and no decision about money is read from it. So it
is no part of the engine's ledger, whose one writer is the engine: an import writes here whether an engine
runs or not, and never waits for, or holds up, a record of money. One process writes it, under its own lock.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from engine.domain.account_history import (
    AccountHistory,
    AccountName,
    AccountTotals,
    Movement,
    TradedMarket,
)
from engine.domain.fill import Fill
from engine.domain.units import Nanoseconds
from engine.domain.venue import Settlement, VenueOrder
from engine.ledger.account_tables import (
    APPLICATION_ID,
    FILLS,
    MARKETS,
    MOVEMENTS,
    ORDERS,
    SCHEMA,
    SETTLEMENTS,
    VERSION,
    AccountTable,
)
from engine.ledger.errors import ForeignFile, LedgerError, NewerSchema
from engine.ledger.lock import WriterLock
from engine.ledger.opening import naming_damage

T = TypeVar("T")
_encode = msgspec.msgpack.Encoder().encode


class OtherAccount(LedgerError):
    """The file holds another account's history."""

    def __init__(self, path: Path, held: AccountName, wanted: AccountName) -> None:
        super().__init__(f"{path}: holds the history of {held}; got {wanted}; move it away to begin anew")
        self.path, self.held, self.wanted = path, held, wanted


class NoHistory(LedgerError):
    """Nothing was imported yet."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: no account history yet; read it with: sparko import account")
        self.path = path


class Walk(msgspec.Struct, frozen=True):
    """How far one list is read. While a walk is under way ``cursor`` asks for its next page; the list is
    known whole up to ``known_ns`` (None: it was never read to its end)."""

    known_ns: Nanoseconds | None = None
    from_ns: Nanoseconds | None = None
    began_ns: Nanoseconds | None = None
    cursor: str = ""


class Kept(msgspec.Struct, frozen=True):
    """What a page brought: rows that were not there, and rows that say something else than before."""

    new: int = 0
    changed: int = 0


class AccountStore:
    """The one writer. Every page is durable, with its walk, before the next one is asked for.

    Raises LedgerInUse, ForeignFile, NewerSchema, CorruptLedger and OtherAccount.
    """

    def __init__(self, path: Path, name: AccountName) -> None:
        self.path = path
        self._lock = WriterLock(path)
        try:
            self._base = _open(path)
            try:
                self._take_name(name)
            except BaseException:
                self._base.close()
                raise
        except BaseException:
            self._lock.release()
            raise

    def close(self) -> None:
        self._base.close()
        self._lock.release()

    def __enter__(self) -> AccountStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def walk(self, name: str) -> Walk:
        found = self._base.execute("SELECT value FROM walk WHERE name = ?", (name,)).fetchone()
        return Walk() if found is None else msgspec.msgpack.decode(found[0], type=Walk)

    def keep(self, table: AccountTable[T], rows: Sequence[T], walk: tuple[str, Walk] | None = None) -> Kept:
        """Rows and how far they bring the walk, together or not at all. A row that is there takes the newer
        reading."""
        new = changed = 0
        with self._transaction() as base:
            for row in rows:
                value = _encode(row)
                key = table.key(row)
                held = base.execute(f"SELECT value FROM {table.name} WHERE key = ?", (key,)).fetchone()
                if held is not None and held[0] == value:
                    continue
                new, changed = (new + 1, changed) if held is None else (new, changed + 1)
                base.execute(
                    f"INSERT OR REPLACE INTO {table.name} (key, at, value) VALUES (?, ?, ?)",
                    (key, table.at_ns(row) or 0, value),
                )
            if walk is not None:
                base.execute(
                    "INSERT OR REPLACE INTO walk (name, value) VALUES (?, ?)", (walk[0], _encode(walk[1]))
                )
        return Kept(new, changed)

    def conclude(self, totals: AccountTotals, complete_ns: Nanoseconds) -> None:
        """An import came to its end: everything up to ``complete_ns`` is here."""
        with self._transaction() as base:
            _put(base, "totals", totals)
            _put(base, "complete_ns", complete_ns)

    def keep_report(self, name: str, report: msgspec.Struct) -> None:
        """What was worked out from the history, for whoever has no time to do so."""
        with self._transaction() as base:
            _put(base, f"report:{name}", report)

    def rows(self, table: AccountTable[T]) -> list[T]:
        return list(_rows(self._base, table))

    def history(self) -> AccountHistory:
        return _history(self._base, self.path)

    def counts(self) -> dict[str, int]:
        """Rows held, by table."""
        return {
            table.name: self._base.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0]
            for table in (FILLS, ORDERS, SETTLEMENTS, MOVEMENTS, MARKETS)
        }

    def _take_name(self, name: AccountName) -> None:
        held = _get(self._base, "name", AccountName)
        if held is None:
            with self._transaction() as base:
                _put(base, "name", name)
        elif held != name:
            raise OtherAccount(self.path, held, name)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._base.execute("BEGIN IMMEDIATE")
        try:
            yield self._base
            self._base.execute("COMMIT")
        except BaseException:
            self._base.execute("ROLLBACK")
            raise


def read_history(path: Path) -> AccountHistory:
    """Everything, of one moment. Raises NoHistory, ForeignFile, NewerSchema and CorruptLedger."""
    with _reading(path) as base:
        return _history(base, path)


def read_report(path: Path, name: str, kind: type[T]) -> T | None:
    """A report that the last import left; None if there is none. Raises as :func:`read_history`."""
    with _reading(path) as base:
        return _get(base, f"report:{name}", kind)


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    if not path.exists():
        raise NoHistory(path)
    base = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, isolation_level=None)
    try:
        with naming_damage(path):
            base.execute("PRAGMA busy_timeout = 5000")
            if _check(base, path) == 0:
                raise NoHistory(path)
            base.execute("BEGIN")
            yield base
    finally:
        base.close()


def _open(path: Path) -> sqlite3.Connection:
    base = sqlite3.connect(path, isolation_level=None)
    try:
        with naming_damage(path):
            found = _check(base, path)
            base.execute("PRAGMA journal_mode = WAL")
            base.execute("PRAGMA synchronous = FULL")
            base.execute("PRAGMA busy_timeout = 5000")
            if found == 0:
                base.executescript(
                    f"BEGIN IMMEDIATE; {SCHEMA} PRAGMA application_id = {APPLICATION_ID}; "
                    f"PRAGMA user_version = {VERSION}; COMMIT;"
                )
    except BaseException:
        base.close()
        raise
    path.chmod(0o600)
    return base


def _check(base: sqlite3.Connection, path: Path) -> int:
    """The file's version, 0 for an empty one. Raises ForeignFile and NewerSchema."""
    (application,) = base.execute("PRAGMA application_id").fetchone()
    (version,) = base.execute("PRAGMA user_version").fetchone()
    (tables,) = base.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application != APPLICATION_ID and (application or tables):
        raise ForeignFile(path, f"application id {application:#010x}")
    if version > VERSION:
        raise NewerSchema(path, version, VERSION)
    return int(version)


def _history(base: sqlite3.Connection, path: Path) -> AccountHistory:
    name = _get(base, "name", AccountName)
    if name is None:
        raise NoHistory(path)
    fills: list[Fill] = sorted(
        _rows(base, FILLS), key=lambda fill: (fill.at_ns, fill.trade_id, fill.order_id)
    )
    orders: list[VenueOrder] = list(_rows(base, ORDERS))
    settlements: list[Settlement] = list(_rows(base, SETTLEMENTS))
    movements: list[Movement] = list(_rows(base, MOVEMENTS))
    markets: Iterator[TradedMarket] = _rows(base, MARKETS)
    return AccountHistory(
        name=name,
        fills=tuple(fills),
        orders=tuple(orders),
        settlements=tuple(settlements),
        movements=tuple(movements),
        markets={market.ticker: market for market in markets},
        totals=_get(base, "totals", AccountTotals),
        complete_ns=_get(base, "complete_ns", int),
    )


def _rows(base: sqlite3.Connection, table: AccountTable[T]) -> Iterator[T]:
    """By time, then key."""
    decode = msgspec.msgpack.Decoder(table.kind).decode
    for (value,) in base.execute(f"SELECT value FROM {table.name} ORDER BY at, key"):
        yield decode(value)


def _put(base: sqlite3.Connection, name: str, value: Any) -> None:
    base.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (name, _encode(value)))


def _get(base: sqlite3.Connection, name: str, kind: type[T]) -> T | None:
    found = base.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return None if found is None else msgspec.msgpack.decode(found[0], type=kind)
