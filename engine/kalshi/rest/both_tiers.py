"""Reads that go to whichever tier has the data.

The exchange keeps about three months live. What is older than its cutoff is under ``/historical`` alone, and
the cutoff moves on. A split read therefore takes the live part first, looks the cutoff up after it and then
reads the historical part up to that cutoff and a second more; what both have counts once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

from engine.domain.candle import Candlestick
from engine.domain.feed import PublicTrade
from engine.domain.fill import Fill
from engine.domain.units import SECOND_NS, Nanoseconds
from engine.domain.venue import MarketSheet, VenueOrder
from engine.kalshi.budget_queue import Lane
from engine.kalshi.clock import Clock
from engine.kalshi.errors import RequestRefused
from engine.kalshi.reader import Reader
from engine.kalshi.rest.candles import CandleReads, Period
from engine.kalshi.rest.historical import Cutoff, HistoricalReads
from engine.kalshi.rest.markets import MarketReads
from engine.kalshi.rest.portfolio import PortfolioReads
from engine.kalshi.rest.trades import TradeReads
from engine.kalshi.settings import ClientSettings

T = TypeVar("T")


class BothTiers:
    """Reads over the whole past, live and historical. Lists come oldest first, each item once."""

    def __init__(self, reader: Reader, settings: ClientSettings, lane: Lane, clock: Clock) -> None:
        self._markets = MarketReads(reader, settings, lane)
        self._candles = CandleReads(reader, settings, lane)
        self._trades = TradeReads(reader, settings, lane)
        self._portfolio = PortfolioReads(reader, settings, lane)
        self._historical = HistoricalReads(reader, settings, lane)
        self._settings = settings
        self._clock = clock
        self._cutoff: tuple[Nanoseconds, Cutoff] | None = None

    async def market(self, ticker: str) -> MarketSheet:
        """A market wherever it is: live, else historical."""
        try:
            return await self._markets.one(ticker)
        except RequestRefused as refusal:
            if refusal.status != 404:
                raise
            return await self._historical.market(ticker)

    async def candles(
        self,
        series_ticker: str,
        ticker: str,
        *,
        start_s: int,
        end_s: int,
        period: Period,
        settled_ns: Nanoseconds | None = None,
    ) -> tuple[Candlestick, ...]:
        """A market's candlesticks wherever they are: a market moves to the historical tier as a whole.

        ``settled_ns``, where known, saves the request to the tier that does not have it.
        """
        if settled_ns is None or settled_ns >= (await self._recent_cutoff()).market_settled_ns:
            try:
                return await self._candles.one(
                    series_ticker, ticker, start_s=start_s, end_s=end_s, period=period
                )
            except RequestRefused as refusal:
                if refusal.status != 404:
                    raise
        return await self._historical.candles(ticker, start_s=start_s, end_s=end_s, period=period)

    async def trades(
        self, *, ticker: str | None = None, from_ns: Nanoseconds, to_ns: Nanoseconds
    ) -> list[PublicTrade]:
        """Prints with ``from_ns <= at < to_ns``."""
        live = await self._trades.list(ticker=ticker, from_ns=from_ns, to_ns=to_ns).collect()
        older = _older_end_ns(from_ns, to_ns, (await self._fresh_cutoff()).trades_created_ns)
        if older is not None:
            listing = self._historical.trades(ticker=ticker, from_ns=from_ns, to_ns=older)
            live = _merged(await listing.collect(), live, lambda trade: trade.trade_id)
        found = [trade for trade in live if from_ns <= trade.at_ns < to_ns]
        return sorted(found, key=lambda trade: (trade.at_ns, trade.trade_id))

    async def fills(
        self, *, ticker: str | None = None, from_ns: Nanoseconds, to_ns: Nanoseconds
    ) -> list[Fill]:
        """Our fills with ``from_ns <= at < to_ns``."""
        tickers = None if ticker is None else [ticker]
        live = await self._portfolio.fills(tickers=tickers, from_ns=from_ns, to_ns=to_ns).collect()
        older = _older_end_ns(from_ns, to_ns, (await self._fresh_cutoff()).trades_created_ns)
        if older is not None:
            listing = self._historical.fills(ticker=ticker, from_ns=from_ns, to_ns=older)
            live = _merged(await listing.collect(), live, lambda fill: (fill.trade_id, fill.order_id))
        found = [fill for fill in live if from_ns <= fill.at_ns < to_ns]
        return sorted(found, key=lambda fill: (fill.at_ns, fill.trade_id, fill.order_id))

    async def orders(
        self, *, ticker: str | None = None, from_ns: Nanoseconds | None = None
    ) -> list[VenueOrder]:
        """Our orders since ``from_ns``, in any state, the live ones' reading before the historical one's."""
        live = await self._portfolio.orders(ticker=ticker, from_ns=from_ns).collect()
        cutoff = await self._fresh_cutoff()
        if from_ns is None or from_ns < cutoff.orders_updated_ns:
            listing = self._historical.orders(ticker=ticker, from_ns=from_ns)
            live = _merged(await listing.collect(), live, lambda order: order.order_id)
        return sorted(live, key=lambda order: (order.created_ns or 0, order.order_id))

    async def _recent_cutoff(self) -> Cutoff:
        now_ns = self._clock.monotonic_ns()
        if self._cutoff is not None and now_ns - self._cutoff[0] < self._settings.cutoff_age_ns:
            return self._cutoff[1]
        return await self._fresh_cutoff()

    async def _fresh_cutoff(self) -> Cutoff:
        found = await self._historical.cutoff()
        self._cutoff = (self._clock.monotonic_ns(), found)
        return found


def _older_end_ns(from_ns: Nanoseconds, to_ns: Nanoseconds, cutoff_ns: Nanoseconds) -> Nanoseconds | None:
    """Where the historical part ends; None when there is none."""
    return min(to_ns, cutoff_ns + SECOND_NS) if from_ns < cutoff_ns else None


def _merged(older: list[T], newer: list[T], identity: Callable[[T], Hashable]) -> list[T]:
    """Both, each item once; of one in both the newer reading."""
    found = {identity(item): item for item in older}
    found.update({identity(item): item for item in newer})
    return list(found.values())
