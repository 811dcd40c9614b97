"""Messages of the private channels: fills, orders, positions, order groups."""

from __future__ import annotations

from engine.domain.order import BookSide, Leg
from engine.domain.units import Nanoseconds
from engine.sandbox.core.accounts import Holding
from engine.sandbox.core.feed import Filled, GroupChanged, GroupEvent
from engine.sandbox.core.orders import Order
from engine.sandbox.server.stream.moments import milliseconds, seconds, time_text
from engine.wire.fixed_point import count_text, money_text, price_text
from engine.wire.shape import ABSENT, MaybeText
from engine.wire.stream import FillMessage, MarketPositionMessage, OrderGroupMessage, UserOrderMessage

FILL = "fill"
USER_ORDER = "user_order"
MARKET_POSITION = "market_position"
ORDER_GROUP = "order_group_updates"


def fill_message(fill: Filled) -> FillMessage:
    """An ask is a purchase of the NO leg, so ``side`` is the leg bought and ``action`` always buy."""
    leg = _leg(fill.side)
    return FillMessage(
        trade_id=fill.trade_id,
        order_id=fill.order_id,
        client_order_id=fill.client_order_id or ABSENT,
        market_ticker=fill.ticker,
        exchange_index=fill.exchange_index,
        is_taker=fill.is_taker,
        side=leg,
        action="buy",
        purchased_side=leg,
        outcome_side=leg,
        book_side=fill.side.value,
        yes_price_dollars=price_text(fill.price_bp),
        count_fp=count_text(fill.count_c),
        fee_cost=money_text(fill.fee_ud),
        post_position_fp=count_text(fill.post_position_c),
        ts=seconds(fill.at_ns),
        ts_ms=milliseconds(fill.at_ns),
    )


def order_message(order: Order, reason: str) -> UserOrderMessage:
    """The order as it is now; ``reason`` says what changed it last."""
    leg = _leg(order.side)
    return UserOrderMessage(
        order_id=order.order_id,
        user_id=order.account_id,
        ticker=order.ticker,
        exchange_index=order.exchange_index,
        status=order.status.value,
        side=leg,
        is_yes=order.side is BookSide.BID,
        outcome_side=leg,
        book_side=order.side.value,
        yes_price_dollars=price_text(order.price_bp),
        fill_count_fp=count_text(order.filled_c),
        remaining_count_fp=count_text(order.remaining_c),
        initial_count_fp=count_text(order.initial_c),
        taker_fill_cost_dollars=money_text(order.taker_cost_ud),
        maker_fill_cost_dollars=money_text(order.maker_cost_ud),
        taker_fees_dollars=money_text(order.taker_fees_ud),
        maker_fees_dollars=money_text(order.maker_fees_ud),
        client_order_id=order.client_order_id,
        order_group_id=order.order_group_id or ABSENT,
        self_trade_prevention_type=order.self_trade_prevention.value,
        created_time=time_text(order.created_ns),
        created_ts_ms=milliseconds(order.created_ns),
        last_update_time=time_text(order.updated_ns),
        last_updated_ts_ms=milliseconds(order.updated_ns),
        last_update_reason=reason,
        expiration_time=_optional_time(order.expires_ns),
        expiration_ts_ms=ABSENT if order.expires_ns is None else milliseconds(order.expires_ns),
        subaccount_number=0,
    )


def position_message(account_id: str, holding: Holding) -> MarketPositionMessage:
    """The sandbox books every fee of a market to the position in it, so the two fee fields agree."""
    return MarketPositionMessage(
        user_id=account_id,
        market_ticker=holding.ticker,
        position_fp=count_text(holding.count_c),
        position_cost_dollars=money_text(holding.cost_ud),
        realized_pnl_dollars=money_text(holding.realised_ud),
        fees_paid_dollars=money_text(holding.fees_ud),
        position_fee_cost_dollars=money_text(holding.fees_ud),
        volume_fp=count_text(holding.traded_c),
        subaccount=0,
    )


def group_message(change: GroupChanged) -> OrderGroupMessage:
    """The limit is told when it is set: at the creation and when it changes."""
    tells_limit = change.event in (GroupEvent.CREATED, GroupEvent.LIMIT_UPDATED)
    return OrderGroupMessage(
        event_type=change.event.value,
        order_group_id=change.order_group_id,
        contracts_limit_fp=count_text(change.contracts_limit_c) if tells_limit else ABSENT,
        ts_ms=milliseconds(change.at_ns),
    )


def _leg(side: BookSide) -> str:
    return Leg.YES.value if side is BookSide.BID else Leg.NO.value


def _optional_time(at_ns: Nanoseconds | None) -> MaybeText:
    return ABSENT if at_ns is None else time_text(at_ns)
