"""The books of one subscription: their common sequence, and what happens when it breaks.

A frame whose ``seq`` is the next one is applied (or held, by a book that waits for its snapshot) and only
then does the position move on. Everything else:

* a later one: frames are missing. Every book of this sid, and no other, becomes stale and is fetched again
  with ``get_snapshot``; what arrives meanwhile is held.
* one at or before the position, not missed before: a repetition. It is ignored, since applying one twice
  is the only harm it could do. But where a book's last delta has its place, another frame there means that
  one of the two is not ours, so all books of the sid become stale.
* one that had been missed and comes late: held by a book that still waits, ignored where the snapshot covers
  it by its clock, else its book becomes stale.
* one that cannot be read: its place counts as missing.
* a level below zero, crossed sides, a clock that leaves out changes: the sequence is whole, so only that
  book is wrong, becomes stale and is fetched again.

When snapshots do not come or are refused, the subscription is made anew under another sid, then
the connection.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.domain.book import BookCorrupt
from engine.domain.feed import FaultKind, StaleReason
from engine.kalshi.stream.book_line import BookLine, ClockJump, Phase
from engine.kalshi.stream.book_repair import BookRepair
from engine.kalshi.stream.book_store import BookStore
from engine.kalshi.stream.command_desk import Asked, CommandKind
from engine.kalshi.stream.position import position_of
from engine.kalshi.stream.subscription import Post, Standing
from engine.wire.fixed_point import FixedPointError
from engine.wire.stream import BookDelta, BookSnapshot, Frame

_MOST_MISSING = 4_096


class BookShard(BookRepair):
    """The sequence and the membership of up to ``markets_per_subscription`` books."""

    def __init__(self, post: Post, store: BookStore, wanted: Iterable[str]) -> None:
        super().__init__(post, store, wanted)
        self._missing: set[int] = set()

    def on_subscribed(self, asked: Asked, sid: int, next_seq: int = 1) -> None:
        self._missing.clear()
        for ticker in asked.tickers:
            self._begin(ticker)
        super().on_subscribed(asked, sid, next_seq)
        self._expect_snapshots()

    def absorb(self, other: BookShard, asked: Asked) -> None:
        """The exchange added the books that ``other`` asked for to this sid: they are ours from now on."""
        wanted, theirs = self.wanted, other.wanted
        if wanted is None or theirs is None:
            return
        wanted.update(theirs)
        theirs.clear()
        other.drop_sid()
        other.lines.clear()
        self.actual.update(asked.tickers)
        for ticker in asked.tickers:
            if ticker in wanted and ticker not in self.lines:
                self._begin(ticker)
        self._expect_snapshots()
        self.reconcile()

    def on_ok(self, asked: Asked, markets: Iterable[str] | None) -> None:
        if asked.kind is CommandKind.DELETE_MARKETS:
            for ticker in asked.tickers:
                self.end(ticker)
        super().on_ok(asked, markets)
        self._expect_snapshots()

    def reconcile(self) -> None:
        super().reconcile()
        if self.standing is Standing.ON and self.wanted is not None:
            returned = [t for t in self._askable() or () if t in self.actual and t not in self.lines]
            for ticker in returned:
                self._begin(ticker)
            if returned:
                self._fetch(returned)

    def drop_sid(self) -> None:
        self.stop_reading(StaleReason.RESUBSCRIBED)
        for line in self.lines.values():
            line.restart()
        self._to_fetch.clear()
        super().drop_sid()

    def drop_book(self, ticker: str) -> None:
        """The market is no longer wanted."""
        if self.wanted is not None:
            self.wanted.pop(ticker, None)
        self.end(ticker)
        self.reconcile()

    def _update(self, kind: CommandKind, tickers: tuple[str, ...], timeout_ns: int | None = None) -> int:
        if kind is CommandKind.ADD_MARKETS:
            for ticker in tickers:
                self._begin(ticker)
        return super()._update(kind, tickers, timeout_ns)

    def _begin(self, ticker: str) -> None:
        line = self.store.line(ticker)
        self._tear(line, StaleReason.RESUBSCRIBED)
        line.restart()
        self.lines[ticker] = line

    def receive(self, frame: Frame) -> None:
        """Any numbered frame of this sid that the hot path did not take."""
        seq = position_of(frame)
        if seq is None:
            return
        if seq < self.next_seq:
            self._repeated_or_late(frame, seq)
            self.flush()
            return
        if seq > self.next_seq:
            self._lost(seq)
        self._accept(frame)
        self.next_seq = seq + 1
        self.flush()

    def unreadable(self, seq: int | None, detail: str) -> None:
        """A frame of this sid could not be decoded: what it said is missing from every book here.

        Without a position that can be trusted, ours stays, and the next frame shows the gap.
        """
        self._fault(FaultKind.UNDECODABLE, detail, expected=self.next_seq, got=seq)
        if seq is None:
            self._tear_all(StaleReason.UNREADABLE)
        elif seq >= self.next_seq:
            self._note_missing(seq)
            self._tear_all(StaleReason.UNREADABLE)
            self.next_seq = seq + 1
        self.flush()

    def _accept(self, frame: Frame) -> None:
        if not isinstance(frame, BookDelta | BookSnapshot):
            return
        line = self.lines.get(frame.msg.market_ticker)
        if line is None:
            if frame.msg.market_ticker in self.actual:
                return
            self._fault(FaultKind.UNKNOWN_MARKET, frame.msg.market_ticker, frame.msg.market_ticker)
        elif isinstance(frame, BookSnapshot):
            self._snapshot(line, frame)
        elif line.is_readable:
            self.apply(line, frame)
        else:
            self._hold(line, frame)

    def apply(self, line: BookLine, delta: BookDelta) -> None:
        """Takes the next delta for a readable book; a book that it does not fit is torn and fetched."""
        try:
            applied = line.apply(delta, self.store.ask_prices, self.store.clock_rule)
        except (ClockJump, BookCorrupt, FixedPointError) as error:
            self._failed(delta, error)
            return
        if line.phase is Phase.LIVE:
            self.live[line.ticker] = line
        if applied:
            self.store.on_delta(delta)

    def _hold(self, line: BookLine, delta: BookDelta) -> None:
        line.hold(delta)
        if len(line.held) > self.post.settings.held_deltas:
            self._fault(FaultKind.OVERFLOW, f"{line.ticker}: {len(line.held)} deltas held", line.ticker)
            line.tear()
            self._fetch([line.ticker])

    def _lost(self, seq: int) -> None:
        self._fault(FaultKind.GAP, f"{seq - self.next_seq} frames missing", expected=self.next_seq, got=seq)
        self._note_missing(seq)
        self._tear_all(StaleReason.GAP)

    def _note_missing(self, seq: int) -> None:
        if len(self._missing) + seq - self.next_seq > _MOST_MISSING:
            self._missing.clear()
        self._missing.update(range(max(self.next_seq, seq - _MOST_MISSING), seq))

    def _repeated_or_late(self, frame: Frame, seq: int) -> None:
        if seq in self._missing:
            self._missing.discard(seq)
            self._late(frame, seq)
            return
        if isinstance(frame, BookSnapshot) and self._answers(frame):
            self._snapshot(self.lines[frame.msg.market_ticker], frame)
            return
        applied = next(
            (line.last for line in self.lines.values() if line.last and line.last.seq == seq), None
        )
        if applied is not None and applied.msg != getattr(frame, "msg", None):
            self._fault(FaultKind.CONFLICT, "two frames for one position", expected=self.next_seq, got=seq)
            self._tear_all(StaleReason.CONFLICT)
            return
        self._fault(FaultKind.DUPLICATE, "applied before", expected=self.next_seq, got=seq)

    def _late(self, frame: Frame, seq: int) -> None:
        self._fault(FaultKind.LATE_FRAME, "missed before", expected=self.next_seq, got=seq)
        if not isinstance(frame, BookDelta):
            return
        line = self.lines.get(frame.msg.market_ticker)
        if line is None:
            return
        if not line.is_readable:
            line.held.append(frame)
        elif not line.covers(frame):
            self._tear(line, StaleReason.LATE_FRAME)
            self._fetch([line.ticker])
