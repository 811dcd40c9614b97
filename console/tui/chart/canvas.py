"""A grid of cells under a chart: dots gathered into characters, and text that dots have the better of."""

from __future__ import annotations

from console.tui import roles
from console.tui.cells import Row, Span
from console.tui.chart.glyphs import GlyphSet

_BLANK = (" ", roles.TEXT)


class Canvas:
    """``width`` x ``height`` cells. Of what falls into a cell, dots are drawn over text, and among dots the
    role that came last."""

    def __init__(self, width: int, height: int, glyphs: GlyphSet) -> None:
        self.width = width
        self.height = height
        self.glyphs = glyphs
        self._bits: dict[tuple[int, int], int] = {}
        self._roles: dict[tuple[int, int], str] = {}
        self._texts: dict[tuple[int, int], Span] = {}

    def dot(self, column: int, row: int, role: str) -> None:
        """A dot, counted in dots from the top left; one outside is left out."""
        x, across = divmod(column, self.glyphs.across)
        y, down = divmod(row, self.glyphs.down)
        if not (0 <= x < self.width and 0 <= y < self.height):
            return
        if self._roles.get((y, x)) != role:
            self._bits[y, x] = 0
            self._roles[y, x] = role
        self._bits[y, x] |= self.glyphs.bit(across, down)

    def dots(self, column: int, top: int, bottom: int, role: str) -> None:
        """All dots of a column from ``top`` to ``bottom``, both included."""
        for row in range(top, bottom + 1):
            self.dot(column, row, role)

    def has_dots(self, x: int, y: int) -> bool:
        return (y, x) in self._bits

    def put(self, x: int, y: int, text: str, role: str) -> None:
        """A character in a cell; one outside is left out."""
        if 0 <= x < self.width and 0 <= y < self.height:
            self._texts[y, x] = (text, role)

    def text_at(self, x: int, y: int) -> Span | None:
        return self._texts.get((y, x))

    def write(self, x: int, y: int, text: str, role: str) -> None:
        for at, character in enumerate(text):
            self.put(x + at, y, character, role)

    def row(self, y: int) -> Row:
        """Cells of one role in sequence are one span."""
        found: list[Span] = []
        for x in range(self.width):
            text, role = self._cell(x, y)
            if found and found[-1][1] == role:
                found[-1] = (found[-1][0] + text, role)
            else:
                found.append((text, role))
        return tuple(found)

    def _cell(self, x: int, y: int) -> Span:
        bits = self._bits.get((y, x))
        if bits:
            return self.glyphs.dots(bits), self._roles[y, x]
        return self._texts.get((y, x), _BLANK)
