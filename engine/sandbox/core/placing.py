"""Creating an order: checks that change nothing, then the match, then the rest into the book."""

from __future__ import annotations

import re

from engine.domain.order import BookSide, OrderRequest, TimeInForce, VenueOrderStatus
from engine.domain.units import SECOND_NS, CountC, PriceBp, contracts
from engine.sandbox.core.access import require_exchange, require_trading
from engine.sandbox.core.accounts import Account
from engine.sandbox.core.funds import require_funds
from engine.sandbox.core.listing import MarketRecord
from engine.sandbox.core.matching import Plan, plan_match
from engine.sandbox.core.orders import Order, Placement, UpdateReason
from engine.sandbox.core.refusal import Reason, Refusal
from engine.sandbox.core.resting import rest, touch
from engine.sandbox.core.state import State
from engine.sandbox.core.trading import carry_out

_LATEST_NS = 2**63 - 1
_CLIENT_ORDER_ID = re.compile(r"[-\w:+=/]{0,64}", re.ASCII)


def create(state: State, account_id: str, request: OrderRequest) -> Placement:
    """Raises Refusal, and changes nothing; only a fill-or-kill that is killed burns its client order id."""
    account = state.account(account_id)
    record = state.market(request.ticker)
    require_exchange(state, record.exchange_index)
    require_new_id(account, request.client_order_id)
    require_trading(state, record)
    require_price(record, request.price_bp)
    _check_request(state, account, record, request)
    count_c = _reducible(account, request) if request.reduce_only else request.count_c
    plan = plan_match(
        record, account_id, request.side, request.price_bp, count_c, request.self_trade_prevention
    )
    resting_c = 0
    if request.time_in_force is TimeInForce.FILL_OR_KILL:
        _require_whole(state, account, request, plan)
    elif request.time_in_force is TimeInForce.GOOD_TILL_CANCELED:
        if request.post_only and record.queue.crosses(request.side, request.price_bp):
            raise Refusal(Reason.INVALID_ORDER, "post only cross")
        resting_c = 0 if plan.met_own else plan.left_c
    # What cannot match now is weighed at the limit too: the check knows the order, not its luck in the book.
    unmatched_c = resting_c if plan.met_own else plan.left_c
    require_funds(state, account, record, request.side, request.price_bp, plan, unmatched_c)
    order = _accept(state, account, record, request, count_c)
    fills = carry_out(state, record, order, plan) if plan.matches or plan.own else []
    finish(state, record, order, plan, count_c - plan.left_c, resting_c)
    return Placement(order, fills)


def finish(
    state: State, record: MarketRecord, order: Order, plan: Plan, matched_c: CountC, resting_c: CountC
) -> None:
    """What becomes of an order after its match: done, resting, or canceled with nothing left."""
    group_id = order.order_group_id
    is_stopped = group_id is not None and group_id in state.groups and state.groups[group_id].is_triggered
    reason = UpdateReason.TRADE if matched_c else UpdateReason.NONE
    if plan.left_c == 0 and order.filled_c:
        order.status = VenueOrderStatus.EXECUTED
    elif resting_c and not is_stopped:
        order.remaining_c = resting_c
        rest(state, record, order)
    else:
        order.status = VenueOrderStatus.CANCELED
        if plan.met_own:
            reason = UpdateReason.SELF_TRADE
        elif order.reduce_only and not order.filled_c:
            reason = UpdateReason.REDUCE_ONLY
    touch(state, order, reason)


def require_new_id(account: Account, client_order_id: str) -> None:
    """Raises Refusal for a client order id that is malformed or was ever used by the account."""
    if client_order_id in account.client_order_ids:
        raise Refusal(Reason.ORDER_ALREADY_EXISTS, f"client_order_id: got {client_order_id}")
    if not _CLIENT_ORDER_ID.fullmatch(client_order_id):
        raise Refusal(
            Reason.INVALID_PARAMETERS,
            f"client_order_id: got {len(client_order_id)} characters, wanted at most 64 of [-\\w:+=/]",
        )


def burn(state: State, account: Account, client_order_id: str) -> None:
    """Marks a client order id as used though no order carries it."""
    if client_order_id:
        account.client_order_ids.add(client_order_id)
        state.dirty.burnt.append((account.account_id, client_order_id))


def require_price(record: MarketRecord, price_bp: PriceBp) -> None:
    if price_bp not in record.valid_prices:
        raise Refusal(Reason.INVALID_PRICE, f"price: {record.market.grid.explain(price_bp)}")


def _check_request(state: State, account: Account, record: MarketRecord, request: OrderRequest) -> None:
    if request.count_c <= 0:
        raise Refusal(
            Reason.INVALID_PARAMETERS, f"count: got {contracts(request.count_c)}, wanted at least 0.01"
        )
    if request.exchange_index is not None and request.exchange_index != record.exchange_index:
        raise Refusal(
            Reason.NOT_FOUND,
            f"exchange_index: got {request.exchange_index}, {record.ticker} is on {record.exchange_index}",
        )
    is_resting = request.time_in_force is TimeInForce.GOOD_TILL_CANCELED
    if request.post_only and not is_resting:
        raise Refusal(Reason.INVALID_ORDER, "post_only: wanted good_till_canceled")
    if request.reduce_only and request.time_in_force is not TimeInForce.IMMEDIATE_OR_CANCEL:
        raise Refusal(Reason.INVALID_ORDER, "reduce_only: wanted immediate_or_cancel")
    if request.expires_ns is not None:
        if not is_resting:
            raise Refusal(Reason.INVALID_ORDER, "expiration_time: wanted good_till_canceled")
        require_future(state, request.expires_ns)
    if request.order_group_id is not None:
        _check_group(state, account, record, request.order_group_id)


def require_future(state: State, expires_ns: int) -> None:
    """Raises Refusal for a time that is over, and for one that no clock in nanoseconds reaches: seconds that
    were given in milliseconds."""
    now_ns = state.clock.now_ns
    if not now_ns < expires_ns <= _LATEST_NS:
        got_s, now_s, latest_s = (at_ns // SECOND_NS for at_ns in (expires_ns, now_ns, _LATEST_NS))
        raise Refusal(
            Reason.INVALID_PARAMETERS,
            f"expiration_time: got {got_s}, wanted after {now_s} and at most {latest_s} (unix seconds)",
        )


def _check_group(state: State, account: Account, record: MarketRecord, order_group_id: str) -> None:
    group = state.groups.get(order_group_id)
    if group is None or group.account_id != account.account_id:
        raise Refusal(Reason.NOT_FOUND, f"order_group_id: got {order_group_id}")
    if group.exchange_index != record.exchange_index:
        raise Refusal(
            Reason.INVALID_ORDER,
            f"order_group_id: group is on {group.exchange_index}, {record.ticker} on {record.exchange_index}",
        )
    if group.is_triggered:
        raise Refusal(Reason.INVALID_ORDER, f"order_group_id: {order_group_id} was triggered, wanted a reset")


def _reducible(account: Account, request: OrderRequest) -> CountC:
    """The part of a reduce-only order that the position allows."""
    position_c = account.position_c(request.ticker)
    held_c = -position_c if request.side is BookSide.BID else position_c
    return min(request.count_c, max(0, held_c))


def _require_whole(state: State, account: Account, request: OrderRequest, plan: Plan) -> None:
    if plan.left_c:
        burn(state, account, request.client_order_id)
        raise Refusal(
            Reason.FILL_OR_KILL,
            f"count: got {contracts(request.count_c)}, resting {contracts(plan.matched_c)}",
        )


def _accept(
    state: State, account: Account, record: MarketRecord, request: OrderRequest, count_c: CountC
) -> Order:
    """The order with its id; from here on it exists."""
    now_ns = state.clock.now_ns
    number = state.next_id
    order = Order(
        state.draw_id(),
        account.account_id,
        request.client_order_id,
        request.ticker,
        request.side,
        request.price_bp,
        count_c or request.count_c,
        now_ns,
        now_ns,
        request.time_in_force,
        request.self_trade_prevention,
        record.exchange_index,
        number,
        request.expires_ns,
        request.order_group_id,
        request.cancel_on_pause,
        request.post_only,
        request.reduce_only,
    )
    state.orders[order.order_id] = order
    if request.client_order_id:
        account.client_order_ids.add(request.client_order_id)
    return order
