"""Series of any shape and health become one matrix of rows that a model can take, each with its status."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from struct import error as PackError
from struct import pack
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from engine.domain.forecast import SeriesStatus
from engine.forecast.units import Floats, Unit

Ints: TypeAlias = npt.NDArray[np.int64]
Readable: TypeAlias = Sequence[float | None] | Floats
Asked: TypeAlias = Sequence[Readable | None] | Floats
"""Series of any length, None for one that could not be read; or the rows of a matrix."""
Flags: TypeAlias = npt.NDArray[np.bool_]
SHORTEST = 3
"""Fewer prices than this are no history (the predecessor's bound)."""


@dataclass(frozen=True)
class Prepared:
    """``values`` (rows, context) float32 in the model's space, right-aligned, zeros before each row's start;
    ``lengths`` (rows,) how many count; ``index`` (rows,) which series of the request each row is.
    ``statuses`` and ``filled`` have an entry for every series of the request."""

    values: Floats
    lengths: Ints
    index: Ints
    statuses: tuple[SeriesStatus, ...]
    filled: tuple[int, ...]


def prepare(series: Asked, unit: Unit, context: int, shortest: int = SHORTEST) -> Prepared:
    """At most the last ``context`` numbers of each; missing is None or NaN, an unreadable series is None.

    Gaps inside are interpolated over the index and a missing end holds the last value, as the library of
    TimesFM does, but both are counted. Never raises for what a series holds.
    """
    matrix, statuses = _matrix(series, context)
    missing: Flags = np.isnan(matrix)
    absent: Ints = np.count_nonzero(missing, axis=1) if missing.any() else np.zeros(len(matrix), np.int64)
    # Both pass over what is missing; a row without any number is NaN, which is neither below nor above.
    lowest, highest = np.fmin.reduce(matrix, axis=1), np.fmax.reduce(matrix, axis=1)
    _judge(lowest, highest, context - absent, statuses, unit, shortest)
    index = np.array([i for i, status in enumerate(statuses) if status is SeriesStatus.OK], dtype=np.int64)
    if len(index) != len(matrix):
        matrix, missing, absent = matrix[index], missing[index], absent[index]
        lowest, highest = lowest[index], highest[index]
    rows = unit.to_model(matrix)
    lengths, filled = _fill(rows, missing, absent)
    live: Flags = unit.to_model(highest) > unit.to_model(lowest)
    counts = np.zeros(len(statuses), dtype=np.int64)
    counts[index] = filled
    for i in index[filled > 0].tolist():
        statuses[i] = SeriesStatus.FILLED
    for i in index[~live].tolist():
        statuses[i] = SeriesStatus.CONSTANT
    if not live.all():
        rows, lengths, index = rows[live], lengths[live], index[live]
    return Prepared(rows, lengths, index, tuple(statuses), tuple(counts.tolist()))


def _matrix(series: Asked, context: int) -> tuple[Floats, list[SeriesStatus]]:
    """Right-aligned with NaN before the start; rows of a matrix that are long enough, where they lie."""
    statuses = [SeriesStatus.OK] * len(series)
    if isinstance(series, np.ndarray) and series.shape[1] >= context:
        return series[:, -context:], statuses
    matrix = np.full((len(series), context), np.nan, dtype=np.float32)
    if isinstance(series, np.ndarray):
        matrix[:, context - series.shape[1] :] = series
        return matrix, statuses
    for i, one in enumerate(series):
        if one is None:
            statuses[i] = SeriesStatus.UNREADABLE
            continue
        if len(one) == 0:
            statuses[i] = SeriesStatus.EMPTY
            continue
        tail = one[-context:]
        with np.errstate(over="ignore"):
            # A number beyond float32 becomes infinite and is told as such.
            matrix[i, -len(tail) :] = tail if isinstance(tail, np.ndarray) else _numbers(tail)
    return matrix, statuses


def _numbers(tail: Sequence[float | None]) -> npt.NDArray[np.float64]:
    """NaN for None. Packing is four times as fast as numpy's own look at each number, and knows no None."""
    try:
        return np.frombuffer(pack(f"{len(tail)}d", *tail))
    except PackError:
        return np.asarray(tail, np.float64)


def _judge(
    lowest: Floats, highest: Floats, present: Ints, statuses: list[SeriesStatus], unit: Unit, shortest: int
) -> None:
    """Statuses of the series that no model should see; ``present`` is how many numbers each has."""
    infinite = np.isinf(highest) | np.isinf(lowest)
    outside = (lowest < unit.lowest) | (highest > unit.highest)
    # From the last reason to the first, which overrides.
    for found, status in (
        (present < shortest, SeriesStatus.TOO_SHORT),
        (outside, SeriesStatus.OUT_OF_RANGE),
        (present == 0, SeriesStatus.ALL_MISSING),
        (infinite, SeriesStatus.NOT_FINITE),
    ):
        for i in np.flatnonzero(found).tolist():
            if statuses[i] not in (SeriesStatus.UNREADABLE, SeriesStatus.EMPTY):
                statuses[i] = status


def _fill(rows: Floats, missing: Flags, absent: Ints) -> tuple[Ints, Ints]:
    """Fills ``rows`` in place; answers the lengths and how many numbers of each row are not its own."""
    width = rows.shape[1]
    if not absent.any():
        return np.full(len(rows), width, dtype=np.int64), absent
    first: Ints = np.argmin(missing, axis=1).astype(np.int64)
    lengths = (width - first).astype(np.int64)
    filled = absent - first
    for row in np.flatnonzero(filled):
        start = int(first[row])
        gaps = missing[row, start:]
        places = np.arange(width - start)
        rows[row, start:][gaps] = np.interp(places[gaps], places[~gaps], rows[row, start:][~gaps])
    if first.any():
        rows[np.arange(width)[None, :] < first[:, None]] = 0.0
    return lengths, filled
