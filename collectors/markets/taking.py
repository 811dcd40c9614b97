"""Events of the exchange's stream as rows. A book that has a hole is said to be unknown until it is whole."""

from __future__ import annotations

from collectors.markets.as_rows import delta_row, quote_row, trade_row
from collectors.markets.rows import BookSnapshotRow
from collectors.seen import Seen
from collectors.taking import Row, Taken, nothing
from engine.domain.feed import BookFresh, BookStale, BookUpdated, FeedEvent, PublicTrade, TickerQuote
from engine.domain.units import Nanoseconds

MARKET_TABLES = ("book_deltas", "book_snapshots", "quotes", "trades")


class MarketTaker:
    """Numbers what it takes of books, so that sorted by ``session_ns`` and ``number`` they replay in order.

    ``session_ns`` is when this recording began; each trade is taken once, whichever way it came.
    """

    def __init__(self, session_ns: Nanoseconds) -> None:
        self._session_ns = session_ns
        self._number = 0
        self._trades = Seen(200_000)

    def remember(self, trade_id: str) -> None:
        """A print that was taken before this process began."""
        self._trades.is_new(trade_id)

    def take(self, event: FeedEvent, received_ns: Nanoseconds) -> Taken:
        match event:
            case BookUpdated():
                return Taken(rows=[delta_row(event, received_ns, self._session_ns, self._next())])
            case BookFresh():
                return Taken(rows=[self._whole(event, received_ns)])
            case BookStale():
                row = BookSnapshotRow(
                    ticker=event.ticker,
                    session_ns=self._session_ns,
                    number=self._next(),
                    stale_reason=event.reason.value,
                    received_ns=received_ns,
                )
                return Taken(rows=[row], is_data=False)
            case TickerQuote():
                return Taken(rows=[quote_row(event, received_ns)])
            case PublicTrade():
                return self._trade(event, received_ns)
            case _:
                return nothing()

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _whole(self, event: BookFresh, received_ns: Nanoseconds) -> Row:
        return BookSnapshotRow(
            ticker=event.ticker,
            session_ns=self._session_ns,
            number=self._next(),
            clock=event.clock,
            bid_price_bp=tuple(price for price, _ in event.bids),
            bid_count_c=tuple(count for _, count in event.bids),
            ask_price_bp=tuple(price for price, _ in event.asks),
            ask_count_c=tuple(count for _, count in event.asks),
            received_ns=received_ns,
        )

    def _trade(self, event: PublicTrade, received_ns: Nanoseconds) -> Taken:
        if not self._trades.is_new(event.trade_id):
            return Taken(repeats=1)
        return Taken(rows=[trade_row(event, received_ns)])
