"""Series of any shape and health become one matrix of rows that a model can take, each with its status."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from engine.domain.forecast import SeriesStatus
from engine.forecast.units import Floats, Unit

Ints: TypeAlias = npt.NDArray[np.int64]
Readable: TypeAlias = Sequence[float | None] | Floats
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


def prepare(
    series: Sequence[Readable | None], unit: Unit, context: int, shortest: int = SHORTEST
) -> Prepared:
    """At most the last ``context`` numbers of each; missing is None or NaN, an unreadable series is None.

    Gaps inside are interpolated over the index and a missing end holds the last value, as the library of
    TimesFM does, but both are counted. Never raises for what a series holds.
    """
    matrix, statuses = _matrix(series, context)
    _judge(matrix, statuses, unit, shortest)
    index = np.array([i for i, status in enumerate(statuses) if status is SeriesStatus.OK], dtype=np.int64)
    rows = unit.to_model(matrix[index])
    lengths, filled = _fill(rows)
    constant = _spread(rows, lengths) == 0.0
    counts = [0] * len(statuses)
    for row, i in enumerate(index.tolist()):
        counts[i] = int(filled[row])
        statuses[i] = _status(bool(constant[row]), counts[i])
    live = ~constant
    return Prepared(rows[live], lengths[live], index[live], tuple(statuses), tuple(counts))


def _status(constant: bool, filled: int) -> SeriesStatus:
    if constant:
        return SeriesStatus.CONSTANT
    return SeriesStatus.FILLED if filled else SeriesStatus.OK


def _matrix(series: Sequence[Readable | None], context: int) -> tuple[Floats, list[SeriesStatus]]:
    """Right-aligned with NaN before the start."""
    matrix = np.full((len(series), context), np.nan, dtype=np.float32)
    statuses = [SeriesStatus.OK] * len(series)
    for i, one in enumerate(series):
        if one is None:
            statuses[i] = SeriesStatus.UNREADABLE
            continue
        if len(one) == 0:
            statuses[i] = SeriesStatus.EMPTY
            continue
        tail = one[-context:]
        with np.errstate(over="ignore"):
            # None becomes NaN here; a number beyond float32 becomes infinite and is told as such.
            matrix[i, -len(tail) :] = tail if isinstance(tail, np.ndarray) else np.asarray(tail, np.float64)
    return matrix, statuses


def _judge(matrix: Floats, statuses: list[SeriesStatus], unit: Unit, shortest: int) -> None:
    """Statuses of the series that no model should see."""
    infinite: Flags = np.asarray(np.isinf(matrix).any(axis=1))
    with np.errstate(invalid="ignore"):
        outside: Flags = np.asarray(((matrix < unit.lowest) | (matrix > unit.highest)).any(axis=1))
    present = (~np.isnan(matrix)).sum(axis=1)
    for i, status in enumerate(statuses):
        if status is not SeriesStatus.OK:
            continue
        if infinite[i]:
            statuses[i] = SeriesStatus.NOT_FINITE
        elif present[i] == 0:
            statuses[i] = SeriesStatus.ALL_MISSING
        elif outside[i]:
            statuses[i] = SeriesStatus.OUT_OF_RANGE
        elif present[i] < shortest:
            statuses[i] = SeriesStatus.TOO_SHORT


def _fill(rows: Floats) -> tuple[Ints, Ints]:
    """Fills ``rows`` in place; answers the lengths and how many numbers of each row are not its own."""
    missing: Flags = np.isnan(rows)
    width = rows.shape[1]
    first: Ints = np.argmin(missing, axis=1).astype(np.int64)
    lengths = (width - first).astype(np.int64)
    filled: Ints = missing.sum(axis=1).astype(np.int64) - first
    for row in np.flatnonzero(filled):
        start = int(first[row])
        gaps = missing[row, start:]
        places = np.arange(width - start)
        rows[row, start:][gaps] = np.interp(places[gaps], places[~gaps], rows[row, start:][~gaps])
    rows[np.arange(width)[None, :] < first[:, None]] = 0.0
    return lengths, filled


def _spread(rows: Floats, lengths: Ints) -> Floats:
    """Highest less lowest of what counts in each row."""
    before = np.arange(rows.shape[1])[None, :] < (rows.shape[1] - lengths)[:, None]
    highest = np.where(before, -np.inf, rows).max(axis=1, initial=-np.inf)
    lowest = np.where(before, np.inf, rows).min(axis=1, initial=np.inf)
    spread: Floats = highest - lowest
    return spread
