"""REST without sockets: an httpx transport that calls the exchange's application in virtual time.

What a client sees is what it sees over sockets: no connection where no process listens (ConnectError), a lost
connection where a fault or a kill cuts it (ReadError), and nothing at all where an answer is swallowed. The
request lives on when the client has given up, and may still be carried out. Each step is reported to the
request's trace as httpcore does, so that a client can tell what was never sent.
"""

from __future__ import annotations

import asyncio
from email.utils import formatdate
from random import Random
from typing import Any

import httpx
from starlette.types import Message, Scope

from engine.domain.units import SECOND_NS
from engine.sandbox.server.connection import ConnectionCut
from engine.sandbox.sim.delays import Delays
from engine.sandbox.sim.exchange import SimExchange
from engine.sandbox.sim.loop import running_loop
from engine.sandbox.sim.process import SimProcess, outside

_LOST = "the connection was lost"


class SimTransport(httpx.AsyncBaseTransport):
    """To one exchange, with a delay each way; give each client a ``chance`` of its own.

    A killed ``process`` sends nothing any more, though its request that is on its way still arrives.
    """

    def __init__(
        self,
        exchange: SimExchange,
        chance: Random,
        delays: Delays = Delays(),  # noqa: B008 - frozen
        process: SimProcess | None = None,
    ) -> None:
        self._exchange = exchange
        self._chance = chance
        self._delays = delays
        self._process = process
        self.requests = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        trace = request.extensions.get("trace")
        await _tell(trace, "connection.connect_tcp.started")
        body = await request.aread()
        if self._process is not None and not self._process.is_alive:
            raise httpx.ConnectError("the client's process has ended", request=request)
        if not self._exchange.is_up:
            await asyncio.sleep(self._delay_s())
            raise httpx.ConnectError("connection refused", request=request)
        await _tell(trace, "http11.send_request_headers.started")
        call = _Call(self._exchange, _scope(request), body, self._delay_s(), self._delay_s())
        try:
            await _tell(trace, "http11.receive_response_headers.started")
            status, headers, content = await call.answer
        except ConnectionResetError as error:
            raise httpx.ReadError(str(error), request=request) from error
        finally:
            call.client_is_gone.set()
        return httpx.Response(status, headers=headers, content=content, request=request)

    def _delay_s(self) -> float:
        return self._delays.draw(self._chance) / SECOND_NS


class _Call:
    """One request inside the exchange; runs as a task of its own, whatever the client does."""

    def __init__(
        self, exchange: SimExchange, scope: Scope, body: bytes, there_s: float, back_s: float
    ) -> None:
        loop = running_loop()
        self._exchange = exchange
        self._scope = scope
        self._body: bytes | None = body
        self._there_s = there_s
        self._back_s = back_s
        self._status = 0
        self._headers: list[tuple[bytes, bytes]] = []
        self._content = bytearray()
        self.client_is_gone = asyncio.Event()
        self.answer: asyncio.Future[tuple[int, list[tuple[bytes, bytes]], bytes]] = loop.create_future()
        exchange.hold(self)
        self._task = loop.create_task(self._run(), context=outside())

    def lose(self) -> None:
        """The exchange's process was killed."""
        self._task.cancel()
        self._drop()

    async def _run(self) -> None:
        try:
            await asyncio.sleep(self._there_s)
            await self._exchange.app(self._scope, self._receive, self._send)
        except ConnectionCut:
            await asyncio.sleep(self._back_s)
            self._drop()
        except Exception as error:
            self._exchange.crashes.append(error)
            self._drop()
        else:
            await asyncio.sleep(self._back_s)
            self._finish()
        finally:
            self._exchange.release(self)

    def _finish(self) -> None:
        if self.answer.done():
            return
        if self._status == 0:
            self._drop()
            return
        date = formatdate(self._exchange.wall.now_ns() // SECOND_NS, usegmt=True).encode()
        self.answer.set_result((self._status, [*self._headers, (b"date", date)], bytes(self._content)))

    def _drop(self) -> None:
        if not self.answer.done():
            self.answer.set_exception(ConnectionResetError(_LOST))

    async def _receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self.client_is_gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = list(message.get("headers", []))
        elif message["type"] == "http.response.body":
            self._content += message.get("body", b"")


async def _tell(trace: Any, name: str) -> None:
    if trace is not None:
        await trace(name, {})


def _scope(request: httpx.Request) -> Scope:
    """As uvicorn makes it."""
    raw_path, _, query = request.url.raw_path.partition(b"?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": request.url.path,
        "raw_path": raw_path,
        "query_string": query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }
