"""Series and the changes of their fees."""

from __future__ import annotations

from engine.domain.market import Series
from engine.domain.units import Nanoseconds
from engine.kalshi import decode_market
from engine.kalshi.iso_time import floor_seconds
from engine.kalshi.listing import ListSpec, Page
from engine.kalshi.query import path_of
from engine.kalshi.rest.group import ReadGroup
from engine.wire import markets as wire

_SERIES = ListSpec("series", wire.Series, decode_market.series, lambda series: series.ticker)


class SeriesReads(ReadGroup):
    async def all(
        self,
        *,
        category: str | None = None,
        tags: str | None = None,
        include_volume: bool | None = None,
        min_updated_ns: Nanoseconds | None = None,
    ) -> Page[Series]:
        """``GET /series``: all in one answer. A series whose fee cannot be told is in ``rejected``."""
        listing = self._list(
            "/series",
            _SERIES,
            category=category,
            tags=tags,
            include_volume=include_volume,
            min_updated_ts=None if min_updated_ns is None else floor_seconds(min_updated_ns),
        )
        return await listing.page()

    async def one(self, series_ticker: str) -> Series:
        """``GET /series/{series_ticker}``."""
        answer = await self._get(path_of("series", series_ticker), wire.SeriesAnswer)
        return decode_market.series(answer.series, self._reader.drift)

    async def fee_changes(
        self, *, series_ticker: str | None = None, show_historical: bool | None = None
    ) -> tuple[wire.SeriesFeeChange, ...]:
        """``GET /series/fee_changes``."""
        answer = await self._get(
            "/series/fee_changes",
            wire.SeriesFeeChanges,
            series_ticker=series_ticker,
            show_historical=show_historical,
        )
        return tuple(answer.series_fee_change_arr)
