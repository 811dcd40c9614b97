"""A client of the control socket that does as it likes."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from pathlib import Path

from websockets.asyncio.client import ClientConnection, unix_connect
from websockets.asyncio.server import ServerConnection, unix_serve
from websockets.exceptions import ConnectionClosed

from engine.control.protocol import (
    PROTOCOL,
    Frame,
    Hello,
    Refused,
    RefusedCode,
    ServerFrame,
    decode_server_frame,
    encode,
)

UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


async def raw_connect(path: Path, hello: Hello | None = None, *, greets: bool = True) -> ClientConnection:
    """Through the opening handshake and (unless told otherwise) the greeting; then nothing is read."""
    connection = await unix_connect(
        str(path),
        compression=None,
        ping_interval=None,
        max_queue=1,
        max_size=2**24,
        user_agent_header=None,
        close_timeout=1,
    )
    if greets:
        await say(connection, hello or Hello(PROTOCOL, name="raw"))
        decode_server_frame(await connection.recv())
    return connection


async def say(connection: ClientConnection, frame: Frame) -> None:
    await connection.send(encode(frame), text=True)


async def hear(connection: ClientConnection) -> ServerFrame:
    return decode_server_frame(await connection.recv())


async def hear_end(connection: ClientConnection, within_s: float = 10) -> int:
    """Reads to the end; returns the code with which the engine closed (1006: without a word)."""
    async with asyncio.timeout(within_s):
        with contextlib.suppress(ConnectionClosed):
            while True:
                await connection.recv()
        await connection.wait_closed()
    return connection.close_code or 1006


def plain_connect(path: Path) -> socket.socket:
    """A socket that has not said a word. Raises BlockingIOError while too many wait for the engine."""
    end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    end.setblocking(False)
    try:
        end.connect(str(path))
    except OSError:
        end.close()
        raise
    return end


async def ends(end: socket.socket, within_s: float = 10) -> bool:
    """Whether the other side closes in time."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(within_s):
            while await loop.sock_recv(end, 65_536):
                pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


class Refuser:
    """Listens like an engine of another time and refuses everyone."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def __aenter__(self) -> None:
        self._server = await unix_serve(self._refuse, path=str(self._path))

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _refuse(self, connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send(encode(Refused(RefusedCode.PROTOCOL, "too new", 9, 8)), text=True)
