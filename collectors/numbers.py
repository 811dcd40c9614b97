"""Numbers of others: exact text kept, and refused where they are none."""

from __future__ import annotations

import math
import re
from decimal import Decimal

from collectors.taking import FaultKind, SourceFault
from collectors.words import one_line

_NUMBER = re.compile(r"[+-]?(\d{1,18})(\.\d{1,18})?", re.ASCII)


def decimal_of(value: object, field: str) -> Decimal:
    """A plain decimal number of a text, an int or a float. Raises SourceFault."""
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if isinstance(value, float) and math.isfinite(value):
        text = f"{Decimal(repr(value)):f}"
    if _NUMBER.fullmatch(text) is None:
        raise SourceFault(FaultKind.SHAPE, f"{field}: got {one_line(repr(value), 40)}, wanted a number")
    return Decimal(text)


def positive(value: object, field: str) -> Decimal:
    """A number above zero. Raises SourceFault."""
    found = decimal_of(value, field)
    if found <= 0:
        raise SourceFault(FaultKind.SHAPE, f"{field}: got {found}, wanted above 0")
    return found


def plain(value: Decimal) -> str:
    """As text without exponent and trailing zeros, the form in which observations carry numbers."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text
