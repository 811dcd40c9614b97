"""Whether a request may be carried out now: pauses of a shard, and the state of a market."""

from __future__ import annotations

from engine.domain.market import MarketStatus
from engine.sandbox.core.listing import MarketRecord
from engine.sandbox.core.orders import Order
from engine.sandbox.core.refusal import Reason, Refusal
from engine.sandbox.core.state import State


def require_exchange(state: State, exchange_index: int) -> None:
    """Raises Refusal for an unknown shard or one that is paused entirely."""
    status = state.statuses.get(exchange_index)
    if status is None:
        wanted = ", ".join(str(shard) for shard in state.statuses)
        raise Refusal(
            Reason.INVALID_PARAMETERS, f"exchange_index: got {exchange_index}, wanted one of {wanted}"
        )
    if not status.exchange_active:
        raise Refusal(Reason.EXCHANGE_PAUSED, f"exchange_index: {exchange_index}")


def require_trading(state: State, record: MarketRecord) -> None:
    """Raises Refusal unless orders may be placed and amended in a market: its shard trades, it is active."""
    require_exchange(state, record.exchange_index)
    if not state.statuses[record.exchange_index].trading_active:
        raise Refusal(Reason.TRADING_PAUSED, f"exchange_index: {record.exchange_index}")
    if record.market.status is not MarketStatus.ACTIVE:
        raise Refusal(Reason.MARKET_INACTIVE, f"{record.ticker}: {record.market.status.value}")


def require_open(state: State, record: MarketRecord) -> None:
    """Raises Refusal unless orders may be canceled and decreased: also while trading is paused or a market
    is inactive, but not once it is closed."""
    require_exchange(state, record.exchange_index)
    if record.market.status not in (MarketStatus.ACTIVE, MarketStatus.INACTIVE):
        raise Refusal(Reason.MARKET_INACTIVE, f"{record.ticker}: {record.market.status.value}")


def resting_order(state: State, account_id: str, order_id: str) -> Order:
    """Raises Refusal (not found) for an order that is not the account's or does not rest any more."""
    order = state.account(account_id).resting.get(order_id)
    if order is None:
        raise Refusal(Reason.NOT_FOUND, f"order_id: got {order_id}")
    return order


def can_trade(state: State, record: MarketRecord) -> bool:
    """Whether orders may be placed in a market now."""
    status = state.statuses[record.exchange_index]
    return status.exchange_active and status.trading_active and record.market.status is MarketStatus.ACTIVE
