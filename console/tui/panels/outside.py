"""Values of the outside world beside the markets that they are about, with their ages."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from console.tui import numbers, roles
from console.tui.cells import Row, Span
from console.tui.desk import Desk
from console.tui.panels import figures
from console.tui.panels.strike_text import index_number, plain
from engine.control.level_sight import LIVE, telling
from engine.control.rows.markets import MarketRow
from engine.control.rows.outside import ObservationRow
from engine.domain.units import SECOND_NS

DECIDES = (
    *("index", "climate_high", "climate_low", "climate_preliminary", "climate_low_preliminary"),
    *("day_high", "day_low", "index_close", "index_level"),
)
"""Kinds of the number that decides a market, as it stands by now; the first one that is there counts."""
_NAMES = {
    "index": "{subject}",
    "index_average": "60 s mean",
    "settlement_average": "settles at, so far",
    "spot": "{subject}",
    "climate_high": "official high",
    "climate_preliminary": "preliminary high",
    "day_high": "high so far",
    "climate_low": "official low",
    "climate_low_preliminary": "preliminary low",
    "day_low": "low so far",
    "temperature": "now",
    "forecast_high": "forecast high",
    "forecast_low": "forecast low",
    "weather_index": "city index",
    "tsa": "TSA {key}",
    "index_level": "{subject}",
    "index_level_delayed": "{subject} 15 min ago",
    "index_close": "{subject} close",
}
"""In the order in which they are shown. Kinds that are not here are not shown."""
_DEGREES = frozenset(
    {
        *("temperature", "day_high", "forecast_high", "climate_high", "climate_preliminary"),
        *("day_low", "forecast_low", "climate_low", "climate_low_preliminary", "weather_index"),
    }
)
_RANK = {kind: rank for rank, kind in enumerate(_NAMES)}
_SUBJECTS_OF = {"BRTI": "BTC-USD", "ETHUSD_RTI": "ETH-USD"}
"""The product whose price leads an index."""
_OF_EXCHANGE = frozenset({"index", "index_average", "settlement_average"})
"""Kinds that the exchange itself tells: on SIM as simulated as its markets."""
_REAL = {"": "REAL", "recorded": "REAL, OF TODAY"}
"""By where a sandbox's prices come from: what stands before values of the world outside."""


def values_about(desk: Desk, market: MarketRow, index_id: str = "") -> list[ObservationRow]:
    """The newest value of each kind that is about a market's event, series or index."""
    subjects = {market.event_ticker, market.series_ticker}
    keys = {index_id, _SUBJECTS_OF.get(index_id, index_id)} - {""}
    found: dict[str, ObservationRow] = {}
    for row in desk.replica.observations.values():
        if row.kind not in _RANK or not (row.key in keys or subjects.union(keys).intersection(row.about)):
            continue
        known = found.get(row.kind)
        if known is None or (known.source_ns, known.key) < (row.source_ns, row.key):
            found[row.kind] = row
    return sorted(found.values(), key=lambda row: _RANK[row.kind])


def deciding(desk: Desk, rows: Sequence[ObservationRow]) -> Decimal | None:
    """The number that decides, as it stands by now; no real one decides a simulated market."""
    for kind in DECIDES:
        for row in rows:
            value = index_number(row.value)
            if row.kind == kind and value is not None and not _is_beside(desk, row):
                return value
    return None


def value_parts(desk: Desk, rows: Sequence[ObservationRow], *, is_short: bool = False) -> list[Row]:
    """A part each; beside simulated markets the first real one says that it is."""
    parts: list[Row] = []
    is_said = False
    for row in rows:
        part = value_part(desk, row, is_short=is_short)
        if not is_said and _is_beside(desk, row):
            part, is_said = ((f"{_real_word(desk)} ", roles.ACCENT), *part), True
        parts.append(part)
    return parts


def value_part(desk: Desk, row: ObservationRow, *, is_short: bool = False) -> tuple[Span, ...]:
    """``high so far 71° 4m``; what its source does not stand for any more is old, and says why:
    ``BTC-USD ~95,021.40 12s LOST``, or short ``BTC-USD LOST 12s``."""
    value = index_number(row.value)
    name = _NAMES.get(row.kind, row.kind).format(key=row.key, subject=row.key.partition(":")[0])
    if value is None:
        return ((f"{name} ", roles.LABEL), (figures.UNKNOWN, roles.LABEL))
    trouble = _trouble(desk, row)
    is_old = trouble is not None
    unit = "°" if row.kind in _DEGREES else ""
    text = f"{figures.OLD if is_old else ''}{plain(value)}{unit}"
    age = numbers.age(max(0, desk.wall_ns - row.source_ns) / SECOND_NS)
    if trouble and is_short:
        return ((f"{name} ", roles.LABEL), (trouble, roles.WARNING), (f" {age}", roles.LABEL))
    why: Row = ((f" {trouble}", roles.WARNING),) if trouble else ()
    return (
        (f"{name} ", roles.LABEL),
        (text, roles.STALE if is_old else roles.TEXT),
        (f" {age}", roles.LABEL),
        *why,
    )


def _trouble(desk: Desk, row: ObservationRow) -> str | None:
    """Why a value is old: empty where the engine is away, which its panel says, else how its source is;
    None where it counts."""
    status = desk.status
    if status is None or not desk.is_attached or desk.is_silent:
        return ""
    states = [source.state for source in telling(row, status.sources)]
    if LIVE in states:
        return None
    return "STALE" if "stale" in states else "LOST"


def _is_beside(desk: Desk, row: ObservationRow) -> bool:
    """Whether it is of the real world, and the market it is about is not."""
    return desk.status is not None and desk.status.venue == "sandbox" and row.kind not in _OF_EXCHANGE


def _real_word(desk: Desk) -> str:
    prices = "" if desk.status is None else desk.status.exchange.prices
    return _REAL.get(prices, _REAL[""])
