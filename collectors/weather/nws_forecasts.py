"""Hourly forecasts of the National Weather Service, by the grid cell of each station.

Which cell a station lies in is asked first and again every week: grids move.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from collectors.fetching import Body, Request
from collectors.kinds import FORECAST_HIGH, FORECAST_LOW
from collectors.moments import iso_moment
from collectors.numbers import decimal_of, plain
from collectors.observations import Observation
from collectors.polling import Errand
from collectors.seen import Seen
from collectors.shapes import shaped
from collectors.taking import FaultKind, SourceFault, Taken
from collectors.telling import Telling
from collectors.weather.degrees import degrees_of
from collectors.weather.nws_reports import HEADERS
from collectors.weather.rows import ForecastRow
from collectors.weather.stations import Extreme, Station, climate_day, climate_span
from collectors.weather.topics import Topics
from collectors.words import one_line
from engine.domain.units import HOUR_NS, Nanoseconds

NAME = "nws_forecast"
_CELL_S, _FORECAST_S = 7 * 86_400.0, 3_600.0
_DAYS = 2


class _Cell(msgspec.Struct):
    gridId: str
    gridX: int
    gridY: int


class _Point(msgspec.Struct):
    properties: _Cell


class _Period(msgspec.Struct):
    startTime: str
    endTime: str
    temperature: int | float
    temperatureUnit: str


class _Hourly(msgspec.Struct):
    periods: list[_Period]
    updateTime: str | None = None
    generatedAt: str | None = None


class _Forecast(msgspec.Struct):
    properties: _Hourly


class NwsForecasts:
    """A :class:`collectors.polling.PollSource`."""

    name = NAME
    spacing_s = 1.0
    keeps_raw = False

    def __init__(self, stations: Sequence[Station], topics: Topics, url: str) -> None:
        self._stations = {station.icao: station for station in stations}
        self._topics = topics
        self._url = url
        self._cells: dict[str, str] = {}
        self._seen = Seen()
        self._telling = Telling()

    def remember(self, icao: str, issued_ns: Nanoseconds) -> None:
        """A forecast that was kept before this process began; it is told again all the same."""
        self._seen.is_new((icao, issued_ns))

    def errands(self, now_ns: Nanoseconds) -> Sequence[Errand]:
        found = []
        for icao, station in self._stations.items():
            point = f"{self._url}/points/{station.north},{station.east}"
            found.append(_errand(f"cell {icao}", point, _CELL_S))
            if icao in self._cells:
                hourly = f"{self._url}/gridpoints/{self._cells[icao]}/forecast/hourly"
                found.append(_errand(icao, hourly, _FORECAST_S))
        return found

    def take(self, errand: Errand, body: Body) -> Taken:
        what, _, icao = errand.name.rpartition(" ")
        if what:
            cell = shaped(body, _Point).properties
            if not cell.gridId.isalnum():
                raise SourceFault(FaultKind.SHAPE, f"{icao}: grid {one_line(cell.gridId, 20)!r}")
            self._cells[icao] = f"{cell.gridId}/{cell.gridX},{cell.gridY}"
            return Taken()
        return self._forecast(self._stations[icao], shaped(body, _Forecast).properties, body.received_ns)

    def _forecast(self, station: Station, found: _Hourly, received_ns: Nanoseconds) -> Taken:
        issued = found.updateTime or found.generatedAt
        issued_ns = iso_moment(issued, f"{station.icao}: updateTime")
        rows = [_row(station, period, issued_ns, received_ns) for period in found.periods]
        if not rows:
            raise SourceFault(FaultKind.SHAPE, f"{station.icao}: a forecast of no hours")
        is_new = self._seen.is_new((station.icao, issued_ns))
        today = climate_day(station, received_ns)
        days = [today + timedelta(days=ahead) for ahead in range(_DAYS)]
        told = self._telling.anew([end for day in days for end in self._ends(station, day, rows)])
        return Taken(rows=[*rows] if is_new else [], told=[*told], repeats=0 if is_new else len(rows))

    def _ends(self, station: Station, day: date, rows: Sequence[ForecastRow]) -> list[Observation]:
        """The highest and the lowest of the day's hours that are still to come; none unless they reach to
        its end."""
        start_ns, end_ns = climate_span(station, day)
        hours = [row for row in rows if start_ns <= row.valid_from_ns < end_ns and row.value is not None]
        if not hours or max(row.valid_to_ns for row in hours) < end_ns:
            return []
        first_ns = max(start_ns, min(row.valid_from_ns for row in rows))
        if len(hours) * HOUR_NS < end_ns - first_ns - HOUR_NS:
            return []
        return [
            self._told(station, day, FORECAST_HIGH, Extreme.HIGH, max(hours, key=_degrees)),
            self._told(station, day, FORECAST_LOW, Extreme.LOW, min(hours, key=_degrees)),
        ]

    def _told(
        self, station: Station, day: date, kind: str, extreme: Extreme, row: ForecastRow
    ) -> Observation:
        return Observation(
            kind,
            f"{station.icao}:{day.isoformat()}",
            plain(decimal_of(row.value, "temperature")),
            row.issued_ns,
            row.received_ns,
            self._topics.about(station, day, extreme),
        )


def _degrees(row: ForecastRow) -> float:
    return row.value or 0.0


def _errand(name: str, url: str, every_s: float) -> Errand:
    return Errand(name=name, request=Request(url=url, headers=HEADERS), every_s=every_s)


def _row(station: Station, period: _Period, issued_ns: Nanoseconds, received_ns: Nanoseconds) -> ForecastRow:
    if period.temperatureUnit != "F":
        raise SourceFault(
            FaultKind.SHAPE, f"{station.icao}: unit {one_line(period.temperatureUnit, 20)!r}, wanted F"
        )
    return ForecastRow(
        source=NAME,
        station=station.icao,
        quantity="temperature",
        issued_ns=issued_ns,
        valid_from_ns=iso_moment(period.startTime, "startTime"),
        valid_to_ns=iso_moment(period.endTime, "endTime"),
        value=degrees_of(period.temperature, f"{station.icao}: {one_line(period.startTime, 40)}"),
        value_text=str(period.temperature),
        unit="F",
        received_ns=received_ns,
    )
