"""Take profits and stop losses as people write them, in both directions.

``+20`` and ``-10`` are cents away from the average price of the entry, a bare number is a level of the leg
held, in cents. Below one cent the unit is written out, ``0.6c``: a bare ``0.6`` might mean dollars.
"""

from __future__ import annotations

import re
from decimal import Decimal

from engine.domain.bad_text import BadText
from engine.domain.plan import Target
from engine.domain.units import CENT_BP, CONTRACT_BP, cents

_TARGET = re.compile(r"(?P<sign>[+-]?)(?P<number>\d{1,3}(?:\.\d{1,2})?)(?P<unit>c?)", re.ASCII)
_WANTED = "+20 or -10 (cents from the entry), or a level in cents such as 72 or 0.6c"


def parse_target(text: str, field: str = "target") -> Target:
    """Raises BadText."""
    found = _TARGET.fullmatch(text.strip())
    if found is None:
        raise BadText(field, text, _WANTED)
    bp = int(Decimal(found["number"]) * CENT_BP)
    if not 0 < bp < CONTRACT_BP:
        raise BadText(field, text, "cents above 0 and below 100")
    if bp < CENT_BP and not found["unit"]:
        raise BadText(field, text, f"{text.strip()}c for a part of a cent")
    if not found["sign"]:
        return Target(bp, is_level=True)
    return Target(-bp if found["sign"] == "-" else bp)


def text_of_target(target: Target) -> str:
    """What :func:`parse_target` reads back; exact."""
    unit = "c" if abs(target.bp) < CENT_BP else ""
    sign = "" if target.is_level else "-" if target.bp < 0 else "+"
    return f"{sign}{cents(abs(target.bp))}{unit}"
