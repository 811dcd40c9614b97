"""Take profits and stop losses as people write them, in both directions.

``+20`` and ``-10`` are cents away from the average price of the entry, a bare number is a level of the leg
held, in cents. Below one cent the unit is written out, ``0.6c``: a bare ``0.6`` might mean dollars.
"""

from __future__ import annotations

import re
from decimal import Decimal

from engine.domain.bad_text import BadText
from engine.domain.plan import PlanTerms, Target
from engine.domain.units import (
    CENT_BP,
    CONTRACT_BP,
    DAY_NS,
    HOUR_NS,
    MINUTE_NS,
    SECOND_NS,
    Nanoseconds,
    PriceBp,
    cents,
)

_TARGET = re.compile(r"(?P<sign>[+-]?)(?P<number>\d{1,3}(?:\.\d{1,2})?)(?P<unit>c?)", re.ASCII)
_LENGTH = re.compile(r"(?P<number>\d{1,6})\s*(?P<unit>[smhd])", re.ASCII)
_UNITS = {"s": SECOND_NS, "m": MINUTE_NS, "h": HOUR_NS, "d": DAY_NS}
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


def parse_distance(text: str, field: str) -> PriceBp:
    """A distance in cents, without a sign: ``5``, ``2.5``, ``0.5c``. Raises BadText."""
    target = parse_target(text, field)
    if not target.is_level:
        raise BadText(field, text, "cents such as 5, without a sign")
    return target.bp


def parse_length(text: str, field: str) -> Nanoseconds:
    """``90s``, ``30m``, ``2h`` or ``1d``. Raises BadText."""
    found = _LENGTH.fullmatch(text.strip())
    if found is None or int(found["number"]) == 0:
        raise BadText(field, text, "a length of time such as 90s, 30m, 2h or 1d")
    return int(found["number"]) * _UNITS[found["unit"]]


def text_of_length(length_ns: Nanoseconds) -> str:
    """In the largest unit that fits; of what is no whole second, the seconds before it."""
    for name in reversed(_UNITS):
        if length_ns >= _UNITS[name] and length_ns % _UNITS[name] == 0:
            return f"{length_ns // _UNITS[name]}{name}"
    return f"{length_ns // SECOND_NS}s"


def text_of_plan(terms: PlanTerms) -> str:
    """``tp +20, sl -10, trail 5``; empty for a plan with nothing in it."""
    parts = []
    if terms.take_profit is not None:
        parts.append(f"tp {text_of_target(terms.take_profit)}{' taken' if terms.takes else ''}")
    if terms.stop_loss is not None:
        parts.append(f"sl {text_of_target(terms.stop_loss)}")
    if terms.disaster is not None:
        parts.append(f"disaster {text_of_target(terms.disaster)}")
    if terms.trailing_bp is not None:
        parts.append(f"trail {text_of_target(Target(terms.trailing_bp, is_level=True))}")
    if terms.hold_ns is not None:
        parts.append(f"hold {text_of_length(terms.hold_ns)}")
    if terms.to_settlement:
        parts.append("to settlement")
    return ", ".join(parts)
