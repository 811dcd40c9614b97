"""How frames reach a client: through the server's own protocol where it is ours, else through ASGI."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from starlette.websockets import WebSocket, WebSocketDisconnect

EXTENSION = "sparko.stream"
"""The ASGI extension under which :class:`StreamProtocol` offers itself."""


class ConnectionGone(Exception):
    """The client is not there any more."""


class Wires(Protocol):
    """One connection's way out."""

    async def send(self, frames: Sequence[bytes]) -> None:
        """Sends text frames; returns when the connection takes more. Raises ConnectionGone."""
        ...

    async def close(self, code: int) -> None:
        """Says goodbye; a connection already gone is no error."""
        ...

    async def cut(self) -> None:
        """Ends the connection without a word."""
        ...


class AsgiWires:
    """Any ASGI server: one message for each frame, and no way to leave without a closing frame."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket
        self._is_closed = False

    async def send(self, frames: Sequence[bytes]) -> None:
        if self._is_closed:
            raise ConnectionGone
        try:
            for frame in frames:
                await self._websocket.send_text(frame.decode())
        except (WebSocketDisconnect, RuntimeError) as gone:
            # Starlette raises the second one once it knows that the connection is closing.
            raise ConnectionGone from gone

    async def close(self, code: int) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        try:
            await self._websocket.close(code)
        except (WebSocketDisconnect, RuntimeError):
            # The client left first; there is nobody to say goodbye to.
            return

    async def cut(self) -> None:
        await self.close(1011)


def wires_of(websocket: WebSocket) -> Wires:
    """The fast way if the server offers it."""
    offered: Wires | None = websocket.scope.get("extensions", {}).get(EXTENSION, {}).get("wires")
    return offered if offered is not None else AsgiWires(websocket)
