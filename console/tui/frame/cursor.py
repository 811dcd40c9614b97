"""A cursor that stays on its row: it knows what the row is about, not where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Keys = Sequence[str | None]
"""What each row is about; None: no row to stand on."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """``key`` names the row, ``at`` is where it stood last."""

    key: str | None = None
    at: int = 0

    def kept(self, keys: Keys) -> Cursor:
        """After the rows moved: on the same row; if that is gone, on the nearest below, else above."""
        places = _places(keys)
        if not places:
            return Cursor()
        for at in places:
            if keys[at] == self.key:
                return Cursor(self.key, at)
        at = next((place for place in places if place >= self.at), places[-1])
        return Cursor(keys[at], at)

    def moved(self, keys: Keys, by: int) -> Cursor:
        """Up or down by rows that may be stood on, and no further than the ends."""
        places = _places(keys)
        if not places:
            return Cursor()
        now = self.kept(keys)
        index = min(max(places.index(now.at) + by, 0), len(places) - 1)
        return Cursor(keys[places[index]], places[index])

    def is_at_end(self, keys: Keys, by: int) -> bool:
        """Whether it cannot move that way."""
        return self.moved(keys, by) == self.kept(keys)


def _places(keys: Keys) -> list[int]:
    return [at for at, key in enumerate(keys) if key is not None]


def scrolled(offset: int, at: int, rows: int, height: int, header_rows: int) -> int:
    """How many rows after the header are scrolled away so that row ``at`` is seen; moves only as far as it
    must. ``rows`` counts all, the header's too."""
    room = max(height - header_rows, 1)
    body = max(rows - header_rows, 0)
    place = at - header_rows
    if place >= 0:
        offset = min(max(offset, place - room + 1), place)
    return min(max(offset, 0), max(body - room, 0))
