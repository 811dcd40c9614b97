"""Moments as people write them: US Eastern, or with their own offset."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from engine.domain.bad_text import BadText
from engine.domain.units import DAY_NS, HOUR_NS, MINUTE_NS, SECOND_NS, Nanoseconds

EASTERN = ZoneInfo("America/New_York")
_CLOCK = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?", re.ASCII)
_MOMENT = re.compile(
    r"(?P<whole>\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2})?)(?:\.(?P<part>\d{1,9}))?"
    r"(?P<zone>Z|[+-]\d{2}:\d{2})?",
    re.ASCII,
)
_LENGTH = re.compile(r"(?P<number>\d{1,6})\s*(?P<unit>[smhd])", re.ASCII)
_UNITS = {"s": SECOND_NS, "m": MINUTE_NS, "h": HOUR_NS, "d": DAY_NS}
_NANOS = 9
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_WANTED = "15:30 (US Eastern, today), 2026-11-20 15:30 or 2026-11-20T15:30:00-05:00"


def parse_eastern(field: str, text: str, now_ns: Nanoseconds) -> Nanoseconds:
    """A clock time of the Eastern day of ``now_ns``, or a date and time. Raises BadText."""
    found = _MOMENT.fullmatch(_dated(text.strip(), now_ns))
    if found is None:
        raise BadText(field, text, _WANTED)
    try:
        moment = datetime.fromisoformat(found["whole"] + (found["zone"] or "").replace("Z", "+00:00"))
    except ValueError:
        raise BadText(field, text, _WANTED) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=EASTERN)
    seconds = (moment - _EPOCH) // timedelta(seconds=1)
    return seconds * SECOND_NS + int((found["part"] or "").ljust(_NANOS, "0"))


def _dated(text: str, now_ns: Nanoseconds) -> str:
    """With today's date and two digits for the hour, if it is only a clock time."""
    if _CLOCK.fullmatch(text) is None:
        return text
    today = datetime.fromtimestamp(now_ns // SECOND_NS, EASTERN)
    hour, _, rest = text.partition(":")
    return f"{today:%Y-%m-%d} {hour:0>2}:{rest}"


def text_of_eastern(at_ns: Nanoseconds) -> str:
    """``2026-11-20T15:30:00-05:00``: what :func:`parse_eastern` reads back; exact."""
    seconds, rest = divmod(at_ns, SECOND_NS)
    moment = datetime.fromtimestamp(seconds, EASTERN)
    part = f".{rest:0{_NANOS}d}".rstrip("0") if rest else ""
    zone = f"{moment:%z}"
    return f"{moment:%Y-%m-%dT%H:%M:%S}{part}{zone[:3]}:{zone[3:5]}"


def parse_expiry(field: str, text: str, now_ns: Nanoseconds) -> Nanoseconds:
    """A length of time from ``now_ns`` (``90s``, ``30m``, ``2h``, ``1d``) or a moment. Raises BadText."""
    found = _LENGTH.fullmatch(text.strip())
    if found is not None:
        return now_ns + int(found["number"]) * _UNITS[found["unit"]]
    return parse_eastern(field, text, now_ns)
