"""Times as bodies carry them: ISO 8601 in UTC to the microsecond, or unix seconds."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from engine.domain.units import MICROSECOND_NS, MILLISECOND_NS, SECOND_NS, Nanoseconds


@lru_cache(maxsize=1 << 15)
def iso_text(at_ns: Nanoseconds) -> str:
    """``2026-09-26T22:45:06.49877Z``: trailing zeros of the fraction are left out, as the exchange does."""
    seconds, rest = divmod(at_ns, SECOND_NS)
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    micros = rest // MICROSECOND_NS
    if micros:
        text += f".{micros:06d}".rstrip("0")
    return text + "Z"


def seconds_of(at_ns: Nanoseconds) -> int:
    return at_ns // SECOND_NS


def milliseconds_of(at_ns: Nanoseconds) -> int:
    return at_ns // MILLISECOND_NS
