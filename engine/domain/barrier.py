"""How likely a price meets its take profit before its stop, as a forecast's band has it.

An approximation: the deciles at the last step are read as those of a Brownian motion with drift, whose chance
of leaving an interval at the top is Karlin and Taylor, A First Course in Stochastic Processes, chapter 7,
theorem 5.2. It knows no gaps, no end of the market and no bounds at 0 and $1, and treats quantiles of single
steps as a path's.
"""

from __future__ import annotations

import math

from engine.domain.forecast import MEDIAN
from engine.domain.units import PriceBp

_NINETIETH = 1.2815515655446004
"""The 90 % quantile of the standard normal distribution."""
_MOST = 500.0
"""Beyond this an exponential is as good as infinite."""


def first_at_top_thousandths(
    deciles_bp: tuple[PriceBp, ...], from_bp: PriceBp, up_bp: PriceBp, down_bp: PriceBp
) -> int | None:
    """The chance to gain ``up_bp`` before losing ``down_bp`` from ``from_bp``, in thousandths. ``deciles_bp``
    are those of the leg held at the horizon. None where the band has no width or a distance is none."""
    deviation = (deciles_bp[-1] - deciles_bp[0]) / (2 * _NINETIETH)
    if deviation <= 0 or up_bp <= 0 or down_bp <= 0:
        return None
    pull = 2 * (deciles_bp[MEDIAN] - from_bp) / deviation**2
    if abs(pull) * (up_bp + down_bp) < 1e-9:
        return round(1000 * down_bp / (up_bp + down_bp))
    if pull * down_bp > _MOST:
        return 1000
    if -pull * up_bp > _MOST:
        return 0
    chance = math.expm1(-pull * down_bp) / math.expm1(-pull * (up_bp + down_bp))
    return round(1000 * min(max(chance, 0.0), 1.0))
