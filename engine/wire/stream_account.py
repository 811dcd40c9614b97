"""WebSocket frames of one account: fills, orders, positions, order groups."""

from __future__ import annotations

from msgspec import UnsetType

from engine.wire.shape import ABSENT, MaybeBool, MaybeInt, MaybeText, Shape
from engine.wire.stream_commands import Frame


class FillMessage(Shape, gc=False, frozen=True, kw_only=True):
    trade_id: str
    order_id: str
    client_order_id: MaybeText = ABSENT
    market_ticker: str
    exchange_index: MaybeInt = ABSENT
    is_taker: bool
    side: MaybeText = ABSENT
    action: MaybeText = ABSENT
    purchased_side: MaybeText = ABSENT
    outcome_side: str
    book_side: str
    yes_price_dollars: str
    count_fp: str
    fee_cost: str
    post_position_fp: str
    subaccount: MaybeInt = ABSENT
    ts: int
    ts_ms: int | UnsetType = ABSENT


class FillNotice(Frame, tag="fill", frozen=True, kw_only=True):
    sid: int
    msg: FillMessage


class UserOrderMessage(Shape, gc=False, frozen=True, kw_only=True):
    """The market is under ``ticker`` here, not ``market_ticker``."""

    order_id: str
    user_id: MaybeText = ABSENT
    ticker: str
    exchange_index: MaybeInt = ABSENT
    status: str
    side: MaybeText = ABSENT
    is_yes: MaybeBool = ABSENT
    outcome_side: str
    book_side: str
    yes_price_dollars: str
    fill_count_fp: str
    remaining_count_fp: str
    initial_count_fp: str
    taker_fill_cost_dollars: str
    maker_fill_cost_dollars: str
    taker_fees_dollars: str
    maker_fees_dollars: str
    client_order_id: str
    order_group_id: MaybeText = ABSENT
    self_trade_prevention_type: MaybeText = ABSENT
    created_time: MaybeText = ABSENT
    created_ts_ms: MaybeInt = ABSENT
    last_update_time: MaybeText = ABSENT
    last_updated_ts_ms: MaybeInt = ABSENT
    last_update_reason: MaybeText = ABSENT
    expiration_time: MaybeText = ABSENT
    expiration_ts_ms: MaybeInt = ABSENT
    subaccount_number: MaybeInt = ABSENT


class UserOrder(Frame, tag="user_order", frozen=True, kw_only=True):
    sid: int
    msg: UserOrderMessage


class MarketPositionMessage(Shape, gc=False, frozen=True, kw_only=True):
    user_id: MaybeText = ABSENT
    market_ticker: str
    position_fp: str
    position_cost_dollars: str
    realized_pnl_dollars: str
    fees_paid_dollars: str
    position_fee_cost_dollars: MaybeText = ABSENT
    volume_fp: str
    subaccount: MaybeInt = ABSENT


class MarketPositionNotice(Frame, tag="market_position", frozen=True, kw_only=True):
    sid: int
    msg: MarketPositionMessage


class OrderGroupMessage(Shape, gc=False, frozen=True, kw_only=True):
    event_type: str
    order_group_id: str
    contracts_limit_fp: MaybeText = ABSENT
    ts_ms: MaybeInt = ABSENT


class OrderGroupUpdate(Frame, tag="order_group_updates", frozen=True, kw_only=True):
    sid: int
    seq: int
    msg: OrderGroupMessage
