"""Settlement indexes as the exchange passes them through: ``/cfbenchmarks/values``."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.sandbox.server.answers import json_response, not_found
from engine.sandbox.server.auth import require_caller
from engine.sandbox.server.rest.context import exchange_of
from engine.sandbox.server.rest.query import Query
from engine.sandbox.server.rest.times import milliseconds_of
from engine.wire.iso_time import iso_text


async def values(request: Request) -> Response:
    """The latest value of one index, in the index provider's envelope within the exchange's."""
    await require_caller(request, "read")
    query, exchange = Query(request, "GetCFBenchmarksValues"), exchange_of(request)
    index_id = query.text("id")
    if index_id is None:
        raise query.broken("id", "required")
    found = exchange.index_values.get(index_id)
    if found is None:
        raise not_found(f"id: got {index_id}")
    payload = [{"value": found.value, "time": milliseconds_of(found.at_ns)}]
    return json_response({"data": {"serverTime": iso_text(exchange.now_ns), "payload": payload}})


routes = [Route("/cfbenchmarks/values", values)]
