"""Answers of the exchange for people: facts, candles and trades, asked for a few at a time and in bounds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from urllib.parse import urlsplit

from engine.control.candle_shelf import CandleShelves
from engine.control.queries import CandlesArgs, FactsArgs, TradesArgs
from engine.control.rows.markets import FactsRow, TradeRow
from engine.domain.candle import Candlestick
from engine.domain.feed import PublicTrade
from engine.domain.market import Series
from engine.domain.order import BookSide, Leg
from engine.ports import Clock, MarketReadFailed, MarketReads

T = TypeVar("T")
AT_ONCE = 4
WITHIN_S = 10.0
LONGEST_SPAN = 5_000
"""Candles of one question."""
_INDEX_FOLDER = "/data/indices/"
_INDEX_OF_SERIES = (("KXBTC", "BRTI"), ("KXETH", "ETHUSD_RTI"))
"""Where the settlement source's address names none. Source: the settlement rules of these series."""


class MarketAnswers:
    """Asks ``reads``; raises MarketReadFailed for what it cannot tell or not in time."""

    def __init__(self, reads: MarketReads, clock: Clock) -> None:
        self._reads = reads
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._shelves = CandleShelves(self._asked_candles, clock)

    async def facts(self, args: FactsArgs) -> tuple[FactsRow, ...]:
        found = await self._in_time(self._in_turn(lambda: self._reads.facts(args.ticker)))
        series = found.series
        return (
            FactsRow(found.market, found.event, series.title, series.settlement_sources, index_of(series)),
        )

    async def candles(self, args: CandlesArgs) -> tuple[Candlestick, ...]:
        span = (args.end_s - args.start_s) // max(args.period_min * 60, 1)
        if not 0 <= span <= LONGEST_SPAN:
            raise MarketReadFailed(f"candles: got a span of {span} periods, wanted 0 to {LONGEST_SPAN}")
        return await self._in_time(self._shelves.candles(args))

    async def trades(self, args: TradesArgs, limit: int) -> tuple[TradeRow, ...]:
        found = await self._in_time(self._in_turn(lambda: self._reads.trades(args.ticker, limit)))
        return tuple(trade_row(trade) for trade in found)

    async def _asked_candles(self, args: CandlesArgs) -> tuple[Candlestick, ...]:
        return await self._in_turn(
            lambda: self._reads.candles(args.ticker, args.period_min, args.start_s, args.end_s)
        )

    async def _in_turn(self, ask: Callable[[], Awaitable[T]]) -> T:
        async with self._turns:
            return await ask()

    async def _in_time(self, answer: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(WITHIN_S):
                return await answer
        except TimeoutError:
            raise MarketReadFailed(f"the exchange did not answer within {WITHIN_S:g} s") from None


def trade_row(trade: PublicTrade) -> TradeRow:
    taker = Leg.YES if trade.taker_side is BookSide.BID else Leg.NO
    return TradeRow(trade.trade_id, trade.ticker, trade.price_bp, trade.count_c, taker, trade.at_ns)


def index_of(series: Series) -> str:
    """The index that settles a series: named by its source's address, else by the series; else empty."""
    for _, address in series.settlement_sources:
        parts = urlsplit(address)
        if parts.hostname and parts.hostname.endswith("cfbenchmarks.com"):
            _, found, name = parts.path.partition(_INDEX_FOLDER)
            if found and name.strip("/"):
                return name.strip("/")
    if not any("cf benchmarks" in name.casefold() for name, _ in series.settlement_sources):
        return ""
    return next((index for prefix, index in _INDEX_OF_SERIES if series.ticker.startswith(prefix)), "")
