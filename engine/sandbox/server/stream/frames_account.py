"""Messages of the private channels: fills, orders, positions, order groups."""

from __future__ import annotations

from engine.domain.order import BookSide
from engine.sandbox.core.accounts import Holding
from engine.sandbox.core.feed import Filled, GroupChanged, GroupEvent
from engine.sandbox.core.orders import Order
from engine.sandbox.server.rest.projection import PRICE_TEXTS, count_of
from engine.sandbox.server.rest.projection_portfolio import order_shape, outcome_side
from engine.sandbox.server.rest.times import milliseconds_of, seconds_of
from engine.wire.fixed_point import money_text
from engine.wire.shape import ABSENT
from engine.wire.stream import FillMessage, MarketPositionMessage, OrderGroupMessage, UserOrderMessage

FILL = "fill"
USER_ORDER = "user_order"
MARKET_POSITION = "market_position"
ORDER_GROUP = "order_group_updates"


def fill_message(fill: Filled) -> FillMessage:
    """As REST shows a fill: the deprecated ``side`` is the leg that was acquired."""
    leg = outcome_side(fill.side)
    return FillMessage(
        trade_id=fill.trade_id,
        order_id=fill.order_id,
        client_order_id=fill.client_order_id or ABSENT,
        market_ticker=fill.ticker,
        exchange_index=fill.exchange_index,
        is_taker=fill.is_taker,
        side=leg,
        action="buy" if fill.side is BookSide.BID else "sell",
        purchased_side=leg,
        outcome_side=leg,
        book_side=fill.side.value,
        yes_price_dollars=PRICE_TEXTS[fill.price_bp],
        count_fp=count_of(fill.count_c),
        fee_cost=money_text(fill.fee_ud),
        post_position_fp=count_of(fill.post_position_c),
        ts=seconds_of(fill.at_ns),
        ts_ms=milliseconds_of(fill.at_ns),
    )


def order_message(order: Order, reason: str) -> UserOrderMessage:
    """The order as it is now, as REST shows it; ``reason`` says what changed it last."""
    shown = order_shape(order)
    return UserOrderMessage(
        order_id=shown.order_id,
        user_id=shown.user_id,
        ticker=shown.ticker,
        exchange_index=shown.exchange_index,
        status=shown.status,
        side=shown.outcome_side,
        is_yes=order.side is BookSide.BID,
        outcome_side=shown.outcome_side,
        book_side=shown.book_side,
        yes_price_dollars=shown.yes_price_dollars,
        fill_count_fp=shown.fill_count_fp,
        remaining_count_fp=shown.remaining_count_fp,
        initial_count_fp=shown.initial_count_fp,
        taker_fill_cost_dollars=shown.taker_fill_cost_dollars,
        maker_fill_cost_dollars=shown.maker_fill_cost_dollars,
        taker_fees_dollars=shown.taker_fees_dollars,
        maker_fees_dollars=shown.maker_fees_dollars,
        client_order_id=shown.client_order_id,
        order_group_id=shown.order_group_id,
        self_trade_prevention_type=shown.self_trade_prevention_type,
        created_time=shown.created_time,
        created_ts_ms=milliseconds_of(order.created_ns),
        last_update_time=shown.last_update_time,
        last_updated_ts_ms=milliseconds_of(order.updated_ns),
        last_update_reason=reason,
        expiration_time=shown.expiration_time,
        expiration_ts_ms=ABSENT if order.expires_ns is None else milliseconds_of(order.expires_ns),
        subaccount_number=shown.subaccount_number,
    )


def position_message(account_id: str, holding: Holding) -> MarketPositionMessage:
    """The sandbox books every fee of a market to the position in it, so the two fee fields agree."""
    return MarketPositionMessage(
        user_id=account_id,
        market_ticker=holding.ticker,
        position_fp=count_of(holding.count_c),
        position_cost_dollars=money_text(holding.cost_ud),
        realized_pnl_dollars=money_text(holding.realised_ud),
        fees_paid_dollars=money_text(holding.fees_ud),
        position_fee_cost_dollars=money_text(holding.fees_ud),
        volume_fp=count_of(holding.traded_c),
        subaccount=0,
    )


def group_message(change: GroupChanged) -> OrderGroupMessage:
    """The limit is told when it is set: at the creation and when it changes."""
    tells_limit = change.event in (GroupEvent.CREATED, GroupEvent.LIMIT_UPDATED)
    return OrderGroupMessage(
        event_type=change.event.value,
        order_group_id=change.order_group_id,
        contracts_limit_fp=count_of(change.contracts_limit_c) if tells_limit else ABSENT,
        ts_ms=milliseconds_of(change.at_ns),
    )
