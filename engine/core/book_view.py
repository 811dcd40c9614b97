"""A book as the core keeps it: the levels, and whether they may be read."""

from __future__ import annotations

from engine.domain.book import Book
from engine.domain.feed import StaleReason
from engine.domain.units import Nanoseconds


class BookView:
    """``stale_reason`` is None while ``is_fresh``, and before the first snapshot."""

    __slots__ = ("book", "changed_mono", "is_fresh", "stale_reason", "touched")

    def __init__(self, ticker: str) -> None:
        self.book = Book()
        self.is_fresh = False
        self.changed_mono: Nanoseconds = 0
        self.stale_reason: StaleReason | None = None
        self.touched = (ticker,)
        """What a step that changed this book alone reports."""
