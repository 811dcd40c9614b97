"""What a paper exchange fetches of the one that it mirrors when a client asks: series, past candles."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Sequence

from engine.assembly.paper_link import PaperLink
from engine.domain.units import SECOND_NS
from engine.kalshi.budget_queue import Lane
from engine.kalshi.client import KalshiReader
from engine.kalshi.errors import KalshiError
from engine.kalshi.rest.candles import Period
from engine.sandbox.server.world import World
from engine.sandbox.sources.upstream.source import Mirror

WITHIN_S = 5.0
_AGAIN_S = 60.0
"""What could not be had is not asked for again before this."""
_MOST_SERIES = 50
_REACH_S = 8 * 86_400
_MOST_TRADES = 200


class PaperErrands:
    """Implements :class:`engine.sandbox.server.companion.Errands`."""

    def __init__(self, reader: KalshiReader, link: PaperLink, mirror: Mirror, world: World) -> None:
        self._reads = reader.reads(Lane.COLLECT)
        self._link = link
        self._mirror = mirror
        self._world = world
        self._failed: dict[str, float] = {}

    async def series(self, series_ticker: str) -> None:
        listed = self._world.exchange.series
        if series_ticker in listed or len(listed) >= _MOST_SERIES:
            return
        if await self._tried(series_ticker, self._link.read_series(series_ticker)):
            self._world.tick()

    async def candles(self, tickers: Sequence[str], start_s: int, end_s: int) -> None:
        exchange = self._world.exchange
        now_s = exchange.now_ns // SECOND_NS
        start_s = max(start_s, now_s - _REACH_S)
        for ticker in tickers:
            record = exchange.markets.get(ticker)
            if record is None or self._mirror.has_candles(ticker, start_s):
                continue
            market = record.market
            from_s = max(start_s, market.open_ns // SECOND_NS)
            until_s = min(now_s, self._world.candles.told_until_ns(record) // SECOND_NS)
            if from_s < until_s:
                await self._tried(ticker, self._bring(market.series_ticker, ticker, from_s, until_s))
            self._mirror.mark_candles(ticker, start_s)

    async def trades(self, ticker: str) -> None:
        record = self._world.exchange.markets.get(ticker)
        if record is None or self._mirror.has_trades(ticker):
            return
        self._mirror.remember_trades(ticker, ())
        if self._world.candles.told_until_ns(record):
            await self._tried(ticker, self._bring_trades(ticker))

    async def _bring(self, series_ticker: str, ticker: str, start_s: int, end_s: int) -> None:
        found = await self._reads.candles.one(
            series_ticker, ticker, start_s=start_s, end_s=end_s, period=Period.MINUTE
        )
        self._mirror.remember_candles(ticker, found)

    async def _bring_trades(self, ticker: str) -> None:
        page = await self._reads.trades.list(ticker=ticker, limit=_MOST_TRADES).page()
        self._mirror.remember_trades(ticker, page.items)

    async def _tried(self, name: str, work: Awaitable[None]) -> bool:
        """Whether it came in time. A client waits for its answer, so this does not take long."""
        failed_s = self._failed.get(name)
        if failed_s is not None and time.monotonic() - failed_s < _AGAIN_S:
            if asyncio.iscoroutine(work):
                work.close()
            return False
        try:
            async with asyncio.timeout(WITHIN_S):
                await work
        except (KalshiError, TimeoutError):
            self._failed[name] = time.monotonic()
            return False
        self._failed.pop(name, None)
        return True
