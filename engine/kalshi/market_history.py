"""Facts, candles and trades of a market for people who look at it, in the lane that waits for all others."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from typing import TypeVar

from engine.domain.candle import Candlestick
from engine.domain.feed import PublicTrade
from engine.domain.market import Series
from engine.domain.units import SECOND_NS, Nanoseconds
from engine.domain.venue import EventSheet
from engine.kalshi.budget_queue import Lane
from engine.kalshi.client import KalshiReader
from engine.kalshi.errors import KalshiError
from engine.kalshi.rest.candles import Period
from engine.ports import MarketFacts, MarketReadFailed

T = TypeVar("T")
_REMEMBERED_NS = 600 * SECOND_NS
"""How long a series and an event are believed: only fees and titles of theirs may change."""


class MarketHistory:
    """Implements :class:`engine.ports.MarketReads`."""

    def __init__(self, client: KalshiReader) -> None:
        self._client = client
        self._reads = client.reads(Lane.COLLECT)
        self._series: dict[str, tuple[Nanoseconds, Series]] = {}
        self._events: dict[str, tuple[Nanoseconds, EventSheet]] = {}

    async def facts(self, ticker: str) -> MarketFacts:
        sheet = await _told(self._reads.both_tiers.market(ticker))
        event = await self._event(sheet.event_ticker)
        series = await self._one_series(event.event.series_ticker)
        market = sheet.listed(event.event, event.fees(series))
        if market is None:
            raise MarketReadFailed(f"market {ticker}: the exchange lists it in a way that is not understood")
        return MarketFacts(market, event.event, series)

    async def candles(
        self, ticker: str, period_min: int, start_s: int, end_s: int
    ) -> tuple[Candlestick, ...]:
        try:
            period = Period(period_min)
        except ValueError:
            wanted = ", ".join(str(known.value) for known in Period)
            raise MarketReadFailed(f"period_min: got {period_min}, wanted one of {wanted}") from None
        series = ticker.partition("-")[0]
        return await _told(
            self._reads.both_tiers.candles(series, ticker, start_s=start_s, end_s=end_s, period=period)
        )

    async def batch_candles(
        self, tickers: Sequence[str], period_min: int, start_s: int, end_s: int
    ) -> Mapping[str, tuple[Candlestick, ...]]:
        """Of live markets, in as many requests as they need; a market that is not known is missing."""
        return await _told(
            self._reads.candles.batch(tickers, start_s=start_s, end_s=end_s, period=Period(period_min))
        )

    async def trades(self, ticker: str, most: int) -> tuple[PublicTrade, ...]:
        return await _told(self._first_page(ticker, most))

    async def _first_page(self, ticker: str, most: int) -> tuple[PublicTrade, ...]:
        async for page in self._reads.trades.list(ticker=ticker, limit=most).pages():
            return tuple(page.items[:most])
        return ()

    async def _event(self, event_ticker: str) -> EventSheet:
        now_ns = self._client.clock.monotonic_ns()
        known = self._events.get(event_ticker)
        if known is None or now_ns - known[0] > _REMEMBERED_NS:
            known = (now_ns, await _told(self._reads.events.one(event_ticker)))
            self._events[event_ticker] = known
        return known[1]

    async def _one_series(self, series_ticker: str) -> Series:
        now_ns = self._client.clock.monotonic_ns()
        known = self._series.get(series_ticker)
        if known is None or now_ns - known[0] > _REMEMBERED_NS:
            known = (now_ns, await _told(self._reads.series.one(series_ticker)))
            self._series[series_ticker] = known
        return known[1]


async def _told(answer: Awaitable[T]) -> T:
    """Raises MarketReadFailed for whatever the client could not get."""
    try:
        return await answer
    except KalshiError as error:
        raise MarketReadFailed(str(error)) from None
