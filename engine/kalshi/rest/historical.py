"""The historical tier: what is older than the cutoff, about three months ago."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from engine.domain.candle import Candlestick
from engine.domain.feed import PublicTrade
from engine.domain.fill import Fill
from engine.domain.units import Nanoseconds
from engine.domain.venue import MarketSheet, VenueOrder, VenuePosition
from engine.kalshi import decode_market
from engine.kalshi.fields import Fields
from engine.kalshi.listing import Listing
from engine.kalshi.query import csv, path_of
from engine.kalshi.rest.candles import MOST_PERIODS, Period, ranges
from engine.kalshi.rest.group import ReadGroup
from engine.kalshi.rest.markets import MARKETS
from engine.kalshi.rest.portfolio import FILLS, ORDERS, POSITIONS
from engine.kalshi.rest.trades import TRADES, time_range
from engine.wire import markets as wire

T = TypeVar("T")


class Cutoff(msgspec.Struct, frozen=True):
    """Before these times data is historical."""

    market_settled_ns: Nanoseconds
    trades_created_ns: Nanoseconds
    orders_updated_ns: Nanoseconds
    positions_updated_ns: Nanoseconds | None


class HistoricalReads(ReadGroup):
    """``/historical/*`` as it is. Fills, orders and positions need a key."""

    async def cutoff(self) -> Cutoff:
        """``GET /historical/cutoff``."""
        row = await self._get("/historical/cutoff", wire.HistoricalCutoff)
        read = Fields("historical cutoff", self._reader.drift)
        return Cutoff(
            market_settled_ns=read.time("market_settled_ts", row.market_settled_ts),
            trades_created_ns=read.time("trades_created_ts", row.trades_created_ts),
            orders_updated_ns=read.time("orders_updated_ts", row.orders_updated_ts),
            positions_updated_ns=read.maybe_time(
                "market_positions_last_updated_ts", row.market_positions_last_updated_ts
            ),
        )

    def markets(
        self,
        *,
        event_ticker: str | None = None,
        series_ticker: str | None = None,
        tickers: list[str] | None = None,
        without_combos: bool = True,
        limit: int = 1000,
    ) -> Listing[MarketSheet]:
        """``GET /historical/markets``."""
        return self._list(
            "/historical/markets",
            MARKETS,
            event_ticker=event_ticker,
            series_ticker=series_ticker,
            tickers=csv(tickers),
            mve_filter="exclude" if without_combos else None,
            limit=limit,
        )

    async def market(self, ticker: str) -> MarketSheet:
        """``GET /historical/markets/{ticker}``."""
        answer = await self._get(path_of("historical", "markets", ticker), wire.MarketAnswer)
        return decode_market.market_sheet(answer.market, self._reader.drift)

    async def candles(
        self, ticker: str, *, start_s: int, end_s: int, period: Period
    ) -> tuple[Candlestick, ...]:
        """``GET /historical/markets/{ticker}/candlesticks``, in as many requests as the range needs."""
        found: dict[int, Candlestick] = {}
        for part_start_s, part_end_s in ranges(start_s, end_s, period, MOST_PERIODS - 1):
            answer = await self._get(
                path_of("historical", "markets", ticker, "candlesticks"),
                wire.HistoricalCandlesticks,
                start_ts=part_start_s,
                end_ts=part_end_s,
                period_interval=period.value,
            )
            for row in answer.candlesticks:
                found[row.end_period_ts] = decode_market.historical_candlestick(row, self._reader.drift)
        return tuple(found[end] for end in sorted(found))

    def trades(
        self,
        *,
        ticker: str | None = None,
        from_ns: Nanoseconds | None = None,
        to_ns: Nanoseconds | None = None,
        limit: int = 1000,
    ) -> Listing[PublicTrade]:
        """``GET /historical/trades``."""
        return self._list(
            "/historical/trades", TRADES, ticker=ticker, limit=limit, **time_range(from_ns, to_ns)
        )

    def fills(
        self,
        *,
        ticker: str | None = None,
        from_ns: Nanoseconds | None = None,
        to_ns: Nanoseconds | None = None,
        limit: int = 1000,
    ) -> Listing[Fill]:
        """``GET /historical/fills``."""
        return self._list(
            "/historical/fills", FILLS, ticker=ticker, limit=limit, **time_range(from_ns, to_ns)
        )

    def orders(
        self,
        *,
        ticker: str | None = None,
        from_ns: Nanoseconds | None = None,
        to_ns: Nanoseconds | None = None,
        limit: int = 1000,
    ) -> Listing[VenueOrder]:
        """``GET /historical/orders``: orders that ended before the cutoff."""
        return self._list(
            "/historical/orders", ORDERS, ticker=ticker, limit=limit, **time_range(from_ns, to_ns)
        )

    def positions(self, *, ticker: str | None = None, limit: int = 1000) -> Listing[VenuePosition]:
        """``GET /historical/positions``."""
        return self._list("/historical/positions", POSITIONS, ticker=ticker, limit=limit)
