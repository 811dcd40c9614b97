"""The HTTP side of the forecast server: who may ask, how much, and in which form."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import msgspec
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from engine.forecast.answering import Answers
from engine.forecast.bodies import FLOATS, JSON, MSGPACK, forecast_request, signal_request
from engine.forecast.errors import BadRequest, Busy, Full, TooLate
from engine.forecast.messages import Health
from engine.forecast.model import LONGEST_HORIZON

TOKEN_HEADER = b"x-timesfm-token"
DEADLINE_HEADER = "x-deadline-ms"
LONGEST_WAIT_S = 60.0
BODY_WITHIN_S = 10.0
SMALL_BODY = 32 * 1024
"""Bytes that are decoded on the loop; more go to a thread, so that nobody else waits for them."""

T = TypeVar("T")
Answer = Callable[[Request, bytes], Awaitable[Response]]
Handler = Callable[[Request], Awaitable[Response]]
_log = logging.getLogger("sparko.forecast")


@dataclass(frozen=True)
class Limits:
    """``body`` in bytes, ``together`` of all bodies under way (numbers take twenty times what they take as
    text), ``requests`` under way at once."""

    body: int = 32 * 1024 * 1024
    together: int = 96 * 1024 * 1024
    requests: int = 256


@dataclass(eq=False)
class ForecastApp:
    """``token`` None lets everybody ask, which only a server on loopback may do."""

    answers: Answers
    token: str | None = None
    limits: Limits = Limits()

    def __post_init__(self) -> None:
        self._under_way = 0
        self._held = 0
        self.starlette = Starlette(
            routes=[
                Route("/health", self._health),
                Route("/metrics", self._metrics),
                Route("/forecast", self._asked(self._forecast), methods=["POST"]),
                Route("/signal", self._asked(self._signal), methods=["POST"]),
            ],
            exception_handlers={404: _not_found, 405: _not_allowed},
        )

    async def _health(self, request: Request) -> Response:
        batcher, source = self.answers.batcher, self.answers.source
        health = Health(
            ok=True,
            model_loaded=not source.is_baseline,
            model=source.model,
            weights_sha256=source.weights_sha256,
            is_baseline=source.is_baseline,
            is_pinned=source.is_pinned,
            device=batcher.model.device,
            warm=batcher.is_warm,
            queue=batcher.waiting,
            max_context=batcher.model.buckets[-1],
            max_horizon=LONGEST_HORIZON,
            notes=batcher.model.notes,
        )
        return _json(200, health)

    async def _metrics(self, request: Request) -> Response:
        text = self.answers.batcher.metrics.text(self.answers.batcher.waiting)
        return Response(text, media_type="text/plain; version=0.0.4")

    def _asked(self, answer: Answer) -> Handler:
        async def guarded(request: Request) -> Response:
            response = await self._guarded(request, answer)
            self.answers.batcher.metrics.request(request.scope["path"], response.status_code)
            return response

        return guarded

    async def _guarded(self, request: Request, answer: Answer) -> Response:
        if not self._may_ask(request):
            return refused(401, "unauthorized")
        if self._under_way >= self.limits.requests:
            return refused(503, f"{self._under_way} requests are under way", retry_s=1)
        self._under_way += 1
        parts: list[bytes] = []
        try:
            await self._read(request, parts)
            return await answer(request, b"".join(parts))
        except BadRequest as error:
            return refused(error.status, str(error))
        except (Busy, Full) as error:
            return refused(503, str(error), retry_s=error.retry_s)
        except TooLate as error:
            return refused(504, str(error))
        except ClientDisconnect:
            return refused(400, "the client left")
        except Exception:
            _log.exception("a request failed")
            return refused(500, "internal error")
        finally:
            self._under_way -= 1
            self._held -= sum(map(len, parts))

    def _may_ask(self, request: Request) -> bool:
        """Compared in a time that says nothing of how much was right."""
        if self.token is None:
            return True
        given = next((value for name, value in request.headers.raw if name == TOKEN_HEADER), b"")
        return hmac.compare_digest(given, self.token.encode())

    async def _read(self, request: Request, parts: list[bytes]) -> None:
        """All of the body into ``parts``. Raises Full, and BadRequest: 413 as soon as it is known to be too
        long, 408 for one that does not come."""
        declared = request.headers.get("content-length", "0")
        if declared.isascii() and declared.isdigit() and int(declared[:18]) > self.limits.body:
            raise self._too_long()
        size = 0
        try:
            async with asyncio.timeout(BODY_WITHIN_S):
                async for part in request.stream():
                    size += len(part)
                    if size > self.limits.body:
                        raise self._too_long()
                    if self._held + len(part) > self.limits.together:
                        raise Full(self._held, self.limits.together)
                    self._held += len(part)
                    parts.append(part)
        except TimeoutError:
            raise BadRequest(408, f"the body did not come within {BODY_WITHIN_S:g} s") from None

    def _too_long(self) -> BadRequest:
        return BadRequest(413, f"a body may have {self.limits.body} bytes")

    async def _forecast(self, request: Request, body: bytes) -> Response:
        kind, within_s = _kind(request), _within_s(request)
        if kind == FLOATS:  # Nothing has to be read of them: they are looked at where they lie.
            asked = forecast_request(body, kind, request.query_params)
            return _packed(await self.answers.packed(asked, within_s))
        asked = await _decoded(body, lambda: forecast_request(body, kind, request.query_params))
        return await _encoded(kind, await self.answers.forecast(asked, within_s), len(asked.series))

    async def _signal(self, request: Request, body: bytes) -> Response:
        kind, within_s = _kind(request), _within_s(request)
        if kind == FLOATS:
            raise BadRequest(415, f"wanted {JSON} or {MSGPACK}")
        asked = await _decoded(body, lambda: signal_request(body, kind))
        return await _encoded(kind, await self.answers.signal(asked, within_s), len(asked.markets))


def refused(status: int, error: str, retry_s: int | None = None) -> Response:
    headers = {} if retry_s is None else {"retry-after": str(retry_s)}
    return _json(status, {"ok": False, "error": error[:200]}, headers)


async def _not_found(request: Request, error: Exception) -> Response:
    return refused(404, "not found")


async def _not_allowed(request: Request, error: Exception) -> Response:
    return refused(405, "method not allowed")


def _kind(request: Request) -> str:
    """JSON unless another form is named: the predecessor's callers name none. Raises BadRequest 415."""
    if request.headers.get("content-encoding", "identity").strip().lower() not in ("identity", ""):
        raise BadRequest(415, "content-encoding: wanted none")
    kind = request.headers.get("content-type", JSON).partition(";")[0].strip().lower()
    if kind in (MSGPACK, "application/x-msgpack"):
        return MSGPACK
    if kind == FLOATS:
        return FLOATS
    if kind in (JSON, "text/plain", "application/x-www-form-urlencoded", ""):
        return JSON
    raise BadRequest(415, f"wanted {JSON}, {MSGPACK} or {FLOATS}")


def _within_s(request: Request) -> float:
    text = request.headers.get(DEADLINE_HEADER)
    if text is None:
        return LONGEST_WAIT_S
    if not (text.isascii() and text.isdigit() and 0 < len(text) <= 9) or int(text) == 0:
        raise BadRequest(400, f"{DEADLINE_HEADER}: wanted milliseconds, a whole number over 0")
    return min(int(text) / 1000, LONGEST_WAIT_S)


async def _decoded(body: bytes, decode: Callable[[], T]) -> T:
    if len(body) <= SMALL_BODY:
        return decode()
    return await asyncio.to_thread(decode)


async def _encoded(kind: str, answer: msgspec.Struct, size: int) -> Response:
    encode = msgspec.msgpack.encode if kind == MSGPACK else msgspec.json.encode
    data = encode(answer) if size <= 64 else await asyncio.to_thread(encode, answer)
    return Response(data, media_type=kind)


def _packed(answer: msgspec.Struct) -> Response:
    return Response(msgspec.msgpack.encode(answer), media_type=MSGPACK)


def _json(status: int, value: object, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(value), status, headers, JSON)
