"""Orders entering, shrinking in and leaving the book: the one place where a level of it changes."""

from __future__ import annotations

from engine.domain.order import BookSide, VenueOrderStatus
from engine.domain.units import CountC, MicroDollars
from engine.sandbox.core.accounts import RestingTotals
from engine.sandbox.core.clock import DueKind
from engine.sandbox.core.collateral import refresh_reserve
from engine.sandbox.core.feed import BookChanged, OrderChanged
from engine.sandbox.core.listing import MarketRecord
from engine.sandbox.core.orders import Order
from engine.sandbox.core.state import State


def rest(state: State, record: MarketRecord, order: Order) -> None:
    """Puts what remains of an order last in the queue at its price."""
    remember_quote(state, record)
    order.priority = state.draw_priority()
    order.ahead_c = None
    _tell_level(state, record, order, order.remaining_c)
    if order.is_house:
        record.queue.add(order)
        quotes = state.accounts[order.account_id].quotes.setdefault(record.ticker, {})
        quotes[order.side is BookSide.BID, order.price_bp] = order
        return
    put_back(state, record, order)


def put_back(state: State, record: MarketRecord, order: Order) -> None:
    """Puts a customer's order into the queue after all that are there, and sets its reserve aside."""
    record.queue.add(order)
    account = state.accounts[order.account_id]
    account.resting[order.order_id] = order
    if order.expires_ns is not None:
        state.agenda.add(order.expires_ns, DueKind.ORDER_EXPIRY, order.order_id)
    if order.order_group_id is not None:
        state.groups[order.order_group_id].order_ids.add(order.order_id)
    totals = account.resting_totals.get(record.ticker)
    if totals is None:
        totals = account.resting_totals[record.ticker] = RestingTotals()
    add_to_totals(totals, record, order, order.remaining_c)
    refresh_reserve(state, account, record)


def take_off(state: State, record: MarketRecord, order: Order, count_c: CountC) -> None:
    """Takes contracts of a resting order out of the book. Its reserve is set anew by the caller, who knows
    whether the position moves with it."""
    remember_quote(state, record)
    before_c = order.remaining_c
    record.queue.take_off(order, count_c)
    _tell_level(state, record, order, -count_c)
    account = state.accounts[order.account_id]
    if order.is_house:
        if order.remaining_c == 0:
            del account.quotes[record.ticker][order.side is BookSide.BID, order.price_bp]
        return
    add_to_totals(account.resting_totals[record.ticker], record, order, -count_c, before_c)
    if order.remaining_c == 0:
        del account.resting[order.order_id]
        if order.order_group_id is not None and order.order_group_id in state.groups:
            state.groups[order.order_group_id].order_ids.discard(order.order_id)


def withdraw(state: State, record: MarketRecord, order: Order, reason: str) -> CountC:
    """Cancels what rests of an order; returns how much that was."""
    left_c = order.remaining_c
    take_off(state, record, order, left_c)
    order.status = VenueOrderStatus.CANCELED
    if not order.is_house:
        refresh_reserve(state, state.accounts[order.account_id], record)
        touch(state, order, reason)
    return left_c


def touch(state: State, order: Order, reason: str) -> None:
    """Says that a customer's order changed."""
    order.updated_ns = state.clock.now_ns
    order.last_update_reason = reason
    state.dirty.orders[order.order_id] = order
    state.feed.append(OrderChanged(order.account_id, order.order_id, reason))


def add_to_totals(
    totals: RestingTotals, record: MarketRecord, order: Order, change_c: CountC, before_c: CountC = 0
) -> None:
    """Counts resting contracts in or out; ``before_c`` is what rested of the order before."""
    totals.add(order.side, order.price_bp, change_c)
    if record.has_maker_fees:
        after = maker_fee_ud(record, order, before_c + change_c)
        totals.fee_ud += after - maker_fee_ud(record, order, before_c)


def maker_fee_ud(record: MarketRecord, order: Order, count_c: CountC) -> MicroDollars:
    """What a resting order is set aside for fees: those of one fill of all of it."""
    return record.market.fees.fee_ud(order.price_bp, count_c, is_taker=False) if count_c else 0


def remember_quote(state: State, record: MarketRecord) -> None:
    """Before a quote or last trade changes: what stood is kept for the figures of the last day."""
    if state.clock.now_ns >= record.day.quoted_until_ns:
        record.day.before_change(record.quote)


def _tell_level(state: State, record: MarketRecord, order: Order, delta_c: CountC) -> None:
    record.clock += 1
    state.dirty.tallies[record.ticker] = record
    owner, client_order_id = ("", "") if order.is_house else (order.account_id, order.client_order_id)
    state.feed.append(
        BookChanged(
            record.ticker,
            order.side,
            order.price_bp,
            delta_c,
            record.clock,
            state.clock.now_ns,
            owner,
            client_order_id,
        )
    )
