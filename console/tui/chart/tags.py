"""The tags at the right axis: each at the row of its price, moved apart where several want the same row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from console.tui.chart.glyphs import LEVEL_ROLES, GlyphSet
from console.tui.chart.model import Level, LevelKind
from console.tui.chart.price_axis import PriceAxis
from engine.domain.units import CENT_BP, PriceBp


class Tag(NamedTuple):
    """``text`` begins with a mark of one cell; ``wanted`` is the row of the price, ``row`` the tag's own."""

    text: str
    role: str
    wanted: int
    row: int


def price_text(price_bp: PriceBp) -> str:
    """In cents with one place, two where it takes them: ``61.0``, ``57.25``."""
    sign = "-" if price_bp < 0 else ""
    whole, part = divmod(abs(price_bp), CENT_BP)
    return f"{sign}{whole}.{part // 10}" if part % 10 == 0 else f"{sign}{whole}.{part:02d}"


def tag_text(level: Level) -> str:
    return " ".join(part for part in (level.tag, price_text(level.price_bp), level.note) if part)


def placed(levels: Sequence[Level], axis: PriceAxis, glyphs: GlyphSet, rows: int) -> tuple[Tag, ...]:
    """The tags of the first levels for which there are rows, highest price first."""
    shown = sorted(levels[:rows], key=lambda level: -level.price_bp)
    wanted = [axis.row(level.price_bp) // glyphs.down for level in shown]
    tags = []
    for level, want, row in zip(shown, wanted, apart(wanted, rows), strict=True):
        mark = _mark(level, axis, glyphs) or (" " if row == want else glyphs.moved_tag)
        tags.append(Tag(mark + tag_text(level), LEVEL_ROLES[level.kind], want, row))
    return tuple(tags)


def _mark(level: Level, axis: PriceAxis, glyphs: GlyphSet) -> str:
    """An arrow where the price is outside of the picture, a sign of its own for the last price."""
    if level.price_bp > axis.high_bp:
        return glyphs.above
    if level.price_bp < axis.low_bp:
        return glyphs.below
    return glyphs.last if level.kind is LevelKind.LAST else ""


def apart(wanted: Sequence[int], rows: int) -> list[int]:
    """Ascending rows, each its own, as near to the ascending ``wanted`` as they go; at most ``rows`` many.

    Neighbours that collide form a group, which stands around the middle of what its members want.
    """
    groups: list[tuple[int, int, int]] = []
    for want in wanted:
        total, size = want, 1
        start = _start(total, size, rows)
        while groups and groups[-1][0] + groups[-1][2] > start:
            _, before_total, before_size = groups.pop()
            total, size = before_total + total - before_size * size, before_size + size
            start = _start(total, size, rows)
        groups.append((start, total, size))
    return [start + at for start, _, size in groups for at in range(size)]


def _start(total: int, size: int, rows: int) -> int:
    """Of a group whose members want, less their place in it, ``total`` rows together."""
    middle = (2 * total + size) // (2 * size)
    return min(max(middle, 0), max(rows - size, 0))
