"""Markets and order books of the live tier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from engine.domain.book import Book
from engine.domain.units import Nanoseconds
from engine.domain.venue import MarketSheet
from engine.kalshi import decode_market
from engine.kalshi.iso_time import ceil_seconds, floor_seconds
from engine.kalshi.listing import Listing, ListSpec
from engine.kalshi.query import Parameter, csv, path_of
from engine.kalshi.rest.group import ReadGroup
from engine.wire import markets as wire

MARKETS = ListSpec("markets", wire.Market, decode_market.market_sheet, lambda sheet: sheet.ticker)
MOST_BOOKS = 100
"""How many order books one request may ask for."""
StatusFilter: TypeAlias = Literal["unopened", "open", "paused", "closed", "settled"]
TimeFamily: TypeAlias = Literal["created", "close", "settled", "updated"]


class MarketReads(ReadGroup):
    def list(
        self,
        *,
        event_ticker: str | None = None,
        series_ticker: str | None = None,
        status: StatusFilter | None = None,
        tickers: Sequence[str] | None = None,
        without_combos: bool = True,
        times: TimeFamily = "close",
        from_ns: Nanoseconds | None = None,
        to_ns: Nanoseconds | None = None,
        limit: int = 1000,
    ) -> Listing[MarketSheet]:
        """``GET /markets``. The exchange takes one family of times in a request, and it must go with the
        status: created with unopened, open or none; close with closed or none; settled with settled or none;
        updated with nothing but the exclusion of combos."""
        return self._list(
            "/markets",
            MARKETS,
            event_ticker=event_ticker,
            series_ticker=series_ticker,
            status=status,
            tickers=csv(tickers),
            mve_filter="exclude" if without_combos else None,
            limit=limit,
            **_times(times, from_ns, to_ns),
        )

    async def one(self, ticker: str) -> MarketSheet:
        """``GET /markets/{ticker}``."""
        answer = await self._get(path_of("markets", ticker), wire.MarketAnswer)
        return decode_market.market_sheet(answer.market, self._reader.drift)

    async def orderbook(self, ticker: str, *, depth: int = 0) -> Book:
        """``GET /markets/{ticker}/orderbook``: the ``depth`` best levels of each side, 0 for all."""
        answer = await self._get(path_of("markets", ticker, "orderbook"), wire.OrderBookAnswer, depth=depth)
        return decode_market.book(answer.orderbook_fp, self._reader.drift)

    async def orderbooks(self, tickers: Sequence[str]) -> dict[str, Book]:
        """``GET /markets/orderbooks``, a hundred markets a request. Unknown tickers are missing."""
        books: dict[str, Book] = {}
        for part in _parts(tickers, MOST_BOOKS):
            answer = await self._get("/markets/orderbooks", wire.OrderBooksAnswer, tickers=part)
            for found in answer.orderbooks:
                books[found.ticker] = decode_market.book(found.orderbook_fp, self._reader.drift)
        return books


def _times(
    family: TimeFamily, from_ns: Nanoseconds | None, to_ns: Nanoseconds | None
) -> dict[str, Parameter]:
    query: dict[str, Parameter] = {}
    if from_ns is not None:
        query[f"min_{family}_ts"] = floor_seconds(from_ns)
    if to_ns is not None:
        query[f"max_{family}_ts"] = ceil_seconds(to_ns)
    return query


def _parts(values: Sequence[str], size: int) -> list[list[str]]:
    return [list(values[start : start + size]) for start in range(0, len(values), size)]
