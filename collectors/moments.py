"""Times of others, as nanoseconds since the epoch."""

from __future__ import annotations

from collectors.taking import FaultKind, SourceFault
from collectors.words import one_line
from engine.domain.units import HOUR_NS, Nanoseconds
from engine.wire.iso_time import TimeError, iso_ns

_END_NS = 1 << 63
"""What 64 bits with a sign can tell: in the year 2262."""
_AHEAD_NS = 3 * HOUR_NS


def iso_moment(value: object, field: str) -> Nanoseconds:
    """ISO 8601 with a zone, RFC 3339 included. Raises SourceFault."""
    try:
        found = iso_ns(value) if isinstance(value, str) else 0
    except TimeError:
        found = 0
    return found if 0 < found < _END_NS else _refuse(value, field)


def not_to_come(at_ns: Nanoseconds, received_ns: Nanoseconds, field: str) -> Nanoseconds:
    """A moment that is not ahead of us by more than the clock of this machine may be wrong. Raises
    SourceFault."""
    if at_ns > received_ns + _AHEAD_NS:
        ahead_h = (at_ns - received_ns) / HOUR_NS
        raise SourceFault(FaultKind.SHAPE, f"{field}: its time is {ahead_h:,.1f} h to come")
    return at_ns


def unix_moment(value: object, field: str, unit_ns: Nanoseconds) -> Nanoseconds:
    """A whole number of seconds or milliseconds since the epoch. Raises SourceFault."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return _refuse(value, field)
    if isinstance(value, str) and not (value.isascii() and value.isdigit() and len(value) < 20):
        return _refuse(value, field)
    found = int(value) * unit_ns
    return found if 0 < found < _END_NS else _refuse(value, field)


def _refuse(value: object, field: str) -> Nanoseconds:
    raise SourceFault(FaultKind.SHAPE, f"{field}: got {one_line(repr(value), 40)}, wanted a time")
