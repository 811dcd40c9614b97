"""What a plan's terms come to in prices, and what the size held can be sold for now.

All prices here are of the leg held, so YES and NO are one case: a NO position sells into the YES asks, each
at its complement, on the mirrored grid.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from engine.core.exits.plan_record import PlanRecord
from engine.domain.book import Book
from engine.domain.order import Leg
from engine.domain.plan import ExitCause, Target
from engine.domain.price_grid import PriceGrid
from engine.domain.units import CONTRACT_BP, CountC, Nanoseconds, PriceBp, cents


class Levels(NamedTuple):
    """None where the terms name none, or where the grid has no such price; ``notes`` then say so."""

    take_profit_bp: PriceBp | None
    stop_loss_bp: PriceBp | None
    trailing_bp: PriceBp | None
    disaster_bp: PriceBp | None
    ends_ns: Nanoseconds | None
    notes: tuple[str, ...]

    @property
    def stop_bp(self) -> PriceBp | None:
        """The highest of stop loss and trailing stop."""
        stops = [bp for bp in (self.stop_loss_bp, self.trailing_bp) if bp is not None]
        return max(stops, default=None)

    @property
    def stop_cause(self) -> ExitCause:
        """Which of the two that is."""
        fixed_bp, trailing_bp = self.stop_loss_bp, self.trailing_bp
        is_trailing = trailing_bp is not None and (fixed_bp is None or trailing_bp > fixed_bp)
        return ExitCause.TRAILING if is_trailing else ExitCause.STOP_LOSS


def levels_of(record: PlanRecord, grid: PriceGrid | None, best_bp: PriceBp | None = None) -> Levels:
    """``grid`` is the market's; None while it is not known. ``best_bp`` is the best price seen, where more is
    known of it than is written down."""
    terms, entry_bp = record.terms, record.entry_bp
    leg_grid = None if grid is None else grid_of(grid, record.leg)
    notes: list[str] = []
    profit_bp = _profit(terms.take_profit, entry_bp, leg_grid, notes)
    stop_bp = _stop("SL", terms.stop_loss, entry_bp, leg_grid, notes)
    disaster_bp = _stop("disaster", terms.disaster, entry_bp, leg_grid, notes)
    best_bp = record.best_bp if best_bp is None else best_bp
    trailing_bp = None
    if terms.trailing_bp is not None and best_bp is not None:
        trailing_bp = _down(best_bp - terms.trailing_bp, leg_grid)
    ends_ns = None if terms.hold_ns is None else record.opened_at + terms.hold_ns
    return Levels(profit_bp, stop_bp, trailing_bp, disaster_bp, ends_ns, tuple(notes))


def level_bp(target: Target, entry_bp: PriceBp) -> PriceBp:
    return target.bp if target.is_level else entry_bp + target.bp


@lru_cache(maxsize=256)
def grid_of(grid: PriceGrid, leg: Leg) -> PriceGrid:
    """The market's grid in prices of a leg."""
    return grid if leg is Leg.YES else grid.mirrored()


def average_bp(cost_ud: int, count_c: CountC) -> PriceBp:
    """To the nearest basis point, a half up."""
    return (2 * cost_ud + count_c) // (2 * count_c)


def best_bp(book: Book, leg: Leg) -> PriceBp | None:
    """The best bid for the leg."""
    if leg is Leg.YES:
        return book.best_bid_bp
    return None if book.best_ask_bp is None else CONTRACT_BP - book.best_ask_bp


def whole_bp(book: Book, leg: Leg, count_c: CountC) -> PriceBp | None:
    """The limit at which all of ``count_c`` can be sold now; None where fewer are bid for."""
    if leg is Leg.YES:
        best = book.best_bid_bp
        if best is None or book.bids[best] >= count_c:
            return best
        return book.sell_price_bp(count_c)
    best = book.best_ask_bp
    if best is None:
        return None
    yes_bp = best if book.asks[best] >= count_c else book.buy_price_bp(count_c)
    return None if yes_bp is None else CONTRACT_BP - yes_bp


def reach_bp(book: Book, leg: Leg, count_c: CountC) -> PriceBp | None:
    """As :func:`whole_bp`; where fewer are bid for, the last price that anybody bids. None: nobody does."""
    found = whole_bp(book, leg, count_c)
    if found is not None:
        return found
    if leg is Leg.YES:
        return min(book.bids, default=None)
    highest = max(book.asks, default=None)
    return None if highest is None else CONTRACT_BP - highest


def _profit(
    target: Target | None, entry_bp: PriceBp, grid: PriceGrid | None, notes: list[str]
) -> PriceBp | None:
    if target is None:
        return None
    wanted = level_bp(target, entry_bp)
    if grid is None:
        return wanted if wanted < CONTRACT_BP else None
    found = grid.ceil(wanted)
    if found is None:
        notes.append(f"no TP: {cents(wanted)} is above the highest price")
    return found


def _stop(
    name: str, target: Target | None, entry_bp: PriceBp, grid: PriceGrid | None, notes: list[str]
) -> PriceBp | None:
    if target is None:
        return None
    wanted = level_bp(target, entry_bp)
    found = _down(wanted, grid)
    if found is None:
        notes.append(f"no {name}: {cents(wanted)} is below the lowest price")
    return found


def _down(wanted: PriceBp, grid: PriceGrid | None) -> PriceBp | None:
    if grid is None:
        return wanted if wanted > 0 else None
    return grid.floor(wanted)
