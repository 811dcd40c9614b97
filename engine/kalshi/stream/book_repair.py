"""How the books of one subscription are made right again: snapshots asked for, judged and taken.

Questions go out after the frame that caused them has been taken in full, so that everything the exchange sent
before the question is known when its answer is judged. An exchange that does not answer for one book, though
others of the same sid are well, is asked a few times, and then that book is given up for this connection.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.domain.book import BookCorrupt
from engine.domain.feed import BookFresh, Channel, CommandRefused, FaultKind, StaleReason, StreamFault
from engine.domain.units import Nanoseconds
from engine.kalshi.stream.book_line import BookCrossed, BookLine, ClockJump, Phase, StaleSnapshot
from engine.kalshi.stream.book_store import BookStore
from engine.kalshi.stream.command_desk import Asked, CommandKind
from engine.kalshi.stream.subscription import Post, Standing, Subscription
from engine.wire.fixed_point import FixedPointError
from engine.wire.stream import BookDelta, BookSnapshot, CommandParams


class BookRepair(Subscription):
    """``lines`` are the books of the sid; ``live`` holds those that the hot path may change."""

    def __init__(self, post: Post, store: BookStore, wanted: Iterable[str]) -> None:
        params = CommandParams(channels=[Channel.BOOK.value], use_yes_price=post.settings.use_yes_price)
        super().__init__(post, Channel.BOOK, wanted, params)
        self.store = store
        self.lines: dict[str, BookLine] = {}
        self.live: dict[str, BookLine] = {}
        self._refused_snapshots = 0
        self._repair_at_ns: Nanoseconds | None = None
        self._last_request_ns: Nanoseconds | None = None
        self._to_fetch: dict[str, None] = {}

    def stop_reading(self, reason: StaleReason) -> None:
        for line in self.lines.values():
            self._tear(line, reason)

    def forget_clocks(self) -> None:
        for line in self.lines.values():
            line.forget_clocks()

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
        was_asked_for = line.audit_id is not None and frame.id == line.audit_id
        if was_asked_for:
            line.audit_id, line.unanswered = None, 0
        clock = frame.msg.clock
        if isinstance(clock, int) and line.clock is not None and clock < line.clock:
            if not was_asked_for:
                detail = f"{line.ticker}: older than the book, ignored"
                self._fault(FaultKind.STALE_SNAPSHOT, detail, line.ticker, line.clock, clock)
            return
        before, at = (dict(line.book.bids), dict(line.book.asks)), line.clock
        try:
            line.install(frame, self.store.ask_prices, self.store.clock_rule)
        except (StaleSnapshot, ClockJump, BookCorrupt, FixedPointError) as error:
            kind, reason = _blame(error)
            self._fault(kind, f"{line.ticker}: {error}", line.ticker)
            line.tear()
            self._mark(line, True, reason)
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
        """Asks for snapshots of healthy books: one that the exchange has stopped sending looks quiet."""
        healthy = tuple(t for t in tickers if t in self.lines and self.lines[t].is_readable)
        if healthy and self.standing is Standing.ON:
            number = self._update(CommandKind.GET_SNAPSHOT, healthy, self.post.settings.snapshot_timeout_ns)
            for ticker in healthy:
                self.lines[ticker].audit_id = number

    def on_timeout(self, asked: Asked) -> None:
        if asked.kind is not CommandKind.GET_SNAPSHOT:
            super().on_timeout(asked)
            return
        waiting = [self.lines[ticker] for ticker in asked.tickers if self._still_waits(ticker, asked.id)]
        if not waiting:
            return
        self._fault(FaultKind.TIMEOUT, f"get_snapshot {asked.id}: no answer for {len(waiting)} books")
        others_are_well = any(line.is_readable for line in self.lines.values())
        for line in waiting:
            line.unanswered += 1
            if others_are_well and line.unanswered > self.post.settings.refused_snapshots:
                self._refuse(line.ticker)
        left = [line for line in waiting if line.ticker in self.lines]
        if any(not line.is_readable or line.unanswered > 1 for line in left):
            self.resubscribe(f"get_snapshot {asked.id} was not answered in full")
        elif not left:
            self.reconcile()

    def _refuse(self, ticker: str) -> None:
        """The exchange shows no book for this market: not followed on this connection."""
        self.refused.add(ticker)
        self.end(ticker)
        self.post.emit(CommandRefused(0, "no snapshot was sent", self.channel, (ticker,)))

    def end(self, ticker: str) -> None:
        """Lets go of one book."""
        line = self.lines.pop(ticker, None)
        self._to_fetch.pop(ticker, None)
        if line is not None:
            self._tear(line, StaleReason.DROPPED)
            self.store.forget(ticker)

    def _still_waits(self, ticker: str, request: int) -> bool:
        line = self.lines.get(ticker)
        if line is None:
            return False
        return line.audit_id == request if line.is_readable else line.awaited_id == request

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
