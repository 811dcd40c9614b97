"""What the rules of a daily temperature market say it is settled by; wording that is not known is refused.

Station and source are read from each market's own rules: both were changed in 2026 without a new ticker.
"""

from __future__ import annotations

import re
from datetime import date, datetime

import msgspec

from collectors.taking import FaultKind, SourceFault
from collectors.weather.stations import BY_SITE, Extreme, Station
from collectors.words import one_line

WEATHER_COMPANY, CLIMATE_REPORT = "weather_company", "nws_cli"

_RULE = re.compile(
    r"(?P<extreme>highest|maximum|lowest|minimum) temperature (?:recorded )?(?:at|in) .{2,80}? "
    r"\((?:CLI)(?P<site>[A-Z]{3})\) for "
    r"(?P<day>[A-Z][a-z]+ \d{1,2}, \d{4}),? is .{3,60}? according to (?P<source>[^,]{3,120}?), then",
    re.IGNORECASE,
)
_SOURCES = (
    (re.compile(r"the weather company"), WEATHER_COMPANY),
    (re.compile(r"the national weather service'?s climatological report \(daily\)"), CLIMATE_REPORT),
)
_LOW = frozenset({"lowest", "minimum"})
_DAYS = ("%b %d, %Y", "%B %d, %Y")


class Settlement(msgspec.Struct, frozen=True):
    """``source`` is weather_company or nws_cli."""

    station: Station
    day: date
    source: str
    extreme: Extreme = Extreme.HIGH


def settlement_of(rules: str, series_ticker: str) -> Settlement:
    """Of the text ``rules_primary``. Raises SourceFault for a wording, a source or a station that is not
    known."""
    found = _RULE.search(rules)
    if found is None:
        raise SourceFault(FaultKind.UNRECOGNISED, f"{series_ticker}: rules: {one_line(rules, 160)}")
    station = BY_SITE.get(found["site"].upper())
    if station is None:
        raise SourceFault(FaultKind.UNRECOGNISED, f"{series_ticker}: station CLI{found['site']} is not known")
    words = found["source"].strip().lower()
    source = next((name for pattern, name in _SOURCES if pattern.fullmatch(words)), None)
    if source is None:
        raise SourceFault(
            FaultKind.UNRECOGNISED, f"{series_ticker}: settled by {one_line(found['source'], 80)!r}"
        )
    extreme = Extreme.LOW if found["extreme"].lower() in _LOW else Extreme.HIGH
    return Settlement(station, _day(found["day"], series_ticker), source, extreme)


def _day(text: str, series_ticker: str) -> date:
    for pattern in _DAYS:
        try:
            return datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a day of the calendar
        except ValueError:
            continue
    raise SourceFault(FaultKind.UNRECOGNISED, f"{series_ticker}: day {text!r}")
