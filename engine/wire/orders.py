"""Order requests and answers of the V2 endpoints, and order groups."""

from __future__ import annotations

from msgspec import UnsetType

from engine.wire.shape import ABSENT, MaybeBool, MaybeInt, MaybeText, Shape


class CreateOrder(Shape, frozen=True, kw_only=True):
    """``POST /portfolio/events/orders``. Count and price are text; the price is always the YES price."""

    ticker: str
    side: str
    count: str
    price: str
    time_in_force: str
    self_trade_prevention_type: str
    client_order_id: str | UnsetType = ABSENT
    expiration_time: int | UnsetType | None = ABSENT
    post_only: bool | UnsetType = ABSENT
    reduce_only: bool | UnsetType = ABSENT
    cancel_order_on_pause: bool | UnsetType = ABSENT
    subaccount: int | UnsetType = ABSENT
    order_group_id: str | UnsetType = ABSENT
    exchange_index: int | UnsetType = ABSENT


class OrderPlaced(Shape, frozen=True, kw_only=True):
    """Averages are there only when something was filled."""

    order_id: str
    client_order_id: MaybeText = ABSENT
    fill_count: str
    remaining_count: str
    average_fill_price: MaybeText = ABSENT
    average_fee_paid: MaybeText = ABSENT
    ts_ms: int


class AmendOrder(Shape, frozen=True, kw_only=True):
    """``count`` is what was filled already and what is still wanted; expiration 0 removes the expiry."""

    ticker: str
    side: str
    price: str
    count: str
    client_order_id: str | UnsetType = ABSENT
    updated_client_order_id: str | UnsetType = ABSENT
    expiration_time: int | UnsetType | None = ABSENT
    exchange_index: int | UnsetType = ABSENT


class OrderAmended(Shape, frozen=True, kw_only=True):
    order_id: str
    client_order_id: MaybeText = ABSENT
    remaining_count: MaybeText = ABSENT
    fill_count: MaybeText = ABSENT
    average_fill_price: MaybeText = ABSENT
    average_fee_paid: MaybeText = ABSENT
    ts_ms: int


class DecreaseOrder(Shape, frozen=True, kw_only=True):
    """Exactly one of the two amounts."""

    reduce_by: str | UnsetType = ABSENT
    reduce_to: str | UnsetType = ABSENT
    exchange_index: int | UnsetType = ABSENT
    market_ticker: str | UnsetType = ABSENT


class OrderDecreased(Shape, frozen=True, kw_only=True):
    order_id: str
    client_order_id: MaybeText = ABSENT
    remaining_count: str
    ts_ms: int


class OrderCanceled(Shape, frozen=True, kw_only=True):
    order_id: str
    client_order_id: MaybeText = ABSENT
    reduced_by: str
    ts_ms: MaybeInt = ABSENT


class ItemError(Shape, frozen=True, kw_only=True):
    code: str
    message: MaybeText = ABSENT
    details: MaybeText = ABSENT


class BatchCreate(Shape, frozen=True, kw_only=True):
    orders: list[CreateOrder]


class BatchPlacedItem(Shape, frozen=True, kw_only=True):
    order_id: MaybeText = ABSENT
    client_order_id: MaybeText = ABSENT
    fill_count: MaybeText = ABSENT
    remaining_count: MaybeText = ABSENT
    average_fill_price: MaybeText = ABSENT
    average_fee_paid: MaybeText = ABSENT
    ts_ms: MaybeInt = ABSENT
    error: ItemError | UnsetType | None = ABSENT


class BatchPlaced(Shape, frozen=True, kw_only=True):
    orders: list[BatchPlacedItem]


class CancelItem(Shape, frozen=True, kw_only=True):
    order_id: str
    subaccount: int | UnsetType = ABSENT
    exchange_index: int | UnsetType = ABSENT
    market_ticker: str | UnsetType = ABSENT


class BatchCancel(Shape, frozen=True, kw_only=True):
    orders: list[CancelItem]


class BatchCanceledItem(Shape, frozen=True, kw_only=True):
    order_id: str
    client_order_id: MaybeText = ABSENT
    reduced_by: MaybeText = ABSENT
    ts_ms: MaybeInt = ABSENT
    error: ItemError | UnsetType | None = ABSENT


class BatchCanceled(Shape, frozen=True, kw_only=True):
    orders: list[BatchCanceledItem]


class Order(Shape, frozen=True, kw_only=True):
    """An order as it is listed and read."""

    order_id: str
    user_id: MaybeText = ABSENT
    client_order_id: str
    ticker: str
    side: MaybeText = ABSENT
    action: MaybeText = ABSENT
    outcome_side: str
    book_side: str
    type: str
    status: str
    yes_price_dollars: str
    no_price_dollars: str
    fill_count_fp: str
    remaining_count_fp: str
    initial_count_fp: str
    taker_fill_cost_dollars: str
    maker_fill_cost_dollars: str
    taker_fees_dollars: str
    maker_fees_dollars: str
    expiration_time: MaybeText = ABSENT
    created_time: MaybeText = ABSENT
    last_update_time: MaybeText = ABSENT
    self_trade_prevention_type: MaybeText = ABSENT
    order_group_id: MaybeText = ABSENT
    cancel_order_on_pause: MaybeBool = ABSENT
    subaccount_number: MaybeInt = ABSENT
    exchange_index: MaybeInt = ABSENT


class OrderAnswer(Shape, frozen=True, kw_only=True):
    order: Order


class OrderPage(Shape, frozen=True, kw_only=True):
    orders: list[Order]
    cursor: MaybeText = ABSENT


class QueuePosition(Shape, frozen=True, kw_only=True):
    order_id: str
    market_ticker: str
    queue_position_fp: str


class QueuePositions(Shape, frozen=True, kw_only=True):
    queue_positions: list[QueuePosition]


class QueuePositionAnswer(Shape, frozen=True, kw_only=True):
    """Contracts ahead of the order."""

    queue_position_fp: str


class CreateGroup(Shape, frozen=True, kw_only=True):
    contracts_limit: int | UnsetType = ABSENT
    contracts_limit_fp: str | UnsetType = ABSENT
    subaccount: int | UnsetType = ABSENT
    exchange_index: int | UnsetType = ABSENT


class GroupCreated(Shape, frozen=True, kw_only=True):
    order_group_id: str
    subaccount: MaybeInt = ABSENT
    exchange_index: MaybeInt = ABSENT


class GroupLimit(Shape, frozen=True, kw_only=True):
    contracts_limit: int | UnsetType = ABSENT
    contracts_limit_fp: str | UnsetType = ABSENT


class OrderGroup(Shape, frozen=True, kw_only=True):
    id: str
    contracts_limit_fp: MaybeText = ABSENT
    is_auto_cancel_enabled: bool
    exchange_index: MaybeInt = ABSENT


class OrderGroups(Shape, frozen=True, kw_only=True):
    order_groups: list[OrderGroup]


class OrderGroupDetail(Shape, frozen=True, kw_only=True):
    is_auto_cancel_enabled: bool
    contracts_limit_fp: MaybeText = ABSENT
    orders: list[str]
    exchange_index: MaybeInt = ABSENT
