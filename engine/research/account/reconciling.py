"""What the fills make beside what the exchange says, to the micro-dollar."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from engine.domain.account_history import AccountHistory, AccountTotals, MovementKind
from engine.domain.order import BookSide, Leg
from engine.domain.units import CENT_UD, CENTICENT_UD, CONTRACT_BP, CountC, MicroDollars
from engine.research.account.books import Books
from engine.research.account.lots import leg_price_bp


class Check(msgspec.Struct, frozen=True):
    """``note`` says where a difference may come from, if it may."""

    what: str
    ours_ud: MicroDollars
    exchange_ud: MicroDollars
    note: str = ""

    @property
    def difference_ud(self) -> MicroDollars:
        return self.ours_ud - self.exchange_ud


def checks_of(books: Books) -> tuple[Check, ...]:
    """Over the whole life of the account, whatever part of it is looked at."""
    return tuple(_checks(books))


def _checks(books: Books) -> Iterator[Check]:
    history = books.history
    fees_ud = sum(fill.fee_ud for fill in history.fills)
    yield Check(
        "fees, by orders",
        fees_ud,
        sum(order.taker_fees_ud + order.maker_fees_ud for order in history.orders),
    )
    yield Check(
        "cost of fills, by orders",
        sum(fill.count_c * leg_price_bp(fill, _bought(fill.side)) for fill in history.fills),
        sum(order.taker_cost_ud + order.maker_cost_ud for order in history.orders),
    )
    yield _settlements(books)
    totals = history.totals
    if totals is None:
        return
    moved = "" if totals.is_still else "the account traded while it was read"
    yield Check("fees, by positions", fees_ud, sum(held.fees_ud for held in totals.positions), moved)
    yield Check(
        "result before fees, less open cost",
        sum(lot.proceeds_ud - lot.cost_ud for lot in books.lots.closed)
        - sum(lot.cost_ud for lot in books.lots.still_open),
        sum(held.realised_ud - held.exposure_ud for held in totals.positions),
        moved,
    )
    yield _cash(books, totals, moved)


def _bought(side: BookSide) -> Leg:
    return Leg.YES if side is BookSide.BID else Leg.NO


def _settlements(books: Books) -> Check:
    """The exchange cuts what each market paid to whole cents; so are our amounts here."""
    lots = books.settled_lots()
    ours_ud = stated_ud = 0
    for settlement in books.history.settlements:
        exact_ud = sum(lot.proceeds_ud for lot in lots.get(settlement.ticker, ()))
        ours_ud += exact_ud // CENT_UD * CENT_UD
        stated_ud += settlement.revenue_ud
    note = f"no value is told for {', '.join(books.unpriced)}" if books.unpriced else ""
    return Check("paid by settlements, each cut to cents", ours_ud, stated_ud, note)


def _cash(books: Books, totals: AccountTotals, moved: str) -> Check:
    """The exchange tells a balance cut to a hundredth of a cent; so is ours here."""
    ours_ud = (
        moved_in_ud(books.history)
        + sum(lot.gain_ud for lot in books.lots.closed)
        - sum(lot.cost_ud + lot.fee_ud for lot in books.lots.still_open)
        + returned_collateral_ud(books)
    )
    notes = [moved] if moved else []
    if totals.resting_ud:
        notes.append("orders rest: what they set aside is told in whole cents and without fees")
    told_ud = totals.balance.cash_ud + totals.resting_ud
    cut_ud = ours_ud // CENTICENT_UD * CENTICENT_UD
    return Check("cash, cut to $0.0001", cut_ud, told_ud, "; ".join(notes))


def moved_in_ud(history: AccountHistory) -> MicroDollars:
    """What was paid in, less what was paid out, and the fees of both."""
    total_ud = 0
    for movement in history.movements:
        if movement.is_applied:
            total_ud += movement_ud(movement.kind, movement.money.amount_ud) - movement.money.fee_ud
    return total_ud


def movement_ud(kind: MovementKind, amount_ud: MicroDollars) -> MicroDollars:
    return amount_ud if kind is MovementKind.DEPOSIT else -amount_ud


def returned_collateral_ud(books: Books) -> MicroDollars:
    """Where one market of an event wins, its NO contracts are covered by a dollar together: the exchange
    gives back the rest of what they cost (collateral return, MECNET)."""
    markets = books.history.markets
    shorts: dict[str, dict[str, CountC]] = {}
    for lot in books.lots.still_open:
        market = markets.get(lot.ticker)
        if lot.leg is Leg.NO and market is not None and market.is_exclusive:
            held = shorts.setdefault(market.event_ticker, {})
            held[lot.ticker] = held.get(lot.ticker, 0) + lot.count_c
    total_ud = 0
    for event_ticker, held in shorts.items():
        paid_bp = sum(
            market.settlement_bp or 0
            for market in markets.values()
            if market.event_ticker == event_ticker and market.settled_ns is not None
        )
        total_ud += sum(held.values()) * CONTRACT_BP - max(held.values()) * (CONTRACT_BP - paid_bp)
    return total_ud
