"""Times in queries, and the texts that stand for no time."""

from __future__ import annotations

from engine.domain.units import SECOND_NS, Nanoseconds, ceil_div

_ZERO_TIME = "0001-01-01T00:00:00Z"
"""How the exchange's servers write a time that was never set."""


def is_zero_time(text: str) -> bool:
    """Whether it stands for no time at all: empty, or the servers' zero."""
    return text in ("", _ZERO_TIME)


def floor_seconds(at_ns: Nanoseconds) -> int:
    """The unix second at or before, as a query's ``min_ts`` wants it."""
    return at_ns // SECOND_NS


def ceil_seconds(at_ns: Nanoseconds) -> int:
    """The unix second at or after, as a query's ``max_ts`` wants it."""
    return ceil_div(at_ns, SECOND_NS)
