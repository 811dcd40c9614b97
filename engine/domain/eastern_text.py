"""Moments as people write them: US Eastern, or with their own offset."""

from __future__ import annotations

import re

from engine.domain.bad_text import BadText
from engine.domain.eastern import eastern, is_date, of_eastern, of_utc
from engine.domain.units import DAY_NS, HOUR_NS, MINUTE_NS, SECOND_NS, Nanoseconds

_CLOCK = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?", re.ASCII)
_MOMENT = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})[T ]"
    r"(?P<hour>\d{2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?(?:\.(?P<part>\d{1,9}))?"
    r"(?P<zone>Z|(?P<sign>[+-])(?P<ahead_h>\d{2}):(?P<ahead_min>\d{2}))?",
    re.ASCII,
)
_LENGTH = re.compile(r"(?P<number>\d{1,6})\s*(?P<unit>[smhd])", re.ASCII)
_UNITS = {"s": SECOND_NS, "m": MINUTE_NS, "h": HOUR_NS, "d": DAY_NS}
_NANOS = 9
_WANTED = "15:30 (US Eastern, today), 2026-11-20 15:30 or 2026-11-20T15:30:00-05:00"


def parse_eastern(field: str, text: str, now_ns: Nanoseconds) -> Nanoseconds:
    """A clock time of the Eastern day of ``now_ns``, or a date and time. Raises BadText."""
    found = _MOMENT.fullmatch(_dated(text.strip(), now_ns))
    if found is None:
        raise BadText(field, text, _WANTED)
    date = (int(found["year"]), int(found["month"]), int(found["day"]))
    clock = (int(found["hour"]), int(found["minute"]), int(found["second"] or 0))
    if not is_date(*date) or clock > (23, 59, 59) or max(clock[1:]) > 59:
        raise BadText(field, text, _WANTED)
    part_ns = int((found["part"] or "").ljust(_NANOS, "0"))
    if found["zone"] is None:
        return of_eastern(*date, *clock) + part_ns
    return of_utc(*date, *clock, offset_s=_offset_s(found)) + part_ns


def text_of_eastern(at_ns: Nanoseconds) -> str:
    """``2026-11-20T15:30:00-05:00``: what :func:`parse_eastern` reads back; exact."""
    here, rest = eastern(at_ns), at_ns % SECOND_NS
    part = f".{rest:0{_NANOS}d}".rstrip("0") if rest else ""
    hours = -here.offset_s // 3_600
    return (
        f"{here.year:04d}-{here.month:02d}-{here.day:02d}"
        f"T{here.hour:02d}:{here.minute:02d}:{here.second:02d}{part}-{hours:02d}:00"
    )


def parse_expiry(field: str, text: str, now_ns: Nanoseconds) -> Nanoseconds:
    """A length of time from ``now_ns`` (``90s``, ``30m``, ``2h``, ``1d``) or a moment. Raises BadText."""
    found = _LENGTH.fullmatch(text.strip())
    if found is not None:
        return now_ns + int(found["number"]) * _UNITS[found["unit"]]
    return parse_eastern(field, text, now_ns)


def _dated(text: str, now_ns: Nanoseconds) -> str:
    """With today's date and two digits for the hour, if it is only a clock time."""
    if _CLOCK.fullmatch(text) is None:
        return text
    today = eastern(now_ns)
    hour, _, rest = text.partition(":")
    return f"{today.year:04d}-{today.month:02d}-{today.day:02d} {hour:0>2}:{rest}"


def _offset_s(found: re.Match[str]) -> int:
    """Seconds ahead of UTC."""
    if found["zone"] == "Z":
        return 0
    ahead_s = int(found["ahead_h"]) * 3_600 + int(found["ahead_min"]) * 60
    return -ahead_s if found["sign"] == "-" else ahead_s
