"""Stations that daily temperature markets settle on, and their climate days.

A climate day runs from midnight to midnight local *standard* time all year, so that in summer it begins at
one o'clock on the wall clock (National Weather Service, climatological report).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

import msgspec

from engine.domain.units import DAY_NS, HOUR_NS, SECOND_NS, Nanoseconds


class Extreme(StrEnum):
    """What of a climate day a market is about."""

    HIGH = "high"
    LOW = "low"


class Station(msgspec.Struct, frozen=True):
    """``series`` is that of its highs, ``low_series`` of its lows; ``site`` the code of its climate report
    (CLINYC without CLI), ``icao`` of its reports; ``offset_h`` local standard time less UTC; degrees north
    and east with at most four places."""

    series: str
    low_series: str
    site: str
    icao: str
    offset_h: int
    north: str
    east: str


_TABLE = (
    ("KXHIGHNY", "KXLOWTNYC", "NYC", "KNYC", -5, "40.7789", "-73.9692"),
    ("KXHIGHCHI", "KXLOWTCHI", "MDW", "KMDW", -6, "41.786", "-87.7524"),
    ("KXHIGHLAX", "KXLOWTLAX", "LAX", "KLAX", -8, "33.9382", "-118.3866"),
    ("KXHIGHMIA", "KXLOWTMIA", "MIA", "KMIA", -5, "25.7906", "-80.3164"),
    ("KXHIGHAUS", "KXLOWTAUS", "AUS", "KAUS", -6, "30.1831", "-97.6799"),
    ("KXHIGHDEN", "KXLOWTDEN", "DEN", "KDEN", -7, "39.8466", "-104.6562"),
    ("KXHIGHPHIL", "KXLOWTPHIL", "PHL", "KPHL", -5, "39.8733", "-75.2268"),
    ("KXHIGHTSEA", "KXLOWTSEA", "SEA", "KSEA", -8, "47.4447", "-122.3144"),
    ("KXHIGHTMIN", "KXLOWTMIN", "MSP", "KMSP", -6, "44.8831", "-93.2289"),
    ("KXHIGHTOKC", "KXLOWTOKC", "OKC", "KOKC", -6, "35.3889", "-97.6006"),
    ("KXHIGHTBOS", "KXLOWTBOS", "BOS", "KBOS", -5, "42.3606", "-71.0097"),
    ("KXHIGHTDC", "KXLOWTDC", "DCA", "KDCA", -5, "38.8472", "-77.0345"),
    ("KXHIGHTATL", "KXLOWTATL", "ATL", "KATL", -5, "33.6301", "-84.4418"),
    ("KXHIGHTDAL", "KXLOWTDAL", "DFW", "KDFW", -6, "32.8978", "-97.0189"),
    ("KXHIGHTHOU", "KXLOWTHOU", "HOU", "KHOU", -6, "29.6375", "-95.2825"),
    ("KXHIGHTLV", "KXLOWTLV", "LAS", "KLAS", -8, "36.0719", "-115.1634"),
    ("KXHIGHTPHX", "KXLOWTPHX", "PHX", "KPHX", -7, "33.4278", "-112.0037"),
    ("KXHIGHTSFO", "KXLOWTSFO", "SFO", "KSFO", -8, "37.6196", "-122.3656"),
    ("KXHIGHTNOLA", "KXLOWTNOLA", "MSY", "KMSY", -6, "29.9969", "-90.2775"),
    ("KXHIGHTSATX", "KXLOWTSATX", "SAT", "KSAT", -6, "29.5443", "-98.4839"),
)
STATIONS = tuple(Station(*row) for row in _TABLE)
BY_SERIES = {station.series: station for station in STATIONS} | {
    station.low_series: station for station in STATIONS
}
BY_SITE = {station.site: station for station in STATIONS}
BY_ICAO = {station.icao: station for station in STATIONS}


def extreme_of(series: str) -> Extreme:
    """What the markets of a series of :data:`BY_SERIES` are about."""
    return Extreme.LOW if series == BY_SERIES[series].low_series else Extreme.HIGH


def climate_day(station: Station, at_ns: Nanoseconds) -> date:
    """The climate day that a moment belongs to."""
    return utc_day(at_ns + station.offset_h * HOUR_NS)


def climate_span(station: Station, day: date) -> tuple[Nanoseconds, Nanoseconds]:
    """When a climate day begins, and when it is over."""
    midnight_s = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    start_ns = midnight_s * SECOND_NS - station.offset_h * HOUR_NS
    return start_ns, start_ns + DAY_NS


def utc_day(at_ns: Nanoseconds) -> date:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=at_ns // SECOND_NS)).date()
