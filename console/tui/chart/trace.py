"""The price line: for each column of dots the range that it covers; nothing where nothing is known."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

from console.tui.chart.model import Bar, ForecastPoint
from console.tui.chart.time_axis import TimeAxis
from engine.domain.units import PriceBp

Strokes: TypeAlias = dict[int, tuple[PriceBp, PriceBp]]
"""Column -> from the lowest to the highest price that is drawn there."""


def trace(bars: tuple[Bar, ...], axis: TimeAxis) -> Strokes:
    """What of the bars is drawn in each column.

    Bars that share a column are one range from their lowest to their highest price. A bar over several
    columns holds its close over all of them, with its range at the middle one. A bar that follows without a
    gap is joined to the close before it.
    """
    strokes = dict(_settled(bars[:-1], axis))
    if bars:
        _draw(strokes, bars[-1], bars[-2] if len(bars) > 1 else None, axis)
    return strokes


@lru_cache(maxsize=8)
def _settled(bars: tuple[Bar, ...], axis: TimeAxis) -> Strokes:
    """Of all bars but the last, which a tick does not change; not to be altered."""
    strokes: Strokes = {}
    before: Bar | None = None
    for bar in bars:
        _draw(strokes, bar, before, axis)
        before = bar
    return strokes


def _draw(strokes: Strokes, bar: Bar, before: Bar | None, axis: TimeAxis) -> None:
    first = (bar.start_s - axis.start_s) // axis.bucket_s
    last = (max(bar.end_s - 1, bar.start_s) - axis.start_s) // axis.bucket_s
    if last < 0 or first >= axis.columns:
        return
    first, last = max(first, 0), min(last, axis.columns - 1)
    if first == last:
        _reach(strokes, first, bar.low_bp, bar.high_bp)
    else:
        _hold(strokes, bar, first, last)
    if before is not None and before.end_s >= bar.start_s:
        _reach(strokes, first, before.close_bp, before.close_bp)


def _reach(strokes: Strokes, column: int, low: PriceBp, high: PriceBp) -> None:
    held = strokes.get(column)
    if held is not None:
        low, high = (low if low < held[0] else held[0]), (high if high > held[1] else held[1])
    strokes[column] = (low, high)


def _hold(strokes: Strokes, bar: Bar, first: int, last: int) -> None:
    for column in range(first, last + 1):
        _reach(strokes, column, bar.close_bp, bar.close_bp)
    _reach(strokes, (first + last) // 2, bar.low_bp, bar.high_bp)


def spread_of(points: tuple[ForecastPoint, ...], axis: TimeAxis) -> dict[int, ForecastPoint]:
    """Column -> the forecast there; between two points of a forecast, on the straight line between them."""
    found: dict[int, ForecastPoint] = {}
    for left, right in pairwise(points):
        first = max((left.at_s - axis.start_s) // axis.bucket_s, 0)
        last = min((right.at_s - axis.start_s) // axis.bucket_s, axis.columns - 1)
        for column in range(first, last + 1):
            at_s = min(max(axis.start_s + column * axis.bucket_s, left.at_s), right.at_s)
            found[column] = between(left, right, at_s)
    if len(points) == 1:
        only = axis.column(points[0].at_s)
        if only is not None:
            found[only] = points[0]
    return found


def between(left: ForecastPoint, right: ForecastPoint, at_s: int) -> ForecastPoint:
    """On the straight line from one point to the next."""
    part, whole = at_s - left.at_s, right.at_s - left.at_s
    if whole <= 0:
        return right
    low, median, high = (
        a + (b - a) * part // whole
        for a, b in (
            (left.low_bp, right.low_bp),
            (left.median_bp, right.median_bp),
            (left.high_bp, right.high_bp),
        )
    )
    return ForecastPoint(at_s, low, median, high)
