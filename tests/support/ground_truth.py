"""Whether a ledger and an exchange agree, to the micro-dollar, in every order, fill, position and dollar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from engine.core.changes import EXTERNAL
from engine.core.money import MoneyState, OrderRecord
from engine.domain.fill import Fill
from engine.domain.order import OrderState, VenueOrderStatus
from engine.domain.position import Position
from engine.domain.units import CONTRACT_BP, MicroDollars
from engine.sandbox.core.accounts import Account
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.orders import Order

_NOT_THERE = frozenset({OrderState.REJECTED, OrderState.ABSENT})
_STATUS = {
    OrderState.RESTING: {VenueOrderStatus.RESTING},
    OrderState.PARTIAL: {VenueOrderStatus.RESTING},
    OrderState.FILLED: {VenueOrderStatus.EXECUTED},
    OrderState.CANCELED: {VenueOrderStatus.CANCELED},
    OrderState.EXPIRED: {VenueOrderStatus.CANCELED},
}


def disagreements(
    money: MoneyState, exchange: Exchange, account_id: str, deposits_ud: MicroDollars
) -> list[str]:
    """One line for each difference; empty if the two agree. For a moment at which nothing is on its way."""
    account = exchange.accounts[account_id]
    orders = [order for order in exchange.orders.values() if order.account_id == account_id]
    return [
        *_orders(money, orders),
        *_fills(money, account),
        *_positions(money, account),
        *_settlements(money, account),
        *_cash(money, account, deposits_ud),
    ]


def _orders(money: MoneyState, orders: Iterable[Order]) -> Iterator[str]:
    there: dict[str, list[Order]] = {}
    for order in orders:
        there.setdefault(order.client_order_id, []).append(order)
    for name, record in money.orders.items():
        found = there.pop(name, [])
        if len(found) > 1:
            yield f"order {name}: {len(found)} at the exchange"
        elif not found:
            if record.state not in _NOT_THERE and not _ended_before_it_left(record):
                yield f"order {name}: {record.state} ({record.cause}), but not at the exchange"
        else:
            yield from _order(name, record, found[0])
    for name in there:
        yield f"order {name}: at the exchange, forgotten by the ledger"


def _ended_before_it_left(record: OrderRecord) -> bool:
    """Withdrawn, or proven never sent."""
    return record.state is OrderState.CANCELED and not record.order_id and record.filled_c == 0


def _order(name: str, record: OrderRecord, order: Order) -> Iterator[str]:
    if record.state in _NOT_THERE:
        yield f"order {name}: {record.state} ({record.cause}), but at the exchange as {order.status}"
        return
    wanted = _STATUS.get(record.state)
    was_cut = record.terms.reduce_only and order.initial_c < record.terms.count_c
    if was_cut and order.status is VenueOrderStatus.EXECUTED:
        # A reducing order is cut to the position; what it lost is canceled to us, and never was to them.
        wanted = {VenueOrderStatus.EXECUTED} if record.state is OrderState.CANCELED else wanted
    if wanted is None or order.status not in wanted:
        yield f"order {name}: {record.state} ({record.cause}), at the exchange {order.status}"
    if record.order_id != order.order_id:
        yield f"order {name}: known as {record.order_id}, at the exchange {order.order_id}"
    if record.filled_c != order.filled_c:
        yield f"order {name}: {record.filled_c} filled, at the exchange {order.filled_c}"
    if record.remaining_c != order.remaining_c:
        yield f"order {name}: {record.remaining_c} remaining, at the exchange {order.remaining_c}"
    fees_ud = order.taker_fees_ud + order.maker_fees_ud
    if record.fees_ud != fees_ud:
        yield f"order {name}: fees {record.fees_ud}, at the exchange {fees_ud}"


def _fills(money: MoneyState, account: Account) -> Iterator[str]:
    theirs = {(fill.trade_id, fill.order_id): fill for fill in account.fills}
    for identity in theirs.keys() - money.fills.keys():
        yield f"fill {identity}: not booked"
    for identity, ours in money.fills.items():
        if identity not in theirs:
            yield f"fill {identity}: booked, but unknown at the exchange"
        elif _content(ours) != _content(theirs[identity]):
            yield f"fill {identity}: {ours}, at the exchange {theirs[identity]}"


def _content(fill: Fill) -> tuple[object, ...]:
    return (fill.ticker, fill.side, fill.price_bp, fill.count_c, fill.fee_ud, fill.is_taker)


def _positions(money: MoneyState, account: Account) -> Iterator[str]:
    """Of fills at the same instant the order is not known outside the exchange, and the average cost depends
    on it; where that matters the split into cost and realised may differ, never their difference."""
    for ticker in sorted(money.positions.keys() | account.holdings.keys()):
        record, holding = money.positions.get(ticker), account.holdings.get(ticker)
        ours = Position(ticker) if record is None else record.position
        theirs = Position(ticker)
        if holding is not None:
            theirs = Position(
                ticker,
                holding.count_c,
                holding.cost_ud,
                holding.realised_ud,
                holding.fees_ud,
                holding.traded_c,
            )
        if _has_ties(ticker, account):
            ours, theirs = _without_split(ours), _without_split(theirs)
        if ours != theirs:
            yield f"position {ticker}: {ours}, at the exchange {theirs}"


def _has_ties(ticker: str, account: Account) -> bool:
    times = [fill.at_ns for fill in account.fills if fill.ticker == ticker]
    return len(set(times)) < len(times)


def _without_split(position: Position) -> Position:
    return msgspec.structs.replace(position, cost_ud=0, realised_ud=position.realised_ud - position.cost_ud)


def _settlements(money: MoneyState, account: Account) -> Iterator[str]:
    theirs = {settlement.ticker: settlement for settlement in account.settlements}
    for ticker in theirs.keys() ^ money.settlements.keys():
        where = "the exchange" if ticker in theirs else "the ledger"
        yield f"settlement {ticker}: known only to {where}"
    for ticker in theirs.keys() & money.settlements.keys():
        if money.settlements[ticker].revenue_ud != theirs[ticker].revenue_ud:
            got = money.settlements[ticker].revenue_ud
            yield f"settlement {ticker}: revenue {got}, at the exchange {theirs[ticker].revenue_ud}"


def _cash(money: MoneyState, account: Account, deposits_ud: MicroDollars) -> Iterator[str]:
    there_ud = sum(account.cash_ud.values())
    derived_ud = cash_of_fills(money, deposits_ud)
    if derived_ud != there_ud:
        yield f"cash: the ledger's fills and settlements make {derived_ud}, at the exchange {there_ud}"
    available_ud = sum(account.available_ud(shard) for shard in account.cash_ud)
    if money.cash is None or money.cash.cash_ud != available_ud:
        seen = None if money.cash is None else money.cash.cash_ud
        yield f"cash: last seen {seen}, available at the exchange {available_ud}"


def cash_of_fills(money: MoneyState, deposits_ud: MicroDollars) -> MicroDollars:
    """Cash by the ledger's own facts: what was paid in, less fills and fees and the dollar that each short
    contract ties up, plus what settled markets paid (of a short: what it did not cost)."""
    held: dict[str, int] = {}
    cash_ud = deposits_ud
    for fill in money.fills.values():
        held[fill.ticker] = held.get(fill.ticker, 0) + fill.signed_count_c
        cash_ud -= fill.signed_count_c * fill.price_bp + fill.fee_ud
    for ticker, count_c in held.items():
        record = money.positions[ticker]
        if record.settled_bp is not None:
            cash_ud += count_c * record.settled_bp
        else:
            cash_ud -= max(0, -count_c) * CONTRACT_BP
    return cash_ud


def owners(money: MoneyState) -> set[str]:
    """Who owns orders by the ledger; with one engine and no other program none is external."""
    return {record.terms.owner for record in money.orders.values()}


def foreign(money: MoneyState) -> list[str]:
    return [name for name, record in money.orders.items() if record.terms.owner == EXTERNAL]
