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


def earned_before_in_ud(money: MoneyState, ticker: str, at_ns: Nanoseconds) -> MicroDollars:
    """What one market had earned when ``at_ns`` began."""
    held = money.positions.get(ticker)
    return 0 if held is None else _earned_before(money, ticker, held, at_ns)


def last_trip_ud(money: MoneyState, ticker: str) -> MicroDollars | None:
    """What the newest position of a market that is over made, from open to end, less fees; None while there
    is none. A position that turned over ended there, and the fill's whole fee was its."""
    held = money.positions.get(ticker)
    if held is None:
        return None
    base_at = -1 if held.base is None else held.base_at
    position = Position(ticker) if held.base is None else held.base.position
    opened_ud, result_ud = earned_ud(position), None
    for booked in money.fills_in.get(ticker, ()):
        if booked.fill.at_ns <= base_at:
            continue
        before, position = position, position.with_fill(booked.fill)
        if before.count_c == 0:
            opened_ud = earned_ud(before)
        elif before.count_c * position.count_c <= 0:
            result_ud, opened_ud = earned_ud(position) - opened_ud, earned_ud(position)
    if held.settled_bp is not None and position.count_c:
        result_ud = earned_ud(position.settled(held.settled_bp)) - opened_ud
    return result_ud


def _earned_before(money: MoneyState, ticker: str, held: PositionRecord, at_ns: Nanoseconds) -> MicroDollars:
    settlement = money.settlements.get(ticker)
    is_settled_since = settlement is not None and settlement.settled_ns >= at_ns
    if (held.last_fill is None or held.last_fill[0] < at_ns) and not is_settled_since:
        return earned_ud(held.position)
    base_at, position = -1, Position(ticker)
    if held.base is not None and held.base_at < at_ns:
        base_at, position = held.base_at, held.base.position
    for booked in money.fills_in.get(ticker, ()):
        if booked.fill.at_ns >= at_ns:
            break
        if booked.fill.at_ns > base_at:
            position = position.with_fill(booked.fill)
    return earned_ud(position)
