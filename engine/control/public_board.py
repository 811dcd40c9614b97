"""The exchange's public prints and index values, kept for whoever follows them; no money depends on it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from engine.control.market_answers import trade_row
from engine.control.protocol import INDEX, Delta, IndexRows, Snapshot, TapeRows, encode, tape_topic
from engine.control.rows.markets import IndexRow, TradeRow
from engine.domain.feed import IndexSeen, PublicTrade

KEPT = 500


class PublicBoard:
    """``take`` is given every public event; ``on_change`` hears which topic moved, ``on_follow`` the markets
    whose trades somebody follows, whenever those change.

    Trades are kept only of markets that somebody follows, each with a number that counts from 1.
    """

    def __init__(self) -> None:
        self.indexes: dict[str, IndexRow] = {}
        self.on_change: Callable[[str], None] | None = None
        self.on_follow: Callable[[tuple[str, ...]], None] | None = None
        self._followers: dict[str, int] = {}
        self._tapes: dict[str, deque[tuple[int, TradeRow]]] = {}
        self._count = 0

    def take(self, event: PublicTrade | IndexSeen) -> None:
        if isinstance(event, IndexSeen):
            source_ns = event.received_ns if event.source_ns is None else event.source_ns
            row = IndexRow(event.index_id, format(event.value, "f"), source_ns, event.received_ns)
            self.indexes[event.index_id] = row
            self._tell(INDEX)
        elif (tape := self._tapes.get(event.ticker)) is not None:
            self._count += 1
            tape.append((self._count, trade_row(event)))
            self._tell(tape_topic(event.ticker))

    def follow(self, ticker: str) -> None:
        self._followers[ticker] = self._followers.get(ticker, 0) + 1
        if ticker not in self._tapes:
            self._tapes[ticker] = deque(maxlen=KEPT)
            self._tell_followed()

    def leave(self, ticker: str) -> None:
        left = self._followers.get(ticker, 0) - 1
        if left > 0:
            self._followers[ticker] = left
            return
        self._followers.pop(ticker, None)
        if self._tapes.pop(ticker, None) is not None:
            self._tell_followed()

    def trades_after(self, ticker: str, number: int) -> tuple[int, tuple[TradeRow, ...]]:
        """The trades that came after the one of that number, oldest first, and the number of the last."""
        tape = self._tapes.get(ticker, ())
        found = [(no, row) for no, row in tape if no > number]
        return (found[-1][0] if found else number), tuple(row for _, row in found)

    def _tell_followed(self) -> None:
        if self.on_follow is not None:
            self.on_follow(tuple(self._tapes))

    def _tell(self, topic: str) -> None:
        if self.on_change is not None:
            self.on_change(topic)


def frame(topic: str, rev: int, rows: TapeRows | IndexRows, *, is_new: bool) -> bytes:
    return encode(Snapshot(topic, rev, rows) if is_new else Delta(topic, rev - 1, rev, rows))


class TapeFeed:
    """The topic ``tape:T`` of one client: see engine.control.bundled_feeds.BundledFeed."""

    def __init__(self, board: PublicBoard, ticker: str) -> None:
        self.topic = tape_topic(ticker)
        self._board = board
        self._ticker = ticker
        self._rev = 0
        board.follow(ticker)
        self.restart()

    def leave(self) -> None:
        self._board.leave(self._ticker)

    def restart(self) -> None:
        self._is_new, self._is_due, self._number = True, True, 0

    def touch(self, tickers: Iterable[str]) -> bool:
        """Books do not concern it."""
        return False

    def universe_changed(self) -> bool:
        return False

    def public_moved(self, topics: set[str]) -> bool:
        self._is_due = self._is_due or self.topic in topics
        return self._is_due

    @property
    def has_more(self) -> bool:
        return self._is_due

    def next_frame(self) -> bytes | None:
        self._is_due = False
        self._number, trades = self._board.trades_after(self._ticker, self._number)
        if not trades and not self._is_new:
            return None
        is_new, self._is_new = self._is_new, False
        self._rev += 1
        return frame(self.topic, self._rev, TapeRows(trades), is_new=is_new)


class IndexFeed:
    """The topic ``index`` of one client."""

    def __init__(self, board: PublicBoard) -> None:
        self.topic = INDEX
        self._board = board
        self._rev = 0
        self.restart()

    def leave(self) -> None:
        """Nothing is kept for this client alone."""

    def restart(self) -> None:
        self._is_new, self._is_due = True, True
        self._sent: dict[str, IndexRow] = {}

    def touch(self, tickers: Iterable[str]) -> bool:
        """Books do not concern it."""
        return False

    def universe_changed(self) -> bool:
        return False

    def public_moved(self, topics: set[str]) -> bool:
        self._is_due = self._is_due or INDEX in topics
        return self._is_due

    @property
    def has_more(self) -> bool:
        return self._is_due

    def next_frame(self) -> bytes | None:
        self._is_due = False
        rows = tuple(row for name, row in self._board.indexes.items() if self._sent.get(name) is not row)
        self._sent = dict(self._board.indexes)
        if not rows and not self._is_new:
            return None
        is_new, self._is_new = self._is_new, False
        self._rev += 1
        return frame(self.topic, self._rev, IndexRows(rows), is_new=is_new)
