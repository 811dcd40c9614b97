"""Degrees that an American station can have: anything else is no temperature, whoever says it."""

from __future__ import annotations

from collectors.numbers import decimal_of
from collectors.taking import FaultKind, SourceFault

_COLDEST, _HOTTEST = -80, 140
"""Fahrenheit: the records are -80 at Prospect Creek and 134 at Furnace Creek."""


def degrees_of(value: object, place: str) -> float:
    """Degrees Fahrenheit of a source's number. Raises SourceFault."""
    return possible(float(decimal_of(value, place)), place)


def possible(fahrenheit: float, place: str) -> float:
    """The same, where a station can have it. Raises SourceFault."""
    if not _COLDEST <= fahrenheit <= _HOTTEST:
        detail = f"{place}: got {fahrenheit} degrees, wanted {_COLDEST} to {_HOTTEST}"
        raise SourceFault(FaultKind.SHAPE, detail)
    return fahrenheit
