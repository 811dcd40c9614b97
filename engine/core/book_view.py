"""A book as the core keeps it: the levels, and whether they may be read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from engine.domain.book import Book
from engine.domain.feed import StaleReason
from engine.domain.units import Nanoseconds

BookWatcher: TypeAlias = Callable[[str], None]
"""Told the market's ticker, in the step in which its book changed, became readable or ceased to be, or its
quote came."""


class BookView:
    """``stale_reason`` is None while ``is_fresh``, and before the first snapshot."""

    __slots__ = ("book", "changed_mono", "is_fresh", "stale_reason", "touched", "watchers")

    def __init__(self, ticker: str, watchers: tuple[BookWatcher, ...] = ()) -> None:
        self.book = Book()
        self.is_fresh = False
        self.changed_mono: Nanoseconds = 0
        self.stale_reason: StaleReason | None = None
        self.touched = (ticker,)
        """What a step that changed this book alone reports."""
        self.watchers = watchers
        """See :meth:`engine.core.desk.Desk.watch_book`. Nearly always empty."""

    def tell(self) -> None:
        """Tells every watcher that the book moved."""
        for watcher in self.watchers:
            watcher(self.touched[0])
