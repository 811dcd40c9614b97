"""Times as bodies carry them beside ISO 8601: unix seconds and milliseconds."""

from __future__ import annotations

from engine.domain.units import MILLISECOND_NS, SECOND_NS, Nanoseconds


def seconds_of(at_ns: Nanoseconds) -> int:
    return at_ns // SECOND_NS


def milliseconds_of(at_ns: Nanoseconds) -> int:
    return at_ns // MILLISECOND_NS
