"""Which prices a market accepts, as its ``price_ranges`` say (the exchange's source of truth)."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import msgspec

from engine.domain.units import CONTRACT_BP, PriceBp, cents, complement


class InvalidGrid(ValueError):
    """The ranges do not tile [0, $1] with whole steps."""


class PriceRange(msgspec.Struct, frozen=True):
    """Valid prices ``start_bp, start_bp + step_bp, ...`` up to and including ``end_bp``."""

    start_bp: PriceBp
    end_bp: PriceBp
    step_bp: PriceBp


class PriceGrid(msgspec.Struct, frozen=True, cache_hash=True):
    """The valid prices of one market, ascending ranges that share their borders.

    0 and $1 are on the grid's border but are no order prices: an order must lie strictly between them.
    """

    ranges: tuple[PriceRange, ...]

    def __post_init__(self) -> None:
        if not self.ranges:
            raise InvalidGrid("price_ranges: got none, wanted at least one")
        for part in self.ranges:
            if part.step_bp <= 0 or part.start_bp >= part.end_bp:
                raise InvalidGrid(f"price_ranges: got {part}, wanted start < end and step > 0")
            if (part.end_bp - part.start_bp) % part.step_bp:
                raise InvalidGrid(f"price_ranges: got {part}, wanted a whole number of steps")
        for low, high in pairwise(self.ranges):
            if low.end_bp != high.start_bp:
                raise InvalidGrid(f"price_ranges: got a gap between {low} and {high}, wanted none")

    @property
    def lowest_bp(self) -> PriceBp:
        """The lowest price an order may have."""
        first = self.ranges[0]
        return first.start_bp if first.start_bp > 0 else first.step_bp

    @property
    def highest_bp(self) -> PriceBp:
        """The highest price an order may have."""
        last = self.ranges[-1]
        return last.end_bp if last.end_bp < CONTRACT_BP else last.end_bp - last.step_bp

    def accepts(self, price_bp: PriceBp) -> bool:
        """Whether an order may have this price."""
        return price_bp in _prices(self)

    def floor(self, price_bp: PriceBp) -> PriceBp | None:
        """The highest valid price at or below ``price_bp``, or None below the lowest."""
        if price_bp < self.lowest_bp:
            return None
        price_bp = min(price_bp, self.highest_bp)
        part = next(r for r in reversed(self.ranges) if r.start_bp <= price_bp)
        return price_bp - (price_bp - part.start_bp) % part.step_bp

    def ceil(self, price_bp: PriceBp) -> PriceBp | None:
        """The lowest valid price at or above ``price_bp``, or None above the highest."""
        if price_bp > self.highest_bp:
            return None
        price_bp = max(price_bp, self.lowest_bp)
        part = next(r for r in self.ranges if price_bp <= r.end_bp)
        return price_bp + (part.start_bp - price_bp) % part.step_bp

    def nearest(self, price_bp: PriceBp) -> PriceBp:
        """The valid price closest to ``price_bp``, the lower one on a tie."""
        low, high = self.floor(price_bp), self.ceil(price_bp)
        if low is None or high is None:
            return self.lowest_bp if low is None else self.highest_bp
        return low if price_bp - low <= high - price_bp else high

    def up(self, price_bp: PriceBp) -> PriceBp | None:
        """The next valid price above, or None at the top."""
        return self.ceil(price_bp + 1)

    def down(self, price_bp: PriceBp) -> PriceBp | None:
        """The next valid price below, or None at the bottom."""
        return self.floor(price_bp - 1)

    def mirrored(self) -> PriceGrid:
        """The grid of the NO leg: every price replaced by its complement."""
        return PriceGrid(
            tuple(
                PriceRange(complement(r.end_bp), complement(r.start_bp), r.step_bp)
                for r in reversed(self.ranges)
            )
        )

    def explain(self, price_bp: PriceBp) -> str:
        """Why ``price_bp`` is refused, with the valid neighbours, in cents."""
        if price_bp < self.lowest_bp or price_bp > self.highest_bp:
            return f"got {cents(price_bp)}, wanted {cents(self.lowest_bp)} to {cents(self.highest_bp)}"
        low, high = self.floor(price_bp), self.ceil(price_bp)
        if low == high:
            return f"{cents(price_bp)} is valid"
        near = " or ".join(cents(p) for p in (low, high) if p is not None)
        return f"got {cents(price_bp)}, wanted {near}"


@lru_cache(maxsize=64)
def _prices(grid: PriceGrid) -> frozenset[PriceBp]:
    """Every price that an order may have: there are few grids, and each entry asks."""
    return frozenset(
        price_bp
        for part in grid.ranges
        for price_bp in range(part.start_bp, part.end_bp + 1, part.step_bp)
        if 0 < price_bp < CONTRACT_BP
    )


def _grid(*steps: tuple[PriceBp, PriceBp, PriceBp]) -> PriceGrid:
    return PriceGrid(tuple(PriceRange(*part) for part in steps))


def _edges(edge_step: PriceBp, centre_step: PriceBp, edge: PriceBp = 1_000) -> PriceGrid:
    top = CONTRACT_BP - edge
    return _grid((0, edge, edge_step), (edge, top, centre_step), (top, CONTRACT_BP, edge_step))


STRUCTURES: dict[str, PriceGrid] = {
    "linear_cent": _grid((0, CONTRACT_BP, 100)),
    "deci_cent": _grid((0, CONTRACT_BP, 10)),
    "tapered_deci_cent": _edges(10, 100),
    "center_whole_edge_half_cent": _edges(50, 100),
    "center_whole_edge_quint_cent": _edges(20, 100),
    "center_half_edge_half_cent": _grid((0, CONTRACT_BP, 50)),
    "center_half_edge_quint_cent": _edges(20, 50),
    "center_half_edge_deci_cent": _edges(10, 50),
    "center_quint_edge_quint_cent": _grid((0, CONTRACT_BP, 20)),
    "center_quint_edge_deci_cent": _edges(10, 20),
    "center_centi_edge_centi_cent": _grid((0, CONTRACT_BP, 1)),
    "center_deci_edge_centi_cent": _edges(1, 10, edge=100),
}
"""Grids the sandbox may list a market with. A client reads ``price_ranges`` and never keys off the name."""
