"""Candlesticks of the live tier: of one market, of many, of an event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum

import msgspec

from engine.domain.candle import Candlestick
from engine.kalshi import decode_market
from engine.kalshi.errors import DecodeError, RangeTooLarge
from engine.kalshi.query import csv, path_of
from engine.kalshi.rest.group import ReadGroup
from engine.wire import markets as wire

MOST_PERIODS = 5_000
"""The exchange refuses more periods in one request for one market; we stay one below, since it does not say
whether it counts a period that is begun."""
MOST_BATCH_PERIODS = 10_000
"""Tickers times periods of a batch."""
MOST_BATCH_MARKETS = 100


class Period(IntEnum):
    """Minutes of one candlestick."""

    MINUTE = 1
    HOUR = 60
    DAY = 1440

    @property
    def seconds(self) -> int:
        return self.value * 60


class EventCandles(msgspec.Struct, frozen=True):
    """``adjusted_end_s``: the exchange cuts a range that is too long instead of refusing it."""

    by_ticker: dict[str, tuple[Candlestick, ...]]
    adjusted_end_s: int


class CandleReads(ReadGroup):
    """Times are unix seconds; a range holds the candlesticks whose end lies in it, both ends included.

    Candlesticks are sparse: periods without any activity are missing.
    """

    async def one(
        self,
        series_ticker: str,
        ticker: str,
        *,
        start_s: int,
        end_s: int,
        period: Period,
        include_latest_before_start: bool = False,
    ) -> tuple[Candlestick, ...]:
        """``GET /series/{s}/markets/{t}/candlesticks``, in as many requests as the range needs."""
        found: dict[int, Candlestick] = {}
        for part_start_s, part_end_s in ranges(start_s, end_s, period, MOST_PERIODS - 1):
            answer = await self._get(
                path_of("series", series_ticker, "markets", ticker, "candlesticks"),
                wire.LiveCandlesticks,
                start_ts=part_start_s,
                end_ts=part_end_s,
                period_interval=period.value,
                include_latest_before_start=(include_latest_before_start and part_start_s == start_s) or None,
            )
            for row in answer.candlesticks:
                found[row.end_period_ts] = decode_market.live_candlestick(row, self._reader.drift)
        return _in_order(found)

    async def batch(
        self,
        tickers: Sequence[str],
        *,
        start_s: int,
        end_s: int,
        period: Period,
        include_latest_before_start: bool = False,
    ) -> Mapping[str, tuple[Candlestick, ...]]:
        """``GET /markets/candlesticks``, in as many requests as markets and range need.

        Unknown tickers are missing; a market without activity has an empty tuple.
        """
        periods = period_count(start_s, end_s, period) + 1
        if periods > MOST_BATCH_PERIODS:
            raise RangeTooLarge("periods of a batch", periods, MOST_BATCH_PERIODS)
        size = max(1, min(MOST_BATCH_MARKETS, MOST_BATCH_PERIODS // max(1, periods)))
        found: dict[str, tuple[Candlestick, ...]] = {}
        for start in range(0, len(tickers), size):
            answer = await self._get(
                "/markets/candlesticks",
                wire.BatchCandlesticks,
                market_tickers=csv(tickers[start : start + size]),
                start_ts=start_s,
                end_ts=end_s,
                period_interval=period.value,
                include_latest_before_start=include_latest_before_start or None,
            )
            for market in answer.markets:
                found[market.market_ticker] = self._decoded(market.candlesticks)
        return found

    async def event(
        self, series_ticker: str, event_ticker: str, *, start_s: int, end_s: int, period: Period
    ) -> EventCandles:
        """``GET /series/{s}/events/{e}/candlesticks``."""
        path = path_of("series", series_ticker, "events", event_ticker, "candlesticks")
        answer = await self._get(
            path, wire.EventCandlesticks, start_ts=start_s, end_ts=end_s, period_interval=period.value
        )
        if len(answer.market_tickers) != len(answer.market_candlesticks):
            got = f"{len(answer.market_candlesticks)} lists for {len(answer.market_tickers)} tickers"
            raise DecodeError(path, "market_candlesticks", got, "one list for each ticker")
        rows = zip(answer.market_tickers, answer.market_candlesticks, strict=True)
        return EventCandles({ticker: self._decoded(found) for ticker, found in rows}, answer.adjusted_end_ts)

    def _decoded(self, rows: Sequence[wire.LiveCandlestick]) -> tuple[Candlestick, ...]:
        return tuple(decode_market.live_candlestick(row, self._reader.drift) for row in rows)


def period_count(start_s: int, end_s: int, period: Period) -> int:
    """How many candlesticks may end in [start_s, end_s]; an end is a multiple of the period."""
    first = -(-start_s // period.seconds)
    return max(0, end_s // period.seconds - first + 1)


def ranges(start_s: int, end_s: int, period: Period, most: int) -> list[tuple[int, int]]:
    """[start_s, end_s] in parts of at most ``most`` periods, none of which shares a candlestick."""
    parts = []
    while start_s <= end_s:
        first_end_s = -(-start_s // period.seconds) * period.seconds
        part_end_s = min(end_s, first_end_s + (most - 1) * period.seconds)
        parts.append((start_s, part_end_s))
        start_s = part_end_s + 1
    return parts


def _in_order(found: Mapping[int, Candlestick]) -> tuple[Candlestick, ...]:
    return tuple(found[end_s] for end_s in sorted(found))
