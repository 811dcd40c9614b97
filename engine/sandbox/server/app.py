"""The ASGI application: routes of REST, the stream and the side door, behind the gates."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount, WebSocketRoute
from starlette.websockets import WebSocket

from engine.sandbox.core.refusal import Refusal
from engine.sandbox.server.answers import (
    BodyRefusal,
    not_found,
    on_crash,
    on_http_exception,
    on_refusal,
    refusal_response,
)
from engine.sandbox.server.errand_gate import ErrandGate
from engine.sandbox.server.fault_gate import FaultGate
from engine.sandbox.server.gate import Gate
from engine.sandbox.server.rest.routes import routes as rest_routes
from engine.sandbox.server.route_index import RouteIndex
from engine.sandbox.server.side_door import routes as side_door_routes
from engine.sandbox.server.world import World
from engine.wire.signing import REST_ROOT, WEBSOCKET_PATH


def build_app(world: World) -> Starlette:
    """The application over one world. ``app.state.world`` is where handlers find it."""
    routes: list[BaseRoute] = [
        WebSocketRoute(WEBSOCKET_PATH, world.hub.endpoint),
        WebSocketRoute("/{path:path}", _no_such_stream),
        Mount("/sandbox", routes=side_door_routes),
        Mount(REST_ROOT, app=RouteIndex(rest_routes, REST_ROOT)),
    ]
    app = Starlette(
        routes=routes,
        middleware=[
            Middleware(FaultGate, faults=world.faults, wall=world.wall),
            Middleware(Gate, keys=world.keys, limits=world.limits, wall=world.wall),
            Middleware(ErrandGate, world=world),
        ],
        exception_handlers={
            Refusal: on_refusal,
            BodyRefusal: on_refusal,
            HTTPException: on_http_exception,
            500: on_crash,
        },
    )
    app.router.redirect_slashes = False
    app.state.world = world
    return app


async def _no_such_stream(websocket: WebSocket) -> None:
    """An upgrade anywhere else is answered as any unknown path is."""
    await websocket.send_denial_response(refusal_response(not_found()))
