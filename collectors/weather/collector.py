"""Weather: the settlement source first, then readings, forecasts and the climate report that checks it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from collectors.assembled import CollectError, Collector, Room
from collectors.remembered import late_rows
from collectors.running import Part
from collectors.weather.city_index import CityIndex
from collectors.weather.climate_report import ClimateReports
from collectors.weather.nws_forecasts import NwsForecasts
from collectors.weather.nws_reports import NwsReports
from collectors.weather.portal import Portal
from collectors.weather.rules_part import RulesPart
from collectors.weather.stations import BY_SERIES
from collectors.weather.topics import Topics
from engine.domain.units import Nanoseconds
from engine.lake.tables import table_named

WEATHER = "weather"
TABLES = ("weather_climate", "weather_observations", "weather_forecasts", "raw_bodies")


class WeatherOptions(msgspec.Struct, frozen=True, kw_only=True):
    """``cities`` are those of the exchange's own hourly index. ``reads_rules``: whether events are read, so
    that values are told about them."""

    series: tuple[str, ...] = ("KXHIGHNY", "KXHIGHCHI", "KXHIGHLAX")
    cities: tuple[str, ...] = ()
    reads_rules: bool = True


def weather_collector(options: WeatherOptions) -> Collector:
    """Raises CollectError for a series whose station is not known."""
    for series in options.series:
        if series not in BY_SERIES:
            raise CollectError(f"--series: got {series!r}, wanted some of {', '.join(BY_SERIES)}")

    async def parts(room: Room) -> list[Part]:
        series = room.owned(options.series)
        cities = room.owned(options.cities)
        found: list[Part] = []
        if series:
            found += await _of_stations(room, options, series)
        if cities:
            found.append(room.poller(WEATHER, CityIndex(cities, room.places["weather_index"])))
        return found

    return Collector(WEATHER, TABLES, parts)


def remember_forecasts(forecasts: NwsForecasts, root: Path, now_ns: Nanoseconds) -> None:
    """What was kept of late: a forecast stands for an hour and longer."""
    table = table_named("weather_forecasts")
    for rows in late_rows(root, table, ("station", "issued_ns"), now_ns, "source", forecasts.name):
        for known in rows.group_by(["station", "issued_ns"]).aggregate([]).to_pylist():
            forecasts.remember(known["station"], known["issued_ns"])


async def _of_stations(room: Room, options: WeatherOptions, series: Sequence[str]) -> list[Part]:
    """A station that has highs and lows is asked once."""
    stations = list({BY_SERIES[name].site: BY_SERIES[name] for name in series}.values())
    topics, nws = Topics(), room.places["nws"]
    forecasts = NwsForecasts(stations, topics, nws)
    remember_forecasts(forecasts, room.lake, room.clock.wall_ns())
    found: list[Part] = []
    if options.reads_rules:
        health = room.health("rules", WEATHER)
        found.append(RulesPart(await room.public_reader(), series, topics, health, room.random.random))
    found += [
        room.poller(WEATHER, Portal(stations, topics, room.places["weather_company"])),
        room.poller(WEATHER, NwsReports(stations, topics, nws)),
        room.poller(WEATHER, forecasts),
        room.poller(WEATHER, ClimateReports(stations, nws)),
    ]
    return found
