"""Rows of weather."""

from __future__ import annotations

from collectors.taking import Row
from engine.domain.units import Nanoseconds


class ObservationRow(Row, frozen=True, kw_only=True):
    """A reading of a station; ``max_6h_c`` and its like are of the report's own remarks."""

    TABLE = "weather_observations"
    source: str
    station: str
    observed_ns: Nanoseconds
    temperature_c: float | None = None
    temperature_f: float | None = None
    temperature_text: str | None = None
    max_6h_c: float | None = None
    min_6h_c: float | None = None
    max_24h_c: float | None = None
    min_24h_c: float | None = None
    dewpoint_c: float | None = None
    wind_speed_kmh: float | None = None
    quality: str | None = None
    status: str | None = None
    raw: str | None = None
    received_ns: Nanoseconds


class ForecastRow(Row, frozen=True, kw_only=True):
    """A quantity of one period as it was forecast at ``issued_ns``."""

    TABLE = "weather_forecasts"
    source: str
    station: str
    quantity: str
    issued_ns: Nanoseconds
    valid_from_ns: Nanoseconds
    valid_to_ns: Nanoseconds
    member: int = 0
    value: float | None = None
    value_text: str | None = None
    unit: str | None = None
    received_ns: Nanoseconds


class ClimateRow(Row, frozen=True, kw_only=True):
    """A publication of a climate day. ``raw`` is the source's own row."""

    TABLE = "weather_climate"
    source: str
    station: str
    climate_date: str
    status: str
    id: str
    issued_ns: Nanoseconds | None = None
    max_f: float | None = None
    max_text: str | None = None
    min_f: float | None = None
    min_text: str | None = None
    raw: str | None = None
    received_ns: Nanoseconds
