"""Carrying out a plan: trades, money, holdings, and telling of them."""

from __future__ import annotations

from engine.domain.fee import ACCUMULATION_CYCLE, FeeRounding
from engine.domain.fill import Fill
from engine.domain.order import BookSide, VenueOrderStatus
from engine.domain.units import CONTRACT_BP, CountC, MicroDollars, PriceBp
from engine.sandbox.core import grouping
from engine.sandbox.core.accounts import Account, Holding
from engine.sandbox.core.collateral import move_position
from engine.sandbox.core.feed import Filled, PositionChanged, Traded
from engine.sandbox.core.listing import MarketRecord
from engine.sandbox.core.matching import Plan
from engine.sandbox.core.orders import Order, UpdateReason
from engine.sandbox.core.resting import remember_quote, take_off, touch, withdraw
from engine.sandbox.core.state import State


def carry_out(state: State, record: MarketRecord, taker: Order, plan: Plan) -> list[Fill]:
    """Cancels own orders in the way, then trades with each maker at the maker's price.

    Returns the taker's fills (none for a house account). What remains of the taker is left to the caller.
    Order groups that went over their limit are triggered once all is matched.
    """
    for own in plan.own:
        withdraw(state, record, own, UpdateReason.SELF_TRADE)
    fills: list[Fill] = []
    over: set[str] = set()
    for maker, count_c in plan.matches:
        price_bp = maker.price_bp
        take_off(state, record, maker, count_c)
        trade_id = print_public(state, record, price_bp, count_c, taker.side)
        _fill_order(state, record, maker, trade_id, price_bp, count_c, is_taker=False, over=over)
        if maker.remaining_c == 0:
            maker.status = VenueOrderStatus.EXECUTED
        if not maker.is_house:
            touch(state, maker, UpdateReason.TRADE)
        fill = _fill_order(state, record, taker, trade_id, price_bp, count_c, is_taker=True, over=over)
        if fill is not None:
            fills.append(fill)
    for order_group_id in sorted(over):
        grouping.trigger(state, state.groups[order_group_id])
    return fills


def print_public(
    state: State, record: MarketRecord, price_bp: PriceBp, count_c: CountC, taker_side: BookSide
) -> str:
    """Puts a trade on the public tape and into the market's figures; returns its id."""
    remember_quote(state, record)
    trade_id = state.draw_id()
    trade = Traded(trade_id, record.ticker, price_bp, count_c, taker_side, state.clock.now_ns)
    record.add_trade(trade)
    record.last_trade_bp = price_bp
    record.last_trade_c = count_c
    record.volume_c += count_c
    record.dollar_volume_ud += count_c * price_bp
    record.day.traded(count_c)
    state.dirty.tallies[record.ticker] = record
    state.feed.append(trade)
    return trade_id


def _fill_order(
    state: State,
    record: MarketRecord,
    order: Order,
    trade_id: str,
    price_bp: PriceBp,
    count_c: CountC,
    *,
    is_taker: bool,
    over: set[str],
) -> Fill | None:
    """Books one side of a trade; returns the fill of a customer."""
    order.filled_c += count_c
    account = state.accounts[order.account_id]
    if order.is_house:
        book(state, account, record, order.side, price_bp, count_c, 0)
        return None
    fee_ud = _charge(record, order, price_bp, count_c, is_taker=is_taker)
    holding = book(state, account, record, order.side, price_bp, count_c, fee_ud)
    at_ns = state.clock.now_ns
    fill = Fill(
        trade_id,
        order.order_id,
        record.ticker,
        order.side,
        price_bp,
        count_c,
        fee_ud,
        is_taker,
        at_ns,
        order.client_order_id,
        record.exchange_index,
    )
    account.fills.append(fill)
    state.feed.append(
        Filled(
            order.account_id,
            trade_id,
            order.order_id,
            order.client_order_id,
            record.ticker,
            order.side,
            price_bp,
            count_c,
            fee_ud,
            is_taker,
            holding.count_c,
            record.exchange_index,
            at_ns,
        )
    )
    state.feed.append(PositionChanged(order.account_id, record.ticker))
    if order.order_group_id is not None and grouping.count_match(state, order.order_group_id, count_c):
        over.add(order.order_group_id)
    return fill


def _charge(
    record: MarketRecord, order: Order, price_bp: PriceBp, count_c: CountC, *, is_taker: bool
) -> MicroDollars:
    """The fee of one fill, booked on the order with the fill's cost."""
    leg_bp = price_bp if order.side is BookSide.BID else CONTRACT_BP - price_bp
    if not is_taker:
        order.maker_cost_ud += count_c * leg_bp
        if not record.has_maker_fees:
            return 0
    else:
        order.taker_cost_ud += count_c * leg_bp
    fees = record.market.fees
    fee_ud = fees.fee_ud(price_bp, count_c, is_taker=is_taker, earlier_exact=order.fees_exact)
    if fees.rounding is FeeRounding.ACCUMULATED:
        exact = fees.exact(price_bp, count_c, is_taker=is_taker)
        order.fees_exact = (order.fees_exact + exact) % ACCUMULATION_CYCLE
    if is_taker:
        order.taker_fees_ud += fee_ud
    else:
        order.maker_fees_ud += fee_ud
    return fee_ud


def book(
    state: State,
    account: Account,
    record: MarketRecord,
    side: BookSide,
    price_bp: PriceBp,
    count_c: CountC,
    fee_ud: MicroDollars,
) -> Holding:
    """Moves contracts into an account and money out of it (or back), with the collateral that follows."""
    holding = account.holdings.get(record.ticker)
    if holding is None:
        holding = account.holdings[record.ticker] = Holding(record.ticker, len(account.holdings))
    signed_c = count_c if side is BookSide.BID else -count_c
    before_c = holding.count_c
    holding.add(signed_c, price_bp, fee_ud, state.clock.now_ns)
    released_ud = move_position(state, account, record, before_c, holding.count_c)
    shard = record.exchange_index
    account.cash_ud[shard] += released_ud - price_bp * signed_c - fee_ud
    state.fees_ud[shard] += fee_ud
    record.open_interest_c += max(0, holding.count_c) - max(0, before_c)
    account.changed_holdings[record.ticker] = holding
    state.dirty.accounts[account.account_id] = account
    return holding
