"""The order endpoints of version 1: their writes are gone for good, and say where to go."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.sandbox.server.answers import BodyRefusal
from engine.wire.errors import ErrorBody

MIGRATION_PAGE = "https://docs.kalshi.com/api-reference/orders/create-order-v2"
GONE = ErrorBody("deprecated_v1_order_endpoint", "Please switch to the V2 endpoints", MIGRATION_PAGE)


async def gone(request: Request) -> Response:
    raise BodyRefusal(410, GONE)


_ORDERS = "/portfolio/orders"
routes = [
    Route(_ORDERS, gone, methods=["POST"]),
    Route(f"{_ORDERS}/batched", gone, methods=["POST", "DELETE"]),
    Route(f"{_ORDERS}/{{order_id}}", gone, methods=["DELETE"]),
    Route(f"{_ORDERS}/{{order_id}}/amend", gone, methods=["POST"]),
    Route(f"{_ORDERS}/{{order_id}}/decrease", gone, methods=["POST"]),
]
