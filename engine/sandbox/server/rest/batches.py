"""Batches of orders: each item succeeds or fails by itself, in the order given."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import msgspec
from msgspec import UNSET
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.sandbox.core.refusal import Refusal
from engine.sandbox.server.answers import BodyRefusal, json_response
from engine.sandbox.server.auth import require_caller
from engine.sandbox.server.rest.body import failed_rule, read_body
from engine.sandbox.server.rest.context import world_of
from engine.sandbox.server.rest.order_fields import read_create
from engine.sandbox.server.rest.order_writes import (
    TRADE_SCOPE,
    canceled_shape,
    committing,
    placed_shape,
    routed_order,
)
from engine.sandbox.server.rest.query import refuse_subaccount
from engine.wire.orders import (
    BatchCancel,
    BatchCanceled,
    BatchCanceledItem,
    BatchCreate,
    BatchPlaced,
    BatchPlacedItem,
    CancelItem,
    CreateOrder,
    ItemError,
)

T = TypeVar("T", bound=msgspec.Struct)

BATCH_MAX = 1_000
"""A bound of our own; in practice the write bucket sets the size."""


def _error(refusal: Refusal | BodyRefusal) -> ItemError:
    body = refusal if isinstance(refusal, Refusal) else refusal.body
    return ItemError(code=body.code, message=body.message, details=body.details or UNSET)


def _attempt(action: Callable[[], T]) -> T | ItemError:
    try:
        return action()
    except (Refusal, BodyRefusal) as refusal:
        return _error(refusal)


def _check_size(schema: str, count: int) -> None:
    if count == 0:
        raise failed_rule(schema, "orders", "min")
    if count > BATCH_MAX:
        raise failed_rule(schema, "orders", "max")


async def create(request: Request) -> Response:
    caller = await require_caller(request, TRADE_SCOPE)
    body = await read_body(request, BatchCreate, "BatchCreateOrdersV2Request")
    _check_size("BatchCreateOrdersV2Request", len(body.orders))
    with committing(world_of(request)) as exchange:

        def place(item: CreateOrder) -> BatchPlacedItem:
            placed = _attempt(
                lambda: placed_shape(exchange.create_order(caller.account_id, read_create(item)))
            )
            if isinstance(placed, ItemError):
                return BatchPlacedItem(client_order_id=item.client_order_id or UNSET, error=placed)
            return BatchPlacedItem(**{name: getattr(placed, name) for name in placed.__struct_fields__})

        answers = [place(item) for item in body.orders]
    return json_response(BatchPlaced(orders=answers), 201)


async def cancel(request: Request) -> Response:
    caller = await require_caller(request, TRADE_SCOPE)
    body = await read_body(request, BatchCancel, "BatchCancelOrdersV2Request")
    _check_size("BatchCancelOrdersV2Request", len(body.orders))
    with committing(world_of(request)) as exchange:

        def cancel_one(item: CancelItem) -> BatchCanceledItem:
            refuse_subaccount(item.subaccount or 0)
            index = None if item.exchange_index is UNSET else item.exchange_index
            routed_order(exchange, caller.account_id, item.order_id, index, item.market_ticker or None)
            order, reduced_c = exchange.cancel_order(caller.account_id, item.order_id)
            found = canceled_shape(order, reduced_c)
            return BatchCanceledItem(**{name: getattr(found, name) for name in found.__struct_fields__})

        answers = []
        for item in body.orders:
            found = _attempt(partial(cancel_one, item))
            if isinstance(found, ItemError):
                found = BatchCanceledItem(order_id=item.order_id, reduced_by="0.00", error=found)
            answers.append(found)
    return json_response(BatchCanceled(orders=answers))


_BATCHED = "/portfolio/events/orders/batched"
routes = [
    Route(_BATCHED, create, methods=["POST"]),
    Route(_BATCHED, cancel, methods=["DELETE"]),
]
