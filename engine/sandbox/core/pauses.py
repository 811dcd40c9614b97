"""Pausing and resuming the exchange and its trading, shard by shard, by hand and by the schedule."""

from __future__ import annotations

from msgspec.structs import replace

from engine.sandbox.core.clock import DueKind
from engine.sandbox.core.feed import StatusChanged
from engine.sandbox.core.orders import UpdateReason
from engine.sandbox.core.resting import withdraw
from engine.sandbox.core.shards import ShardStatus
from engine.sandbox.core.state import State


def set_active(
    state: State, exchange_active: bool | None, trading_active: bool | None, exchange_index: int | None
) -> None:
    """Sets what is given, on one shard or on all. A hand on trading takes it out of the schedule's hold."""
    shards = list(state.statuses) if exchange_index is None else [exchange_index]
    for shard in shards:
        status = state.statuses[shard]
        if exchange_active is not None:
            status = replace(status, exchange_active=exchange_active)
        if trading_active is not None:
            status = replace(status, trading_active=trading_active, resumes_ns=None)
            state.in_maintenance.discard(shard)
        _set(state, status)


def schedule_maintenance(state: State) -> None:
    """Puts the next maintenance window on the agenda; if one is on, it starts now."""
    if state.rules.maintenance is None or not state.rules.keeps_maintenance:
        return
    start_ns, end_ns = state.rules.maintenance.window_after(state.clock.now_ns)
    state.agenda.add(start_ns, DueKind.MAINTENANCE_START)
    state.agenda.add(end_ns, DueKind.MAINTENANCE_END)


def resume_schedule(state: State) -> None:
    """After a restore: a window that has begun only ends yet; without a schedule nothing stays stopped."""
    maintenance = state.rules.maintenance
    if maintenance is None or not state.rules.keeps_maintenance:
        end_maintenance(state)
        return
    start_ns, end_ns = maintenance.window_after(state.clock.now_ns)
    if start_ns > state.clock.now_ns:
        state.agenda.add(start_ns, DueKind.MAINTENANCE_START)
    state.agenda.add(end_ns, DueKind.MAINTENANCE_END)


def start_maintenance(state: State) -> None:
    """Stops trading where it runs, until the window ends."""
    maintenance = state.rules.maintenance
    resumes_ns = maintenance.window_after(state.clock.now_ns)[1] if maintenance is not None else None
    for shard, status in state.statuses.items():
        if status.trading_active:
            state.in_maintenance.add(shard)
            _set(state, replace(status, trading_active=False, resumes_ns=resumes_ns))


def end_maintenance(state: State) -> None:
    """Resumes what the window stopped, and schedules the next."""
    for shard in sorted(state.in_maintenance):
        _set(state, replace(state.statuses[shard], trading_active=True, resumes_ns=None))
    state.in_maintenance.clear()
    schedule_maintenance(state)


def _set(state: State, status: ShardStatus) -> None:
    before = state.statuses[status.exchange_index]
    if status == before:
        return
    state.statuses[status.exchange_index] = status
    state.dirty.statuses[status.exchange_index] = None
    state.feed.append(
        StatusChanged(
            status.exchange_index, status.exchange_active, status.trading_active, state.clock.now_ns
        )
    )
    if _runs(before) and not _runs(status):
        _halt_orders(state, status.exchange_index)


def _runs(status: ShardStatus) -> bool:
    return status.exchange_active and status.trading_active


def _halt_orders(state: State, exchange_index: int) -> None:
    """Cancels the resting orders that asked not to outlive a pause."""
    halted = [
        order
        for account in state.accounts.values()
        for order in account.resting.values()
        if order.cancel_on_pause and order.exchange_index == exchange_index
    ]
    for order in sorted(halted, key=lambda order: order.priority):
        withdraw(state, state.markets[order.ticker], order, UpdateReason.HALT)
