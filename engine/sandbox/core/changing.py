"""Amending, decreasing and canceling resting orders."""

from __future__ import annotations

from enum import Enum
from typing import Final, Literal, TypeAlias

from engine.domain.market import MarketStatus
from engine.domain.order import BookSide, VenueOrderStatus
from engine.domain.units import CountC, Nanoseconds, PriceBp, contracts
from engine.sandbox.core.access import require_open, require_trading, resting_order
from engine.sandbox.core.clock import DueKind
from engine.sandbox.core.collateral import refresh_reserve
from engine.sandbox.core.funds import require_funds
from engine.sandbox.core.listing import MarketRecord
from engine.sandbox.core.matching import plan_match
from engine.sandbox.core.orders import Order, Placement, UpdateReason
from engine.sandbox.core.placing import burn, finish, require_future, require_new_id, require_price
from engine.sandbox.core.refusal import Reason, Refusal
from engine.sandbox.core.resting import take_off, touch, withdraw
from engine.sandbox.core.state import State
from engine.sandbox.core.trading import carry_out


class Keep(Enum):
    """The expiry of an amended order stays as it is."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP
Expiry: TypeAlias = Nanoseconds | Literal[Keep.KEEP] | None


def amend(
    state: State,
    account_id: str,
    order_id: str,
    *,
    price_bp: PriceBp,
    count_c: CountC,
    ticker: str | None,
    side: BookSide | None,
    client_order_id: str | None,
    updated_client_order_id: str | None,
    expires_ns: Expiry,
) -> Placement:
    """Changes price, size (``count_c`` is what is filled plus what is wanted yet), expiry or client id.

    The place in the queue is kept by a smaller size or another expiry at the same price, lost by all else.
    Raises Refusal, and changes nothing.
    """
    order = resting_order(state, account_id, order_id)
    record = state.markets[order.ticker]
    require_trading(state, record)
    _check_same(order, ticker, side, client_order_id)
    renamed = updated_client_order_id not in (None, order.client_order_id)
    if updated_client_order_id is not None and renamed:
        require_new_id(state.accounts[account_id], updated_client_order_id)
    require_price(record, price_bp)
    if count_c <= order.filled_c:
        raise Refusal(
            Reason.INVALID_PARAMETERS,
            f"count: got {contracts(count_c)}, wanted more than the {contracts(order.filled_c)} filled",
        )
    if expires_ns is not KEEP and expires_ns is not None:
        require_future(state, expires_ns)
    wanted_c = count_c - order.filled_c
    if price_bp == order.price_bp and wanted_c <= order.remaining_c:
        placement = _shrink(state, record, order, wanted_c)
    else:
        placement = _replace(state, record, order, price_bp, wanted_c, count_c, expires_ns)
    order.initial_c = count_c
    if updated_client_order_id is not None and renamed:
        _rename(state, order, updated_client_order_id)
    if placement.order.status is VenueOrderStatus.RESTING:
        _set_expiry(state, order, expires_ns)
    return placement


def _check_same(order: Order, ticker: str | None, side: BookSide | None, client_order_id: str | None) -> None:
    for name, got, wanted in (
        ("ticker", ticker, order.ticker),
        ("side", side, order.side),
        ("client_order_id", client_order_id, order.client_order_id),
    ):
        if got is not None and got != wanted:
            raise Refusal(Reason.INVALID_ORDER, f"{name}: got {got}, the order has {wanted}")


def _shrink(state: State, record: MarketRecord, order: Order, wanted_c: CountC) -> Placement:
    if wanted_c < order.remaining_c:
        take_off(state, record, order, order.remaining_c - wanted_c)
        refresh_reserve(state, state.accounts[order.account_id], record)
    touch(state, order, UpdateReason.AMEND)
    return Placement(order, [])


def _replace(
    state: State,
    record: MarketRecord,
    order: Order,
    price_bp: PriceBp,
    wanted_c: CountC,
    count_c: CountC,
    expires_ns: Expiry,
) -> Placement:
    """Takes the order off the book and places it anew, last in its new queue; it may match at once."""
    account = state.accounts[order.account_id]
    plan = plan_match(record, order.account_id, order.side, price_bp, wanted_c, order.self_trade_prevention)
    if order.post_only and record.queue.crosses(order.side, price_bp):
        raise Refusal(Reason.INVALID_ORDER, "post only cross")
    resting_c = 0 if plan.met_own else plan.left_c
    require_funds(state, account, record, order.side, price_bp, plan, resting_c, order, order.fees_exact)
    take_off(state, record, order, order.remaining_c)
    order.price_bp = price_bp
    if expires_ns is not KEEP:
        order.expires_ns = expires_ns
    fills = carry_out(state, record, order, plan)
    finish(state, record, order, plan, wanted_c - plan.left_c, resting_c)
    refresh_reserve(state, account, record)
    if not fills and order.status is VenueOrderStatus.RESTING:
        touch(state, order, UpdateReason.AMEND)
    return Placement(order, fills)


def _rename(state: State, order: Order, client_order_id: str) -> None:
    """The order goes by a new client id; the old one stays used."""
    account = state.accounts[order.account_id]
    burn(state, account, order.client_order_id)
    order.client_order_id = client_order_id
    if client_order_id:
        account.client_order_ids.add(client_order_id)


def _set_expiry(state: State, order: Order, expires_ns: Expiry) -> None:
    if expires_ns is KEEP or expires_ns == order.expires_ns:
        return
    order.expires_ns = expires_ns
    if expires_ns is not None:
        state.agenda.add(expires_ns, DueKind.ORDER_EXPIRY, order.order_id)


def decrease(
    state: State, account_id: str, order_id: str, reduce_by_c: CountC | None, reduce_to_c: CountC | None
) -> Order:
    """Takes contracts off a resting order, which keeps its place; what would be below nothing cancels it.

    Raises Refusal unless exactly one of the two is given, above zero and within what rests.
    """
    order = resting_order(state, account_id, order_id)
    record = state.markets[order.ticker]
    require_open(state, record)
    if (reduce_by_c is None) == (reduce_to_c is None):
        raise Refusal(Reason.INVALID_PARAMETERS, "wanted exactly one of reduce_by and reduce_to")
    left_c = order.remaining_c - reduce_by_c if reduce_by_c is not None else (reduce_to_c or 0)
    if left_c > order.remaining_c or (reduce_to_c is not None and reduce_to_c < 0) or reduce_by_c == 0:
        raise Refusal(
            Reason.INVALID_PARAMETERS,
            f"got reduce_by {reduce_by_c}, reduce_to {reduce_to_c}, wanted within {order.remaining_c}",
        )
    if left_c <= 0:
        withdraw(state, record, order, UpdateReason.DECREASE)
        return order
    if left_c < order.remaining_c:
        take_off(state, record, order, order.remaining_c - left_c)
        refresh_reserve(state, state.accounts[account_id], record)
    touch(state, order, UpdateReason.DECREASE)
    return order


def cancel(state: State, account_id: str, order_id: str, reason: str) -> tuple[Order, CountC]:
    """Cancels what rests of an order; returns it and how much that was. Raises Refusal."""
    order = resting_order(state, account_id, order_id)
    record = state.markets[order.ticker]
    require_open(state, record)
    return order, withdraw(state, record, order, reason)


def cancel_all(state: State, account_id: str) -> list[str]:
    """Cancels every resting order that may be canceled now, oldest first; returns their ids."""
    canceled = []
    resting = sorted(state.account(account_id).resting.values(), key=lambda order: order.priority)
    for order in resting:
        record = state.markets[order.ticker]
        is_open = record.market.status in (MarketStatus.ACTIVE, MarketStatus.INACTIVE)
        if is_open and state.statuses[record.exchange_index].exchange_active:
            withdraw(state, record, order, UpdateReason.NONE)
            canceled.append(order.order_id)
    return canceled
