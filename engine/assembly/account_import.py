"""Reads an account's whole past from the exchange into ``account.sqlite``: both tiers, page by page.

Every page is durable before the next one is asked for, with the cursor that asks for it: whoever is killed
goes on from there. Rows are told apart by the exchange's own ids, so what is read twice is there once. What
came while the lists were read is asked for at the end, with the totals; later imports ask for what is newer
than the last, a little earlier, and for orders since the oldest one that had not ended.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import msgspec
from msgspec.structs import replace

from engine.assembly.account_stages import Stage, stages_of
from engine.domain.account_history import AccountTotals, TradedMarket
from engine.domain.order import VenueOrderStatus
from engine.domain.units import Nanoseconds
from engine.domain.venue import MarketSheet, VenuePosition
from engine.kalshi.budget_queue import Lane
from engine.kalshi.client import KalshiReader, Reads
from engine.kalshi.errors import PagingError, RequestRefused
from engine.ledger.account_store import AccountStore, Kept, Walk
from engine.ledger.account_tables import FILLS, MARKETS, ORDERS, SETTLEMENTS
from engine.wire.exchange import Bucket

PAGE = 1_000
_TICKERS = 100
"""Of one request."""
_SHARE = 4
"""An import takes this part of the account's reads at most: an engine may need the rest at any time."""
_LOOKS = 3
"""How often the totals are read again while the account goes on trading."""
_BAD_REQUEST = 400


class Progress(msgspec.Struct, frozen=True):
    """``oldest_ns`` is how far back the list is read. ``is_resumed``: it goes on where one broke off."""

    stage: str
    read: int
    new: int
    oldest_ns: Nanoseconds | None = None
    is_resumed: bool = False


class StageResult(msgspec.Struct, frozen=True):
    stage: str
    read: int = 0
    new: int = 0
    changed: int = 0
    pages: int = 0
    is_resumed: bool = False


class Imported(msgspec.Struct, frozen=True):
    """``held`` counts all rows by table; ``unknown_markets`` are those that neither tier lists."""

    stages: tuple[StageResult, ...]
    held: dict[str, int]
    complete_ns: Nanoseconds
    is_still: bool
    unknown_markets: tuple[str, ...] = ()


class AccountImport:
    """One import. :meth:`run` raises KalshiError and LedgerError; what was read until then is kept."""

    def __init__(
        self,
        client: KalshiReader,
        store: AccountStore,
        *,
        page: int = PAGE,
        say: Callable[[Progress], None] = lambda progress: None,
    ) -> None:
        self._client = client
        self._reads: Reads = client.reads(Lane.COLLECT)
        self._store = store
        self._page = page
        self._say = say
        self._results: dict[str, StageResult] = {}

    async def run(self) -> Imported:
        await self._seed_budget()
        complete_ns = await self._reads.exchange.user_data_ns()
        for stage in stages_of(self._reads, self._page):
            await self._walk(stage)
        unknown = await self._markets()
        totals = await self._totals()
        self._store.conclude(totals, complete_ns)
        return Imported(
            tuple(self._results.values()), self._store.counts(), complete_ns, totals.is_still, unknown
        )

    async def _seed_budget(self) -> None:
        """Nothing is lost where the limits may not be read: a part of the lowest tier's will do."""
        try:
            limits = await self._reads.account.limits()
            self._client.budget.take_costs(await self._reads.account.endpoint_costs())
        except RequestRefused as refusal:
            if refusal.status != 403:
                raise
            return
        share = Bucket(
            refill_rate=max(1, limits.read.refill_rate // _SHARE),
            bucket_capacity=max(20, limits.read.bucket_capacity // _SHARE),
        )
        self._client.budget.take_limits(replace(limits, read=share))

    async def _walk(self, stage: Stage[Any]) -> None:
        """To the end of the list, from its beginning or from where somebody broke off."""
        walk = self._store.walk(stage.name)
        is_resumed = walk.began_ns is not None
        if not is_resumed:
            began_ns = await stage.now_ns()
            walk = Walk(walk.known_ns, self._from_ns(stage, walk.known_ns), began_ns)
        seen: set[str] = set()
        while True:
            walk = await self._one_page(stage, walk, is_resumed=is_resumed)
            if walk.began_ns is None:
                return
            if walk.cursor in seen:
                raise PagingError(stage.name, len(seen), "a cursor came back")
            seen.add(walk.cursor)

    async def _one_page(self, stage: Stage[Any], walk: Walk, *, is_resumed: bool) -> Walk:
        """Reads and keeps a page; the walk from there on."""
        listing = stage.listing(walk.from_ns)
        try:
            page = await listing.page(walk.cursor or None)
        except RequestRefused as refusal:
            if refusal.status != _BAD_REQUEST or not (is_resumed and walk.cursor):
                raise
            # A cursor of an import long ago: the list is read from its beginning again.
            page = await listing.page()
        rows = [stage.row(item) for item in page.items]
        following = replace(walk, cursor=page.cursor) if page.cursor else Walk(known_ns=walk.began_ns)
        kept = self._store.keep(stage.table, rows, (stage.name, following))
        times = [at_ns for row in rows if (at_ns := stage.table.at_ns(row)) is not None]
        self._count(stage.name, len(rows), kept, min(times, default=None), is_resumed=is_resumed)
        return following

    def _from_ns(self, stage: Stage[Any], known_ns: Nanoseconds | None) -> Nanoseconds | None:
        if known_ns is None or not stage.has_times:
            return None
        from_ns: Nanoseconds = known_ns - stage.overlap_ns
        if stage.table is not ORDERS:
            return from_ns
        for order in self._store.rows(ORDERS):
            if order.status in (None, VenueOrderStatus.RESTING):
                if order.created_ns is None:
                    return None
                from_ns = min(from_ns, order.created_ns)
        return from_ns

    def _count(
        self, name: str, read: int, kept: Kept, oldest_ns: Nanoseconds | None, *, is_resumed: bool = False
    ) -> None:
        before = self._results.get(name, StageResult(name))
        now = replace(
            before,
            read=before.read + read,
            new=before.new + kept.new,
            changed=before.changed + kept.changed,
            pages=before.pages + 1,
            is_resumed=before.is_resumed or is_resumed,
        )
        self._results[name] = now
        self._say(Progress(name, now.read, now.new, oldest_ns, now.is_resumed))

    async def _markets(self) -> tuple[str, ...]:
        """Results of every market traded that has not paid as far as we know; the tickers nobody lists."""
        known = {market.ticker: market for market in self._store.rows(MARKETS)}
        traded = {fill.ticker for fill in self._store.rows(FILLS)}
        traded |= {settlement.ticker for settlement in self._store.rows(SETTLEMENTS)}
        wanted = sorted(
            ticker for ticker in traded if ticker not in known or known[ticker].settled_ns is None
        )
        unknown: list[str] = []
        for part in _parts(wanted):
            unknown += await self._market_part(part, known)
        return tuple(unknown)

    async def _market_part(self, part: list[str], known: dict[str, TradedMarket]) -> list[str]:
        found = await self._reads.markets.list(tickers=part, without_combos=False).collect()
        missing = sorted(set(part) - {sheet.ticker for sheet in found})
        if missing:
            older = self._reads.historical.markets(tickers=missing, without_combos=False)
            found += await older.collect()
        wanted = set(part)
        found = [sheet for sheet in found if sheet.ticker in wanted]
        events = await self._events({sheet.event_ticker for sheet in found}, known)
        rows = [_traded_market(sheet, events) for sheet in found]
        self._count("markets", len(rows), self._store.keep(MARKETS, rows), None)
        return sorted(wanted - {sheet.ticker for sheet in found})

    async def _events(
        self, tickers: Collection[str], known: dict[str, TradedMarket]
    ) -> dict[str, tuple[str, bool | None]]:
        """Series, and whether one market wins, of each event. Combos are not told."""
        found: dict[str, tuple[str, bool | None]] = {
            market.event_ticker: (market.series_ticker, market.is_exclusive)
            for market in known.values()
            if market.is_exclusive is not None
        }
        missing = sorted(set(tickers) - found.keys())
        if missing:
            async for sheet in self._reads.events.list(tickers=missing):
                found[sheet.event.ticker] = (sheet.event.series_ticker, sheet.event.mutually_exclusive)
        return found

    async def _totals(self) -> AccountTotals:
        """Balance and positions of a moment with no fill after those that are held, if there is one."""
        portfolio = self._reads.portfolio
        for look in range(_LOOKS):
            as_of_ns = await self._reads.exchange.user_data_ns()
            balance = await portfolio.balance()
            resting_ud = await portfolio.resting_value_ud()
            positions = await portfolio.positions(settlement_status="all").collect()
            older = await self._reads.historical.positions().collect()
            is_still = not await self._moved()
            if is_still or look == _LOOKS - 1:
                break
        merged: dict[tuple[str, int], VenuePosition] = {(p.ticker, p.exchange_index): p for p in older}
        merged.update({(p.ticker, p.exchange_index): p for p in positions})
        ordered = tuple(merged[key] for key in sorted(merged))
        return AccountTotals(balance, resting_ud, ordered, as_of_ns, is_still)

    async def _moved(self) -> bool:
        """Whether the lists have grown since they were read; what came is kept."""
        before = self._store.counts()
        for stage in stages_of(self._reads, self._page):
            if stage.is_live:
                await self._walk(stage)
        await self._markets()
        return self._store.counts() != before


def _traded_market(sheet: MarketSheet, events: dict[str, tuple[str, bool | None]]) -> TradedMarket:
    series_ticker, is_exclusive = events.get(sheet.event_ticker, (sheet.event_ticker.split("-")[0], None))
    return TradedMarket(
        ticker=sheet.ticker,
        event_ticker=sheet.event_ticker,
        series_ticker=series_ticker,
        is_exclusive=is_exclusive,
        close_ns=sheet.close_ns,
        result_text=sheet.result_text,
        settlement_bp=sheet.settlement_bp,
        settled_ns=sheet.settled_ns,
    )


def _parts(values: list[str]) -> list[list[str]]:
    return [values[start : start + _TICKERS] for start in range(0, len(values), _TICKERS)]
