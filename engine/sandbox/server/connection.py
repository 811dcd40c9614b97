"""Cutting a connection from within the application: what a fault needs and ASGI has no word for.

The HTTP protocol puts its transport into the scope, so that a fault can reset the connection for real. Where
there is no connection (an application called in process) the same fault raises ConnectionCut instead.
"""

from __future__ import annotations

import asyncio
import socket
import struct

from starlette.types import Receive, Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from engine.wire.errors import ErrorBody, error_bytes

TRANSPORT_KEY = "sandbox.transport"

_LINGER_NOTHING = struct.pack("ii", 1, 0)


class ConnectionCut(ConnectionResetError):
    """The connection was reset by a fault; seen only where no real socket is in between."""


class CuttableProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol, whose scope knows its transport."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope[TRANSPORT_KEY] = self.transport  # type: ignore[literal-required]

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP is answered in the wire's shape too, and the connection closed."""
        body = error_bytes(ErrorBody("bad_request", "bad request", msg))
        head = (
            "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode("ascii") + body)
        self.transport.close()


async def cut(scope: Scope, receive: Receive) -> None:
    """Resets the connection of a request: the client sees RST, not an orderly end. Returns when it is gone.

    Raises ConnectionCut where the request came over no socket.
    """
    transport = scope.get(TRANSPORT_KEY)
    if not isinstance(transport, asyncio.Transport):
        raise ConnectionCut("the connection was reset by a fault")
    connection = transport.get_extra_info("socket")
    if connection is not None:
        # Closing with a linger time of zero discards what is unsent and answers with a reset.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOTHING)
    transport.abort()
    await until_gone(receive)


async def until_gone(receive: Receive) -> None:
    """Waits for the client to leave, or for the connection to be cut."""
    while (await receive())["type"] != "http.disconnect":
        pass
