"""What markets a series has: those that trade or wait for their result, those that settled since the last
look, and, once, those that are older than the live tier."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from collectors.candles.coverage import Leg
from collectors.candles.ownership import Share
from collectors.candles.progress import HISTORICAL, LIVE, Listing, Progress
from collectors.candles.rows import ceil_s
from engine.domain.market import MarketStatus
from engine.domain.units import SECOND_NS
from engine.domain.venue import MarketSheet
from engine.kalshi.client import Reads
from engine.kalshi.listing import Listing as PagedListing

OVERLAP_S = 3_600
"""How far back settlements are asked for again: a list may lag behind them."""


class Listed(msgspec.Struct):
    """Markets of this node by event, and what may be said of the lists once they are kept."""

    markets: dict[str, dict[str, MarketSheet]]
    listings: list[Listing]
    cutoff_s: int
    pages: int = 0
    unreadable: int = 0

    def legs(self, event_ticker: str) -> Iterable[Leg]:
        return [leg_of(sheet) for sheet in self.markets[event_ticker].values()]


def leg_of(sheet: MarketSheet) -> Leg:
    settled_ns = sheet.settled_ns
    if settled_ns is None and sheet.status is MarketStatus.FINALIZED:
        settled_ns = max(sheet.close_ns, sheet.updated_ns)
    settled_s = None if settled_ns is None else settled_ns // SECOND_NS
    return Leg(sheet.ticker, sheet.open_ns // SECOND_NS, ceil_s(sheet.close_ns), settled_s)


class SeriesLister:
    """Raises KalshiError where a list cannot be had whole: then nothing may be said to be listed."""

    def __init__(self, reads: Reads, share: Share) -> None:
        self._reads = reads
        self._share = share

    async def listed(self, progress: Progress, now_s: int) -> Listed:
        """In the order of a market's life, so that one that moves on meanwhile is seen once at least."""
        found = Listed({}, [], 0)
        series = progress.series
        await self._take(found, self._reads.markets.list(series_ticker=series, status="open"))
        await self._take(found, self._reads.markets.list(series_ticker=series, status="closed"))
        await self._settled(found, progress, now_s)
        await self._historical(found, progress, now_s)
        return found

    async def _settled(self, found: Listed, progress: Progress, now_s: int) -> None:
        before = progress.listings.get(LIVE)
        through_s = 0 if before is None else before.settled_through_s
        from_ns = (through_s - OVERLAP_S) * SECOND_NS if through_s else None
        listing = self._reads.markets.list(
            series_ticker=progress.series, status="settled", times="settled", from_ns=from_ns
        )
        is_whole = not await self._take(found, listing)
        self._note(found, progress, LIVE, now_s if is_whole else through_s, found.unreadable)

    async def _historical(self, found: Listed, progress: Progress, now_s: int) -> None:
        """What left the live tier before it was seen there; nothing, once everything was."""
        cutoff = await self._reads.historical.cutoff()
        found.cutoff_s = cutoff.market_settled_ns // SECOND_NS
        before, live = progress.listings.get(HISTORICAL), progress.listings.get(LIVE)
        is_known = before is not None and before.settled_through_s > 0
        if is_known and live is not None and found.cutoff_s <= live.settled_through_s:
            return
        listing = self._reads.historical.markets(series_ticker=progress.series)
        unreadable = await self._take(found, listing)
        known_s = 0 if before is None else before.settled_through_s
        self._note(found, progress, HISTORICAL, known_s if unreadable else now_s, unreadable)

    def _note(self, found: Listed, progress: Progress, tier: str, through_s: int, unreadable: int) -> None:
        """A list with a market that cannot be read is asked for from the same place again: from its beginning
        if it was never read whole. Those that trade are of the live tier."""
        found.listings.append(Listing(progress.series, tier, through_s, unreadable))

    async def _take(self, found: Listed, listing: PagedListing[MarketSheet]) -> int:
        unreadable = 0
        async for page in listing.pages():
            found.pages += 1
            unreadable += len(page.rejected)
            for sheet in page.items:
                if self._share.owns(sheet.event_ticker):
                    found.markets.setdefault(sheet.event_ticker, {})[sheet.ticker] = sheet
        found.unreadable += unreadable
        return unreadable
