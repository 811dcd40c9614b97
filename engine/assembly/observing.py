"""The way of the outside world into an engine: values go to the core and to consoles, in bounds.

Nothing here waits, and nothing that comes can make the engine wait: beyond so many values a second the newest
of each key is kept back for the next tenth of a second, and what it took the place of is counted as dropped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from engine.control.outside_board import OutsideBoard
from engine.control.rows.outside import HeadlineRow, ObservationRow, SourceRow
from engine.core.inputs import CoreEvent, Observation, SourceSeen

TURN_S = 0.1
MOST_A_TURN = 50
"""Values that the core is given in a turn."""
MOST_HELD = 4_096
"""Keys of which the newest value is held back."""


class Observing:
    """Takes values, headlines and news of sources; for the engine's own loop. ``post`` is the inbox."""

    def __init__(self, post: Callable[[CoreEvent], None], board: OutsideBoard) -> None:
        self._post = post
        self._board = board
        self._left = MOST_A_TURN
        self._held: dict[tuple[str, str], ObservationRow] = {}
        self._turn: asyncio.TimerHandle | None = None

    def watch(self, sources: Callable[[], Iterable[SourceRow]]) -> None:
        """``sources`` tells the rows of all sources as they are now."""
        self._board.sources = lambda: tuple(sources())

    def value(self, row: ObservationRow) -> bool:
        """Whether nothing was dropped for it."""
        if self._left and not self._held:
            self._left -= 1
            self._turn_soon()
            self._give(row)
            return True
        key = (row.kind, row.key)
        if key not in self._held and len(self._held) >= MOST_HELD:
            return False
        is_first = key not in self._held
        self._held[key] = row
        self._turn_soon()
        return is_first

    def headline(self, row: HeadlineRow) -> None:
        """What is known already is passed over."""
        self._board.put_headline(row)

    def source(self, event: SourceSeen) -> None:
        self._post(event)

    def stop(self) -> None:
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None

    def _give(self, row: ObservationRow) -> None:
        self._board.put(row)
        self._post(Observation(row.kind, row.key, row.value, row.source_ns, row.received_ns))

    def _turn_soon(self) -> None:
        if self._turn is None:
            self._turn = asyncio.get_running_loop().call_later(TURN_S, self._next_turn)

    def _next_turn(self) -> None:
        self._turn = None
        self._left = MOST_A_TURN
        for key in list(self._held)[:MOST_A_TURN]:
            self._left -= 1
            self._give(self._held.pop(key))
        if self._held:
            self._turn_soon()
