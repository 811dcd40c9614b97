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
from engine.domain.units import Nanoseconds
from engine.kalshi.stream.book_line import BookCrossed, BookLine, ClockJump, Phase, StaleSnapshot
from engine.kalshi.stream.book_store import BookStore
from engine.kalshi.stream.channels import Channel
from engine.kalshi.stream.command_desk import Asked, CommandKind
from engine.kalshi.stream.events import BookFresh, FaultKind, StaleReason, StreamFault
from engine.kalshi.stream.position import position_of
from engine.kalshi.stream.subscription import Post, Standing, Subscription
from engine.wire.fixed_point import FixedPointError
from engine.wire.stream import BookDelta, BookSnapshot, CommandParams, Frame

_MOST_MISSING = 4_096


class BookShard(Subscription):
    """Up to ``markets_per_subscription`` books. ``live`` holds those that the hot path may change."""

    def __init__(self, post: Post, store: BookStore, wanted: Iterable[str]) -> None:
        params = CommandParams(channels=[Channel.BOOK.value], use_yes_price=post.settings.use_yes_price)
        super().__init__(post, Channel.BOOK, wanted, params)
        self.store = store
        self.lines: dict[str, BookLine] = {}
        self.live: dict[str, BookLine] = {}
        self._missing: set[int] = set()
        self._refused_snapshots = 0
        self._repair_at_ns: Nanoseconds | None = None
        self._last_request_ns: Nanoseconds | None = None
        self._to_fetch: dict[str, None] = {}

    # membership

    def on_subscribed(self, asked: Asked, sid: int) -> None:
        self._missing.clear()
        for ticker in asked.tickers:
            self._begin(ticker)
        super().on_subscribed(asked, sid)
        self._expect_snapshots()

    def on_ok(self, asked: Asked, markets: Iterable[str] | None) -> None:
        if asked.kind is CommandKind.DELETE_MARKETS:
            for ticker in asked.tickers:
                self._end(ticker)
        super().on_ok(asked, markets)
        self._expect_snapshots()

    def reconcile(self) -> None:
        super().reconcile()
        if self.standing is Standing.ON and self.wanted is not None:
            returned = [t for t in self.wanted if t in self.actual and t not in self.lines]
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
        self._end(ticker)
        self.reconcile()

    def _update(self, kind: CommandKind, tickers: tuple[str, ...], timeout_ns: int | None = None) -> int:
        if kind is CommandKind.ADD_MARKETS:
            for ticker in tickers:
                self._begin(ticker)
        return super()._update(kind, tickers, timeout_ns)

    def stop_reading(self, reason: StaleReason) -> None:
        for line in self.lines.values():
            self._tear(line, reason)

    def forget_clocks(self) -> None:
        for line in self.lines.values():
            line.forget_clocks()

    def _begin(self, ticker: str) -> None:
        line = self.store.line(ticker)
        self._tear(line, StaleReason.RESUBSCRIBED)
        line.restart()
        self.lines[ticker] = line

    def _end(self, ticker: str) -> None:
        line = self.lines.pop(ticker, None)
        self._to_fetch.pop(ticker, None)
        if line is not None:
            self._tear(line, StaleReason.DROPPED)
            self.store.forget(ticker)

    # frames

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

    def _failed(self, delta: BookDelta, error: Exception) -> None:
        """Applying a delta in its place raised; the book it names is wrong, the sequence is not."""
        line = self.lines[delta.msg.market_ticker]
        if isinstance(error, ClockJump):
            self._fault(FaultKind.CLOCK_JUMP, str(error), line.ticker, error.wanted, error.got)
            self._mark(line, line.suspect(delta), StaleReason.CLOCK_JUMP)
        else:
            kind, reason = _blame(error)
            self._fault(kind, f"{line.ticker}: {error}", line.ticker)
            if reason is StaleReason.UNREADABLE:
                self._tear_all(reason)
                return
            self._tear(line, reason)
        self._fetch([line.ticker])

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
        line.held.append(delta)
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

    # snapshots

    def _answers(self, frame: BookSnapshot) -> bool:
        line = self.lines.get(frame.msg.market_ticker)
        return line is not None and line.awaited_id is not None and line.awaited_id == frame.id

    def _snapshot(self, line: BookLine, frame: BookSnapshot) -> None:
        first = line.phase is Phase.WAITING and line.awaited_id is None
        if line.is_readable:
            self._audit(line, frame)
        elif first or self._answers(frame):
            self._install(line, frame)

    def _install(self, line: BookLine, frame: BookSnapshot) -> None:
        try:
            line.install(frame, self.store.ask_prices, self.store.clock_rule)
        except StaleSnapshot as error:
            self._fault(FaultKind.STALE_SNAPSHOT, str(error), line.ticker, error.wanted, error.got)
        except ClockJump as error:
            self._fault(FaultKind.CLOCK_JUMP, str(error), line.ticker, error.wanted, error.got)
            line.suspect(None)
        except (BookCorrupt, FixedPointError) as error:
            self._fault(_blame(error)[0], f"{line.ticker}: {error}", line.ticker)
            line.tear()
        else:
            self._refused_snapshots = 0
            self._to_fetch.pop(line.ticker, None)
            self.succeeded()
            self._sort_in(line)
            self._say_fresh(line)
            return
        line.awaited_id = None
        self._refused_snapshots += 1
        if self._refused_snapshots > self.post.settings.refused_snapshots:
            self._refused_snapshots = 0
            self.resubscribe(f"{line.ticker}: no usable snapshot")
        else:
            self._fetch([line.ticker])

    def _audit(self, line: BookLine, frame: BookSnapshot) -> None:
        """A snapshot of a readable book: it must agree; where it knows more, or differs, it is taken."""
        clock = frame.msg.clock
        if isinstance(clock, int) and line.clock is not None and clock < line.clock:
            detail = f"{line.ticker}: older than the book, ignored"
            self._fault(FaultKind.STALE_SNAPSHOT, detail, line.ticker, line.clock, clock)
            return
        before, at = (dict(line.book.bids), dict(line.book.asks)), line.clock
        try:
            line.install(frame, self.store.ask_prices, self.store.clock_rule)
        except (StaleSnapshot, ClockJump, BookCorrupt, FixedPointError) as error:
            self._fault(FaultKind.BAD_VALUE, f"{line.ticker}: {error}", line.ticker)
            self._tear(line, StaleReason.NEGATIVE_LEVEL)
            self._fetch([line.ticker])
            return
        self._sort_in(line)
        if before != (line.book.bids, line.book.asks):
            if at == line.clock:
                self._fault(FaultKind.BOOK_MISMATCH, f"{line.ticker}: levels differ", line.ticker, got=at)
            self._say_fresh(line)

    def _sort_in(self, line: BookLine) -> None:
        """A book that compares deltas with its snapshot's clock is not the hot path's yet."""
        if line.phase is Phase.LIVE or line.clock is None:
            line.enter(Phase.LIVE)
            self.live[line.ticker] = line
        else:
            self.live.pop(line.ticker, None)

    def _say_fresh(self, line: BookLine) -> None:
        book = line.book
        bids, asks = tuple(book.bids_down()), tuple(book.asks_up())
        self.post.emit(BookFresh(line.ticker, bids, asks, line.clock))

    # repair

    def tick(self) -> None:
        """Sends what is due: the next subscription, or requests for snapshots."""
        if self.standing is Standing.OFF:
            self.reconcile()
        self.flush()

    def flush(self) -> None:
        """Asks for the snapshots whose time has come; called after a frame has been taken in full.

        Only then is everything that came before the question known to the books that wait for the answer.
        """
        due = self._repair_at_ns
        if due is not None and self.standing is Standing.ON and self.post.desk.now() >= due:
            self._request()

    def audit(self, tickers: Iterable[str]) -> None:
        """Asks for snapshots of healthy books, to compare."""
        healthy = tuple(t for t in tickers if t in self.lines and self.lines[t].is_readable)
        if healthy and self.standing is Standing.ON:
            self._update(CommandKind.GET_SNAPSHOT, healthy, self.post.settings.snapshot_timeout_ns)

    def on_timeout(self, asked: Asked) -> None:
        if asked.kind is not CommandKind.GET_SNAPSHOT:
            super().on_timeout(asked)
            return
        if any(self._still_waits(ticker, asked.id) for ticker in asked.tickers):
            detail = f"get_snapshot {asked.id} was not answered in full"
            self._fault(FaultKind.TIMEOUT, detail)
            self.resubscribe(detail)

    def _still_waits(self, ticker: str, request: int) -> bool:
        line = self.lines.get(ticker)
        return line is not None and not line.is_readable and line.awaited_id == request

    def _expect_snapshots(self) -> None:
        """First snapshots come unasked; those that do not are fetched after the time-out."""
        waiting = [t for t, line in self.lines.items() if line.phase is Phase.WAITING and not line.awaited_id]
        self._to_fetch.update(dict.fromkeys(waiting))
        if waiting:
            self._repair_at_ns = self.post.desk.now() + self.post.settings.snapshot_timeout_ns

    def _fetch(self, tickers: Iterable[str]) -> None:
        self._to_fetch.update(dict.fromkeys(tickers))
        if self.standing is not Standing.ON:
            return
        now = self.post.desk.now()
        last = self._last_request_ns
        self._repair_at_ns = now if last is None else max(now, last + self.post.settings.repair_spacing_ns)

    def _request(self) -> None:
        tickers = tuple(t for t in self._to_fetch if t in self.lines and not self.lines[t].is_readable)
        self._to_fetch.clear()
        self._repair_at_ns = None
        if not tickers:
            return
        self._last_request_ns = self.post.desk.now()
        number = self._update(CommandKind.GET_SNAPSHOT, tickers, self.post.settings.snapshot_timeout_ns)
        for ticker in tickers:
            self.lines[ticker].await_answer(number)

    def _tear_all(self, reason: StaleReason) -> None:
        self.stop_reading(reason)
        if self.standing is Standing.ON:
            self._fetch(self.lines)

    def _tear(self, line: BookLine, reason: StaleReason) -> None:
        self._mark(line, line.tear(), reason)

    def _mark(self, line: BookLine, was_readable: bool, reason: StaleReason) -> None:
        self.live.pop(line.ticker, None)
        if was_readable:
            self.store.on_stale(line.ticker, reason)

    def _fault(
        self,
        kind: FaultKind,
        detail: str,
        ticker: str | None = None,
        expected: int | None = None,
        got: int | None = None,
    ) -> None:
        self.post.emit(StreamFault(kind, detail, self.channel, self.sid, ticker, expected, got))


def _blame(error: Exception) -> tuple[FaultKind, StaleReason]:
    if isinstance(error, BookCrossed):
        return FaultKind.CROSSED, StaleReason.CROSSED
    if isinstance(error, BookCorrupt):
        return FaultKind.NEGATIVE_LEVEL, StaleReason.NEGATIVE_LEVEL
    return FaultKind.BAD_VALUE, StaleReason.UNREADABLE
