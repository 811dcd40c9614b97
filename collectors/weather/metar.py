"""What the remarks of a METAR say more exactly than its fields: tenths of a degree, and highs and lows.

Groups of the remarks, each with s = 0 for above and 1 for below zero (Federal Meteorological Handbook 1,
chapter 12): ``Tsnnnsnnn`` temperature and dew point, ``1snnn`` and ``2snnn`` the high and low of six hours,
``4snnnsnnn`` those of twenty-four hours; tenths of a degree Celsius.
"""

from __future__ import annotations

import re

import msgspec

_TENTHS = re.compile(r"T([01])(\d{3})(?:([01])(\d{3}))?", re.ASCII)
_SIX_HIGH = re.compile(r"1([01])(\d{3})", re.ASCII)
_SIX_LOW = re.compile(r"2([01])(\d{3})", re.ASCII)
_DAY = re.compile(r"4([01])(\d{3})([01])(\d{3})", re.ASCII)


class Remarks(msgspec.Struct, frozen=True):
    """Degrees Celsius; None where the report does not say."""

    temperature_c: float | None = None
    dewpoint_c: float | None = None
    max_6h_c: float | None = None
    min_6h_c: float | None = None
    max_24h_c: float | None = None
    min_24h_c: float | None = None


def remarks_of(report: str) -> Remarks:
    """Of the text of a METAR; nothing where it has no remarks."""
    _, sign, tail = report.partition(" RMK ")
    if not sign:
        return Remarks()
    found: dict[str, float] = {}
    for word in tail.rstrip("=$ ").split():
        if match := _TENTHS.fullmatch(word):
            found["temperature_c"] = _tenths(match[1], match[2])
            if match[3] is not None:
                found["dewpoint_c"] = _tenths(match[3], match[4])
        elif match := _SIX_HIGH.fullmatch(word):
            found["max_6h_c"] = _tenths(match[1], match[2])
        elif match := _SIX_LOW.fullmatch(word):
            found["min_6h_c"] = _tenths(match[1], match[2])
        elif match := _DAY.fullmatch(word):
            found["max_24h_c"], found["min_24h_c"] = _tenths(match[1], match[2]), _tenths(match[3], match[4])
    return Remarks(**found)


def fahrenheit(celsius: float) -> float:
    return round(celsius * 9 / 5 + 32, 2)


def _tenths(sign: str, digits: str) -> float:
    return (-1 if sign == "1" else 1) * int(digits) / 10
