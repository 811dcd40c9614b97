"""The books of the mirrored exchange as they were at the last look."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from engine.domain.book import Book


class PolledBooks:
    """Implements :class:`engine.sandbox.sources.upstream.words.UpstreamBooks`."""

    def __init__(self) -> None:
        self._books: dict[str, Book] = {}

    def book(self, ticker: str) -> Book | None:
        return self._books.get(ticker)

    def take(self, asked: Sequence[str], found: Mapping[str, Book]) -> Sequence[str]:
        """Takes one answer; a market that was asked for and is not in it has no book any more."""
        for ticker in asked:
            book = found.get(ticker)
            if book is None:
                self._books.pop(ticker, None)
            else:
                self._books[ticker] = book
        return asked

    def keep(self, tickers: Iterable[str]) -> None:
        """Forgets the books of all other markets: nobody looks at them any more."""
        wanted = frozenset(tickers)
        for ticker in [ticker for ticker in self._books if ticker not in wanted]:
            del self._books[ticker]
