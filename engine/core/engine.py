"""The deterministic machine: one event in, one step out.

It reads no clock, draws no id and touches no socket; the same inputs give the same steps in any process.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.core.book_view import BookView
from engine.core.desk import Desk
from engine.core.hearing import Hearing
from engine.core.inputs import Command, Input
from engine.core.lease import Lease
from engine.core.money import MoneyState
from engine.core.parts import Parts
from engine.core.settings import EngineSettings
from engine.core.stage_record import Stage
from engine.core.step import Step
from engine.core.strategy import Strategy
from engine.core.timers import Due, Timer
from engine.domain.book import BookCorrupt
from engine.domain.decision import DecisionRow
from engine.domain.feed import (
    BookFresh,
    BookStale,
    BookUpdated,
    FeedAlive,
    FillSeen,
    IndexSeen,
    LifecycleSeen,
    OrderSeen,
    PublicTrade,
    StaleReason,
    TickerQuote,
)
from engine.domain.market import Event, Market
from engine.domain.order import BookSide

__all__ = ["BookView", "Engine", "Lease", "Step"]

_BID = BookSide.BID
_FEED_EVENTS = frozenset(
    {BookFresh, BookStale, TickerQuote, PublicTrade, FillSeen, OrderSeen, LifecycleSeen, IndexSeen, FeedAlive}
)
"""What shows that the exchange is heard; a single level of a book does too."""


class Engine:
    """``money``, ``markets``, ``events``, ``books`` and ``quotes`` are for reading."""

    def __init__(
        self, settings: EngineSettings, money: MoneyState, strategies: Sequence[Strategy] = ()
    ) -> None:
        self.settings = settings
        self.desk = desk = Desk(settings, money)
        self.money = money
        self.markets: dict[str, Market] = desk.markets
        self.events: dict[str, Event] = desk.events
        self.books: dict[str, BookView] = desk.books
        self.quotes: dict[str, TickerQuote] = desk.quotes
        self._parts = parts = Parts(desk, strategies)
        self.risk = parts.risk
        self._commands, self._host, self._exits = parts.commands, parts.host, parts.exits
        self._universe, self._reconciliation = parts.universe, parts.reconciliation
        hearing = Hearing(desk, parts)
        self._grace_until: int | None = None
        self._handlers = hearing.handlers
        self._due = hearing.due

    @property
    def is_ready(self) -> bool:
        """Whether entries are taken: reconciled once, and books are there."""
        return self.desk.is_ready

    @property
    def is_stopping(self) -> bool:
        return self.desk.is_stopping

    @property
    def ended(self) -> dict[str, None]:
        """Markets without a book that somebody still holds or looks at."""
        return self._universe.ended

    @property
    def mode(self) -> str:
        return self._parts.stance.mode

    @property
    def notice(self) -> str:
        """What the exchange has announced or does, and what that means here."""
        return self._parts.exchange_state.notice

    @property
    def strategies(self) -> tuple[tuple[str, Stage, str], ...]:
        """Name, stage, and why it was switched off by itself (empty: it was not)."""
        return self._host.standing()

    def dry_run(self, strategy: str = "") -> tuple[DecisionRow, ...]:
        """What strategies would decide now, whatever their stage; nothing is kept, sent or remembered."""
        return self._host.dry_run(strategy)

    @property
    def lease(self) -> Lease | None:
        return self._parts.leases.live

    @property
    def status(self) -> dict[int, tuple[bool, bool]]:
        """Exchange and trading active, by shard."""
        return self.desk.shards

    @property
    def in_doubt(self) -> int:
        """Orders that are being looked for."""
        return len(self._parts.doubts.by_order)

    def step(self, given: Input) -> Step:
        """Takes one event at its time. Raises nothing for what the world may say."""
        desk = self.desk
        if given.at > desk.at:
            desk.at = given.at
        mono = given.mono
        if mono > desk.mono:
            desk.mono = mono
        event = given.event
        kind = type(event)
        if kind is BookUpdated:
            return self._book_updated(event)  # type: ignore[arg-type]
        if kind is Command:
            self._commands.take(event)  # type: ignore[arg-type]
            return self._finish()
        if kind in _FEED_EVENTS and desk.feed_mono is not None:
            desk.feed_mono = desk.mono
        handler = self._handlers.get(kind)
        if handler is not None:
            handler(event)
        return self._finish()

    def _book_updated(self, event: BookUpdated) -> Step:
        """The hot path: nine of ten events are one level of one book."""
        desk = self.desk
        if desk.feed_mono is not None:
            desk.feed_mono = desk.mono
        view = desk.books.get(event.ticker)
        if view is None or not view.is_fresh:
            return self._finish()
        try:
            if event.side is _BID:
                view.book.change_bid(event.price_bp, event.delta_c)
            else:
                view.book.change_ask(event.price_bp, event.delta_c)
        except BookCorrupt:
            self._parts.market_feed.mark_stale(event.ticker, StaleReason.NEGATIVE_LEVEL)
            return self._finish()
        view.changed_mono = desk.mono
        if view.watchers or self._host.follows_books:
            return self._book_followed(view)
        timers = desk.timers
        if desk.mono >= timers.next_mono or desk.at >= timers.next_at:
            desk.touch(event.ticker)
            return self._finish()
        wake = timers.next_wake_mono(desk.at, desk.mono, desk.timings.most_wait_ns)
        return Step((), (), (), view.touched, wake)

    def _book_followed(self, view: BookView) -> Step:
        """A level of a book on which something waits: a plan, a condition, a strategy."""
        ticker = view.touched[0]
        view.tell()
        if self._host.follows_books:
            self._host.book_changed(ticker)
        self.desk.touch(ticker)
        return self._finish()

    def _finish(self) -> Step:
        """Does what is due by now and closes the step."""
        desk = self.desk
        timers, at, mono = desk.timers, desk.at, desk.mono
        if mono >= timers.pace_due_mono:
            timers.pace(at, mono)
        if mono >= timers.next_mono or at >= timers.next_at:
            for timer in timers.due(at, mono):
                self._fire(timer)
        if not desk.is_ready:
            self._open()
        if desk.moved_exits:
            self._exits.settle()
        if desk.moved_positions:
            self.risk.breakers.positions_moved()
        return desk.take()

    def _fire(self, timer: Timer) -> None:
        self._due[timer.due](timer.key)

    def _open(self) -> None:
        """Ready once the first reconciliation is over and books are there, or were waited for."""
        desk = self.desk
        if not self._reconciliation.rounds:
            return
        missing = [ticker for ticker in self._universe.watched if not desk.books[ticker].is_fresh]
        if missing and self._grace_until is None:
            self._grace_until = desk.mono + desk.timings.books_grace_ns
            desk.timers.after_mono(self._grace_until, Due.BOOKS_GRACE)
        if not missing or (self._grace_until is not None and desk.mono >= self._grace_until):
            desk.is_ready = True
            self._parts.groups.prepare()
