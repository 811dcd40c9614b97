"""A grid of cells under a chart: dots gathered into characters, and text that dots have the better of."""

from __future__ import annotations

from console.tui import roles
from console.tui.cells import Row, Span
from console.tui.chart.glyphs import GlyphSet


class Canvas:
    """``width`` x ``height`` cells. Of what falls into a cell, dots are drawn over text, and among dots the
    role that came last."""

    def __init__(self, width: int, height: int, glyphs: GlyphSet) -> None:
        self.width = max(width, 0)
        self.height = max(height, 0)
        self.glyphs = glyphs
        self._bits = [[0] * self.width for _ in range(self.height)]
        self._texts = [[" "] * self.width for _ in range(self.height)]
        self._roles = [[roles.TEXT] * self.width for _ in range(self.height)]

    def dots(self, column: int, top: int, bottom: int, role: str) -> None:
        """All dots of a column from ``top`` to ``bottom``, both included, counted in dots from the top left;
        those outside are left out."""
        x, across = divmod(column, self.glyphs.across)
        down = self.glyphs.down
        top, bottom = max(top, 0), min(bottom, self.height * down - 1)
        if not 0 <= x < self.width or top > bottom:
            return
        first, last = top // down, bottom // down
        for y in range(first, last + 1):
            start = top - y * down if y == first else 0
            end = bottom - y * down if y == last else down - 1
            bits = self.glyphs.bits(across, start, end)
            row = self._bits[y]
            row[x] = row[x] | bits if self._roles[y][x] == role else bits
            self._roles[y][x] = role

    def put(self, x: int, y: int, text: str, role: str) -> None:
        """A character in a cell without dots; one outside is left out."""
        if 0 <= x < self.width and 0 <= y < self.height and not self._bits[y][x]:
            self._texts[y][x] = text
            self._roles[y][x] = role

    def is_free(self, x: int, y: int) -> bool:
        return self._texts[y][x] == " " and not self._bits[y][x]

    def write(self, x: int, y: int, text: str, role: str) -> None:
        for at, character in enumerate(text):
            self.put(x + at, y, character, role)

    def fill_row(self, y: int, text: str, role: str) -> None:
        """Every cell of a row that has no dots."""
        for x in range(self.width):
            self.put(x, y, text, role)

    def row(self, y: int) -> Row:
        """Cells of one role in sequence are one span."""
        if not self.width:
            return ()
        cells, found, start = self._characters(y), list[Span](), 0
        inks = self._roles[y]
        for x in range(1, self.width):
            if inks[x] != inks[start]:
                found.append((cells[start:x], inks[start]))
                start = x
        found.append((cells[start:], inks[start]))
        return tuple(found)

    def _characters(self, y: int) -> str:
        bits, texts = self._bits[y], self._texts[y]
        if not any(bits):
            return "".join(texts)
        character = self.glyphs.dots
        return "".join([character(b) if b else text for b, text in zip(bits, texts, strict=True)])
