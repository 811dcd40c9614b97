"""Sources of the outside world on this machine: HTTP and WebSocket, well or failing as a test wants."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
from websockets.asyncio.server import ServerConnection, serve


class Asked(msgspec.Struct, frozen=True):
    path: str
    query: dict[str, str]
    headers: dict[str, str]


class Reply(msgspec.Struct, frozen=True):
    """``hangs``: the answer never comes; ``breaks``: the connection is cut instead."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = {}
    hangs: bool = False
    breaks: bool = False


def json_reply(document: Any, **headers: str) -> Reply:
    return Reply(body=msgspec.json.encode(document), headers={"Content-Type": "application/json"} | headers)


class OutsideHttp:
    """``answer`` says what a request gets; everything that was asked is in ``asked``."""

    def __init__(self, answer: Callable[[Asked], Reply]) -> None:
        self.answer = answer
        self.asked: list[Asked] = []
        self.url = ""

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await _head(reader):
                reply = self._reply(head)
                if reply.hangs:
                    await asyncio.sleep(3_600)
                if reply.breaks:
                    break
                writer.write(_bytes(reply))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def _reply(self, head: list[str]) -> Reply:
        parts = urlsplit(head[0].split(" ")[1])
        pairs = (line.partition(":") for line in head[1:])
        asked = Asked(
            parts.path,
            {name: values[0] for name, values in parse_qs(parts.query).items()},
            {name.strip().lower(): value.strip() for name, _, value in pairs},
        )
        self.asked.append(asked)
        return self.answer(asked)


async def _head(reader: asyncio.StreamReader) -> list[str]:
    raw = await reader.readuntil(b"\r\n\r\n")
    return raw.decode().split("\r\n")[:-2]


def _bytes(reply: Reply) -> bytes:
    headers = {"Content-Length": str(len(reply.body))} | reply.headers
    lines = [f"HTTP/1.1 {reply.status} x", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + reply.body


@asynccontextmanager
async def http_source(answer: Callable[[Asked], Reply]) -> AsyncIterator[OutsideHttp]:
    source = OutsideHttp(answer)
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await source._serve(reader, writer)
        except asyncio.CancelledError:
            pass
        finally:
            tasks.discard(task)

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    source.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield source
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def socket_source(handler: Callable[[ServerConnection], Awaitable[None]]) -> AsyncIterator[str]:
    """The address of a WebSocket server that hands each connection to ``handler``."""
    async with serve(handler, "127.0.0.1", 0, close_timeout=0.2) as server:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
