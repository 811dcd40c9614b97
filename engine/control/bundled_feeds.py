"""The topics that are sent in bundles, as far as one client has them: ``watch`` and ``book:T``.

A client that takes its time gets fewer and larger bundles, never old ones: rows are made when they are sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Protocol

from engine.control.forecast_board import ForecastBoard, moved_models
from engine.control.market_rows import market_row, quote_row
from engine.control.protocol import WATCH, BookRows, Delta, Snapshot, WatchRows, book_topic, encode
from engine.control.rows.forecasts import ModelRow
from engine.control.rows.markets import Levels, MarketRow, QuoteRow
from engine.core.engine import Engine
from engine.domain.market import Market
from engine.domain.units import CountC, PriceBp

NOT_STREAMED = "not_streamed"
"""The stale reason of a book that the feed does not carry: nobody watches that market."""


class BundledFeed(Protocol):
    topic: str

    def touch(self, tickers: Iterable[str]) -> bool:
        """Notes what changed; returns whether there is something to send."""
        ...

    def universe_changed(self) -> bool: ...

    def public_moved(self, topics: set[str]) -> bool:
        """Notes which of the topics made of public data moved."""
        ...

    def leave(self) -> None:
        """Nobody follows it any more."""
        ...

    def restart(self) -> None:
        """The next frame is a snapshot."""
        ...

    def next_frame(self) -> bytes | None:
        """The next frame, made now; None if nothing changed after all."""
        ...

    @property
    def has_more(self) -> bool: ...


class WatchFeed:
    """The markets of the universe. A snapshot is spread over as many frames as it takes."""

    def __init__(self, engine: Engine, rows_per_frame: int, board: ForecastBoard | None = None) -> None:
        self.topic = WATCH
        self._board = board or ForecastBoard()
        self._engine = engine
        self._rows_per_frame = rows_per_frame
        self._rev = 0
        self.restart()

    def restart(self) -> None:
        self._is_new = True
        self._sent: dict[str, Market] = {}
        self._quoted: dict[str, QuoteRow] = {}
        self._modelled: dict[str, ModelRow] = {}
        self._due = dict.fromkeys(sorted(self._shown()))

    def _shown(self) -> set[str]:
        """Those with a book, and those that ended while somebody looks at them."""
        return {*self._engine.books, *self._engine.ended}

    def touch(self, tickers: Iterable[str]) -> bool:
        books, ended, sent = self._engine.books, self._engine.ended, self._sent
        for ticker in tickers:
            if ticker in books or ticker in sent or ticker in ended:
                self._due[ticker] = None
        return bool(self._due)

    def public_moved(self, topics: set[str]) -> bool:
        return False

    def leave(self) -> None:
        """Nothing is kept for this client alone."""

    def universe_changed(self) -> bool:
        for ticker in sorted(self._sent.keys() ^ self._shown()):
            self._due[ticker] = None
        return bool(self._due)

    @property
    def has_more(self) -> bool:
        return self._is_new or bool(self._due)

    def next_frame(self) -> bytes | None:
        taken = list(islice(self._due, self._rows_per_frame))
        for ticker in taken:
            del self._due[ticker]
        rows = self._rows(taken)
        if self._is_new:
            self._is_new = False
            self._rev += 1
            return encode(Snapshot(WATCH, self._rev, rows))
        if rows == _NOTHING:
            return None
        self._rev += 1
        return encode(Delta(WATCH, self._rev - 1, self._rev, rows))

    def _rows(self, tickers: list[str]) -> WatchRows:
        markets: list[MarketRow] = []
        quotes: list[QuoteRow] = []
        models: list[ModelRow] = []
        gone: list[str] = []
        for ticker in tickers:
            market = self._engine.markets.get(ticker)
            if market is None or (ticker not in self._engine.books and ticker not in self._engine.ended):
                if self._sent.pop(ticker, None) is not None:
                    self._quoted.pop(ticker, None)
                    self._modelled.pop(ticker, None)
                    gone.append(ticker)
                continue
            if self._sent.get(ticker) is not market:
                self._sent[ticker] = market
                markets.append(market_row(market))
            quote = quote_row(self._engine, ticker)
            if self._quoted.get(ticker) != quote:
                self._quoted[ticker] = quote
                quotes.append(quote)
            model = moved_models(self._board, ticker, self._modelled)
            if model is not None:
                models.append(model)
        return WatchRows(tuple(markets), tuple(quotes), tuple(gone), len(self._due), tuple(models))


_NOTHING = WatchRows()


class BookFeed:
    """One market's book: the levels that differ from what the client has."""

    def __init__(self, engine: Engine, ticker: str) -> None:
        self.topic = book_topic(ticker)
        self._engine = engine
        self._ticker = ticker
        self._rev = 0
        self.restart()

    def restart(self) -> None:
        self._is_new = True
        self._is_due = True
        self._bids: dict[PriceBp, CountC] = {}
        self._asks: dict[PriceBp, CountC] = {}
        self._flags = (False, "")

    def touch(self, tickers: Iterable[str]) -> bool:
        self._is_due = self._is_due or self._ticker in tickers
        return self._is_due

    def public_moved(self, topics: set[str]) -> bool:
        return False

    def leave(self) -> None:
        """Nothing is kept for this client alone."""

    def universe_changed(self) -> bool:
        self._is_due = True
        return True

    @property
    def has_more(self) -> bool:
        return self._is_due

    def next_frame(self) -> bytes | None:
        self._is_due = False
        rows = self._rows()
        flags = (rows.is_fresh, rows.stale_reason)
        if self._is_new:
            self._is_new = False
            self._flags = flags
            self._rev += 1
            return encode(Snapshot(self.topic, self._rev, rows))
        if not rows.bids and not rows.asks and self._flags == flags:
            return None
        self._flags = flags
        self._rev += 1
        return encode(Delta(self.topic, self._rev - 1, self._rev, rows))

    def _rows(self) -> BookRows:
        view = self._engine.books.get(self._ticker)
        if view is None:
            return self._differing({}, {}, is_fresh=False, stale_reason=NOT_STREAMED)
        reason = "" if view.stale_reason is None else view.stale_reason.value
        return self._differing(view.book.bids, view.book.asks, is_fresh=view.is_fresh, stale_reason=reason)

    def _differing(
        self,
        bids: dict[PriceBp, CountC],
        asks: dict[PriceBp, CountC],
        *,
        is_fresh: bool,
        stale_reason: str,
    ) -> BookRows:
        rows = BookRows(_changed(self._bids, bids), _changed(self._asks, asks), is_fresh, stale_reason)
        self._bids, self._asks = dict(bids), dict(asks)
        return rows


def _changed(sent: dict[PriceBp, CountC], now: dict[PriceBp, CountC]) -> Levels:
    levels = [(price_bp, count_c) for price_bp, count_c in now.items() if sent.get(price_bp) != count_c]
    levels += [(price_bp, 0) for price_bp in sent if price_bp not in now]
    return tuple(levels)
