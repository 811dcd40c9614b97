"""Whether a ledger and an exchange agree, to the micro-dollar, in every order, fill, position and dollar."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from engine.core.money import MoneyState
from engine.core.order_record import OrderRecord
from engine.domain.fill import Fill
from engine.domain.market import Market
from engine.domain.order import OrderState, VenueOrderStatus
from engine.domain.position import Position
from engine.domain.units import CONTRACT_BP, CountC, MicroDollars, PriceBp
from engine.sandbox.core.exchange import Exchange
from engine.wire.fixed_point import count_c, money_ud

_NOT_THERE = frozenset({OrderState.REJECTED, OrderState.ABSENT})
_STATUS = {
    OrderState.RESTING: {VenueOrderStatus.RESTING},
    OrderState.PARTIAL: {VenueOrderStatus.RESTING},
    OrderState.FILLED: {VenueOrderStatus.EXECUTED},
    OrderState.CANCELED: {VenueOrderStatus.CANCELED},
    OrderState.EXPIRED: {VenueOrderStatus.CANCELED},
}


class TrueOrder(msgspec.Struct, frozen=True):
    client_order_id: str
    order_id: str
    status: VenueOrderStatus
    initial_c: CountC
    filled_c: CountC
    remaining_c: CountC
    fees_ud: MicroDollars


class Truth(msgspec.Struct, frozen=True):
    """What one account really has. ``fills`` and ``settlements`` None: not told; ``tied``: markets with
    several fills at one instant, None if that is not told; ``exclusive``: events of which one market wins,
    with what their markets have paid so far (basis points of a YES)."""

    orders: list[TrueOrder]
    positions: dict[str, Position]
    cash_ud: MicroDollars
    available_ud: MicroDollars
    fills: list[Fill] | None = None
    settlements: dict[str, MicroDollars] | None = None
    tied: set[str] | None = None
    exclusive: dict[str, PriceBp] = {}


def truth_inside(exchange: Exchange, account_id: str) -> Truth:
    """From the exchange's own state."""
    account = exchange.accounts[account_id]
    return Truth(
        orders=[
            TrueOrder(
                order.client_order_id,
                order.order_id,
                order.status,
                order.initial_c,
                order.filled_c,
                order.remaining_c,
                order.taker_fees_ud + order.maker_fees_ud,
            )
            for order in exchange.orders.values()
            if order.account_id == account_id
        ],
        positions={
            ticker: Position(ticker, h.count_c, h.cost_ud, h.realised_ud, h.fees_ud, h.traded_c)
            for ticker, h in account.holdings.items()
        },
        cash_ud=sum(account.cash_ud.values()),
        available_ud=sum(account.available_ud(shard) for shard in account.cash_ud),
        fills=account.fills,
        settlements={settled.ticker: settled.revenue_ud for settled in account.settlements},
        tied=_tied(account.fills),
        exclusive={
            name: sum(r.market.settlement_bp or 0 for r in exchange.markets_of(name) if _is_paid(r.market))
            for name, event in exchange.events.items()
            if event.mutually_exclusive
        },
    )


def truth_by_side_door(see: Callable[[str], dict[str, Any]], exclusive: Iterable[str] = ()) -> Truth:
    """From a running sandbox with one account; ``see`` gets a path of the side door."""
    account = see("accounts")["accounts"][0]
    return Truth(
        orders=[
            TrueOrder(
                order["client_order_id"],
                order["order_id"],
                VenueOrderStatus(order["status"]),
                count_c(order["initial_count_fp"]),
                count_c(order["fill_count_fp"]),
                count_c(order["remaining_count_fp"]),
                money_ud(order["taker_fees_dollars"]) + money_ud(order["maker_fees_dollars"]),
            )
            for order in see("orders")["orders"]
        ],
        positions={
            row["ticker"]: Position(
                row["ticker"],
                row["count_c"],
                int(row["cost_ud"]),
                int(row["realised_ud"]),
                int(row["fees_ud"]),
            )
            for row in account["holdings"]
        },
        cash_ud=sum(int(shard["cash_ud"]) for shard in account["shards"]),
        available_ud=sum(int(shard["available_ud"]) for shard in account["shards"]),
        exclusive=dict.fromkeys(exclusive, 0),
    )


def disagreements(money: MoneyState, truth: Truth, deposits_ud: MicroDollars) -> list[str]:
    """One line for each difference; empty if the two agree. For a moment at which nothing is on its way."""
    return [
        *_orders(money, truth),
        *_fills(money, truth),
        *_positions(money, truth),
        *_settlements(money, truth),
        *_cash(money, truth, deposits_ud),
    ]


def _orders(money: MoneyState, truth: Truth) -> Iterator[str]:
    there: dict[str, list[TrueOrder]] = {}
    for order in truth.orders:
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


def _order(name: str, record: OrderRecord, order: TrueOrder) -> Iterator[str]:
    if record.state in _NOT_THERE:
        yield f"order {name}: {record.state} ({record.cause}), but at the exchange as {order.status}"
        return
    wanted = _STATUS.get(record.state)
    was_cut = record.terms.reduce_only and order.initial_c < record.terms.count_c
    if was_cut and order.status is VenueOrderStatus.EXECUTED and record.state is OrderState.CANCELED:
        # A reducing order is cut to the position; what it lost is canceled to us, and never was to them.
        wanted = {VenueOrderStatus.EXECUTED}
    if wanted is None or order.status not in wanted:
        yield f"order {name}: {record.state} ({record.cause}), at the exchange {order.status}"
    if record.order_id != order.order_id:
        yield f"order {name}: known as {record.order_id}, at the exchange {order.order_id}"
    ours = (record.filled_c, record.remaining_c, record.fees_ud)
    theirs = (order.filled_c, order.remaining_c, order.fees_ud)
    if ours != theirs:
        yield f"order {name}: (filled, remaining, fees) {ours}, at the exchange {theirs}"


def _fills(money: MoneyState, truth: Truth) -> Iterator[str]:
    if truth.fills is None:
        return
    theirs = {(fill.trade_id, fill.order_id): fill for fill in truth.fills}
    for identity in theirs.keys() - money.fills.keys():
        yield f"fill {identity}: not booked"
    for identity, ours in money.fills.items():
        if identity not in theirs:
            yield f"fill {identity}: booked, but unknown at the exchange"
        elif _content(ours) != _content(theirs[identity]):
            yield f"fill {identity}: {ours}, at the exchange {theirs[identity]}"


def _content(fill: Fill) -> tuple[object, ...]:
    return (fill.ticker, fill.side, fill.price_bp, fill.count_c, fill.fee_ud, fill.is_taker)


def _positions(money: MoneyState, truth: Truth) -> Iterator[str]:
    """Of fills at the same instant the order is not known outside the exchange, and the average cost depends
    on it; where that matters the split into cost and realised may differ, never their difference."""
    for ticker in sorted(money.positions.keys() | truth.positions.keys()):
        record = money.positions.get(ticker)
        ours = Position(ticker) if record is None else record.position
        theirs = truth.positions.get(ticker, Position(ticker))
        if truth.fills is None:
            # What was traded in all is not told.
            ours = msgspec.structs.replace(ours, traded_c=0)
        if truth.tied is None or ticker in truth.tied:
            ours, theirs = _without_split(ours), _without_split(theirs)
        if ours != theirs:
            yield f"position {ticker}: {ours}, at the exchange {theirs}"


def _tied(fills: list[Fill]) -> set[str]:
    seen: set[tuple[str, int]] = set()
    tied: set[str] = set()
    for fill in fills:
        if (fill.ticker, fill.at_ns) in seen:
            tied.add(fill.ticker)
        seen.add((fill.ticker, fill.at_ns))
    return tied


def _without_split(position: Position) -> Position:
    return msgspec.structs.replace(position, cost_ud=0, realised_ud=position.realised_ud - position.cost_ud)


def _settlements(money: MoneyState, truth: Truth) -> Iterator[str]:
    theirs = truth.settlements
    if theirs is None:
        return
    for ticker in theirs.keys() ^ money.settlements.keys():
        where = "the exchange" if ticker in theirs else "the ledger"
        yield f"settlement {ticker}: known only to {where}"
    for ticker in theirs.keys() & money.settlements.keys():
        if money.settlements[ticker].revenue_ud != theirs[ticker]:
            got = money.settlements[ticker].revenue_ud
            yield f"settlement {ticker}: revenue {got}, at the exchange {theirs[ticker]}"


def _cash(money: MoneyState, truth: Truth, deposits_ud: MicroDollars) -> Iterator[str]:
    derived_ud = cash_of_fills(money, deposits_ud, truth.exclusive)
    if derived_ud != truth.cash_ud:
        yield f"cash: the ledger's fills and settlements make {derived_ud}, at the exchange {truth.cash_ud}"
    seen_ud = None if money.cash is None else money.cash.cash_ud
    if seen_ud != truth.available_ud:
        yield f"cash: last seen {seen_ud}, available at the exchange {truth.available_ud}"


def cash_of_fills(
    money: MoneyState, deposits_ud: MicroDollars, exclusive: Mapping[str, PriceBp]
) -> MicroDollars:
    """Cash by the ledger's own facts: what was paid in, less fills and fees and the collateral of short
    contracts, plus what settled markets paid (of a short: what it did not cost).

    A short ties up a dollar; in an exclusive event only its largest one does, and less what has paid there.
    """
    held: dict[str, CountC] = {}
    cash_ud = deposits_ud
    for fill in money.fills.values():
        held[fill.ticker] = held.get(fill.ticker, 0) + fill.signed_count_c
        cash_ud -= fill.signed_count_c * fill.price_bp + fill.fee_ud
    largest: dict[str, CountC] = {}
    for ticker, count in held.items():
        settled_bp = money.positions[ticker].settled_bp
        event = ticker.rpartition("-")[0]
        if settled_bp is not None:
            cash_ud += count * settled_bp
        elif event in exclusive:
            largest[event] = max(largest.get(event, 0), -count)
        else:
            cash_ud -= max(0, -count) * CONTRACT_BP
    return cash_ud - sum(count * (CONTRACT_BP - exclusive[event]) for event, count in largest.items())


def _is_paid(market: Market) -> bool:
    return market.settled_ns is not None
