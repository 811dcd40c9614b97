"""Numbers as people type them, in integers; half-typed ones are no numbers yet."""

from __future__ import annotations

import re

from engine.domain.units import CONTRACT_BP, CountC, PriceBp

_DECIMAL = re.compile(r"(\d{0,7})(?:\.(\d{0,2}))?", re.ASCII)
LONGEST = 10


def hundredths(text: str) -> int | None:
    """``57.2`` is 5,720; None for what is no number with at most two decimals."""
    found = _DECIMAL.fullmatch(text)
    if found is None or not any(found.groups()):
        return None
    whole, part = found.group(1) or "0", (found.group(2) or "").ljust(2, "0")
    return int(whole) * 100 + int(part)


def price_of(text: str) -> PriceBp | None:
    """Cents above 0 and below 100, in basis points."""
    price_bp = hundredths(text)
    return price_bp if price_bp is not None and 0 < price_bp < CONTRACT_BP else None


def count_of(text: str) -> CountC | None:
    """Contracts above 0, in hundredths."""
    return hundredths(text) or None


def may_continue(text: str) -> bool:
    """Whether a number can begin like this."""
    return len(text) <= LONGEST and _DECIMAL.fullmatch(text) is not None
