"""The price line: for each column of dots the range that it covers; nothing where nothing is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from console.tui.chart.model import Bar, ForecastPoint
from console.tui.chart.time_axis import TimeAxis
from engine.domain.units import PriceBp


@dataclass(slots=True)
class Stroke:
    """From ``low_bp`` to ``high_bp`` in one column, ending at ``close_bp``."""

    low_bp: PriceBp
    high_bp: PriceBp
    close_bp: PriceBp

    def reach(self, price_bp: PriceBp) -> None:
        self.low_bp, self.high_bp = min(self.low_bp, price_bp), max(self.high_bp, price_bp)

    def add(self, low_bp: PriceBp, high_bp: PriceBp, close_bp: PriceBp) -> None:
        self.reach(low_bp)
        self.reach(high_bp)
        self.close_bp = close_bp


def trace(bars: Iterable[Bar], axis: TimeAxis) -> dict[int, Stroke]:
    """Column -> what is drawn there.

    Bars that share a column are one range from their lowest to their highest price. A bar over several
    columns holds its close over all of them, with its range at the middle one. A bar that follows without a
    gap is joined to the close before it.
    """
    strokes: dict[int, Stroke] = {}
    before: Bar | None = None
    for bar in bars:
        first, last = _columns(bar, axis)
        if first <= last:
            is_joined = before is not None and before.end_s >= bar.start_s
            _draw(strokes, bar, first, last)
            if is_joined and before is not None:
                strokes[first].reach(before.close_bp)
        before = bar
    return strokes


def _columns(bar: Bar, axis: TimeAxis) -> tuple[int, int]:
    first = (bar.start_s - axis.start_s) // axis.bucket_s
    last = (max(bar.end_s - 1, bar.start_s) - axis.start_s) // axis.bucket_s
    return max(first, 0), min(last, axis.columns - 1)


def _draw(strokes: dict[int, Stroke], bar: Bar, first: int, last: int) -> None:
    for column in range(first, last + 1):
        stroke = strokes.get(column)
        if stroke is None:
            strokes[column] = Stroke(bar.close_bp, bar.close_bp, bar.close_bp)
        else:
            stroke.add(bar.close_bp, bar.close_bp, bar.close_bp)
    strokes[(first + last) // 2].add(bar.low_bp, bar.high_bp, bar.close_bp)


def spread_of(points: tuple[ForecastPoint, ...], axis: TimeAxis) -> dict[int, ForecastPoint]:
    """Column -> the forecast there; between two points of a forecast, on the straight line between them."""
    found: dict[int, ForecastPoint] = {}
    for left, right in pairwise(points):
        first = max((left.at_s - axis.start_s) // axis.bucket_s, 0)
        last = min((right.at_s - axis.start_s) // axis.bucket_s, axis.columns - 1)
        for column in range(first, last + 1):
            at_s = min(max(axis.start_s + column * axis.bucket_s, left.at_s), right.at_s)
            found[column] = _between(left, right, at_s)
    if len(points) == 1:
        only = axis.column(points[0].at_s)
        if only is not None:
            found[only] = points[0]
    return found


def _between(left: ForecastPoint, right: ForecastPoint, at_s: int) -> ForecastPoint:
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
