"""Routes found by the first two segments of a path, so that few patterns are tried for each request."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

_TEMPLATE = "{"


class RouteIndex:
    """ASGI: does what a Router of the same routes does, below one mount.

    Of each pair of segments that stands fixed in some route there is a router of those routes, in their
    order, that a path with that beginning can fit; any other path goes to those that take anything there.
    """

    def __init__(self, routes: Sequence[Route], root: str) -> None:
        """``root`` is where it is mounted; the paths of ``routes`` begin below."""
        self._root = root
        self._routers: dict[tuple[str, str], Router] = {}
        beginnings = [_beginning(route.path) for route in routes]
        for first, second in dict.fromkeys([*beginnings, *((first, "") for first, _ in beginnings)]):
            wanted = "" if second.startswith(_TEMPLATE) else second
            fitting = [
                route
                for route, (one, other) in zip(routes, beginnings, strict=True)
                if one == first and (other == wanted or other.startswith(_TEMPLATE))
            ]
            self._routers[(first, wanted)] = Router(fitting, redirect_slashes=False)
        self._nothing = Router(redirect_slashes=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._router(scope["path"])(scope, receive, send)

    def _router(self, path: str) -> ASGIApp:
        first, second = _beginning(path[len(self._root) :])
        known = self._routers.get((first, second))
        return known or self._routers.get((first, ""), self._nothing)


def _beginning(path: str) -> tuple[str, str]:
    """The first two segments; empty where there are none."""
    first, _, rest = path.removeprefix("/").partition("/")
    return first, rest.partition("/")[0]
