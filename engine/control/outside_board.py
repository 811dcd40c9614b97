"""Values and headlines of the outside world, kept for whoever looks at them; no money depends on it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from engine.control.protocol import OUTSIDE, Delta, Snapshot, encode
from engine.control.rows.outside import HeadlineRow, ObservationRow, OutsideRows, SourceRow
from engine.domain.newest import keep_newest

HEADLINES_KEPT = 200
VALUES_KEPT = 4_096
VALUES_A_FRAME = 512


class OutsideBoard:
    """``on_change`` hears the topic when something moved; ``sources`` tells the rows of all sources, with
    their ages of now."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str], ObservationRow] = {}
        self.sources: Callable[[], tuple[SourceRow, ...]] = tuple
        self.on_change: Callable[[str], None] | None = None
        self._headlines: deque[tuple[int, HeadlineRow]] = deque(maxlen=HEADLINES_KEPT)
        self._known: dict[str, None] = {}
        self._count = 0

    def put(self, row: ObservationRow) -> None:
        """Beyond :data:`VALUES_KEPT` the key that was told least lately goes."""
        keep_newest(self.values, (row.kind, row.key), row, VALUES_KEPT)
        self._tell()

    def put_headline(self, row: HeadlineRow) -> bool:
        """Whether it is new."""
        if row.headline_id in self._known:
            return False
        self._known[row.headline_id] = None
        while len(self._known) > 2 * HEADLINES_KEPT:
            del self._known[next(iter(self._known))]
        self._count += 1
        self._headlines.append((self._count, row))
        self._tell()
        return True

    def headlines_after(self, number: int) -> tuple[int, tuple[HeadlineRow, ...]]:
        """Those that came after the one of that number, oldest first, and the number of the last."""
        found = [(no, row) for no, row in self._headlines if no > number]
        return (found[-1][0] if found else number), tuple(row for _, row in found)

    def _tell(self) -> None:
        if self.on_change is not None:
            self.on_change(OUTSIDE)


class OutsideFeed:
    """The topic ``outside`` of one client: see engine.control.bundled_feeds.BundledFeed."""

    def __init__(self, board: OutsideBoard) -> None:
        self.topic = OUTSIDE
        self._board = board
        self._rev = 0
        self.restart()

    def leave(self) -> None:
        """Nothing is kept for this client alone."""

    def restart(self) -> None:
        self._is_new, self._is_due, self._number = True, True, 0
        self._sent: dict[tuple[str, str], ObservationRow] = {}

    def touch(self, tickers: Iterable[str]) -> bool:
        """Books do not concern it."""
        return False

    def universe_changed(self) -> bool:
        return False

    def public_moved(self, topics: set[str]) -> bool:
        self._is_due = self._is_due or OUTSIDE in topics
        return self._is_due

    @property
    def has_more(self) -> bool:
        return self._is_due

    def next_frame(self) -> bytes | None:
        moved = [(key, row) for key, row in self._board.values.items() if self._sent.get(key) is not row]
        self._is_due = len(moved) > VALUES_A_FRAME
        self._sent.update(moved[:VALUES_A_FRAME])
        if len(self._sent) > 2 * VALUES_KEPT:
            self._sent = {key: row for key, row in self._sent.items() if key in self._board.values}
        self._number, headlines = self._board.headlines_after(self._number)
        rows = OutsideRows(tuple(row for _, row in moved[:VALUES_A_FRAME]), headlines)
        if rows == _NOTHING and not self._is_new:
            return None
        is_new, self._is_new = self._is_new, False
        self._rev += 1
        if is_new:
            return encode(Snapshot(OUTSIDE, self._rev, rows))
        return encode(Delta(OUTSIDE, self._rev - 1, self._rev, rows))


_NOTHING = OutsideRows()
