"""What was earned since a moment: realised P&L less fees, and what is open at what it would bring now."""

from __future__ import annotations

from engine.core.book_value import exit_value_ud
from engine.core.book_view import BookView
from engine.core.holdings import PositionRecord
from engine.core.money import MoneyState
from engine.domain.position import Position
from engine.domain.units import MicroDollars, Nanoseconds


def earned_ud(position: Position) -> MicroDollars:
    """Realised P&L less all fees."""
    return position.realised_ud - position.fees_ud


def earned_before_ud(money: MoneyState, at_ns: Nanoseconds) -> MicroDollars:
    """What all markets had earned when ``at_ns`` began; only those in which something happened since are
    folded again."""
    return sum(_earned_before(money, ticker, held, at_ns) for ticker, held in money.positions.items())


def open_result_ud(money: MoneyState, books: dict[str, BookView]) -> MicroDollars | None:
    """What selling everything held now would bring over its cost, before fees; None where a position has no
    price for its whole size."""
    total = 0
    for ticker, held in money.positions.items():
        position = held.position
        if position.count_c == 0:
            continue
        view = books.get(ticker)
        value_ud = None if view is None or not view.is_fresh else exit_value_ud(view.book, position.count_c)
        if value_ud is None:
            return None
        total += value_ud - position.cost_ud
    return total


def _earned_before(money: MoneyState, ticker: str, held: PositionRecord, at_ns: Nanoseconds) -> MicroDollars:
    settlement = money.settlements.get(ticker)
    is_settled_since = settlement is not None and settlement.settled_ns >= at_ns
    if (held.last_fill is None or held.last_fill[0] < at_ns) and not is_settled_since:
        return earned_ud(held.position)
    position = Position(ticker)
    for booked in money.fills_in.get(ticker, ()):
        if booked.fill.at_ns >= at_ns:
            break
        position = position.with_fill(booked.fill)
    return earned_ud(position)
