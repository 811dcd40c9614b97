"""The order of an event's markets by strike."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TypeAlias

from engine.domain.market import Strike

StrikeOrder: TypeAlias = tuple[bool, Decimal, int, str]

_STRIKE = re.compile(r"-([A-Z])?(\d+(?:\.\d+)?)$")
_KINDS = {"B": 0, "T": 1}


def strike_order(ticker: str, strike: Strike | None) -> StrikeOrder:
    """Sorts markets of one event: by strike where it is known, else by what the ticker says of it
    (``-B95250`` is a range around that value, ``-T95000`` a bound), else by ticker."""
    if strike is not None:
        low = strike.floor if strike.floor is not None else strike.cap
        if low is not None:
            return True, low, 0 if strike.floor is None else 1, ticker
    found = _STRIKE.search(ticker)
    if found is None:
        return False, Decimal(0), 0, ticker
    return True, Decimal(found[2]), _KINDS.get(found[1] or "", 0), ticker
