"""Orders as they are written: create, cancel, cancel all, amend, decrease."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.domain.order import BookSide
from engine.domain.units import SECOND_NS
from engine.sandbox.core.changing import KEEP, Expiry
from engine.sandbox.core.orders import Order, Placement
from engine.sandbox.server.answers import empty_response, json_response, not_found
from engine.sandbox.server.auth import require_caller
from engine.sandbox.server.rest.body import invalid_parameters, read_body
from engine.sandbox.server.rest.context import exchange_of, world_of
from engine.sandbox.server.rest.order_fields import (
    CREATE_SCHEMA,
    ROUTE_BY_TICKER,
    read_client_id,
    read_count,
    read_create,
    read_price,
    read_shard,
    read_word,
)
from engine.sandbox.server.rest.projection import count_of
from engine.sandbox.server.rest.projection_portfolio import average_fee, average_price, average_text
from engine.sandbox.server.rest.query import Query
from engine.sandbox.server.rest.times import milliseconds_of
from engine.wire.orders import (
    AmendOrder,
    CreateOrder,
    DecreaseOrder,
    OrderAmended,
    OrderCanceled,
    OrderDecreased,
    OrderPlaced,
)

if TYPE_CHECKING:
    from engine.sandbox.core.exchange import Exchange
    from engine.sandbox.server.world import World

TRADE_SCOPE = "write::trade"


@contextmanager
def committing(world: World) -> Iterator[Exchange]:
    """Makes durable what is done inside, also when it ends in a refusal: a killed order burns its id."""
    try:
        yield world.exchange
    finally:
        world.commit()


async def create(request: Request) -> Response:
    caller = await require_caller(request, TRADE_SCOPE)
    body = await read_body(request, CreateOrder, CREATE_SCHEMA)
    with committing(world_of(request)) as exchange:
        placement = exchange.create_order(caller.account_id, read_create(body))
    return json_response(placed_shape(placement), 201)


def placed_shape(placement: Placement) -> OrderPlaced:
    """What a new order did at once."""
    order, fills = placement.order, placement.fills
    filled_c = sum(fill.count_c for fill in fills)
    cost_ud = sum(fill.count_c * fill.price_bp for fill in fills)
    fees_ud = sum(fill.fee_ud for fill in fills)
    return OrderPlaced(
        order_id=order.order_id,
        client_order_id=order.client_order_id or UNSET,
        fill_count=count_of(filled_c),
        remaining_count=count_of(order.remaining_c),
        average_fill_price=average_text(cost_ud, filled_c) if filled_c else UNSET,
        average_fee_paid=average_text(fees_ud, filled_c) if filled_c else UNSET,
        ts_ms=milliseconds_of(order.updated_ns),
    )


def routed_order(
    exchange: Exchange, account_id: str, order_id: str, index: int | None, market_ticker: str | None
) -> Order | None:
    """The resting order, on the shard that the request goes to.

    A named shard is taken as it is; -1, or a market's ticker alone, routes by the ticker. Without either the
    order is found by its id; under strict shards the request goes to shard 0 and finds nothing elsewhere.
    Raises 404.
    """
    order = exchange.accounts[account_id].resting.get(order_id)
    if order is None:
        return None
    if market_ticker and market_ticker != order.ticker:
        raise not_found(f"order_id: got {order_id} in {market_ticker}")
    is_free = bool(market_ticker) or not exchange.rules.strict_shards
    is_routed = index == ROUTE_BY_TICKER or (index is None and is_free)
    shard = order.exchange_index if is_routed else (index or 0)
    if shard != order.exchange_index:
        raise not_found(f"order_id: got {order_id} on exchange_index {shard}")
    return order


def _check_route(request: Request, query: Query, account_id: str, order_id: str) -> None:
    index = query.integer("exchange_index", minimum=ROUTE_BY_TICKER)
    routed_order(exchange_of(request), account_id, order_id, index, query.text("market_ticker"))


async def cancel(request: Request) -> Response:
    caller = await require_caller(request, TRADE_SCOPE)
    query, order_id = Query(request, "CancelOrderV2"), request.path_params["order_id"]
    query.refuse_other_subaccounts()
    _check_route(request, query, caller.account_id, order_id)
    with committing(world_of(request)) as exchange:
        order, reduced_c = exchange.cancel_order(caller.account_id, order_id)
    return json_response(canceled_shape(order, reduced_c))


def canceled_shape(order: Order, reduced_c: int) -> OrderCanceled:
    return OrderCanceled(
        order_id=order.order_id,
        client_order_id=order.client_order_id or UNSET,
        reduced_by=count_of(reduced_c),
        ts_ms=milliseconds_of(order.updated_ns),
    )


async def cancel_all(request: Request) -> Response:
    """204, also when nothing rested. Refused only where every shard concerned is paused."""
    caller = await require_caller(request, TRADE_SCOPE)
    Query(request, "CancelAllOrders").refuse_other_subaccounts()
    with committing(world_of(request)) as exchange:
        resting = exchange.accounts[caller.account_id].resting
        shards = sorted({order.exchange_index for order in resting.values()})
        if shards and not any(exchange.statuses[index].exchange_active for index in shards):
            exchange.require_exchange(shards[0])
        exchange.cancel_all(caller.account_id)
    return empty_response()


async def amend(request: Request) -> Response:
    caller = await require_caller(request, TRADE_SCOPE)
    query, order_id = Query(request, "AmendOrderV2"), request.path_params["order_id"]
    query.refuse_other_subaccounts()
    body = await read_body(request, AmendOrder, "AmendOrderV2Request")
    index = read_shard(body.exchange_index)
    routed_order(
        exchange_of(request), caller.account_id, order_id, ROUTE_BY_TICKER if index is None else index, None
    )
    with committing(world_of(request)) as exchange:
        placement = exchange.amend_order(
            caller.account_id,
            order_id,
            price_bp=read_price(body.price),
            count_c=read_count(body.count),
            ticker=body.ticker,
            side=read_word(BookSide, body.side, "AmendOrderV2Request", "side"),
            client_order_id=read_client_id(body.client_order_id) or None,
            updated_client_order_id=read_client_id(body.updated_client_order_id, "updated_client_order_id")
            or None,
            expires_ns=_amended_expiry(body.expiration_time),
        )
    return json_response(_amended_shape(placement.order))


def _amended_expiry(seconds: int | UnsetType | None) -> Expiry:
    """Absent keeps the expiry, 0 removes it."""
    if seconds is UNSET or seconds is None:
        return KEEP
    return seconds * SECOND_NS if seconds else None


def _amended_shape(order: Order) -> OrderAmended:
    """The order after the amendment; the averages are of everything it has filled."""
    return OrderAmended(
        order_id=order.order_id,
        client_order_id=order.client_order_id or UNSET,
        remaining_count=count_of(order.remaining_c),
        fill_count=count_of(order.filled_c),
        average_fill_price=average_price(order) if order.filled_c else UNSET,
        average_fee_paid=average_fee(order) if order.filled_c else UNSET,
        ts_ms=milliseconds_of(order.updated_ns),
    )


async def decrease(request: Request) -> Response:
    caller = await require_caller(request, TRADE_SCOPE)
    query, order_id = Query(request, "DecreaseOrderV2"), request.path_params["order_id"]
    query.refuse_other_subaccounts()
    body = await read_body(request, DecreaseOrder, "DecreaseOrderV2Request")
    by, to = body.reduce_by, body.reduce_to
    if (by is UNSET) == (to is UNSET):
        got = "both" if by is not UNSET else "neither"
        raise invalid_parameters(f"reduce_by, reduce_to: got {got}, wanted exactly one")
    index = None if body.exchange_index is UNSET else body.exchange_index
    routed_order(exchange_of(request), caller.account_id, order_id, index, body.market_ticker or None)
    with committing(world_of(request)) as exchange:
        order = exchange.decrease_order(
            caller.account_id,
            order_id,
            reduce_by_c=None if by is UNSET else read_count(by, "reduce_by"),
            reduce_to_c=None if to is UNSET else read_count(to, "reduce_to"),
        )
    return json_response(
        OrderDecreased(
            order_id=order.order_id,
            client_order_id=order.client_order_id or UNSET,
            remaining_count=count_of(order.remaining_c),
            ts_ms=milliseconds_of(order.updated_ns),
        )
    )


_ORDERS = "/portfolio/events/orders"
routes = [
    Route(_ORDERS, create, methods=["POST"]),
    Route(_ORDERS, cancel_all, methods=["DELETE"]),
    Route(f"{_ORDERS}/{{order_id}}", cancel, methods=["DELETE"]),
    Route(f"{_ORDERS}/{{order_id}}/amend", amend, methods=["POST"]),
    Route(f"{_ORDERS}/{{order_id}}/decrease", decrease, methods=["POST"]),
]
