"""The engine's own feed, told to a recorder beside it: in order, in bounds, and never waited for.

It is taken where the core takes its steps, so that a whole book from the core and the changes after it belong
together. What does not fit any more is counted, and the recording says that it has a gap.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec

from engine.core.book_view import BookView
from engine.core.inputs import Input
from engine.domain.feed import BookFresh, BookStale, BookUpdated, PublicTrade, TickerQuote
from engine.domain.tapped import (
    LENGTH_BYTES,
    TapGap,
    Tapped,
    TappedBook,
    TappedDelta,
    TappedQuote,
    TappedStale,
    TappedTrade,
)
from engine.domain.units import Nanoseconds

MOST_BYTES = 8_000_000
"""Held for a recorder that does not keep up: some 130,000 changes of books."""


class Steps(Protocol):
    """Is given each input before its step."""

    def record(self, given: Input) -> None: ...


class Tap:
    """Holds what a recorder is to be told until :meth:`take_held`; nothing before :meth:`begin`."""

    def __init__(
        self, books: Callable[[], Mapping[str, BookView]], wall_ns: Callable[[], Nanoseconds] = time.time_ns
    ) -> None:
        self.dropped = 0
        self._books = books
        self._wall_ns = wall_ns
        self._encode = msgspec.msgpack.Encoder().encode
        self._held = bytearray()
        self._missing = 0
        """What was dropped since the last message that is held."""
        self._is_on = False

    def begin(self) -> None:
        """A recorder is there: it is told every book as a whole, and then what changes."""
        self._held.clear()
        self._is_on, self._missing = True, 0
        self._tell_books()

    def end(self) -> None:
        """Nobody listens any more."""
        self._is_on = False
        self._held.clear()

    def take_held(self) -> bytes:
        """What is to be written now, and room for more; after a gap the books follow as a whole."""
        held = bytes(self._held)
        self._held.clear()
        if self._missing:
            count, self._missing = self._missing, 0
            self._put(TapGap(self._wall_ns(), count))
            self._tell_books()
        return held

    def record(self, given: Input) -> None:
        """An input of the core; what is not of the feed is passed over."""
        if self._is_on:
            make = _MADE.get(type(given.event))
            if make is not None:
                self._put(make(given.event, self._wall_ns()))

    def trade(self, event: PublicTrade) -> None:
        if self._is_on:
            self._put(
                TappedTrade(
                    self._wall_ns(),
                    event.trade_id,
                    event.ticker,
                    event.at_ns,
                    event.price_bp,
                    event.count_c,
                    event.taker_side,
                    event.is_block,
                )
            )

    def _put(self, message: Tapped) -> None:
        if self._missing or len(self._held) > MOST_BYTES:
            self._missing += 1
            self.dropped += 1
            return
        body = self._encode(message)
        self._held += len(body).to_bytes(LENGTH_BYTES, "big")
        self._held += body

    def _tell_books(self) -> None:
        now = self._wall_ns()
        for ticker, view in self._books().items():
            if view.is_fresh:
                bids = tuple(sorted(view.book.bids.items(), reverse=True))
                self._put(TappedBook(now, ticker, bids, tuple(sorted(view.book.asks.items()))))


class Both:
    """Two that are given each input."""

    def __init__(self, first: Steps, second: Steps) -> None:
        self._first, self._second = first, second

    def record(self, given: Input) -> None:
        self._first.record(given)
        self._second.record(given)


def _delta(event: BookUpdated, now: Nanoseconds) -> Tapped:
    return TappedDelta(now, event.ticker, event.side, event.price_bp, event.delta_c, event.clock, event.at_ns)


def _book(event: BookFresh, now: Nanoseconds) -> Tapped:
    return TappedBook(now, event.ticker, event.bids, event.asks, event.clock)


def _stale(event: BookStale, now: Nanoseconds) -> Tapped:
    return TappedStale(now, event.ticker, event.reason.value)


def _quote(event: TickerQuote, now: Nanoseconds) -> Tapped:
    return TappedQuote(
        now,
        event.ticker,
        event.at_ns,
        event.yes_bid_bp,
        event.yes_bid_c,
        event.yes_ask_bp,
        event.yes_ask_c,
        event.last_bp,
        event.last_trade_c,
        event.volume_c,
        event.open_interest_c,
    )


_MADE: dict[type[Any], Callable[[Any, Nanoseconds], Tapped]] = {
    BookUpdated: _delta,
    BookFresh: _book,
    BookStale: _stale,
    TickerQuote: _quote,
}
