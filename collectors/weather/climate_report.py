"""The National Weather Service's daily climate report (CLI), as a check of the settlement source.

The group YESTERDAY is final; TODAY with "VALID TODAY AS OF" is the running maximum of an afternoon. ``MM`` is
missing. Nothing of it is told to the engine.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from collectors.fetching import Body, Request
from collectors.moments import iso_moment
from collectors.polling import Errand
from collectors.seen import Seen
from collectors.shapes import shaped
from collectors.taking import FaultKind, SourceFault, Taken
from collectors.weather.nws_reports import HEADERS
from collectors.weather.portal import OFFICIAL, PRELIMINARY
from collectors.weather.rows import ClimateRow
from collectors.weather.rules import CLIMATE_REPORT
from collectors.weather.stations import Station
from engine.domain.units import Nanoseconds

_LIST_S, _ONCE_S = 900.0, 86_400.0
_NEWEST = 2
_DAY = re.compile(r"CLIMATE SUMMARY FOR ([A-Z]+ \d{1,2} \d{4})")
_GROUP = re.compile(r"^ *(YESTERDAY|TODAY) *$", re.MULTILINE)
_MAXIMUM = re.compile(r"^ *MAXIMUM +(-?\d{1,3}|MM)R?\b", re.MULTILINE)
_MINIMUM = re.compile(r"^ *MINIMUM +(-?\d{1,3}|MM)R?\b", re.MULTILINE)


class _Listed(msgspec.Struct):
    id: str
    issuanceTime: str


class _List(msgspec.Struct):
    graph: list[_Listed] = msgspec.field(name="@graph")


class _Product(msgspec.Struct):
    id: str
    issuanceTime: str
    productText: str


class ClimateReports:
    """A :class:`collectors.polling.PollSource`: lists first, then the newest reports that were not read."""

    name = CLIMATE_REPORT
    spacing_s = 1.0
    keeps_raw = False

    def __init__(self, stations: Sequence[Station], url: str) -> None:
        self._stations = {station.site: station for station in stations}
        self._url = url
        self._unread: dict[str, str] = {}
        self._seen = Seen(10_000)

    def errands(self, now_ns: Nanoseconds) -> Sequence[Errand]:
        lists = [
            _errand(f"list {site}", f"{self._url}/products/types/CLI/locations/{site}", _LIST_S)
            for site in self._stations
        ]
        reports = [
            _errand(f"{site} {name}", f"{self._url}/products/{name}", _ONCE_S)
            for name, site in self._unread.items()
        ]
        return [*lists, *reports]

    def take(self, errand: Errand, body: Body) -> Taken:
        what, _, name = errand.name.partition(" ")
        if what == "list":
            self._list(name, shaped(body, _List).graph)
            return Taken()
        row = report_row(self._stations[what], shaped(body, _Product), body.received_ns)
        self._unread.pop(name, None)
        self._seen.is_new(name)
        return Taken(rows=[row])

    def _list(self, site: str, listed: list[_Listed]) -> None:
        """The newest that were not read are asked for, as long as they are the newest: one that came in a
        form that is not understood may have been an answer of somebody else."""
        newest = sorted(listed, key=lambda one: one.issuanceTime, reverse=True)[:_NEWEST]
        names = [one.id for one in newest if one.id not in self._seen and one.id.replace("-", "").isalnum()]
        others = {name: of for name, of in self._unread.items() if of != site}
        self._unread = others | dict.fromkeys(names, site)


def report_row(station: Station, product: _Product, received_ns: Nanoseconds) -> ClimateRow:
    """Raises SourceFault for a report of another site or of another layout."""
    text, place = product.productText, f"CLI{station.site}"
    if place not in text:
        raise SourceFault(FaultKind.UNRECOGNISED, f"{place}: a report of another site")
    day, group, highest = _DAY.search(text), _GROUP.search(text), _MAXIMUM.search(text)
    if day is None or group is None or highest is None:
        raise SourceFault(FaultKind.SHAPE, f"{place}: a report of another layout")
    lowest = _MINIMUM.search(text)
    top, bottom = _degrees(highest), None if lowest is None else _degrees(lowest)
    return ClimateRow(
        source=CLIMATE_REPORT,
        station=station.site,
        climate_date=_date(day[1], place).isoformat(),
        status=OFFICIAL if group[1] == "YESTERDAY" else PRELIMINARY,
        id=product.id,
        issued_ns=iso_moment(product.issuanceTime, f"{place}: issuanceTime"),
        max_f=None if top is None else float(top),
        max_text=highest[1],
        min_f=None if bottom is None else float(bottom),
        min_text=None if lowest is None else lowest[1],
        raw=text,
        received_ns=received_ns,
    )


def _degrees(found: re.Match[str]) -> int | None:
    return None if found[1] == "MM" else int(found[1])


def _date(text: str, place: str) -> date:
    try:
        return datetime.strptime(text.title(), "%B %d %Y").date()  # noqa: DTZ007 - a day of the calendar
    except ValueError:
        raise SourceFault(FaultKind.SHAPE, f"{place}: day {text!r}") from None


def _errand(name: str, url: str, every_s: float) -> Errand:
    return Errand(name=name, request=Request(url=url, headers=HEADERS), every_s=every_s)
