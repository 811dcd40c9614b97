"""What the positions of an event bring, outcome by outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from engine.control.rows.account import PositionRow
from engine.domain.market import CannotResolve, Strike
from engine.domain.order import Leg
from engine.domain.units import CONTRACT_BP, MicroDollars

Results = Mapping[str, bool]
"""By ticker whether YES wins."""


def profit_if(results: Results, positions: Sequence[PositionRow]) -> MicroDollars | None:
    """Sum over positions of payout less cost, realised P&L and fees booked; None when the result of a market
    that is held is not among ``results``."""
    total = 0
    for position in positions:
        wins = results.get(position.ticker)
        if wins is None:
            return None
        is_paid = wins == (position.leg is Leg.YES)
        paid_ud = position.count_c * CONTRACT_BP if is_paid else 0
        total += paid_ud - position.cost_ud + position.realised_ud - position.fees_ud
    return total


class Outcomes(NamedTuple):
    """How the markets end, by the ticker in which YES wins; ``none`` is for YES winning nowhere, None where
    that cannot be or nobody knows."""

    wins: Mapping[str, Results]
    none: Results | None


@lru_cache(maxsize=16)
def outcomes_of(legs: tuple[tuple[str, Strike | None], ...], is_exclusive: bool) -> Outcomes:
    """How an event's markets may end, from their strikes.

    In an exclusive event one wins and all others lose. Otherwise strikes on one number imply each other: the
    number is taken as lying just where a market wins and as few others as possible do. Markets whose result
    that does not say are left out.
    """
    strikes = {ticker: strike for ticker, strike in legs if strike is not None}
    tickers = tuple(ticker for ticker, _ in legs)
    tables = tuple(_results_at(value, strikes) for value in _representatives(strikes))
    if is_exclusive:
        wins: dict[str, Results] = {one: {other: other == one for other in tickers} for one in tickers}
    else:
        wins = {ticker: {ticker: True} | _narrowest(ticker, tables) for ticker in tickers}
    return Outcomes(wins, _none(tickers, tables, is_exclusive))


def _narrowest(ticker: str, tables: Sequence[dict[str, bool]]) -> dict[str, bool]:
    won = [table for table in tables if table.get(ticker)]
    return min(won, key=_winners) if won else {}


def _winners(results: Results) -> int:
    return sum(results.values())


def _none(tickers: Sequence[str], tables: Sequence[dict[str, bool]], is_exclusive: bool) -> Results | None:
    """Only beyond the outermost strikes: between two ranges there may be no value that can occur."""
    if is_exclusive and not any(tables):
        return dict.fromkeys(tickers, False)
    for table in (*tables[:1], *tables[-1:]):
        if len(table) == len(tickers) and not any(table.values()):
            return table
    return None


def _representatives(strikes: Mapping[str, Strike]) -> list[Decimal]:
    """One value of each interval between the strikes' ends, and one beyond them on either side."""
    ends = {end for strike in strikes.values() for end in (strike.floor, strike.cap) if end is not None}
    if not ends:
        return []
    ordered = sorted(ends)
    between = [(low + high) / 2 for low, high in pairwise(ordered)]
    return [ordered[0] - 1, *between, ordered[-1] + 1]


def _results_at(value: Decimal, strikes: Mapping[str, Strike]) -> dict[str, bool]:
    found = {}
    for ticker, strike in strikes.items():
        try:
            found[ticker] = strike.holds(value)
        except CannotResolve:
            continue
    return found
