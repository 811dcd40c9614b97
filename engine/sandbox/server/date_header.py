"""The ``Date`` of each answer, as of the answer: clients set their clocks by it.

uvicorn's own is made once a second at any place of it, and so up to a second late.
"""

from __future__ import annotations

from email.utils import formatdate
from functools import lru_cache

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine.domain.units import SECOND_NS
from engine.sandbox.server.wall import Wall


class DateHeader:
    """ASGI middleware, around everything that answers over HTTP."""

    def __init__(self, app: ASGIApp, *, wall: Wall) -> None:
        self._app = app
        self._wall = wall

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), _header(self._wall.now_ns() // SECOND_NS)]
            await send(message)

        await self._app(scope, receive, dated)


@lru_cache(maxsize=2)
def _header(second: int) -> tuple[bytes, bytes]:
    return b"date", formatdate(second, usegmt=True).encode()
