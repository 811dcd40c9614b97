"""The characters that a chart is drawn with: braille, blocks, or plain ASCII for fonts and lines without."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from console.tui import roles
from console.tui.chart.model import LevelKind

_BRAILLE_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_HALVES = " ▀▄█"


@dataclass(frozen=True, slots=True)
class GlyphSet:
    """A cell has ``across`` x ``down`` dots; ``dots`` turns :meth:`bits` into a character."""

    name: str
    across: int
    down: int
    dots: Callable[[int], str]
    strokes: dict[LevelKind, str]
    band_fill: str
    rule: str
    """The rule where a forecast starts."""
    close_rule: str
    edge: str
    edge_tick: str
    moved_tag: str
    """Before a tag that stands beside its price."""
    last: str
    """Before the tag of the last price."""
    above: str
    below: str

    def bits(self, across: int, first: int, last: int) -> int:
        """Of the dots ``first`` to ``last`` (from the top, both included) in column ``across`` of a cell."""
        return _masks(self.across, self.down)[across][first][last]


@cache
def _masks(across: int, down: int) -> list[list[list[int]]]:
    """By column, first and last dot."""
    return [
        [
            [sum(_bit(across, column, row) for row in range(first, last + 1)) for last in range(down)]
            for first in range(down)
        ]
        for column in range(across)
    ]


def _bit(across: int, column: int, row: int) -> int:
    return _BRAILLE_BITS[row][column] if across == 2 else 1 << row


BRAILLE = GlyphSet(
    name="braille",
    across=2,
    down=4,
    dots=lambda bits: chr(0x2800 + bits),
    strokes={
        LevelKind.TAKE_PROFIT: "╌",
        LevelKind.STOP_LOSS: "┄",
        LevelKind.ENTRY: "·",
        LevelKind.ORDER: "─",
        LevelKind.CONDITION: "┈",
    },
    band_fill=" ",
    rule="╎",
    close_rule="┃",
    edge="│",
    edge_tick="┤",
    moved_tag="╱",
    last="◂",
    above="▲",
    below="▼",
)
BLOCK = GlyphSet(
    name="block",
    across=1,
    down=2,
    dots=lambda bits: _HALVES[bits],
    strokes=BRAILLE.strokes,
    band_fill="░",
    rule="╎",
    close_rule="┃",
    edge="│",
    edge_tick="┤",
    moved_tag="╱",
    last="◂",
    above="▲",
    below="▼",
)
ASCII = GlyphSet(
    name="ascii",
    across=1,
    down=1,
    dots=lambda bits: "*" if bits else " ",
    strokes={
        LevelKind.TAKE_PROFIT: "-",
        LevelKind.STOP_LOSS: "=",
        LevelKind.ENTRY: ".",
        LevelKind.ORDER: "_",
        LevelKind.CONDITION: "~",
    },
    band_fill=":",
    rule=":",
    close_rule="|",
    edge="|",
    edge_tick="+",
    moved_tag="/",
    last="<",
    above="^",
    below="v",
)
GLYPHS = {glyphs.name: glyphs for glyphs in (BRAILLE, BLOCK, ASCII)}

LEVEL_ROLES = {
    LevelKind.TAKE_PROFIT: roles.TAKE_PROFIT,
    LevelKind.STOP_LOSS: roles.STOP_LOSS,
    LevelKind.ENTRY: roles.ENTRY,
    LevelKind.LAST: roles.ACCENT,
    LevelKind.ORDER: roles.OWN,
    LevelKind.CONDITION: roles.WARNING,
}
