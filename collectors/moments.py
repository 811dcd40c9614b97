"""Times of others, as nanoseconds since the epoch."""

from __future__ import annotations

from collectors.taking import FaultKind, SourceFault
from collectors.words import one_line
from engine.domain.units import Nanoseconds
from engine.wire.iso_time import TimeError, iso_ns


def iso_moment(value: object, field: str) -> Nanoseconds:
    """ISO 8601 with a zone, RFC 3339 included. Raises SourceFault."""
    try:
        return iso_ns(value) if isinstance(value, str) else _refuse(value, field)
    except TimeError:
        return _refuse(value, field)


def unix_moment(value: object, field: str, unit_ns: Nanoseconds) -> Nanoseconds:
    """A whole number of seconds or milliseconds since the epoch. Raises SourceFault."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return _refuse(value, field)
    if isinstance(value, str) and not (value.isascii() and value.isdigit() and len(value) < 20):
        return _refuse(value, field)
    found = int(value) * unit_ns
    return found if 0 < found < 1 << 63 else _refuse(value, field)


def _refuse(value: object, field: str) -> Nanoseconds:
    raise SourceFault(FaultKind.SHAPE, f"{field}: got {one_line(repr(value), 40)}, wanted a time")
