"""What an account's history comes to, worked out another way: one hundredth of a contract at a time.

Of the exchange's own state alone. Each unit has the price at which it was opened and its own part of its
fill's fee; the oldest unit of the other leg is closed first. Nothing here knows lots.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from engine.domain.order import BookSide
from engine.sandbox.core.accounts import Account

NEW_YORK = ZoneInfo("America/New_York")
DOLLAR = 10_000
"""Of basis points."""


class Unit(NamedTuple):
    """A hundredth of a contract that was opened; ``fee`` in micro-dollars."""

    fill: Any
    price: int
    fee: int


class Closed(NamedTuple):
    """One unit from its opening to its end; ``by`` is None for a settlement."""

    leg: str
    opened: Unit
    by: Any
    price: int
    fee: int
    at_ns: int

    @property
    def gain(self) -> int:
        return self.price - self.opened.price - self.opened.fee - self.fee


class CashFlow(NamedTuple):
    at_ns: int
    kind: str
    amount: int
    fee: int


class Oracle:
    """``closed`` units in any order; ``left`` those that are open."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.closed: list[Closed] = []
        self.left: dict[str, list[Unit]] = {}
        self.cash = [CashFlow(row.at_ns, "deposit", row.amount_ud, 0) for row in account.deposits]
        self._legs: dict[str, str] = {}
        held: dict[str, list[Unit]] = defaultdict(list)
        for fill in account.fills:
            self._trade(held[fill.ticker], fill)
        for paid in account.settlements:
            self._settle(held.pop(paid.ticker, []), paid)
        self.left = {ticker: units for ticker, units in held.items() if units}

    def _trade(self, units: list[Unit], fill: Any) -> None:
        leg, other = ("yes", "no") if fill.side is BookSide.BID else ("no", "yes")
        bought = fill.price_bp if leg == "yes" else DOLLAR - fill.price_bp
        amount = 0
        for fee in parts(fill.fee_ud, fill.count_c):
            if units and self._legs[fill.ticker] == other:
                oldest = units.pop(0)
                self.closed.append(Closed(other, oldest, fill, DOLLAR - bought, fee, fill.at_ns))
                amount += DOLLAR - bought
            else:
                self._legs[fill.ticker] = leg
                units.append(Unit(fill, bought, fee))
                amount -= bought
        self.cash.append(CashFlow(fill.at_ns, "fill", amount, fill.fee_ud))

    def _settle(self, units: list[Unit], paid: Any) -> None:
        if not units:
            return
        leg = self._legs[paid.ticker]
        worth = paid.settlement_bp if leg == "yes" else DOLLAR - paid.settlement_bp
        self.closed += [Closed(leg, unit, None, worth, 0, paid.at_ns) for unit in units]
        self.cash.append(CashFlow(paid.at_ns, "settlement", worth * len(units), 0))


def parts(total: int, count: int) -> Iterator[int]:
    """A whole number in so many parts that add up to it: each has what is whole by then."""
    for place in range(count):
        yield total * (place + 1) // count - total * place // count


def year_of(at_ns: int) -> int:
    """On clocks in New York."""
    return datetime.fromtimestamp(at_ns // 10**9, NEW_YORK).year


def lots(closed: Sequence[Closed]) -> Counter[tuple[str, ...]]:
    """Units by what opened and closed them: how many."""
    return Counter(
        (one.leg, one.opened.fill.trade_id, one.opened.fill.order_id, *closing(one), str(one.price))
        for one in closed
    )


def closing(one: Closed) -> tuple[str, str]:
    return ("", "") if one.by is None else (one.by.trade_id, one.by.order_id)


class View(NamedTuple):
    """Sums of one row of XRAY."""

    count: int
    cost: int
    fees: int
    gain: int


def views(closed: Sequence[Closed]) -> dict[str, dict[str, View]]:
    """Every way in which XRAY looks at them."""
    found: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0, 0, 0]))
    alike: dict[tuple[object, ...], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    examples: dict[tuple[object, ...], Closed] = {}
    for one in closed:
        key = (id(one.opened.fill), id(one.by), one.at_ns, one.leg)
        examples[key] = one
        _add(alike[key], 1, one.opened.price, one.opened.fee + one.fee, one.gain)
    for key, sums in alike.items():
        for name, label in _labels(examples[key]).items():
            _add(found[name][label], *sums)
    return {name: {label: View(*row) for label, row in rows.items()} for name, rows in found.items()}


def _add(row: list[int], *sums: int) -> None:
    for place, amount in enumerate(sums):
        row[place] += amount


def _labels(one: Closed) -> dict[str, str]:
    opened = one.opened
    bucket = min(opened.price // 1_000, 9)
    minutes = (one.at_ns - opened.fill.at_ns) / 60e9
    holds = ((1, "under 1 min"), (10, "1 to 10 min"), (60, "10 to 60 min"), (360, "1 to 6 h"))
    held = next((label for limit, label in (*holds, (1_440, "6 to 24 h")) if minutes < limit), "over 1 day")
    return {
        "series": opened.fill.ticker.split("-")[0],
        "entry price": f"{bucket * 10} to {bucket * 10 + 10}c",
        "entry hour ET": f"{datetime.fromtimestamp(opened.fill.at_ns // 10**9, NEW_YORK).hour:02d}:00",
        "entry as": "taker" if opened.fill.is_taker else "maker",
        "leg": one.leg.upper(),
        "held": held,
        "closed by": "settlement" if one.by is None else "trade",
    }


def worth(oracle: Oracle) -> dict[int, tuple[int, int, int, int]]:
    """By tens of cents paid, of units whose market has a result: how many, what they cost, the fees of their
    opening, and what they were worth in the end."""
    values = {paid.ticker: paid.settlement_bp for paid in oracle.account.settlements}
    rows: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for one in oracle.closed:
        value = values.get(one.opened.fill.ticker)
        if value is not None:
            row = rows[min(one.opened.price // 1_000, 9)]
            row[0] += 1
            row[1] += one.opened.price
            row[2] += one.opened.fee
            row[3] += value if one.leg == "yes" else DOLLAR - value
    return {first: (row[0], row[1], row[2], row[3]) for first, row in rows.items()}
