"""Readings of stations from the National Weather Service (api.weather.gov): a lower bound of the day's high,
and an upper one of its low.

A report may come again with more of it filled in, so each is taken again when it changed. The official high
is the station's own running maximum and can exceed every reading by a degree, as the low can be below all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from collectors.fetching import Body, Request
from collectors.kinds import DAY_HIGH, DAY_LOW, TEMPERATURE
from collectors.moments import iso_moment, not_to_come
from collectors.numbers import decimal_of, plain
from collectors.observations import Observation
from collectors.polling import Errand
from collectors.seen import Seen
from collectors.shapes import shaped
from collectors.taking import Fault, FaultKind, SourceFault, Taken
from collectors.telling import Telling
from collectors.weather.degrees import possible
from collectors.weather.metar import fahrenheit, remarks_of
from collectors.weather.rows import ObservationRow
from collectors.weather.stations import Extreme, Station, climate_day, climate_span
from collectors.weather.topics import Topics
from collectors.words import one_line
from engine.domain.units import HOUR_NS, SECOND_NS, Nanoseconds
from engine.wire.iso_time import iso_text

NAME = "nws"
HEADERS = {"Accept": "application/geo+json, application/ld+json;q=0.9, application/json;q=0.8"}
_EVERY_S = 600.0
_DEGREES = "wmoUnit:degC"
_KMH = "wmoUnit:km_h-1"
_SIX_HOURS_NS = 6 * HOUR_NS
_DOUBTED = frozenset({"X", "Q", "B"})
"""Quality control rejected, questioned or called bad what was read (MADIS, values of its data descriptor): it
is kept, and proves nothing."""


class _Properties(msgspec.Struct):
    timestamp: str
    rawMessage: str | None = None
    temperature: dict[str, Any] | None = None
    dewpoint: dict[str, Any] | None = None
    windSpeed: dict[str, Any] | None = None


class _Feature(msgspec.Struct):
    properties: _Properties


class _Answer(msgspec.Struct):
    features: list[_Feature]


class NwsReports:
    """A :class:`collectors.polling.PollSource`: every report of the climate day so far."""

    name = NAME
    spacing_s = 1.0
    keeps_raw = False

    def __init__(self, stations: Sequence[Station], topics: Topics, url: str) -> None:
        self._stations = {station.icao: station for station in stations}
        self._topics = topics
        self._url = url
        self._seen = Seen()
        self._telling = Telling()
        self._ends: dict[tuple[str, date, Extreme], tuple[float, ObservationRow]] = {}
        self._latest: dict[str, ObservationRow] = {}

    def errands(self, now_ns: Nanoseconds) -> Sequence[Errand]:
        return [self._errand(station, now_ns) for station in self._stations.values()]

    def _errand(self, station: Station, now_ns: Nanoseconds) -> Errand:
        """From the beginning of the climate day, and the hours before it in its first ones."""
        start_ns, _ = climate_span(station, climate_day(station, now_ns))
        start_ns = min(start_ns, now_ns - 3 * HOUR_NS) // SECOND_NS * SECOND_NS
        request = Request(
            url=f"{self._url}/stations/{station.icao}/observations",
            params={"start": iso_text(start_ns - start_ns % HOUR_NS), "limit": "500"},
            headers=HEADERS,
        )
        return Errand(name=station.icao, request=request, every_s=_EVERY_S)

    def take(self, errand: Errand, body: Body) -> Taken:
        station = self._stations[errand.name]
        taken = Taken()
        reports = shaped(body, _Answer).features
        for feature in sorted(reports, key=lambda feature: feature.properties.timestamp):
            try:
                taken.add(self._report(station, feature.properties, body.received_ns))
            except SourceFault as error:
                taken.faults.append(error.fault)
        if not reports:
            taken.faults.append(Fault(FaultKind.SHAPE, f"{station.icao}: no report of the day"))
        taken.told += self._telling.anew(self._told(station))
        return taken

    def _report(self, station: Station, found: _Properties, received_ns: Nanoseconds) -> Taken:
        row = _row(station, found, received_ns)
        if row.quality not in _DOUBTED:
            self._latest[station.icao] = max(row, self._latest.get(station.icao, row), key=_moment)
            self._prove(station, row)
        content = msgspec.structs.astuple(msgspec.structs.replace(row, received_ns=0))
        if not self._seen.is_new((station.icao, row.observed_ns), content):
            return Taken(repeats=1)
        return Taken(rows=[row])

    def _prove(self, station: Station, row: ObservationRow) -> None:
        """Keeps the highest and the lowest of a climate day that any report proves."""
        day, proven = climate_day(station, row.observed_ns), _proven(station, row)
        for extreme, best in ((Extreme.HIGH, max), (Extreme.LOW, min)):
            found = best(proven[extreme], default=None)
            known = self._ends.get((station.icao, day, extreme))
            if found is not None and (known is None or best(found, known[0]) != known[0]):
                self._ends[station.icao, day, extreme] = (found, row)

    def _told(self, station: Station) -> list[Observation]:
        """The newest reading, and the highest and the lowest one of its climate day."""
        latest = self._latest.get(station.icao)
        if latest is None:
            return []
        today = climate_day(station, latest.observed_ns)
        told = []
        if latest.temperature_f is not None:
            about = self._topics.about(station, today)
            told.append(_told(TEMPERATURE, station.icao, latest.temperature_f, latest, about))
        for extreme, kind in ((Extreme.HIGH, DAY_HIGH), (Extreme.LOW, DAY_LOW)):
            end = self._ends.get((station.icao, today, extreme))
            if end is not None:
                about = self._topics.about(station, today, extreme)
                told.append(_told(kind, f"{station.icao}:{today.isoformat()}", *end, about))
        return told


def _moment(row: ObservationRow) -> Nanoseconds:
    return row.observed_ns


def _told(kind: str, key: str, degrees: float, row: ObservationRow, about: tuple[str, ...]) -> Observation:
    value = plain(decimal_of(degrees, "degrees"))
    return Observation(kind, key, value, row.observed_ns, row.received_ns, about)


def _proven(station: Station, row: ObservationRow) -> dict[Extreme, list[float]]:
    """Temperatures that a report proves for its own climate day; its six hours count only where they lie
    within that day."""
    now = [] if row.temperature_f is None else [row.temperature_f]
    before_ns = row.observed_ns - _SIX_HOURS_NS
    if climate_day(station, before_ns) != climate_day(station, row.observed_ns):
        return {Extreme.HIGH: now, Extreme.LOW: now}
    ends = ((Extreme.HIGH, row.max_6h_c), (Extreme.LOW, row.min_6h_c))
    return {end: now if celsius is None else [*now, *_possible(celsius)] for end, celsius in ends}


def _possible(celsius: float) -> list[float]:
    """Nothing where no station can have it."""
    try:
        return [possible(fahrenheit(celsius), "six hours")]
    except SourceFault:
        return []


def _row(station: Station, found: _Properties, received_ns: Nanoseconds) -> ObservationRow:
    place = f"{station.icao} {one_line(found.timestamp, 40)}"
    remarks = remarks_of(found.rawMessage or "")
    reading = _measured(found.temperature, _DEGREES, f"{place}: temperature")
    temperature_c = remarks.temperature_c if remarks.temperature_c is not None else reading
    dewpoint_c = remarks.dewpoint_c
    return ObservationRow(
        source=NAME,
        station=station.icao,
        observed_ns=not_to_come(iso_moment(found.timestamp, place), received_ns, place),
        temperature_c=temperature_c,
        temperature_f=None if temperature_c is None else possible(fahrenheit(temperature_c), place),
        temperature_text=None if reading is None else str((found.temperature or {}).get("value")),
        max_6h_c=remarks.max_6h_c,
        min_6h_c=remarks.min_6h_c,
        max_24h_c=remarks.max_24h_c,
        min_24h_c=remarks.min_24h_c,
        dewpoint_c=_measured(found.dewpoint, _DEGREES, place) if dewpoint_c is None else dewpoint_c,
        wind_speed_kmh=_measured(found.windSpeed, _KMH, f"{place}: wind"),
        quality=_text((found.temperature or {}).get("qualityControl")),
        raw=found.rawMessage or None,
        received_ns=received_ns,
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _measured(value: dict[str, Any] | None, unit: str, place: str) -> float | None:
    """A quantity in its unit; another unit is refused and not converted by guess."""
    if value is None or value.get("value") is None:
        return None
    if value.get("unitCode") != unit:
        raise SourceFault(
            FaultKind.SHAPE, f"{place}: got unit {one_line(repr(value.get('unitCode')), 40)}, wanted {unit}"
        )
    return float(decimal_of(value["value"], place))
