"""What an engine told of the exchange's feed, as rows of the lake."""

from __future__ import annotations

from typing import Any

from collectors.markets.as_rows import delta_row, quote_row, trade_row
from collectors.markets.rows import BookSnapshotRow
from collectors.taking import Row
from engine.domain.tapped import (
    TapGap,
    Tapped,
    TappedBook,
    TappedDelta,
    TappedQuote,
    TappedStale,
    TappedTrade,
)
from engine.domain.units import Nanoseconds

TABLES = ("book_deltas", "book_snapshots", "quotes", "trades")
GAP = "recording_gap"
"""The reason for which books are not known after messages were lost between the engine and its recorder."""


class Session:
    """One recording: numbers what it makes of books, so that it replays in order. ``gaps`` counts messages
    that were lost on the way here."""

    def __init__(self, session_ns: Nanoseconds) -> None:
        self.session_ns = session_ns
        self.gaps = 0
        self._number = 0
        self._open: dict[str, None] = {}
        """Markets whose books are known here."""

    def rows(self, message: Tapped) -> tuple[Row, ...]:
        match message:
            case TappedDelta():
                return (delta_row(message, message.received_ns, self.session_ns, self._next()),)
            case TappedBook():
                self._open[message.ticker] = None
                return (self._snapshot(message.ticker, message.received_ns, **_levels(message)),)
            case TappedStale():
                self._open.pop(message.ticker, None)
                return (self._snapshot(message.ticker, message.received_ns, stale_reason=message.reason),)
            case TapGap():
                return self._gap(message)
            case TappedQuote():
                return (quote_row(message, message.received_ns),)
            case TappedTrade():
                return (trade_row(message, message.received_ns),)

    def _gap(self, gap: TapGap) -> tuple[Row, ...]:
        """No book is known until the next whole one."""
        self.gaps += gap.count
        lost, self._open = tuple(self._open), {}
        return tuple(self._snapshot(ticker, gap.received_ns, stale_reason=GAP) for ticker in lost)

    def _snapshot(self, ticker: str, received_ns: Nanoseconds, **columns: Any) -> Row:
        return BookSnapshotRow(
            ticker=ticker,
            session_ns=self.session_ns,
            number=self._next(),
            received_ns=received_ns,
            **columns,
        )

    def _next(self) -> int:
        self._number += 1
        return self._number


def _levels(told: TappedBook) -> dict[str, Any]:
    """Best level first on both sides."""
    bids, asks = sorted(told.bids, reverse=True), sorted(told.asks)
    return {
        "clock": told.clock,
        "bid_price_bp": tuple(price for price, _ in bids),
        "bid_count_c": tuple(count for _, count in bids),
        "ask_price_bp": tuple(price for price, _ in asks),
        "ask_count_c": tuple(count for _, count in asks),
    }
