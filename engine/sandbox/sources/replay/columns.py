"""Columns of a recording, checked and turned into the integers of the house.

The sources write cents, contracts and dollars as floating point; this is the only place that touches them.
Nothing is rounded away: a price with a digit below 0.01 cents or a count below 0.01 contracts is an error.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from engine.domain.units import CONTRACT_BP, MILLISECOND_NS, SECOND_NS
from engine.sandbox.sources.replay.error import RecordingError

Column: TypeAlias = Any
"""A pyarrow Array or ChunkedArray; pyarrow ships no types."""

_EARLIEST_S = 1_420_070_400  # 2015-01-01
_LATEST_S = 4_102_444_800  # 2100-01-01
_TOLERANCE = 1e-6


def price_bp(column: Column, where: str, field: str) -> Column:
    """Cents (9.3 is $0.093) to int64 basis points; null and NaN stay null.

    Raises RecordingError outside [0, 100] cents and for a digit finer than 0.01 cents.
    """
    return _whole(column, 100.0, 0, CONTRACT_BP, where, field, "0 to 100 cents in steps of 0.01")


def count_c(column: Column, where: str, field: str) -> Column:
    """Contracts to int64 hundredths; null stays null. Raises RecordingError below 0 or finer than 0.01."""
    return _whole(column, 100.0, 0, 10**15, where, field, "contracts of at least 0 in steps of 0.01")


def time_ns(column: Column, where: str, field: str) -> Column:
    """``ts`` in seconds or ``*_ms`` in milliseconds to int64 nanoseconds, told apart by the field's name.

    Raises RecordingError for a null and for what is no time from 2015 to 2100 in that unit.
    """
    per_second, factor = (1000, MILLISECOND_NS) if field.endswith("_ms") else (1, SECOND_NS)
    unit = "milliseconds" if per_second == 1000 else "seconds"
    wanted = f"UTC {unit} between 2015 and 2100"
    if column.null_count:
        raise RecordingError(where, field, got="null", wanted=wanted)
    whole = pc.cast(column, pa.int64())
    outside = pc.or_(pc.less(whole, _EARLIEST_S * per_second), pc.greater(whole, _LATEST_S * per_second))
    _refuse(column, outside, where, field, wanted)
    return pc.multiply(whole, factor)


def _whole(column: Column, factor: float, low: int, high: int, where: str, field: str, wanted: str) -> Column:
    numbers = pc.cast(column, pa.float64())
    numbers = pc.if_else(pc.is_nan(numbers), pa.scalar(None, pa.float64()), numbers)
    exact = pc.multiply(numbers, factor)
    whole = pc.round(exact)
    astray = pc.greater(pc.abs(pc.subtract(exact, whole)), _TOLERANCE)
    outside = pc.or_(pc.less(whole, low), pc.greater(whole, high))
    _refuse(column, pc.or_(astray, outside), where, field, wanted)
    return pc.cast(whole, pa.int64())


def _refuse(column: Column, bad: Column, where: str, field: str, wanted: str) -> None:
    if pc.any(bad).as_py():
        first = pc.filter(column, bad)[0].as_py()
        raise RecordingError(where, field, got=first, wanted=wanted)
