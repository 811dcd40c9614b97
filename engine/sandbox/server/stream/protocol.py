"""uvicorn's WebSocket protocol with the exchange's heartbeat, and with many frames in one write.

Pass it as ``uvicorn.Config(app, **UVICORN_OPTIONS)``. It is uvicorn's own ``websockets-sansio`` protocol,
which ``ws="auto"`` chooses too; uvicorn takes a subclass as ``ws``. Two things differ: the ping's body is
``heartbeat`` as the exchange's is, and the application may hand over prepared frames as bytes (the ASGI
extension ``sparko.stream``), which saves two conversions and a system call for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from engine.sandbox.server.stream.wires import EXTENSION, ConnectionGone

HEARTBEAT = b"heartbeat"
HEARTBEAT_INTERVAL_S = 10.0
HEARTBEAT_TIMEOUT_S = 20.0
"""A client that has not answered a ping for this long is gone."""

_TEXT = b"\x81"
"""FIN and the opcode of text (RFC 6455, section 5.2); a server's frames are not masked."""


class StreamProtocol(WebSocketsSansIOProtocol):
    """One connection. The application reaches it through :class:`ProtocolWires`."""

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if not self.handshake_complete:
            # The application's task has been made but not started, so it finds this in its scope.
            self.scope["extensions"][EXTENSION] = {"wires": ProtocolWires(self)}

    def send_keepalive_ping(self) -> None:
        """As uvicorn's, with the body ``heartbeat``; the pong must bring it back."""
        self.ping_timer = None
        if self.close_sent or self.transport.is_closing():
            return
        self.pending_ping_payload = HEARTBEAT
        self.ping_sent_at = self.loop.time()
        self.conn.send_ping(HEARTBEAT)
        self.transport.write(b"".join(self.conn.data_to_send()))
        if self.ping_timeout is None:
            self.schedule_ping()
        else:
            self.pong_timer = self.loop.call_later(self.ping_timeout, self.keepalive_timeout)

    def keepalive_timeout(self) -> None:
        """As uvicorn's; a client that reads nothing is cut off, since the rest would never be flushed."""
        super().keepalive_timeout()
        if self.transport.get_write_buffer_size():
            self.transport.abort()

    def write_texts(self, texts: Sequence[bytes]) -> None:
        """Writes text frames at once. Raises ConnectionGone when the connection is closing or closed."""
        if self.close_sent or self.disconnected or self.transport.is_closing():
            raise ConnectionGone
        if self.conn.extensions:
            for text in texts:
                self.conn.send_text(text)
            self.transport.write(b"".join(self.conn.data_to_send()))
            return
        parts: list[bytes] = []
        for text in texts:
            parts.append(_frame_head(len(text)))
            parts.append(text)
        self.transport.write(b"".join(parts))


class ProtocolWires:
    """The Wires of a connection that is served by :class:`StreamProtocol`."""

    __slots__ = ("_protocol",)

    def __init__(self, protocol: StreamProtocol) -> None:
        self._protocol = protocol

    async def send(self, frames: Sequence[bytes]) -> None:
        self._protocol.write_texts(frames)
        await self._protocol.writable.wait()

    async def close(self, code: int) -> None:
        protocol = self._protocol
        if not protocol.writable.is_set():
            # It takes nothing more, so a closing frame would wait for ever.
            protocol.transport.abort()
        elif not (protocol.close_sent or protocol.disconnected):
            await protocol.send({"type": "websocket.close", "code": code, "reason": None})

    async def cut(self) -> None:
        self._protocol.transport.abort()


def _frame_head(size: int) -> bytes:
    if size < 126:
        return _TEXT + size.to_bytes(1, "big")
    if size < 1 << 16:
        return _TEXT + b"\x7e" + size.to_bytes(2, "big")
    return _TEXT + b"\x7f" + size.to_bytes(8, "big")


UVICORN_OPTIONS: dict[str, Any] = {
    "ws": StreamProtocol,
    "ws_ping_interval": HEARTBEAT_INTERVAL_S,
    "ws_ping_timeout": HEARTBEAT_TIMEOUT_S,
    "ws_per_message_deflate": False,
    "ws_max_size": 16 * 1024 * 1024,
}
"""What the server's uvicorn.Config must be given for the stream. Frames are small and local, so they are not
compressed."""
