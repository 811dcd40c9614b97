"""What must hold of an exchange at any moment, worked out anew from its holdings and queues alone."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import msgspec

from engine.domain.market import MarketStatus
from engine.domain.order import BookSide, SelfTradePrevention
from engine.sandbox.core.accounts import Account
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.listing import MarketRecord
from engine.sandbox.core.orders import Order

DOLLAR_BP = 10_000


def collateral_ud(exchange: Exchange, account: Account) -> int:
    """The cover of all short contracts: a dollar each, shared within an exclusive event."""
    total = 0
    shared: dict[str, list[int]] = defaultdict(list)
    for ticker, holding in account.holdings.items():
        short = max(0, -holding.count_c)
        if exchange.markets[ticker].is_exclusive:
            shared[exchange.markets[ticker].event_ticker].append(short)
        else:
            total += short * DOLLAR_BP
    for event_ticker, shorts in shared.items():
        total += max(shorts) * (DOLLAR_BP - paid_bp(exchange, event_ticker))
    return total


def paid_bp(exchange: Exchange, event_ticker: str) -> int:
    return sum(
        record.market.settlement_bp or 0
        for record in exchange.markets_of(event_ticker)
        if record.market.status is MarketStatus.FINALIZED
    )


def reserved_ud(exchange: Exchange, account: Account) -> int:
    """What the resting orders of a customer must set aside, market by market."""
    total = 0
    for record in exchange.markets.values():
        mine = [order for order in record.queue.orders() if order.account_id == account.account_id]
        held = account.position_c(record.ticker)
        for side in BookSide:
            orders = [order for order in mine if order.side is side]
            count = sum(order.remaining_c for order in orders)
            if side is BookSide.BID:
                value = sum(order.price_bp * order.remaining_c for order in orders)
                free = _free_to_close(exchange, account, record)
            else:
                value = sum((DOLLAR_BP - order.price_bp) * order.remaining_c for order in orders)
                free = max(0, held)
            total += max(0, value - min(count, free) * DOLLAR_BP)
        fees = record.market.fees
        total += sum(fees.fee_ud(o.price_bp, o.remaining_c, is_taker=False) for o in mine)
    return total


def _free_to_close(exchange: Exchange, account: Account, record: MarketRecord) -> int:
    short = max(0, -account.position_c(record.ticker))
    if not record.is_exclusive:
        return short
    if paid_bp(exchange, record.event_ticker):
        return 0
    others = [
        -account.position_c(other.ticker)
        for other in exchange.markets_of(record.event_ticker)
        if other is not record
    ]
    return max(0, short - max(0, max(others, default=0)))


def check(exchange: Exchange, deposited_ud: int) -> None:
    """Money and contracts are conserved, books are sound, reserves are what they should be."""
    accounts = exchange.accounts.values()
    cash = sum(sum(account.cash_ud.values()) for account in accounts)
    covered = sum(collateral_ud(exchange, account) for account in accounts)
    assert cash + covered + sum(exchange.fees_ud.values()) == deposited_ud
    for record in exchange.markets.values():
        positions = [account.position_c(record.ticker) for account in accounts]
        assert sum(positions) == 0
        held = sum(count for count in positions if count > 0)
        assert record.open_interest_c == record.told_open_interest_c + held
        check_book(record)
    for account in accounts:
        if not account.is_house:
            assert sum(account.reserved_ud.values()) == reserved_ud(exchange, account)


def check_book(record: MarketRecord) -> None:
    """The book is the sum of the queue, its best prices are right, and it is not crossed."""
    bids: dict[int, int] = defaultdict(int)
    asks: dict[int, int] = defaultdict(int)
    for order in record.queue.orders():
        assert order.remaining_c > 0
        (bids if order.side is BookSide.BID else asks)[order.price_bp] += order.remaining_c
    assert record.levels.bids == bids
    assert record.levels.asks == asks
    assert record.levels.best_bid_bp == max(bids, default=None)
    assert record.levels.best_ask_bp == min(asks, default=None)
    assert not record.levels.is_crossed


def expected_matches(
    record: MarketRecord,
    account_id: str,
    side: BookSide,
    limit_bp: int,
    count_c: int,
    prevention: SelfTradePrevention,
) -> list[tuple[Order, int, int]]:
    """Who should trade, at what price, how much: the whole opposite side sorted by price, then time."""
    sign = 1 if side is BookSide.BID else -1
    opposite = [order for order in record.queue.orders() if order.side is not side]
    matches = []
    for maker in sorted(opposite, key=lambda order: (sign * order.price_bp, order.priority)):
        if sign * maker.price_bp > sign * limit_bp or count_c == 0:
            break
        if maker.account_id == account_id:
            if prevention is SelfTradePrevention.TAKER_AT_CROSS:
                break
            continue
        given = min(count_c, maker.remaining_c)
        matches.append((maker, maker.price_bp, given))
        count_c -= given
    return matches


def dump(exchange: Exchange) -> dict[str, Any]:
    """Everything an exchange is, as plain values; the house's resting orders too, in their queue order."""
    return {
        "world": (exchange.world_id, exchange.now_ns, exchange.next_due_ns(), dict(exchange.fees_ud)),
        "listed": msgspec.to_builtins([dict(exchange.series), dict(exchange.events)]),
        "markets": {ticker: _market(record) for ticker, record in exchange.markets.items()},
        "accounts": {name: _account(account) for name, account in exchange.accounts.items()},
        "orders": [msgspec.structs.astuple(order) for order in exchange.orders.values()],
        "groups": {
            key: (g.account_id, g.contracts_limit_c, g.is_triggered, sorted(g.order_ids), list(g.matches))
            for key, g in sorted(exchange.groups.items())
        },
        "statuses": dict(exchange.statuses),
    }


def _market(record: MarketRecord) -> list[Any]:
    return [
        msgspec.to_builtins(record.market),
        [msgspec.structs.astuple(order) for order in record.queue.orders()],
        record.levels.bids,
        record.levels.asks,
        (record.clock, record.last_trade_bp, record.last_trade_c, record.volume_c, record.volume_24h_c),
        (record.dollar_volume_ud, record.open_interest_c, record.market_id, record.previous_yes_bid_bp),
        (msgspec.to_builtins(record.past), record.told_open_interest_c),
        list(record.trades),
    ]


def _account(account: Account) -> list[Any]:
    return [
        account.is_house,
        dict(account.cash_ud),
        dict(account.reserved_ud),
        list(account.holdings),
        {ticker: msgspec.structs.astuple(held) for ticker, held in account.holdings.items()},
        list(account.resting),
        sorted(account.client_order_ids),
        list(account.fills),
        list(account.settlements),
        list(account.deposits),
        {event: shorts for event, shorts in sorted(account.shorts.items()) if shorts},
    ]
