"""Values of the outside world beside the markets that they are about, with their ages."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from console.tui import numbers, roles
from console.tui.cells import Span
from console.tui.desk import Desk
from console.tui.panels import figures
from console.tui.panels.strike_text import index_number, plain
from engine.control.outside_rows import ObservationRow
from engine.control.rows import MarketRow
from engine.domain.units import SECOND_NS

DECIDES = ("index", "climate_high", "climate_preliminary", "day_high", "index_close", "index_level")
"""Kinds of the number that decides a market, as it stands by now; the first one that is there counts."""
_NAMES = {
    "index": "{subject}",
    "index_average": "60 s mean",
    "settlement_average": "settles at, so far",
    "spot": "{subject}",
    "climate_high": "official high",
    "climate_preliminary": "preliminary high",
    "day_high": "high so far",
    "temperature": "now",
    "forecast_high": "forecast high",
    "weather_index": "city index",
    "tsa": "TSA {key}",
    "index_level": "{subject}",
    "index_level_delayed": "{subject} 15 min ago",
    "index_close": "{subject} close",
}
"""In the order in which they are shown. Kinds that are not here are not shown."""
_DEGREES = frozenset(
    {"temperature", "day_high", "forecast_high", "climate_high", "climate_preliminary", "weather_index"}
)
_RANK = {kind: rank for rank, kind in enumerate(_NAMES)}
_SUBJECTS_OF = {"BRTI": "BTC-USD", "ETHUSD_RTI": "ETH-USD"}
"""The product whose price leads an index."""
LIVE = "live"


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


def deciding(rows: Sequence[ObservationRow]) -> Decimal | None:
    """The number that decides, as it stands by now."""
    for kind in DECIDES:
        for row in rows:
            if row.kind == kind and (value := index_number(row.value)) is not None:
                return value
    return None


def value_part(desk: Desk, row: ObservationRow) -> tuple[Span, ...]:
    """``high so far 71° 4m``; what its source does not stand for any more is old."""
    value = index_number(row.value)
    name = _NAMES.get(row.kind, row.kind).format(key=row.key, subject=row.key.partition(":")[0])
    if value is None:
        return ((f"{name} ", roles.LABEL), (figures.UNKNOWN, roles.LABEL))
    is_old = is_value_old(desk, row)
    unit = "°" if row.kind in _DEGREES else ""
    text = f"{figures.OLD if is_old else ''}{plain(value)}{unit}"
    age = numbers.age(max(0, desk.wall_ns - row.source_ns) / SECOND_NS)
    return (
        (f"{name} ", roles.LABEL),
        (text, roles.STALE if is_old else roles.TEXT),
        (f" {age}", roles.LABEL),
    )


def is_value_old(desk: Desk, row: ObservationRow) -> bool:
    """Whether the engine is away, or the source that told it is not live."""
    status = desk.status
    if status is None or not desk.is_attached or desk.is_silent:
        return True
    telling = [source for source in status.sources if _told_by(row, source.name)]
    return not any(source.state == LIVE for source in telling)


def _told_by(row: ObservationRow, name: str) -> bool:
    """``spot/coinbase`` tells what names ``coinbase``; a value without a name any source may have told."""
    return not row.source or name.endswith(row.source.replace(".", "/"))
