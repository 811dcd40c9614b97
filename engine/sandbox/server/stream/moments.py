"""Exchange times as frames write them."""

from __future__ import annotations

from datetime import UTC, datetime

from engine.domain.units import MICROSECOND_NS, MILLISECOND_NS, SECOND_NS, Nanoseconds


def seconds(at_ns: Nanoseconds) -> int:
    return at_ns // SECOND_NS


def milliseconds(at_ns: Nanoseconds) -> int:
    return at_ns // MILLISECOND_NS


def time_text(at_ns: Nanoseconds) -> str:
    """RFC 3339 in UTC, microseconds without trailing zeros as recorded: ``2026-08-07T06:46:28.97871Z``."""
    whole, rest = divmod(at_ns, SECOND_NS)
    text = datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    micros = rest // MICROSECOND_NS
    return f"{text}.{micros:06d}".rstrip("0") + "Z" if micros else text + "Z"
