"""The horizontal axis: true time in fixed buckets. A bucket is one column of dots and starts at a round time
of the wall clock, so the picture stands still within a bucket and moves by one column after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from console.tui.chart.model import ChartModel
from console.tui.numbers import EASTERN

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_BUCKETS_S = (
    *(1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30),
    *(minutes * _MINUTE for minutes in range(1, 721) if 1_440 % minutes == 0),
)
"""A day is a whole number of each, so that buckets start at the same times every day; those under a minute
divide it, so that candles of a minute are all as wide."""
_TICKS_S = (
    *(1, 5, 10, 15, 30),
    *(minutes * _MINUTE for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * _HOUR for hours in (1, 2, 3, 6, 12)),
)
_FORECAST_SHARE = 3
FURTHEST_S = 253_000_000_000
"""Times up to the year 9987 have a date."""


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """``columns`` buckets of ``bucket_s`` seconds, the first from ``start_s`` on."""

    start_s: int
    bucket_s: int
    columns: int

    @property
    def end_s(self) -> int:
        """Where the last bucket ends."""
        return self.start_s + self.bucket_s * self.columns

    def column(self, at_s: int) -> int | None:
        """The bucket of a time; None outside."""
        if not self.start_s <= at_s < self.end_s:
            return None
        return (at_s - self.start_s) // self.bucket_s


def time_axis(model: ChartModel, columns: int) -> TimeAxis | None:
    """The smallest round bucket with which the window fits; it ends at the window's end. None: no times."""
    columns = max(columns, 1)
    window = _window(model, columns)
    if window is None:
        return None
    start_s, end_s = window
    bucket_s = _bucket((end_s - start_s) // max(columns - 1, 1) + 1 if end_s > start_s else 1)
    if model.most_bucket_s is not None:
        bucket_s = min(bucket_s, max(model.most_bucket_s, 1))
    offset = _offset_s(end_s)
    last = (end_s + offset) // bucket_s * bucket_s - offset
    return TimeAxis(last - (columns - 1) * bucket_s, bucket_s, columns)


def _window(model: ChartModel, columns: int) -> tuple[int, int] | None:
    """First and last second, both in the picture."""
    starts = [bar.start_s for bar in model.bars[:1]] + [point.at_s for point in model.points[:1]]
    ends = [bar.end_s - 1 for bar in model.bars[-1:]]
    if model.now_s is not None:
        starts, ends = [*starts, model.now_s], [*ends, model.now_s]
    ends += _forecast_end(model, max(ends, default=None), columns)
    start = model.start_s if model.start_s is not None else min(starts, default=model.end_s)
    end = model.end_s if model.end_s is not None else max(ends, default=model.start_s)
    if start is None or end is None:
        return None
    start, end = (min(max(at, 0), FURTHEST_S) for at in (start, end))
    return min(start, end), end


def _forecast_end(model: ChartModel, known_s: int | None, columns: int) -> list[int]:
    """Where the forecast ends, or a third of the width after what is known, so that it is not pushed out."""
    last = [point.at_s for point in model.points[-1:]]
    if known_s is None or model.most_bucket_s is None:
        return last
    return [min(at_s, known_s + columns // _FORECAST_SHARE * max(model.most_bucket_s, 1)) for at_s in last]


def _bucket(least_s: int) -> int:
    for step in _BUCKETS_S:
        if step >= least_s:
            return step
    return -(-least_s // _DAY) * _DAY


def _offset_s(at_s: int) -> int:
    """How far US Eastern is from UTC."""
    offset = datetime.fromtimestamp(at_s, UTC).astimezone(EASTERN).utcoffset()
    return 0 if offset is None else round(offset.total_seconds())


def time_labels(axis: TimeAxis, across: int, cells: int) -> Iterator[tuple[int, str]]:
    """``(cell, text)`` of round times, in US Eastern; the text's middle belongs at the cell."""
    span = max(axis.end_s - axis.start_s, 1)
    least = -(-span * 12 // max(cells, 1))
    step = next((step for step in _TICKS_S if step >= least), -(-least // _DAY) * _DAY)
    offset = _offset_s(axis.end_s)
    at = -(-(axis.start_s + offset) // step) * step - offset
    while at < axis.end_s:
        column = axis.column(at)
        if column is not None:
            yield column // across, _label(at, step)
        at += step


def _label(at_s: int, step_s: int) -> str:
    local = datetime.fromtimestamp(min(max(at_s, 0), FURTHEST_S), UTC).astimezone(EASTERN)
    if step_s >= _DAY or (local.hour, local.minute, local.second) == (0, 0, 0):
        return f"{local:%d %b}"
    return f"{local:%H:%M}" if step_s >= _MINUTE else f"{local:%H:%M:%S}"
