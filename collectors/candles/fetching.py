"""One request's worth of candlesticks, and what became of each market in it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from collectors.candles.batching import Request
from collectors.candles.coverage import Need
from engine.domain.candle import Candlestick
from engine.domain.units import SECOND_NS
from engine.kalshi.client import Reads
from engine.kalshi.errors import KalshiError, RequestRefused
from engine.kalshi.rest.candles import Period


class Fetched(msgspec.Struct):
    """By ticker. A market is in one of the two."""

    candles: dict[str, tuple[Candlestick, ...]]
    failures: dict[str, str]


class CandleFetcher:
    def __init__(self, reads: Reads, series: str, period: Period) -> None:
        self._reads = reads
        self._series = series
        self._period = period

    async def fetch(self, request: Request) -> Fetched:
        """Never raises for what one market's candlesticks do: it is told with the reason."""
        if not request.is_batch:
            return await self._alone(request.needs)
        tickers = [need.leg.ticker for need in request.needs]
        try:
            found = await self._reads.candles.batch(
                tickers, start_s=request.start_s, end_s=request.end_s, period=self._period
            )
        except RequestRefused:
            # One market may be why: each is asked for by itself, and says so by itself.
            return await self._alone(request.needs)
        except KalshiError as error:
            return Fetched({}, {ticker: str(error) for ticker in tickers})
        # A market that is missing has left the live tier.
        missing = await self._alone([need for need in request.needs if need.leg.ticker not in found])
        kept = {need.leg.ticker: _within(need, found) for need in request.needs if need.leg.ticker in found}
        return Fetched({**kept, **missing.candles}, missing.failures)

    async def _alone(self, needs: tuple[Need, ...] | list[Need]) -> Fetched:
        fetched = Fetched({}, {})
        for need in needs:
            ticker = need.leg.ticker
            try:
                fetched.candles[ticker] = await self._one(need)
            except KalshiError as error:
                fetched.failures[ticker] = str(error)
        return fetched

    async def _one(self, need: Need) -> tuple[Candlestick, ...]:
        settled_s = need.leg.settled_s
        return await self._reads.both_tiers.candles(
            self._series,
            need.leg.ticker,
            start_s=need.start_s,
            end_s=need.end_s,
            period=self._period,
            settled_ns=None if settled_s is None else settled_s * SECOND_NS,
        )


def _within(need: Need, found: Mapping[str, tuple[Candlestick, ...]]) -> tuple[Candlestick, ...]:
    """A request of many markets may reach beyond what one of them needs."""
    rows = found[need.leg.ticker]
    return tuple(candle for candle in rows if need.start_s <= candle.end_s <= need.end_s)
