"""Liquidity of the house: quotes that are declared, takes, and prints of a recording."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from engine.domain.order import BookSide, SelfTradePrevention, TimeInForce
from engine.domain.units import CountC, PriceBp, cents
from engine.sandbox.core.access import can_trade
from engine.sandbox.core.accounts import Account
from engine.sandbox.core.listing import MarketRecord
from engine.sandbox.core.matching import Plan, plan_for_customers, plan_match
from engine.sandbox.core.orders import Order
from engine.sandbox.core.resting import rest, take_off
from engine.sandbox.core.state import State
from engine.sandbox.core.trading import carry_out, print_public

TAPE = "tape"
"""The house account that stands for the takers of recorded prints."""


class InvalidQuote(ValueError):
    """Levels that no market maker can rest: off the grid, not above zero, or crossing each other."""


class NotAHouse(ValueError):
    """A customer's account was asked to quote or take on credit."""


def quote(
    state: State,
    account_id: str,
    ticker: str,
    bids: Iterable[tuple[PriceBp, CountC]],
    asks: Iterable[tuple[PriceBp, CountC]],
) -> None:
    """Makes an account's resting orders in a market equal these levels, one order each.

    Raises InvalidQuote or NotAHouse and changes nothing; does nothing where orders cannot be placed now.
    """
    account = house_account(state, account_id)
    record = state.markets[ticker]
    if not can_trade(state, record):
        return
    wanted = _wanted(record, bids, asks)
    resting = account.quotes.setdefault(ticker, {})
    for key, order in list(resting.items()):
        surplus_c = order.remaining_c - wanted.get(key, 0)
        if surplus_c > 0:
            take_off(state, record, order, surplus_c)
    for key, count_c in wanted.items():
        old = resting.get(key)
        if old is not None and old.remaining_c == count_c:
            continue
        if old is not None:
            take_off(state, record, old, old.remaining_c)
        _place(state, account, record, key, count_c)


def requote(
    state: State, account_id: str, ticker: str, levels: Sequence[tuple[bool, PriceBp, CountC]]
) -> None:
    """As :func:`quote`, for some levels alone: (is a bid, price, count), 0 for nothing there any more. What
    else the account rests stays. The caller sees to it that the sides do not cross.

    Raises InvalidQuote for a price off the grid.
    """
    account = house_account(state, account_id)
    record = state.markets[ticker]
    if not can_trade(state, record):
        return
    resting = account.quotes.setdefault(ticker, {})
    grown: list[tuple[tuple[bool, PriceBp], CountC]] = []
    for is_bid, price_bp, count_c in levels:
        if price_bp not in record.valid_prices:
            raise InvalidQuote(f"{ticker} price: {record.market.grid.explain(price_bp)}")
        old = resting.get((is_bid, price_bp))
        if old is not None and old.remaining_c > count_c:
            take_off(state, record, old, old.remaining_c - count_c)
        elif count_c > (0 if old is None else old.remaining_c):
            grown.append(((is_bid, price_bp), count_c))
    for key, count_c in grown:
        old = resting.get(key)
        if old is not None:
            take_off(state, record, old, old.remaining_c)
        _place(state, account, record, key, count_c)


def take(
    state: State, account_id: str, ticker: str, side: BookSide, limit_bp: PriceBp, count_c: CountC
) -> CountC:
    """Trades at once what the book gives up to a limit, and nothing rests; returns how much that was."""
    account = house_account(state, account_id)
    record = state.markets[ticker]
    if count_c <= 0 or not can_trade(state, record):
        return 0
    order = _order(state, account, record, side, limit_bp, count_c)
    plan = plan_match(record, account_id, side, limit_bp, count_c, SelfTradePrevention.MAKER)
    carry_out(state, record, order, plan)
    return count_c - plan.left_c


def print_trade(state: State, ticker: str, price_bp: PriceBp, count_c: CountC, taker_side: BookSide) -> None:
    """A recorded trade happens here too: customers whose price it reaches have it first, at their price; the
    rest of it changes hands outside our book and only shows on the tape."""
    record = state.markets[ticker]
    if count_c <= 0 or not can_trade(state, record):
        return
    account = house_account(state, TAPE)
    plan = plan_for_customers(record, taker_side, price_bp, count_c)
    if plan.matches:
        order = _order(state, account, record, taker_side, price_bp, count_c)
        carry_out(state, record, order, plan)
    if plan.left_c:
        print_public(state, record, price_bp, plan.left_c, taker_side)


def print_shared(
    state: State,
    ticker: str,
    price_bp: PriceBp,
    count_c: CountC,
    taker_side: BookSide,
    shares: Mapping[str, CountC],
) -> None:
    """A trade of another exchange, of which some resting orders of ours are given a share, at their own
    prices; the rest of it only shows on the tape. Does nothing where nothing can trade now.

    Raises ValueError for shares beyond the trade or beyond what rests.
    """
    record = state.markets[ticker]
    if count_c <= 0 or not can_trade(state, record):
        return
    plan = Plan([], [], count_c)
    for order_id, share_c in shares.items():
        order = state.orders[order_id]
        if not 0 < share_c <= min(order.remaining_c, plan.left_c):
            raise ValueError(f"share of {order_id}: got {share_c} of {plan.left_c}, {order.remaining_c} rest")
        plan.matches.append((order, share_c))
        plan.left_c -= share_c
    if plan.matches:
        taker = _order(state, house_account(state, TAPE), record, taker_side, price_bp, count_c)
        carry_out(state, record, taker, plan)
    if plan.left_c:
        print_public(state, record, price_bp, plan.left_c, taker_side)


def stand_behind(state: State, order_id: str, ahead_c: CountC) -> None:
    """Sets the place of a resting order in a queue that is not ours."""
    order = state.orders[order_id]
    order.ahead_c = ahead_c
    state.dirty.orders[order_id] = order


def house_account(state: State, account_id: str) -> Account:
    """The house account of this name, opened when it is first asked for. Raises NotAHouse."""
    account = state.accounts.get(account_id)
    if account is None:
        account = Account(account_id, dict.fromkeys(state.rules.shards, 0), is_house=True)
        state.accounts[account_id] = account
        state.dirty.accounts[account_id] = account
    if not account.is_house:
        raise NotAHouse(f"account: {account_id} is a customer's, wanted a house account")
    return account


def _wanted(
    record: MarketRecord, bids: Iterable[tuple[PriceBp, CountC]], asks: Iterable[tuple[PriceBp, CountC]]
) -> dict[tuple[bool, PriceBp], CountC]:
    wanted: dict[tuple[bool, PriceBp], CountC] = {}
    best_bid_bp, best_ask_bp = 0, 10_000
    for price_bp, count_c in bids:
        wanted[True, price_bp] = count_c
        best_bid_bp = max(best_bid_bp, price_bp)
    for price_bp, count_c in asks:
        wanted[False, price_bp] = count_c
        best_ask_bp = min(best_ask_bp, price_bp)
    if best_bid_bp >= best_ask_bp:
        raise InvalidQuote(
            f"{record.ticker}: got a bid at {cents(best_bid_bp)} and an ask at {cents(best_ask_bp)}"
        )
    for (_, price_bp), count_c in wanted.items():
        if price_bp not in record.valid_prices:
            raise InvalidQuote(f"{record.ticker} price: {record.market.grid.explain(price_bp)}")
        if count_c <= 0:
            raise InvalidQuote(f"{record.ticker} count at {cents(price_bp)}: got {count_c}, wanted above 0")
    return wanted


def _place(
    state: State, account: Account, record: MarketRecord, key: tuple[bool, PriceBp], count_c: CountC
) -> None:
    """Rests one level, after it has traded with what it crosses."""
    side = BookSide.BID if key[0] else BookSide.ASK
    order = _order(state, account, record, side, key[1], count_c)
    plan = plan_match(record, account.account_id, side, key[1], count_c, SelfTradePrevention.MAKER)
    if plan.matches or plan.own:
        carry_out(state, record, order, plan)
    if plan.left_c:
        order.remaining_c = plan.left_c
        rest(state, record, order)


def _order(
    state: State, account: Account, record: MarketRecord, side: BookSide, price_bp: PriceBp, count_c: CountC
) -> Order:
    """An order of the house: it has no id, nobody can ask for it."""
    now_ns = state.clock.now_ns
    return Order(
        order_id="",
        account_id=account.account_id,
        client_order_id="",
        ticker=record.ticker,
        side=side,
        price_bp=price_bp,
        initial_c=count_c,
        created_ns=now_ns,
        updated_ns=now_ns,
        time_in_force=TimeInForce.GOOD_TILL_CANCELED,
        self_trade_prevention=SelfTradePrevention.MAKER,
        exchange_index=record.exchange_index,
        is_house=True,
    )
