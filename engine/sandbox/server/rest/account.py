"""Limits of the account, and what endpoints cost: ``/account/*``."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.sandbox.server.answers import json_response
from engine.sandbox.server.auth import require_caller
from engine.sandbox.server.costs import endpoint_costs
from engine.sandbox.server.rest.context import world_of


async def limits(request: Request) -> Response:
    caller = await require_caller(request, "read")
    return json_response(world_of(request).limits.describe(caller.account_id))


async def costs(request: Request) -> Response:
    """Only what does not cost the default."""
    return json_response(endpoint_costs())


async def upgrade(request: Request) -> Response:
    """From Basic to Advanced; answers with the limits that hold from now on."""
    caller = await require_caller(request, "write")
    world = world_of(request)
    world.limits.upgrade(caller.account_id)
    world.commit()
    return json_response(world.limits.describe(caller.account_id))


routes = [
    Route("/account/limits", limits),
    Route("/account/endpoint_costs", costs),
    Route("/account/api_usage_level/upgrade", upgrade, methods=["POST"]),
]
