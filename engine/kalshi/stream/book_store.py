"""The books by ticker. A reader gets a book only while it is known to be right."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engine.domain.book import Book
from engine.domain.feed import BookStale, BookUpdated, FeedEvent, StaleReason
from engine.domain.order import BookSide
from engine.domain.units import MILLISECOND_NS
from engine.kalshi.stream.book_line import BookLine, clock_of
from engine.kalshi.stream.clock_rule import ClockRule
from engine.kalshi.stream.level_text import ASKS_IN_NO_PRICES, ASKS_IN_YES_PRICES, BID_PRICES, LEVEL_COUNTS
from engine.wire.stream import BookDelta


class BookStore:
    """``on_book`` hears the ticker of every changed book; without it a BookUpdated goes to ``emit``."""

    def __init__(
        self,
        emit: Callable[[FeedEvent], None],
        on_book: Callable[[str], object] | None = None,
        *,
        use_yes_price: bool = True,
    ) -> None:
        self.ask_prices = ASKS_IN_YES_PRICES if use_yes_price else ASKS_IN_NO_PRICES
        self.clock_rule = ClockRule()
        self._emit = emit
        self._on_book = on_book
        self._lines: dict[str, BookLine] = {}
        self._open: dict[str, Book] = {}
        self.book: Callable[[str], Book | None] = self._open.get
        """The book of a ticker to read from, or None while there is none to be trusted.

        Do not change or keep it. (The dictionary's own method, since readers ask after every message.)
        """

    def clock(self, ticker: str) -> int | None:
        """The exchange's clock of a readable book's last change, where it sends clocks."""
        line = self._lines.get(ticker)
        return line.clock if line is not None and line.is_readable else None

    def readable(self) -> Iterator[str]:
        return iter(self._open)

    def line(self, ticker: str) -> BookLine:
        found = self._lines.get(ticker)
        if found is None:
            found = self._lines[ticker] = BookLine(ticker, self._open)
        return found

    def forget(self, ticker: str) -> None:
        self._lines.pop(ticker, None)

    def on_delta(self, delta: BookDelta) -> None:
        """Says that a book changed: the ticker alone where somebody asked for that, else the change."""
        message = delta.msg
        if self._on_book is not None:
            self._on_book(message.market_ticker)
            return
        bids = message.side == "yes"
        price = (BID_PRICES if bids else self.ask_prices).read(message.price_dollars)
        sent = message.ts_ms
        self._emit(
            BookUpdated(
                message.market_ticker,
                BookSide.BID if bids else BookSide.ASK,
                price,
                LEVEL_COUNTS.read(message.delta_fp),
                clock_of(message),
                sent * MILLISECOND_NS if isinstance(sent, int) else None,
            )
        )

    def on_stale(self, ticker: str, reason: StaleReason) -> None:
        self._emit(BookStale(ticker, reason))
