"""The book that a plan looks at: the stream's, and one read over REST while the stream is silent."""

from __future__ import annotations

from engine.core.desk import Desk
from engine.core.effects import ReadBook
from engine.core.inputs import BookRead
from engine.domain.book import Book
from engine.domain.units import Nanoseconds


class Sight:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._polled: dict[str, tuple[Book, Nanoseconds]] = {}
        self._asked: dict[str, Nanoseconds] = {}

    def book(self, ticker: str) -> Book | None:
        """One that may be traded on now; None if there is none."""
        desk = self._desk
        view = desk.books.get(ticker)
        if view is not None and not desk.is_book_stale(view):
            return None if view.book.is_crossed else view.book
        polled = self._polled.get(ticker)
        if polled is None or desk.mono - polled[1] > desk.settings.exits.polled_good_ns:
            return None
        return polled[0]

    def ask(self, ticker: str, every_ns: Nanoseconds) -> None:
        """Has the book read, unless that was asked for a short while ago."""
        desk = self._desk
        asked = self._asked.get(ticker)
        if asked is None or desk.mono - asked >= every_ns:
            self._asked[ticker] = desk.mono
            desk.ask(ReadBook(ticker))

    def read(self, event: BookRead) -> None:
        """The time of the next request counts from this answer, so that two looks are a whole pause apart."""
        book = Book()
        book.replace(dict(event.bids), dict(event.asks))
        self._asked[event.ticker] = self._desk.mono
        if not book.is_crossed:
            self._polled[event.ticker] = (book, self._desk.mono)

    def forget(self, ticker: str) -> None:
        self._polled.pop(ticker, None)
        self._asked.pop(ticker, None)
