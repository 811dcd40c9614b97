"""The exchange's times: integer nanoseconds here, ISO 8601 text on the wire."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import lru_cache

from engine.domain.units import DAY_NS, HOUR_NS, MICROSECOND_NS, MINUTE_NS, SECOND_NS, Nanoseconds

_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:([Zz])|([+-])(\d\d):(\d\d))", re.ASCII
)
_EPOCH_DAY = date(1970, 1, 1).toordinal()


class TimeError(ValueError):
    """A text that is no time with a zone."""


@lru_cache(maxsize=4_096)
def iso_ns(text: str) -> Nanoseconds:
    """``"2026-06-29T17:56:48.970621Z"`` to nanoseconds since the epoch. Raises TimeError.

    Remembered: most times in a list of markets come hundreds of times.
    """
    match = _ISO.fullmatch(text)
    if match is None:
        raise TimeError(f"time: got {text!r}, wanted ISO 8601 with a zone")
    try:
        days = _days(match[1])
    except ValueError:
        raise TimeError(f"time: got {text!r}, wanted a day of the calendar") from None
    hour, minute, second = int(match[2]), int(match[3]), int(match[4])
    if hour > 23 or minute > 59 or second > 60:
        raise TimeError(f"time: got {text!r}, wanted a time of the day")
    fraction = int((match[5] or "").ljust(9, "0"))
    east_ns = 0
    if match[7] is not None:
        east_ns = int(match[8]) * HOUR_NS + int(match[9]) * MINUTE_NS
        east_ns = -east_ns if match[7] == "-" else east_ns
    return days * DAY_NS + hour * HOUR_NS + minute * MINUTE_NS + second * SECOND_NS + fraction - east_ns


@lru_cache(maxsize=512)
def _days(text: str) -> int:
    """Since the epoch."""
    return date.fromisoformat(text).toordinal() - _EPOCH_DAY


@lru_cache(maxsize=1 << 15)
def iso_text(at_ns: Nanoseconds) -> str:
    """``2026-09-26T22:45:06.49877Z``: to the microsecond, without trailing zeros, as the exchange does."""
    seconds, rest = divmod(at_ns, SECOND_NS)
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    micros = rest // MICROSECOND_NS
    if micros:
        text += f".{micros:06d}".rstrip("0")
    return text + "Z"
