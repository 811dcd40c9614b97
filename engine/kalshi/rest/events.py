"""Events, with or without their markets."""

from __future__ import annotations

from collections.abc import Sequence

from engine.domain.units import Nanoseconds
from engine.domain.venue import EventSheet
from engine.kalshi import decode_market
from engine.kalshi.drift import DriftCounter
from engine.kalshi.iso_time import floor_seconds
from engine.kalshi.listing import Listing, ListSpec
from engine.kalshi.query import csv, path_of
from engine.kalshi.rest.group import ReadGroup
from engine.wire import markets as wire


def _as_is(row: wire.EventFeeChange, drift: DriftCounter) -> wire.EventFeeChange:
    return row


_EVENTS = ListSpec(
    "events", wire.Event, decode_market.event_sheet, lambda sheet: sheet.event.ticker, in_one_go=1
)
_FEE_CHANGES = ListSpec("event_fee_changes", wire.EventFeeChange, _as_is, lambda change: change.id)


class EventReads(ReadGroup):
    def list(
        self,
        *,
        series_ticker: str | None = None,
        status: str | None = None,
        tickers: Sequence[str] | None = None,
        with_nested_markets: bool = False,
        min_close_ns: Nanoseconds | None = None,
        min_updated_ns: Nanoseconds | None = None,
        limit: int = 200,
    ) -> Listing[EventSheet]:
        """``GET /events``, at most 200 a page; combos are not among them.

        ``status`` is one of unopened, open, closed, settled.
        """
        return self._list(
            "/events",
            _EVENTS,
            series_ticker=series_ticker,
            status=status,
            tickers=csv(tickers),
            with_nested_markets=with_nested_markets or None,
            min_close_ts=None if min_close_ns is None else floor_seconds(min_close_ns),
            min_updated_ts=None if min_updated_ns is None else floor_seconds(min_updated_ns),
            limit=limit,
        )

    async def one(self, event_ticker: str) -> EventSheet:
        """``GET /events/{event_ticker}`` with its markets; after the cutoff it has none."""
        answer = await self._get(path_of("events", event_ticker), wire.EventAnswer)
        return decode_market.event_sheet(answer.event, self._reader.drift, answer.markets)

    async def metadata(self, event_ticker: str) -> wire.EventMetadata:
        """``GET /events/{event_ticker}/metadata``."""
        return await self._get(path_of("events", event_ticker, "metadata"), wire.EventMetadata)

    def fee_changes(
        self, *, event_ticker: str | None = None, limit: int = 1000
    ) -> Listing[wire.EventFeeChange]:
        """``GET /events/fee_changes``."""
        return self._list("/events/fee_changes", _FEE_CHANGES, event_ticker=event_ticker, limit=limit)
