"""The stream without sockets: the exchange's own WebSocket endpoint, called in virtual time.

:func:`connector` gives what a feed connects with. A connection is admitted, served, cut and closed by the
server's own code; what is sent either way travels with a delay, in order.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from random import Random
from typing import TypeAlias
from urllib.parse import urlsplit

from starlette.types import Message, Scope

from engine.sandbox.server.stream.wires import EXTENSION, ConnectionGone
from engine.sandbox.sim.delays import Delays, Way
from engine.sandbox.sim.exchange import SimExchange
from engine.sandbox.sim.loop import running_loop
from engine.sandbox.sim.process import outside

Lost: TypeAlias = Callable[[str], Exception]
"""Makes the client's own exception for a connection that ended or was refused, from one line saying why."""
Connector: TypeAlias = Callable[[str, Mapping[str, str]], Awaitable["SimSocket"]]


def connector(
    exchange: SimExchange,
    chance: Random,
    lost: Lost,
    delays: Delays = Delays(),  # noqa: B008 - frozen
) -> Connector:
    """From an address and signed headers to an open socket, or ``lost``'s exception."""

    async def connect(url: str, headers: Mapping[str, str]) -> SimSocket:
        if not exchange.is_up:
            await asyncio.sleep(0)
            raise lost("cannot connect: connection refused")
        socket = SimSocket(exchange, _scope(url, headers), chance, lost, delays)
        try:
            await socket.opened
        except BaseException:
            await socket.close()
            raise
        return socket

    return connect


class SimSocket:
    """One connection as its client holds it; ``frames`` grows with everything that comes."""

    def __init__(
        self, exchange: SimExchange, scope: Scope, chance: Random, lost: Lost, delays: Delays
    ) -> None:
        loop = running_loop()
        self._loop = loop
        self._lost = lost
        self._there = Way(loop, delays, chance)
        self._back = Way(loop, delays, chance)
        self._inbox: deque[bytes] = deque()
        self._end: str | None = None
        self._news = asyncio.Event()
        self._server = _ServerEnd(exchange, scope, self, self._back)
        self.opened: asyncio.Future[None] = loop.create_future()
        self.frames = 0
        self._tell_server({"type": "websocket.connect"})

    async def send(self, text: bytes) -> None:
        self._check()
        self._tell_server({"type": "websocket.receive", "text": text.decode()})

    async def receive(self) -> bytes:
        while not self._inbox:
            self._check()
            self._news.clear()
            await self._news.wait()
        return self._inbox.popleft()

    async def probe(self) -> None:
        """A ping and its pong."""
        self._check()
        await asyncio.sleep(self._there.arrival_s() - self._loop.time())
        await asyncio.sleep(self._back.arrival_s() - self._loop.time())
        self._check()

    async def close(self) -> None:
        if self._end is None:
            self.on_end("closed by the client")
        self._tell_server({"type": "websocket.disconnect", "code": 1000})

    def on_open(self) -> None:
        if not self.opened.done():
            self.opened.set_result(None)

    def on_frames(self, frames: Sequence[bytes]) -> None:
        if self._end is None:
            self._inbox.extend(frames)
            self.frames += len(frames)
            self._news.set()

    def on_end(self, why: str) -> None:
        if self._end is None:
            self._end = why
            self._news.set()
        if not self.opened.done():
            self.opened.set_exception(self._lost(why))

    def _check(self) -> None:
        if self._end is not None:
            raise self._lost(self._end)

    def _tell_server(self, message: Message) -> None:
        self._loop.call_at(self._there.arrival_s(), self._server.inbox.put_nowait, message)


class _ServerEnd:
    """The same connection as the exchange holds it: an ASGI scope, and the Wires of its fast way."""

    def __init__(self, exchange: SimExchange, scope: Scope, client: SimSocket, back: Way) -> None:
        loop = running_loop()
        self._loop = loop
        self._exchange = exchange
        self._client = client
        self._back = back
        self._refusal = 0
        self._is_over = False
        self.inbox: asyncio.Queue[Message] = asyncio.Queue()
        exchange.hold(self)
        extensions = {EXTENSION: {"wires": self}, "websocket.http.response": {}}
        self._task = loop.create_task(self._serve({**scope, "extensions": extensions}), context=outside())

    async def send(self, frames: Sequence[bytes]) -> None:
        if self._is_over:
            raise ConnectionGone
        self._loop.call_at(self._back.arrival_s(), self._client.on_frames, tuple(frames))

    async def close(self, code: int) -> None:
        self._over(f"closed by the exchange: {code}")

    async def cut(self) -> None:
        self._over("connection dropped")

    def lose(self) -> None:
        """The exchange's process was killed."""
        self._task.cancel()
        self._over("connection dropped")

    async def _serve(self, scope: Scope) -> None:
        try:
            await self._exchange.app(scope, self._receive, self._send)
        except Exception as error:
            self._exchange.crashes.append(error)
        finally:
            self._exchange.release(self)
            self._over("connection dropped")

    async def _receive(self) -> Message:
        message = await self.inbox.get()
        if message["type"] == "websocket.disconnect":
            self._is_over = True
        return message

    async def _send(self, message: Message) -> None:
        kind = message["type"]
        if kind == "websocket.accept":
            self._loop.call_at(self._back.arrival_s(), self._client.on_open)
        elif kind == "websocket.http.response.start":
            self._refusal = message["status"]
        elif kind == "websocket.http.response.body":
            text = bytes(message.get("body", b""))[:200].decode(errors="replace")
            self._over(f"upgrade refused: HTTP {self._refusal} {text}".rstrip())
        elif kind == "websocket.close":
            self._over(f"closed by the exchange: {message.get('code', 1000)}")

    def _over(self, why: str) -> None:
        """The last word: the client hears it after what was sent before."""
        if not self._is_over:
            self._is_over = True
            self._loop.call_at(self._back.arrival_s(), self._client.on_end, why)


def _scope(url: str, headers: Mapping[str, str]) -> Scope:
    """As uvicorn makes it."""
    path = urlsplit(url).path
    return {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
        "subprotocols": [],
    }
