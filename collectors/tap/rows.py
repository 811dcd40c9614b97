"""What an engine told of the exchange's feed, as rows of the lake."""

from __future__ import annotations

from typing import Any

from collectors.markets.rows import BookDeltaRow, BookSnapshotRow, QuoteRow, TradeRow
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
                return (self._delta(message),)
            case TappedBook():
                self._open[message.ticker] = None
                return (self._snapshot(message.ticker, message.received_ns, **_levels(message)),)
            case TappedStale():
                self._open.pop(message.ticker, None)
                return (self._snapshot(message.ticker, message.received_ns, stale_reason=message.reason),)
            case TapGap():
                return self._gap(message)
            case TappedQuote():
                return (_quote(message),)
            case TappedTrade():
                return (_trade(message),)

    def _gap(self, gap: TapGap) -> tuple[Row, ...]:
        """No book is known until the next whole one."""
        self.gaps += gap.count
        lost, self._open = tuple(self._open), {}
        return tuple(self._snapshot(ticker, gap.received_ns, stale_reason=GAP) for ticker in lost)

    def _delta(self, told: TappedDelta) -> Row:
        return BookDeltaRow(
            ticker=told.ticker,
            session_ns=self.session_ns,
            number=self._next(),
            clock=told.clock,
            at_ns=told.at_ns,
            side=told.side.value,
            price_bp=told.price_bp,
            delta_c=told.delta_c,
            received_ns=told.received_ns,
        )

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


def _quote(told: TappedQuote) -> Row:
    """A side without a price has no size either."""
    return QuoteRow(
        ticker=told.ticker,
        at_ns=told.at_ns,
        yes_bid_bp=told.yes_bid_bp,
        yes_bid_c=None if told.yes_bid_bp is None else told.yes_bid_c,
        yes_ask_bp=told.yes_ask_bp,
        yes_ask_c=None if told.yes_ask_bp is None else told.yes_ask_c,
        last_bp=told.last_bp,
        last_trade_c=told.last_trade_c,
        volume_c=told.volume_c,
        open_interest_c=told.open_interest_c,
        received_ns=told.received_ns,
    )


def _trade(told: TappedTrade) -> Row:
    return TradeRow(
        ticker=told.ticker,
        trade_id=told.trade_id,
        at_ns=told.at_ns,
        price_bp=told.price_bp,
        count_c=told.count_c,
        taker_side=told.taker_side.value,
        is_block=told.is_block,
        received_ns=told.received_ns,
    )
