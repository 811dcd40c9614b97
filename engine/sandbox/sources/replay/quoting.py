"""What a recorded price looks like in a book."""

from __future__ import annotations

from collections.abc import Callable

from engine.domain.price_grid import PriceGrid
from engine.domain.units import CONTRACT_BP, CountC, PriceBp
from engine.sandbox.sources.replay.books import Levels


class DepthModel:
    """Levels around a best bid and ask whose sizes were not recorded: the same size at every level.

    ``levels`` of them a side, the touch and the ticks behind it as far as the grid goes.
    """

    def __init__(self, grid: PriceGrid, size_c: CountC, levels: int) -> None:
        self._grid = grid
        self._size_c = size_c
        self._levels = levels
        self._known: dict[tuple[PriceBp, PriceBp], tuple[Levels, Levels]] = {}

    def around(self, bid_bp: PriceBp, ask_bp: PriceBp) -> tuple[Levels, Levels]:
        """Bids and asks, best first; a bid of 0 or an ask of $1 is an empty side."""
        found = self._known.get((bid_bp, ask_bp))
        if found is None:
            bids = self._side(bid_bp, self._grid.down) if bid_bp > 0 else ()
            asks = self._side(ask_bp, self._grid.up) if ask_bp < CONTRACT_BP else ()
            found = self._known[bid_bp, ask_bp] = (bids, asks)
        return found

    def _side(self, touch_bp: PriceBp, behind: Callable[[PriceBp], PriceBp | None]) -> Levels:
        levels: list[tuple[PriceBp, CountC]] = []
        price_bp: PriceBp | None = touch_bp
        while price_bp is not None and len(levels) < self._levels:
            levels.append((price_bp, self._size_c))
            price_bp = behind(price_bp)
        return tuple(levels)
