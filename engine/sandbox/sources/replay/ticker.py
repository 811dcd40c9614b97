"""What a ticker says by itself, for the parts that a recording leaves out.

An event's ticker is ``SERIES-YYMMMDD`` (a day), ``SERIES-YYMMMDDHH`` or ``SERIES-YYMMMDDHHMM`` (its close in
New York), or with ``H`` before the time. A market adds ``-B68950`` (a band around it) or ``-T37`` (a tail).
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from engine.domain.units import SECOND_NS, Nanoseconds
from engine.sandbox.sources.replay.options import EASTERN

_STAMP = re.compile(r"(\d{2})([A-Z]{3})(\d{2})(?:H?(\d{2})(\d{2})?)?")
_STRIKE = re.compile(r"([BT])(\d+(?:\.\d+)?)")
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"), start=1
    )
}


def series_of(ticker: str) -> str:
    return ticker.split("-", 1)[0]


def event_of(ticker: str) -> str:
    """``KXHIGHNY-25DEC07-B41.5`` -> ``KXHIGHNY-25DEC07``."""
    return ticker.rsplit("-", 1)[0]


def close_of(event_ticker: str) -> Nanoseconds | None:
    """The close that the event's ticker names; 23:59 of a mere day; None when it names no time."""
    when = stamp_of(event_ticker)
    return None if when is None else int(when.timestamp()) * SECOND_NS


def stamp_of(event_ticker: str) -> dt.datetime | None:
    """The New York time in the event's ticker; 23:59 of a mere day; None without one."""
    found = _STAMP.fullmatch(event_ticker.partition("-")[2])
    if found is None or found[2] not in _MONTHS:
        return None
    hour, minute = (found[4] or "23"), (found[5] or ("00" if found[4] else "59"))
    try:
        return dt.datetime(
            2000 + int(found[1]), _MONTHS[found[2]], int(found[3]), int(hour), int(minute), tzinfo=EASTERN
        )
    except ValueError:
        return None


def strike_label(ticker: str) -> tuple[str, Decimal] | None:
    """``("B", 68950)`` of a band or ``("T", 37)`` of a tail or threshold; None for other suffixes."""
    found = _STRIKE.fullmatch(ticker.rsplit("-", 1)[-1])
    return None if found is None else (found[1], Decimal(found[2]))
