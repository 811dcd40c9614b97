"""What the feed says of markets: lifecycle, quotes, whole books. Single levels are the engine's own path."""

from __future__ import annotations

import msgspec

from engine.core.desk import Desk
from engine.core.timers import Due
from engine.core.universe import Universe
from engine.domain.feed import (
    BookFresh,
    BookStale,
    EventSeen,
    LifecycleKind,
    LifecycleSeen,
    StaleReason,
    TickerQuote,
)
from engine.domain.market import Event, Market, MarketStatus

_STATUS = {
    LifecycleKind.ACTIVATED: MarketStatus.ACTIVE,
    LifecycleKind.DEACTIVATED: MarketStatus.INACTIVE,
    LifecycleKind.DETERMINED: MarketStatus.DETERMINED,
    LifecycleKind.SETTLED: MarketStatus.FINALIZED,
}


class MarketFeed:
    def __init__(self, desk: Desk, universe: Universe) -> None:
        self._desk = desk
        self._universe = universe

    def fresh(self, event: BookFresh) -> None:
        view = self._desk.books.get(event.ticker)
        if view is None:
            return
        view.book.replace(dict(event.bids), dict(event.asks))
        view.is_fresh = True
        view.stale_reason = None
        view.changed_mono = self._desk.mono
        self._desk.touch(event.ticker)
        view.tell()

    def stale(self, event: BookStale) -> None:
        self.mark_stale(event.ticker, event.reason)

    def mark_stale(self, ticker: str, reason: StaleReason) -> None:
        view = self._desk.books.get(ticker)
        if view is not None:
            view.is_fresh = False
            view.stale_reason = reason
            self._desk.touch(ticker)
            view.tell()

    def lost(self) -> None:
        """No connection: no book may be read, whether the feed said so for each or not."""
        self._desk.feed_mono = None
        for ticker, view in self._desk.books.items():
            if view.is_fresh:
                self.mark_stale(ticker, StaleReason.FEED_LOST)

    def quote(self, event: TickerQuote) -> None:
        self._desk.quotes[event.ticker] = event
        self._desk.touch(event.ticker)
        view = self._desk.books.get(event.ticker)
        if view is not None and view.watchers:
            view.tell()

    def event(self, event: EventSeen) -> None:
        known = self._desk.events.get(event.event_ticker)
        if known is None:
            self._desk.events[event.event_ticker] = Event(
                ticker=event.event_ticker,
                series_ticker=event.series_ticker,
                title=event.title,
                sub_title="",
                mutually_exclusive=event.mutually_exclusive,
                exchange_index=event.exchange_index or 0,
            )
        self._universe.hint(event.series_ticker)

    def lifecycle(self, event: LifecycleSeen) -> None:
        """Takes the fields that the step of life carries; a new listing is read over REST."""
        desk = self._desk
        if event.is_combo:
            return
        market = desk.markets.get(event.ticker)
        if market is None or event.kind in (LifecycleKind.CREATED, LifecycleKind.METADATA_UPDATED):
            self._universe.hint((event.event_ticker or event.ticker).partition("-")[0])
        if market is None:
            return
        moved = desk.markets[event.ticker] = _after(market, event)
        desk.touch(event.ticker)
        if moved.close_ns != market.close_ns:
            self._close_moved(moved)

    def _close_moved(self, market: Market) -> None:
        """Its end is told at its new time, and entries that were to rest until the old one are looked at."""
        desk = self._desk
        desk.timers.after_at(market.close_ns, Due.MARKET_CLOSE, market.ticker)
        for record in desk.working(market.ticker):
            if record.terms.expires_ns is not None:
                desk.timers.after_at(desk.at, Due.EXTEND, record.terms.client_order_id)


def _after(market: Market, event: LifecycleSeen) -> Market:
    return msgspec.structs.replace(
        market,
        status=_STATUS.get(event.kind, market.status),
        open_ns=market.open_ns if event.open_ns is None else event.open_ns,
        close_ns=market.close_ns if event.close_ns is None else event.close_ns,
        determined_ns=market.determined_ns if event.determined_ns is None else event.determined_ns,
        settled_ns=market.settled_ns if event.settled_ns is None else event.settled_ns,
        settlement_bp=market.settlement_bp if event.settlement_bp is None else event.settlement_bp,
        price_level_structure=event.price_level_structure or market.price_level_structure,
        grid=event.grid or market.grid,
    )
