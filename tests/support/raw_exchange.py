"""A loopback server that reads whole HTTP requests and then does whatever a test wants to the connection."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

Effect = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class RawExchange:
    """``requests`` are the whole requests that arrived; the n-th connection's request gets the n-th effect,
    further ones the last."""

    def __init__(self, effects: list[Effect]) -> None:
        self.effects = effects
        self.requests: list[bytes] = []
        self.connections = 0
        self.arrived = asyncio.Event()
        """Set when the first whole request is there."""
        self.port = 0
        self.writers: list[asyncio.StreamWriter] = []

    @property
    def rest(self) -> str:
        return f"http://127.0.0.1:{self.port}/trade-api/v2"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        try:
            while (request := await read_request(reader)) is not None:
                self.requests.append(request)
                self.arrived.set()
                effect = self.effects[min(len(self.requests), len(self.effects)) - 1]
                await effect(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def raw_exchange(*effects: Effect) -> AsyncIterator[RawExchange]:
    exchange = RawExchange(list(effects))
    server = await asyncio.start_server(exchange.serve, "127.0.0.1", 0)
    exchange.port = server.sockets[0].getsockname()[1]
    try:
        yield exchange
    finally:
        server.close()
        for writer in exchange.writers:
            writer.close()
        await server.wait_closed()


async def read_request(reader: asyncio.StreamReader) -> bytes | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return head + await reader.readexactly(length)


def answer(status: int, body: bytes | str, *, date: str | None = None) -> Effect:
    data = body.encode() if isinstance(body, str) else body

    async def effect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        extra = f"Date: {date}\r\n" if date else ""
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{extra}"
        writer.write(f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data)
        await writer.drain()

    return effect


def raw(data: bytes) -> Effect:
    """Writes ``data`` as it is and closes the connection."""

    async def effect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        writer.close()

    return effect


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Ends the connection with RST instead of FIN."""
    found = writer.get_extra_info("socket")
    found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


def stall_after(data: bytes) -> Effect:
    """Writes ``data`` and then nothing, until the client goes."""

    async def effect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        await reader.read()

    return effect
