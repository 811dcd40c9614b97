"""History for consoles and commands: pages from a connection that only reads, off the engine's loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Generic, NamedTuple

import msgspec

from engine.core.facts.money import FillBooked, SettlementBooked
from engine.core.facts.stance import RunStarted
from engine.core.order_record import OrderRecord
from engine.domain.units import Nanoseconds
from engine.ledger.codec import decode_change
from engine.ledger.errors import BadCursor
from engine.ledger.opening import naming_damage, open_reader
from engine.ledger.pages import (
    MOST_ITEMS,
    FillFilter,
    Item,
    JournalEntry,
    JournalFilter,
    OrderFilter,
    Page,
    RunEntry,
)


class Where:
    """Conditions with their values; a field that is empty or None adds none."""

    def __init__(self) -> None:
        self.conditions: list[str] = []
        self.values: list[object] = []

    @property
    def text(self) -> str:
        return " WHERE " + " AND ".join(self.conditions) if self.conditions else ""

    def equal(self, column: str, value: str) -> None:
        if value:
            self._add(f"{column} = ?", value)

    def among(self, column: str, values: tuple[str, ...]) -> None:
        if values:
            self._add(f"{column} IN ({', '.join('?' * len(values))})", *values)

    def either(self, one: str, other: str, value: str) -> None:
        self._add(f"({one} = ? OR {other} = ?)", value, value)

    def below(self, column: str, bound: int) -> None:
        self._add(f"{column} < ?", bound)

    def between(self, column: str, since: Nanoseconds | None, until: Nanoseconds | None) -> None:
        if since is not None:
            self._add(f"{column} >= ?", since)
        if until is not None:
            self._add(f"{column} < ?", until)

    def _add(self, condition: str, *values: object) -> None:
        self.conditions.append(condition)
        self.values += values


class _Listing(NamedTuple, Generic[Item]):
    """A table as it is paged: by the number of its rows, from the newest back."""

    table: str
    number: str
    columns: str
    read: Callable[[Any], Item]


def _reading(shape: type[Item]) -> Callable[[Any], Item]:
    decode = msgspec.msgpack.Decoder(shape).decode
    return lambda row: decode(row[1])


_run = _reading(RunStarted)
_ORDERS = _Listing("orders", "no", "value", _reading(OrderRecord))
_FILLS = _Listing("fills", "no", "value", _reading(FillBooked))
_SETTLEMENTS = _Listing("settlements", "no", "value", _reading(SettlementBooked))
_RUNS = _Listing("runs", "no", "value, ended_at", lambda row: RunEntry(_run(row), row[2]))
_JOURNAL = _Listing(
    "journal",
    "seq",
    "at, kind, subject, payload",
    lambda row: JournalEntry(row[0], row[1], row[2], row[3], decode_change(row[4])),
)


class LedgerQueries:
    """Reads the ledger at a path while its writer goes on. Each call sees what is durable at that moment.

    ``limit`` is cut to :data:`MOST_ITEMS`. A page is ordered by when its rows first came, so rows that change
    between two pages are neither skipped nor seen twice. Raises BadCursor, CorruptLedger.
    """

    def __init__(self, path: Path) -> None:
        """Raises what :func:`engine.ledger.opening.open_reader` raises."""
        self._path = path
        self._connection = open_reader(path)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger-reader")

    async def orders(
        self, wanted: OrderFilter, cursor: str | None = None, limit: int = 100
    ) -> Page[OrderRecord]:
        where = Where()
        where.equal("ticker", wanted.ticker)
        where.among("state", tuple(state.value for state in wanted.states))
        where.equal("owner", wanted.owner)
        where.between("updated_at", wanted.updated_since, None)
        return await self._page(_ORDERS, where, cursor, limit)

    async def order(self, either_id: str) -> OrderRecord | None:
        """By client order id or the exchange's order id."""
        if not either_id:
            return None
        where = Where()
        where.either("client_order_id", "order_id", either_id)
        found = await self._page(_ORDERS, where, None, 1)
        return found.items[0] if found.items else None

    async def fills(
        self, wanted: FillFilter, cursor: str | None = None, limit: int = 100
    ) -> Page[FillBooked]:
        where = Where()
        where.equal("ticker", wanted.ticker)
        where.equal("client_order_id", wanted.client_order_id)
        where.between("at", wanted.since, wanted.until)
        return await self._page(_FILLS, where, cursor, limit)

    async def settlements(
        self,
        since: Nanoseconds | None = None,
        until: Nanoseconds | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> Page[SettlementBooked]:
        where = Where()
        where.between("at", since, until)
        return await self._page(_SETTLEMENTS, where, cursor, limit)

    async def runs(self, cursor: str | None = None, limit: int = 100) -> Page[RunEntry]:
        return await self._page(_RUNS, Where(), cursor, limit)

    async def journal(
        self, wanted: JournalFilter, cursor: str | None = None, limit: int = 100
    ) -> Page[JournalEntry]:
        where = Where()
        where.equal("subject", wanted.subject)
        where.among("kind", wanted.kinds)
        where.between("at", wanted.since, wanted.until)
        return await self._page(_JOURNAL, where, cursor, limit)

    async def close(self) -> None:
        """Waits for the query under way."""
        await asyncio.to_thread(self._thread.shutdown)
        self._connection.close()

    async def _page(
        self, listing: _Listing[Item], where: Where, cursor: str | None, limit: int
    ) -> Page[Item]:
        if cursor is not None:
            where.below(listing.number, _place(cursor))
        loop = asyncio.get_running_loop()
        wanted = max(1, min(limit, MOST_ITEMS))
        return await loop.run_in_executor(self._thread, self._read, listing, where, wanted)

    def _read(self, listing: _Listing[Item], where: Where, wanted: int) -> Page[Item]:
        sql = (
            f"SELECT {listing.number}, {listing.columns} FROM {listing.table}{where.text} "
            f"ORDER BY {listing.number} DESC LIMIT {wanted + 1}"
        )
        with naming_damage(self._path):
            rows = self._connection.execute(sql, where.values).fetchall()
            items = tuple(listing.read(row) for row in rows[:wanted])
        return Page(items, str(rows[wanted - 1][0]) if len(rows) > wanted else None)


def _place(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 18):
        raise BadCursor(cursor)
    return int(cursor)
