"""The vertical axis: which prices are in the picture, on which dot each falls, and where labels stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from console.tui.chart.model import ChartModel
from engine.domain.units import CENT_BP, CONTRACT_BP, PriceBp

_STEPS_BP = (10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000)
_LEAST_SPAN_BP = 2 * CENT_BP
_LEAST_REACH_BP = 10 * CENT_BP
"""A level further from the data than this and than the data's span is told at the edge, not drawn."""


@dataclass(frozen=True, slots=True)
class PriceAxis:
    """``low_bp`` is on the lowest of ``dots`` rows of dots, ``high_bp`` on the highest (row 0)."""

    low_bp: PriceBp
    high_bp: PriceBp
    dots: int

    def row(self, price_bp: PriceBp) -> int:
        """The row of dots of a price; of one outside, the nearest row."""
        inside = min(max(price_bp, self.low_bp), self.high_bp)
        span = self.high_bp - self.low_bp
        return ((self.high_bp - inside) * (self.dots - 1) * 2 + span) // (2 * span)

    def holds(self, price_bp: PriceBp) -> bool:
        return self.low_bp <= price_bp <= self.high_bp

    def ticks(self, at_most: int) -> tuple[PriceBp, ...]:
        """Round prices, lowest first, no more than ``at_most``."""
        span = self.high_bp - self.low_bp
        for step in (*_STEPS_BP, CONTRACT_BP):
            first = -(-self.low_bp // step) * step
            count = (self.high_bp - first) // step + 1
            if count <= max(at_most, 1) and (step <= span or step == CONTRACT_BP):
                return tuple(range(first, self.high_bp + 1, step))
        return ()


def price_axis(model: ChartModel, drawn: Iterable[tuple[PriceBp, PriceBp]], dots: int) -> PriceAxis:
    """Of what is drawn of the prices (lowest and highest, by column), the forecast and the levels near them,
    with a little room around.

    The ends are round, so that a tick inside them leaves the picture as it is.
    """
    prices = [price for ends in drawn for price in ends]
    for point in model.points:
        prices += (point.low_bp, point.high_bp)
    levels = [level.price_bp for level in model.levels]
    if not prices:
        prices = levels or [0, CONTRACT_BP]
    low, high = min(prices), max(prices)
    reach = max(high - low, _LEAST_REACH_BP)
    near = [price for price in levels if low - reach <= price <= high + reach]
    return _rounded(min((low, *near)), max((high, *near)), max(dots, 1))


def _rounded(low: PriceBp, high: PriceBp, dots: int) -> PriceAxis:
    span = max(high - low, _LEAST_SPAN_BP)
    step = next((step for step in _STEPS_BP if step * 10 >= span), _STEPS_BP[-1])
    room = span // 20
    bottom = (low - room) // step * step
    top = -(-(high + room) // step) * step
    while top - bottom < _LEAST_SPAN_BP:
        bottom, top = bottom - step, top + step
    if low >= 0:
        bottom = max(bottom, 0)
    if high <= CONTRACT_BP:
        top = min(top, CONTRACT_BP)
    return PriceAxis(bottom, top, dots)
