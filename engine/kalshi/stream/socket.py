"""The WebSocket beneath the stream: what the feed asks of one, and the real one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol, TypeAlias

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, WebSocketException
from websockets.frames import Frame
from websockets.protocol import Event


class SocketLost(Exception):
    """The connection ended, or could not be made; the text says why, in one line."""


class UpgradeRefused(SocketLost):
    """The exchange answered the upgrade with an HTTP status, such as 401 for a bad signature or clock."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"upgrade refused: HTTP {status} {body}".rstrip())
        self.status = status


class Socket(Protocol):
    """``frames`` grows with everything that comes, pings included: the watchdog looks at it."""

    frames: int

    async def send(self, text: bytes) -> None: ...

    async def receive(self) -> str | bytes: ...

    async def probe(self) -> None:
        """Sends a ping and waits for its pong."""
        ...

    async def close(self) -> None: ...


Connect: TypeAlias = Callable[[str, Mapping[str, str]], Awaitable[Socket]]
"""From address and headers to an open socket; raises SocketLost."""


class _Connect(connect):
    """Goes to no other address than the one it was given: what is sent first may hold a key."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class _Counting(ClientConnection):
    """The library's connection, counting frames of every kind; it answers the exchange's pings itself."""

    frames = 0

    def process_event(self, event: Event) -> None:
        if isinstance(event, Frame):
            self.frames += 1
        super().process_event(event)


class WebSocket:
    """A Socket over the websockets library; its errors become SocketLost."""

    def __init__(self, connection: _Counting) -> None:
        self._connection = connection

    @property
    def frames(self) -> int:
        return self._connection.frames

    @frames.setter
    def frames(self, count: int) -> None:
        self._connection.frames = count

    async def send(self, text: bytes) -> None:
        try:
            await self._connection.send(text, text=True)
        except ConnectionClosed as error:
            raise SocketLost(_why(error)) from error

    async def receive(self) -> str | bytes:
        try:
            return await self._connection.recv(decode=False)
        except ConnectionClosed as error:
            raise SocketLost(_why(error)) from error

    async def probe(self) -> None:
        try:
            await (await self._connection.ping())
        except ConnectionClosed as error:
            raise SocketLost(_why(error)) from error

    async def close(self) -> None:
        await self._connection.close()


class SocketLimits(msgspec.Struct, frozen=True):
    """Bounds of what is buffered for us: bytes of one message, and messages waiting to be read."""

    largest_message: int = 16 * 1024 * 1024
    waiting_messages: int = 4_096
    close_timeout_s: int = 2


async def open_websocket(
    url: str,
    headers: Mapping[str, str],
    limits: SocketLimits = SocketLimits(),  # noqa: B008 - frozen
) -> WebSocket:
    """Connects with the headers of one signature. Raises UpgradeRefused or SocketLost.

    The library's own keep-alive is off: the feed's watchdog decides when a connection is dead.
    """
    try:
        connection = await _Connect(
            url,
            additional_headers=dict(headers),
            create_connection=_Counting,
            ping_interval=None,
            compression=None,
            max_size=limits.largest_message,
            max_queue=limits.waiting_messages,
            close_timeout=limits.close_timeout_s,
        )
    except InvalidStatus as error:
        body = bytes(error.response.body or b"")[:200].decode(errors="replace")
        raise UpgradeRefused(error.response.status_code, body) from error
    except (InvalidHandshake, WebSocketException, OSError, TimeoutError) as error:
        raise SocketLost(f"cannot connect: {type(error).__name__} {error}".rstrip()) from error
    assert isinstance(connection, _Counting)
    return WebSocket(connection)


def _why(error: ConnectionClosed) -> str:
    received = error.rcvd
    return f"closed by the exchange: {received.code} {received.reason}" if received else "connection dropped"
