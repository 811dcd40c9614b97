"""What happens to order groups: made, counted, triggered, reset, limited, deleted."""

from __future__ import annotations

from engine.domain.units import ONE_CONTRACT_C, CountC, contracts
from engine.sandbox.core.access import require_exchange
from engine.sandbox.core.feed import GroupChanged, GroupEvent
from engine.sandbox.core.groups import OrderGroup
from engine.sandbox.core.orders import UpdateReason
from engine.sandbox.core.refusal import Reason, Refusal
from engine.sandbox.core.resting import withdraw
from engine.sandbox.core.state import State


def create(state: State, account_id: str, contracts_limit_c: CountC, exchange_index: int) -> OrderGroup:
    """Raises Refusal for a limit outside one contract to the rules' maximum, or an unknown shard."""
    state.account(account_id)
    require_exchange(state, exchange_index)
    _check_limit(state, contracts_limit_c)
    number = state.next_id
    group = OrderGroup(state.draw_id(), account_id, contracts_limit_c, exchange_index, number)
    state.groups[group.order_group_id] = group
    _tell(state, group, GroupEvent.CREATED)
    return group


def find(state: State, account_id: str, order_group_id: str) -> OrderGroup:
    """Raises Refusal (not found) for a group that is not the account's."""
    group = state.groups.get(order_group_id)
    if group is None or group.account_id != account_id:
        raise Refusal(Reason.NOT_FOUND, f"order_group_id: got {order_group_id}")
    require_exchange(state, group.exchange_index)
    return group


def reset(state: State, group: OrderGroup) -> None:
    group.clear()
    _tell(state, group, GroupEvent.RESET)


def limit(state: State, group: OrderGroup, contracts_limit_c: CountC) -> None:
    """Sets a new limit; triggers at once if more than that has matched within the window."""
    _check_limit(state, contracts_limit_c)
    group.contracts_limit_c = contracts_limit_c
    _tell(state, group, GroupEvent.LIMIT_UPDATED)
    group.expire(state.clock.now_ns, state.rules.group_window_ns)
    if group.is_over and not group.is_triggered:
        trigger(state, group)


def trigger(state: State, group: OrderGroup) -> None:
    """Cancels the group's orders; it takes no more until it is reset."""
    group.is_triggered = True
    _cancel_orders(state, group)
    _tell(state, group, GroupEvent.TRIGGERED)


def delete(state: State, group: OrderGroup) -> None:
    _cancel_orders(state, group)
    del state.groups[group.order_group_id]
    _tell(state, group, GroupEvent.DELETED)


def count_match(state: State, order_group_id: str, count_c: CountC) -> bool:
    """Counts a match; True when the group is over its limit and not triggered yet."""
    group = state.groups.get(order_group_id)
    if group is None:
        return False
    group.matched(state.clock.now_ns, count_c, state.rules.group_window_ns)
    state.dirty.groups[order_group_id] = None
    return group.is_over and not group.is_triggered


def _cancel_orders(state: State, group: OrderGroup) -> None:
    for order in sorted((state.orders[i] for i in group.order_ids), key=lambda order: order.priority):
        withdraw(state, state.markets[order.ticker], order, UpdateReason.NONE)


def _check_limit(state: State, contracts_limit_c: CountC) -> None:
    highest_c = state.rules.group_limit_max_c
    if not ONE_CONTRACT_C <= contracts_limit_c <= highest_c:
        raise Refusal(
            Reason.INVALID_PARAMETERS,
            f"contracts_limit: got {contracts(contracts_limit_c)}, wanted 1 to {contracts(highest_c)}",
        )


def _tell(state: State, group: OrderGroup, event: GroupEvent) -> None:
    state.dirty.groups[group.order_group_id] = None
    state.feed.append(
        GroupChanged(
            group.account_id, group.order_group_id, event, group.contracts_limit_c, state.clock.now_ns
        )
    )
