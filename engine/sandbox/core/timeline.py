"""Moving the exchange through time: everything due happens at its own time, in order."""

from __future__ import annotations

from engine.domain.market import MarketStatus
from engine.domain.units import Nanoseconds
from engine.sandbox.core.clock import Due, DueKind
from engine.sandbox.core.lifecycle import (
    cancel_resting,
    close_market,
    finalize,
    is_settlement_due,
    open_market,
)
from engine.sandbox.core.orders import UpdateReason
from engine.sandbox.core.pauses import end_maintenance, start_maintenance
from engine.sandbox.core.resting import withdraw
from engine.sandbox.core.state import State

_BEFORE_CLOSE = (MarketStatus.INITIALIZED, MarketStatus.ACTIVE, MarketStatus.INACTIVE)


def advance(state: State, to_ns: Nanoseconds) -> None:
    """Brings the exchange to ``to_ns``; an earlier time than now changes nothing."""
    agenda, clock = state.agenda, state.clock
    while (due := agenda.first()) is not None and due[0] <= to_ns:
        agenda.pop()
        if applies(state, due):
            clock.now_ns = max(clock.now_ns, due[0])
            _run(state, due)
    clock.now_ns = max(clock.now_ns, to_ns)


def next_due_ns(state: State) -> Nanoseconds | None:
    """When something happens by itself next; None if nothing will."""
    while (due := state.agenda.first()) is not None:
        if applies(state, due):
            return max(due[0], state.clock.now_ns)
        state.agenda.pop()
    return None


def applies(state: State, due: Due) -> bool:
    """Whether what was put on the agenda has not been overtaken since."""
    at_ns, kind, key = due
    if kind is DueKind.ORDER_EXPIRY:
        order = state.orders[key]
        return order.remaining_c > 0 and order.expires_ns == at_ns
    if kind in (DueKind.MAINTENANCE_START, DueKind.MAINTENANCE_END):
        return True
    record = state.markets[key]
    market = record.market
    if kind is DueKind.MARKET_OPEN:
        return market.status is MarketStatus.INITIALIZED and market.open_ns == at_ns
    if kind is DueKind.MARKET_CLOSE:
        return market.status in _BEFORE_CLOSE and market.close_ns == at_ns
    if kind is DueKind.CLOSE_CANCEL:
        return market.status is MarketStatus.CLOSED and not record.queue.is_empty
    return is_settlement_due(record, at_ns)


def _run(state: State, due: Due) -> None:
    _, kind, key = due
    match kind:
        case DueKind.ORDER_EXPIRY:
            order = state.orders[key]
            withdraw(state, state.markets[order.ticker], order, UpdateReason.EXPIRY)
        case DueKind.MAINTENANCE_START:
            start_maintenance(state)
        case DueKind.MAINTENANCE_END:
            end_maintenance(state)
        case DueKind.MARKET_OPEN:
            open_market(state, state.markets[key])
        case DueKind.MARKET_CLOSE:
            close_market(state, state.markets[key])
        case DueKind.CLOSE_CANCEL:
            cancel_resting(state, state.markets[key])
        case DueKind.SETTLEMENT:
            finalize(state, state.markets[key])
