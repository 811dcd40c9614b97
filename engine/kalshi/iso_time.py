"""The exchange's times as integer nanoseconds: ISO 8601 text with up to nine fractional digits, exactly."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from engine.domain.units import DAY_NS, HOUR_NS, MINUTE_NS, SECOND_NS, Nanoseconds, ceil_div

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:([Zz])|([+-])(\d\d):(\d\d))", re.ASCII
)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_ZERO_TIME = "0001-01-01T00:00:00Z"
"""How the exchange's servers write a time that was never set."""


class TimeError(ValueError):
    """A text that is no time with a zone."""


def iso_ns(text: str) -> Nanoseconds:
    """``"2026-06-29T17:56:48.970621Z"`` to nanoseconds since the epoch. Raises TimeError."""
    match = _ISO.fullmatch(text)
    if match is None:
        raise TimeError(f"time: got {text!r}, wanted ISO 8601 with a zone")
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    try:
        days = date(year, month, day).toordinal() - _EPOCH_DAY
    except ValueError:
        raise TimeError(f"time: got {text!r}, wanted a day of the calendar") from None
    if hour > 23 or minute > 59 or second > 60:
        raise TimeError(f"time: got {text!r}, wanted a time of the day")
    fraction = int((match[7] or "").ljust(9, "0"))
    east_ns = 0
    if match[9] is not None:
        east_ns = int(match[10]) * HOUR_NS + int(match[11]) * MINUTE_NS
        east_ns = -east_ns if match[9] == "-" else east_ns
    return days * DAY_NS + hour * HOUR_NS + minute * MINUTE_NS + second * SECOND_NS + fraction - east_ns


def is_zero_time(text: str) -> bool:
    """Whether it stands for no time at all: empty, or the servers' zero."""
    return text in ("", _ZERO_TIME)


def floor_seconds(at_ns: Nanoseconds) -> int:
    """The unix second at or before, as a query's ``min_ts`` wants it."""
    return at_ns // SECOND_NS


def ceil_seconds(at_ns: Nanoseconds) -> int:
    """The unix second at or after, as a query's ``max_ts`` wants it."""
    return ceil_div(at_ns, SECOND_NS)


def iso_text(at_ns: Nanoseconds) -> str:
    """Nanoseconds as the exchange writes them: microseconds and ``Z``; the rest is cut off."""
    seconds, rest = divmod(at_ns, SECOND_NS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest // 1_000:06d}Z"
