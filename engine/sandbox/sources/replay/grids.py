"""Which price grid a recording was made on: the coarsest that has all of its prices."""

from __future__ import annotations

from collections.abc import Iterable

from engine.domain.price_grid import STRUCTURES
from engine.domain.units import CONTRACT_BP, PriceBp

_COARSE_TO_FINE = ("linear_cent", "tapered_deci_cent", "deci_cent", "center_centi_edge_centi_cent")


def structure_of(prices: Iterable[PriceBp]) -> str:
    """The name of the coarsest usual structure that accepts every price strictly between 0 and $1.

    The last one accepts every price in whole basis points, so there always is one.
    """
    inside = {price for price in prices if 0 < price < CONTRACT_BP}
    return next(name for name in _COARSE_TO_FINE if all(STRUCTURES[name].accepts(price) for price in inside))
