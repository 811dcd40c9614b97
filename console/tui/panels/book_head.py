"""The lines above a ladder: middle, spread, last trade, and what lies on both sides.

They have their own place, so that a change of the best prices moves no row of the ladder.
"""

from __future__ import annotations

from collections.abc import Mapping

from console.tui import roles
from console.tui.cells import Row, Span
from console.tui.desk import Desk
from console.tui.panels import figures
from console.tui.panels.event_head import joined
from engine.control.replica import BookPicture
from engine.domain.price_grid import PriceGrid
from engine.domain.units import CountC, PriceBp


def book_head(desk: Desk, book: BookPicture, grid: PriceGrid, width: int, height: int) -> tuple[Row, ...]:
    """Two lines, or with less height one or none."""
    decimals = max(figures.places((*book.bids, *book.asks)), figures.places((grid.lowest_bp,)))
    lines = (_middle_line(desk, book, decimals, width), _depth_line(book, width))
    keep = 2 if height >= 10 else 1 if height >= 5 else 0
    return lines[:keep]


def middle_bp(desk: Desk, book: BookPicture) -> PriceBp | None:
    """Between the best prices; with one side only that side's, with none the last trade."""
    bid, ask = max(book.bids, default=None), min(book.asks, default=None)
    if bid is not None and ask is not None:
        return (bid + ask) // 2
    quote = desk.quote(desk.loaded)
    last = None if quote is None else quote.last_bp
    return bid if bid is not None else ask if ask is not None else last


def _middle_line(desk: Desk, book: BookPicture, decimals: int, width: int) -> Row:
    bid, ask = max(book.bids, default=None), min(book.asks, default=None)
    quote = desk.quote(desk.loaded)
    last = None if quote is None else quote.last_bp
    middle = spread = None
    if bid is not None and ask is not None:
        middle, spread = bid + ask, ask - bid
    parts: tuple[Row, ...] = (
        _named("mid", figures.UNKNOWN if middle is None else _half(middle, decimals)),
        _named("spr", figures.price(spread, decimals)),
        _named("last", figures.price(last, decimals)),
    )
    return joined(parts, width, "  ")


def _half(doubled_bp: int, decimals: int) -> str:
    """Half of a sum of two prices, to half a step."""
    half = doubled_bp // 2
    shown = figures.price(half, max(decimals, figures.places((half,)), 2 * (doubled_bp % 2)))
    return f"{shown}5" if doubled_bp % 2 else shown


def _depth_line(book: BookPicture, width: int) -> Row:
    return joined((_side("bids", book.bids, roles.YES), _side("asks", book.asks, roles.NO)), width, "  ")


def _side(name: str, levels: Mapping[PriceBp, CountC], role: str) -> Row:
    text = f"{figures.short_count(sum(levels.values()))} at {len(levels)}" if levels else "none"
    return (f"{name} ", roles.LABEL), (text, role)


def _named(name: str, text: str) -> tuple[Span, Span]:
    return (f"{name} ", roles.LABEL), (text, roles.TEXT)
