"""Limits between their integers and what people read and type."""

from __future__ import annotations

from decimal import Decimal

from console.tools.output import Json
from console.tools.units import cents_number, count_number, iso, parse_scaled
from engine.control.rows.risk import LimitRow
from engine.domain.units import (
    CENT_BP,
    DOLLAR_UD,
    ONE_CONTRACT_C,
    SECOND_NS,
    cents,
    contracts,
    dollars,
)

SHARE_OF_PERCENT = 100
_UNITS = {"count": "contracts", "ud": "dollars", "bp": "cents", "ns": "seconds", "share": "percent"}
_SCALES = {
    "count": ONE_CONTRACT_C,
    "ud": DOLLAR_UD,
    "bp": CENT_BP,
    "ns": SECOND_NS,
    "share": SHARE_OF_PERCENT,
}


def limit_document(limit: LimitRow) -> dict[str, Json]:
    """In the units of the screen: contracts, dollars (text), cents, seconds, percent, or a plain count."""
    return {
        "name": limit.name,
        "limit": in_unit(limit.limit, limit.unit),
        "used": None if limit.used is None else in_unit(limit.used, limit.unit),
        "unit": _UNITS.get(limit.unit, limit.unit),
        "remedy": limit.remedy or None,
        "pending": None if limit.pending is None else in_unit(limit.pending, limit.unit),
        "pending_time": iso(limit.pending_at_ns),
    }


def in_unit(value: int, unit: str) -> Json:
    match unit:
        case "count":
            return count_number(value)
        case "ud":
            return dollars(value)
        case "bp":
            return cents_number(value)
        case "ns" | "share":
            number = Decimal(value) / _SCALES[unit]
            return int(number) if number == number.to_integral_value() else float(number)
        case _:
            return value


def limit_text(value: int | None, unit: str) -> str:
    """``$5.00``, ``10``, ``3 c``, ``900 s``, ``20 %``."""
    if value is None:
        return ""
    match unit:
        case "count":
            return contracts(value)
        case "ud":
            return f"${dollars(value)}"
        case "bp":
            return f"{cents(value)} c"
        case "ns" | "share":
            return f"{in_unit(value, unit)} {'s' if unit == 'ns' else '%'}"
        case _:
            return str(value)


def parse_limit(row: LimitRow, text: str) -> int:
    """A limit as typed, in its own unit. Raises WrongUsage."""
    return parse_scaled("VALUE", text, _SCALES.get(row.unit, 1), _UNITS.get(row.unit, "a whole number"))
