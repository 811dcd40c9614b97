"""Lists that come in pages: one page, page by page, or the whole, each item once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable
from typing import Any, Generic, TypeVar

import msgspec

from engine.kalshi.budget_queue import Lane
from engine.kalshi.drift import DriftCounter, DriftKind
from engine.kalshi.errors import DecodeError, PagingError
from engine.kalshi.query import Parameter
from engine.kalshi.reader import Reader
from engine.wire.shape import UNREADABLE

T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], frozen=True):
    """``cursor`` is empty on the last page. ``rejected`` holds the items that could not be read."""

    items: tuple[T, ...]
    cursor: str
    rejected: tuple[DecodeError, ...] = ()


class ListSpec(msgspec.Struct, Generic[T], frozen=True):
    """How one list endpoint is read.

    ``key`` is the field that holds the items, ``row`` their Struct, ``decode`` makes the value, ``identity``
    tells two items apart. ``is_complete``: the list is of our own account, so one item that cannot be read
    makes the whole page an error; elsewhere it is left out, counted and handed over in ``rejected``. After
    each ``in_one_go`` items whoever shares the loop gets a turn: no exit waits for a page of markets.
    """

    key: str
    row: type[Any]
    decode: Callable[[Any, DriftCounter], T]
    identity: Callable[[T], Hashable]
    is_complete: bool = False
    in_one_go: int = 50


class Listing(Generic[T]):
    """A list as asked for; nothing is read before it is awaited or iterated.

    Iterating gives each item once, in the exchange's order: the order of some lists is not stable while they
    are paged, and items come twice. Raises PagingError when a cursor comes back, and when ``most_pages``
    were read and there are more.
    """

    def __init__(
        self,
        reader: Reader,
        path: str,
        spec: ListSpec[T],
        lane: Lane,
        query: dict[str, Parameter],
        most_pages: int,
    ) -> None:
        self._reader = reader
        self._path = path
        self._spec = spec
        self._lane = lane
        self._query = query
        self._most_pages = most_pages

    async def page(self, cursor: str | None = None) -> Page[T]:
        """One page. Raises what :meth:`Reader.get_bytes` raises, and DecodeError."""
        body = await self._reader.get_bytes(self._path, self._lane, {**self._query, "cursor": cursor or None})
        return await self._read(body)

    async def pages(self) -> AsyncIterator[Page[T]]:
        """Every page, until the cursor is empty."""
        seen: set[str] = set()
        cursor: str | None = None
        for number in range(1, self._most_pages + 1):
            page = await self.page(cursor)
            yield page
            cursor = page.cursor
            if not cursor:
                return
            if cursor in seen:
                raise PagingError(self._path, number, "a cursor came back")
            seen.add(cursor)
        raise PagingError(self._path, self._most_pages, "there are more pages than may be read")

    async def __aiter__(self) -> AsyncIterator[T]:
        seen: set[Hashable] = set()
        async for page in self.pages():
            for item in page.items:
                identity = self._spec.identity(item)
                if identity not in seen:
                    seen.add(identity)
                    yield item

    async def collect(self) -> list[T]:
        """The whole list; of an item that came twice the later reading. Rejected items are only counted."""
        found: dict[Hashable, T] = {}
        async for page in self.pages():
            for item in page.items:
                found[self._spec.identity(item)] = item
        return list(found.values())

    async def _read(self, body: bytes) -> Page[T]:
        spec, drift = self._spec, self._reader.drift
        envelope = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        if spec.key not in envelope:
            drift.count(self._path, DriftKind.UNDECODABLE, spec.key, b"")
            raise DecodeError(self._path, spec.key, "no such key", "a list")
        raw_rows = self._part(envelope, spec.key, list[msgspec.Raw] | None) or []
        if raw_rows:
            self._reader.count_unknown(self._path, _object(raw_rows[0]), spec.row)
        items: list[T] = []
        rejected: list[DecodeError] = []
        for number, row in enumerate(self._rows(envelope[spec.key], raw_rows, rejected)):
            if number and number % spec.in_one_go == 0:
                await asyncio.sleep(0)
            try:
                items.append(spec.decode(row, drift))
            except DecodeError as problem:
                rejected.append(problem)
        if rejected and spec.is_complete:
            raise rejected[0]
        cursor = self._part(envelope, "cursor", str | None) if "cursor" in envelope else None
        return Page(tuple(items), cursor or "", tuple(rejected))

    def _rows(
        self, whole: msgspec.Raw, raw_rows: list[msgspec.Raw], rejected: list[DecodeError]
    ) -> list[Any]:
        """All rows in one go, or, when one of them is odd, one by one."""
        try:
            kind: Any = list[self._spec.row]  # type: ignore[name-defined]  # known when it runs
            found: list[Any] = msgspec.json.decode(whole, type=kind | None) or []
            return found
        except UNREADABLE:
            pass
        rows = []
        for raw in raw_rows:
            try:
                rows.append(msgspec.json.decode(raw, type=self._spec.row))
            except UNREADABLE as problem:
                self._reader.drift.count(self._path, DriftKind.UNDECODABLE, _field_of(problem), str(problem))
                rejected.append(DecodeError(self._path, _field_of(problem), bytes(raw), str(problem)))
        return rows

    def _part(self, envelope: dict[str, msgspec.Raw], key: str, kind: Any) -> Any:
        try:
            return msgspec.json.decode(envelope[key], type=kind)
        except UNREADABLE as problem:
            self._reader.drift.count(self._path, DriftKind.UNDECODABLE, key, str(problem))
            raise DecodeError(self._path, key, bytes(envelope[key]), str(problem)) from None


def _object(raw: msgspec.Raw) -> bytes:
    """The text of an object, or of an empty one where the item is none."""
    text = bytes(raw)
    return text if text[:1] == b"{" else b"{}"


def _field_of(problem: Exception) -> str:
    """The field that msgspec names, as in ``... - at `$.yes_bid_dollars```."""
    text = str(problem)
    if "`$." in text:
        return text.rsplit("`$.", 1)[1].rstrip("`")
    return text.split("`")[1] if text.count("`") >= 2 else ""
