"""The Weather Company's portal for these markets: what daily temperature markets are paid by.

Undocumented: every body is kept as it came. The first publication that is not preliminary counts; a revision
changes nothing, ``no_report`` means to wait, and the mean of the day stands in for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import msgspec

from collectors.fetching import Body, Request
from collectors.kinds import CLIMATE_HIGH, CLIMATE_LOW, CLIMATE_LOW_PRELIMINARY, CLIMATE_PRELIMINARY
from collectors.moments import iso_moment
from collectors.numbers import decimal_of, plain
from collectors.observations import Observation
from collectors.polling import Errand
from collectors.seen import Seen
from collectors.shapes import shaped
from collectors.taking import Fault, FaultKind, SourceFault, Taken
from collectors.telling import Telling
from collectors.weather.degrees import degrees_of
from collectors.weather.rows import ClimateRow
from collectors.weather.rules import WEATHER_COMPANY
from collectors.weather.stations import Extreme, Station, utc_day
from collectors.weather.topics import Topics
from collectors.words import one_line
from engine.domain.units import HOUR_NS, Nanoseconds

OFFICIAL, PRELIMINARY, REVISED, NO_REPORT = "official", "preliminary", "revised", "no_report"
_STATUSES = frozenset({OFFICIAL, PRELIMINARY, REVISED, NO_REPORT})
_DAYS_BACK = 2
_USUAL_S, _OFTEN_S, _RARE_S = 900.0, 300.0, 3_600.0
_BUSY_HOURS = range(4, 12)
"""UTC: when the official values come out."""


class _Site(msgspec.Struct):
    cliId: str
    icao: str = ""


class _Result(msgspec.Struct):
    station: _Site
    status: str
    data: dict[str, Any] | None = None


class _Answer(msgspec.Struct):
    results: list[_Result]


class _Told(msgspec.Struct, frozen=True):
    """What is told of one end of a day."""

    extreme: Extreme
    field: str
    official: str
    preliminary: str


_HIGH = _Told(Extreme.HIGH, "maxTemp", CLIMATE_HIGH, CLIMATE_PRELIMINARY)
_LOW = _Told(Extreme.LOW, "minTemp", CLIMATE_LOW, CLIMATE_LOW_PRELIMINARY)


class Portal:
    """A :class:`collectors.polling.PollSource` of the climate days of some stations."""

    name = WEATHER_COMPANY
    spacing_s = 2.0
    keeps_raw = True

    def __init__(self, stations: Sequence[Station], topics: Topics, url: str) -> None:
        self._stations = {station.site: station for station in stations}
        self._topics = topics
        self._url = url
        self._seen = Seen()
        self._telling = Telling()
        self._official: dict[tuple[Extreme, str, str], str] = {}

    def errands(self, now_ns: Nanoseconds) -> Sequence[Errand]:
        """Today as it is in the east, and the days before: one request covers every city."""
        today = utc_day(now_ns - 5 * HOUR_NS)
        hour = now_ns // HOUR_NS % 24
        often_s = _OFTEN_S if hour in _BUSY_HOURS else _USUAL_S
        return [
            self._errand(today - timedelta(days=back), _RARE_S if back == _DAYS_BACK else often_s)
            for back in range(_DAYS_BACK + 1)
        ]

    def _errand(self, day: date, every_s: float) -> Errand:
        request = Request(url=f"{self._url}/climate/primary", params={"date": day.isoformat()})
        return Errand(name=day.isoformat(), request=request, every_s=every_s)

    def take(self, errand: Errand, body: Body) -> Taken:
        taken = Taken()
        missing = set(self._stations)
        for result in shaped(body, _Answer).results:
            site = result.station.cliId.upper().removeprefix("CLI")
            station = self._stations.get(site)
            if station is None:
                continue
            missing.discard(site)
            try:
                taken.add(self._result(station, errand.name, result, body.received_ns))
            except SourceFault as error:
                taken.faults.append(error.fault)
        if missing:
            detail = f"{errand.name}: no row of {', '.join(sorted(missing))}"
            taken.faults.append(Fault(FaultKind.SHAPE, detail))
        return taken

    def _result(self, station: Station, day: str, result: _Result, received_ns: Nanoseconds) -> Taken:
        status, data = result.status, result.data or {}
        if status not in _STATUSES:
            raise SourceFault(
                FaultKind.UNRECOGNISED, f"{station.site} {day}: status {one_line(status, 40)!r}"
            )
        row = _row(station, day, status, data, received_ns)
        if status in (OFFICIAL, REVISED) and row.max_f is None:
            raise SourceFault(FaultKind.SHAPE, f"{station.site} {day}: {status} without a maximum")
        told = self._telling.anew([*self._told(station, row, _HIGH), *self._told(station, row, _LOW)])
        faults = self._missing_low(station, row)
        if not self._seen.is_new((station.site, day, status, row.id), (row.max_text, row.min_text)):
            return Taken(told=[*told], repeats=1, faults=faults)
        return Taken(rows=[row], told=[*told], faults=faults)

    def _missing_low(self, station: Station, row: ClimateRow) -> list[Fault]:
        """Where an event waits for a minimum that an official publication does not have."""
        day = date.fromisoformat(row.climate_date)
        if row.status != OFFICIAL or row.min_f is not None or not self._events(station, day, _LOW):
            return []
        return [Fault(FaultKind.SHAPE, f"{station.site} {row.climate_date}: official without a minimum")]

    def _events(self, station: Station, day: date, of: _Told) -> tuple[str, ...]:
        return self._topics.about(station, day, of.extreme, WEATHER_COMPANY)

    def _told(self, station: Station, row: ClimateRow, of: _Told) -> list[Observation]:
        """The first official value for good; a preliminary one only before that; never a revision."""
        text = row.max_text if of is _HIGH else row.min_text
        name = (of.extreme, station.site, row.climate_date)
        if text is None or row.status not in (OFFICIAL, PRELIMINARY):
            return []
        if self._official.get(name, text) != text:
            return []
        if row.status == OFFICIAL:
            self._official[name] = text
        elif name in self._official:
            return []
        kind = of.official if row.status == OFFICIAL else of.preliminary
        about = self._events(station, date.fromisoformat(row.climate_date), of)
        source_ns = row.received_ns if row.issued_ns is None else row.issued_ns
        key, value = f"{station.site}:{row.climate_date}", plain(decimal_of(text, of.field))
        return [Observation(kind, key, value, source_ns, row.received_ns, about)]


def _row(
    station: Station, day: str, status: str, data: dict[str, Any], received_ns: Nanoseconds
) -> ClimateRow:
    place = f"{station.site} {day}"
    named = data.get("stationId")
    if isinstance(named, str) and named and station.site not in named and station.icao not in named:
        raise SourceFault(FaultKind.UNRECOGNISED, f"{place}: data of station {one_line(named, 40)!r}")
    highest, lowest = data.get("maxTemp"), data.get("minTemp")
    issued = data.get("issueTime")
    issued_ns = None if issued is None else iso_moment(issued, f"{place}: issueTime")
    return ClimateRow(
        source=WEATHER_COMPANY,
        station=station.site,
        climate_date=day,
        status=status,
        id=str(issued or ""),
        issued_ns=issued_ns,
        max_f=None if highest is None else degrees_of(highest, place),
        max_text=None if highest is None else str(highest),
        min_f=None if lowest is None else degrees_of(lowest, place),
        min_text=None if lowest is None else str(lowest),
        raw=msgspec.json.encode(data).decode() if data else None,
        received_ns=received_ns,
    )
