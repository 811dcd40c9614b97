"""One market's book on the stream: its levels, whether they may be read, and what it waits for.

The rules of a snapshot, by the exchange's book clock:

* it covers every change with a clock up to its own; deltas of that clock or older are not applied again,
  wherever they stand in the sequence;
* deltas that came while the book waited are held, and those of a later clock are applied after it;
* one with a clock below what this book had seen when it asked for it is stale and refused: the exchange's
  book at the time of the answer is no older than what it sent before the question;
* a frame that was missed may hold a change of the clock of the first delta after it, since changes share
  clocks: a snapshot below that clock could leave it out, and is refused too.

Without clocks (the exchange before they were added) a snapshot covers what came before it in the sequence.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from engine.domain.book import Book, BookCorrupt
from engine.domain.units import CountC, PriceBp
from engine.kalshi.stream.clock_rule import ClockRule
from engine.kalshi.stream.level_text import BID_PRICES, LEVEL_COUNTS, TextMemo
from engine.wire.fixed_point import FixedPointError
from engine.wire.markets import Level
from engine.wire.stream import BookDelta, BookDeltaMessage, BookSnapshot, BookSnapshotMessage


class StaleSnapshot(Exception):
    """A snapshot of a time before what the book has seen: got and wanted clock."""

    def __init__(self, ticker: str, got: int, wanted: int) -> None:
        super().__init__(f"{ticker}: got a snapshot of clock {got}, wanted {wanted} or later")
        self.got, self.wanted = got, wanted


class ClockJump(Exception):
    """A delta's clock leaves out changes that its snapshot should have held: got and wanted clock."""

    def __init__(self, ticker: str, got: int, wanted: int) -> None:
        super().__init__(f"{ticker}: got a delta of clock {got}, wanted {wanted}")
        self.got, self.wanted = got, wanted


class BookCrossed(BookCorrupt):
    """The best bid reached the best ask."""


class Phase(Enum):
    WAITING = 0
    """Subscribed; the first snapshot has not come."""
    STALE = 1
    BASED = 2
    """Readable, on a snapshot; no later delta seen yet, so deltas are still compared with its clock."""
    LIVE = 3


class BookLine:
    """``awaited_id`` is the command whose snapshot alone may heal a stale book.

    ``is_readable`` follows ``phase``, and so does the book's entry in ``readable``, where readers look.
    ``audit_id`` is the command that is to confirm a healthy one, ``unanswered`` how many got no answer.
    ``last`` is the last delta applied after the snapshot. ``has_hole`` is set until the first delta after a
    change that may have been missed is held. ``bids`` and ``asks`` are the book's own
    levels, a step nearer for the hot path.
    """

    __slots__ = (
        "_readable",
        "asks",
        "audit_id",
        "awaited_id",
        "bids",
        "book",
        "covered",
        "floor",
        "has_hole",
        "held",
        "is_readable",
        "last",
        "phase",
        "snapshot_seq",
        "suspected",
        "ticker",
        "unanswered",
    )

    def __init__(self, ticker: str, readable: dict[str, Book]) -> None:
        self.ticker = ticker
        self._readable = readable
        self.book = Book()
        self.bids, self.asks = self.book.bids, self.book.asks
        self.is_readable = False
        self.phase = Phase.WAITING
        self.last: BookDelta | None = None
        self.covered: int | None = None
        self.floor: int | None = None
        self.snapshot_seq = 0
        self.held: list[BookDelta] = []
        self.has_hole = False
        self.awaited_id: int | None = None
        self.audit_id: int | None = None
        self.unanswered = 0
        self.suspected = False

    def enter(self, phase: Phase) -> None:
        self.phase = phase
        self.is_readable = phase is Phase.BASED or phase is Phase.LIVE
        if self.is_readable:
            self._readable[self.ticker] = self.book
        else:
            self._readable.pop(self.ticker, None)

    def tear(self) -> bool:
        """Makes the book unreadable and lets go of held deltas; returns whether it was readable."""
        was_readable = self.is_readable
        self._raise_floor(self.clock, *(clock_of(delta.msg) for delta in self.held))
        self.held.clear()
        self.has_hole = True
        self.last = None
        self.enter(Phase.STALE)
        self.awaited_id = self.audit_id = None
        self.suspected = False
        return was_readable

    def suspect(self, delta: BookDelta | None) -> bool:
        """Makes the book unreadable after a ClockJump, keeping what is needed to judge the alarm."""
        was_readable = self.is_readable
        if delta is not None:
            self.held.append(delta)
        self._raise_floor(self.clock, *(clock_of(held.msg) for held in self.held))
        self.enter(Phase.STALE)
        self.awaited_id = None
        self.suspected = True
        return was_readable

    def hold(self, delta: BookDelta) -> None:
        """Keeps the next delta for the snapshot that is waited for."""
        if self.has_hole:
            self._raise_floor(clock_of(delta.msg))
            self.has_hole = False
        self.held.append(delta)

    def await_answer(self, command_id: int) -> None:
        """A snapshot was asked for: it cannot be older than what the exchange sent before it was asked."""
        self.awaited_id = command_id
        self._raise_floor(*(clock_of(delta.msg) for delta in self.held))

    def restart(self) -> None:
        """Readies the book for a subscription's first snapshot."""
        self.tear()
        self.has_hole = False
        self.enter(Phase.WAITING)

    def forget_clocks(self) -> None:
        """A new connection may be another exchange's memory: no clock of the old one binds it."""
        self.last = self.covered = self.floor = None
        self.unanswered = 0

    def apply(self, delta: BookDelta, asks: TextMemo, rule: ClockRule) -> bool:
        """Takes the next delta of a readable book; False if the snapshot already held it.

        Raises ClockJump, BookCorrupt, BookCrossed or FixedPointError; the book is then to be torn.
        """
        clock = clock_of(delta.msg)
        if self.phase is Phase.BASED and clock is not None and self.covered is not None:
            if clock <= self.covered:
                return False
            if rule.jumps(self.covered, clock):
                raise ClockJump(self.ticker, clock, self.covered + 1)
        change(self.book, delta.msg, asks)
        self.last = delta
        if self.phase is Phase.BASED:
            self.enter(Phase.LIVE)
        return True

    def install(self, snapshot: BookSnapshot, asks: TextMemo, rule: ClockRule) -> None:
        """Takes a snapshot and the held deltas that it does not cover; the book is readable after it.

        Raises StaleSnapshot, ClockJump, BookCorrupt, BookCrossed or FixedPointError; the book is then stale.
        """
        clock = clock_of(snapshot.msg)
        if clock is not None and self.floor is not None and clock < self.floor:
            raise StaleSnapshot(self.ticker, clock, self.floor)
        bids, offers = levels_of(snapshot.msg, asks)
        if self.suspected:
            self._judge(bids, offers, clock, asks, rule)
        self.book.replace(bids, offers)
        self.bids, self.asks = self.book.bids, self.book.asks
        self.last, self.covered = None, clock
        self.snapshot_seq = snapshot.seq
        self.enter(Phase.BASED)
        try:
            check_uncrossed(self.ticker, self.book)
            for delta in self.not_covered(clock, snapshot.seq):
                self.apply(delta, asks, rule)
        except (ClockJump, BookCorrupt, FixedPointError):
            self.enter(Phase.STALE)
            raise
        self._raise_floor(self.clock)
        self.held.clear()
        self.has_hole = False
        self.awaited_id = None
        self.unanswered = 0
        self.suspected = False

    def not_covered(self, clock: int | None, seq: int) -> list[BookDelta]:
        """The held deltas that a snapshot of this clock and place leaves to be applied, in order."""
        left = []
        for delta in sorted(self.held, key=lambda held: held.seq):
            own = clock_of(delta.msg)
            if own > clock if own is not None and clock is not None else delta.seq > seq:
                left.append(delta)
        return left

    def covers(self, delta: BookDelta) -> bool:
        """Whether the snapshot under this book held the change of a delta that came too late."""
        clock = clock_of(delta.msg)
        if clock is None or self.covered is None:
            return delta.seq < self.snapshot_seq
        return clock <= self.covered

    def _judge(
        self,
        bids: dict[PriceBp, CountC],
        asks_: dict[PriceBp, CountC],
        clock: int | None,
        asks: TextMemo,
        rule: ClockRule,
    ) -> None:
        """Tells the rule whether the jump that made this book stale had hidden a change."""
        since = self.clock or 0
        guess = Book()
        guess.replace(self.book.bids, self.book.asks)
        try:
            for delta in self.held:
                own = clock_of(delta.msg)
                if own is not None and clock is not None and since < own <= clock:
                    change(guess, delta.msg, asks)
        except (BookCorrupt, FixedPointError):
            rule.alarm_was(real=True)
            return
        truth = Book()
        truth.replace(bids, asks_)
        rule.alarm_was(real=guess != truth)

    @property
    def clock(self) -> int | None:
        """The clock of the last change, where the exchange sends clocks."""
        return self.covered if self.last is None else clock_of(self.last.msg)

    def _raise_floor(self, *clocks: int | None) -> None:
        known = [clock for clock in (self.floor, *clocks) if isinstance(clock, int)]
        self.floor = max(known, default=None)


def clock_of(message: BookDeltaMessage | BookSnapshotMessage) -> int | None:
    clock = message.clock
    return clock if isinstance(clock, int) else None


def change(book: Book, message: BookDeltaMessage, asks: TextMemo) -> None:
    """Applies one delta. Raises BookCorrupt below zero, BookCrossed, FixedPointError on odd text or side."""
    count = LEVEL_COUNTS.read(message.delta_fp)
    if message.side == "yes":
        book.change_bid(BID_PRICES.read(message.price_dollars), count)
    elif message.side == "no":
        book.change_ask(asks.read(message.price_dollars), count)
    else:
        raise FixedPointError(f"side: got {message.side!r}, wanted 'yes' or 'no'")
    check_uncrossed(message.market_ticker, book)


def check_uncrossed(ticker: str, book: Book) -> None:
    if book.is_crossed:
        raise BookCrossed(f"{ticker}: bid {book.best_bid_bp} bp reaches ask {book.best_ask_bp} bp")


def levels_of(
    message: BookSnapshotMessage, asks: TextMemo
) -> tuple[dict[PriceBp, CountC], dict[PriceBp, CountC]]:
    """Bids and asks of the YES leg, price to count. Raises FixedPointError, or BookCorrupt below zero."""
    bids = _side(message.yes_dollars_fp, BID_PRICES)
    return bids, _side(message.no_dollars_fp, asks)


def _side(levels: Iterable[Level] | object, prices: TextMemo) -> dict[PriceBp, CountC]:
    if not isinstance(levels, list):
        return {}
    try:
        known_price, known_count = prices.known, LEVEL_COUNTS.known
        found = {known_price[price_text]: known_count[count_text] for price_text, count_text in levels}
    except KeyError:
        price_of, count_of = prices.read, LEVEL_COUNTS.read
        found = {price_of(price_text): count_of(count_text) for price_text, count_text in levels}
    if found and min(found.values()) < 0:
        raise BookCorrupt(
            f"snapshot: got a level of {min(found.values())} hundredths, wanted none below zero"
        )
    if len(found) != len(levels):
        raise BookCorrupt(f"snapshot: got {len(levels)} levels at {len(found)} prices, wanted one each")
    return found
