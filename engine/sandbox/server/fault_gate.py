"""The fault laboratory in front of REST: carries out what the rules say about a request."""

from __future__ import annotations

from http import HTTPStatus

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine.sandbox.server.answers import TOO_MANY_REQUESTS, refusal_response
from engine.sandbox.server.connection import cut, until_gone
from engine.sandbox.server.faults import Effect, Fault, FaultRules
from engine.sandbox.server.wall import Wall
from engine.wire.errors import ErrorBody
from engine.wire.signing import REST_ROOT

GARBAGE = b'{"order":{"order_id":"<!DOCTYPE html>\xff\xfe'

# What stands in front of the exchange answers these in HTML; the exchange itself answers the others.
_FROM_PROXY = frozenset({408, 502, 504})


class FaultGate:
    """ASGI middleware; only paths below the REST root concern it."""

    def __init__(self, app: ASGIApp, *, faults: FaultRules, wall: Wall) -> None:
        self._app = app
        self._faults = faults
        self._wall = wall

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(REST_ROOT + "/"):
            await self._app(scope, receive, send)
            return
        fault = self._faults.take_request(scope["method"], scope["path"].removeprefix(REST_ROOT))
        if fault is None:
            await self._app(scope, receive, send)
        else:
            await self._fail(fault, scope, receive, send)

    async def _fail(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        match fault.effect:
            case Effect.RESET_BEFORE_ACCEPT:
                await cut(scope, receive)
            case Effect.ACCEPT_THEN_RESET:
                await self._app(scope, receive, _swallow)
                await cut(scope, receive)
            case Effect.ACCEPT_THEN_STALL:
                await self._app(scope, receive, _swallow)
                await until_gone(receive)
            case Effect.ACCEPT_THEN_503:
                await self._app(scope, receive, _swallow)
                await status_answer(503)(scope, receive, send)
            case Effect.GARBAGE_BODY:
                answer = _Swallowed()
                await self._app(scope, receive, answer)
                await Response(GARBAGE, answer.status, media_type="application/json")(scope, receive, send)
            case Effect.SUCCESS_WITHOUT_ORDER:
                status = 201 if scope["method"] == "POST" else 200
                await Response(b"{}", status, media_type="application/json")(scope, receive, send)
            case Effect.DELAY:
                await self._wall.sleep(fault.delay_ms / 1_000)
                await self._app(scope, receive, send)
            case Effect.PAUSE_EXCHANGE | Effect.PAUSE_TRADING:
                await self._app(scope, receive, send)
            case _:
                await status_answer(int(fault.effect.value))(scope, receive, send)


def status_answer(status: int) -> Response:
    """A failure as its origin words it: the exchange's own JSON, or a proxy's page."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return refusal_response(TOO_MANY_REQUESTS, status)
    phrase = HTTPStatus(status).phrase
    if status in _FROM_PROXY:
        page = (
            f"<html>\r\n<head><title>{status} {phrase}</title></head>\r\n<body>\r\n"
            f"<center><h1>{status} {phrase}</h1></center>\r\n</body>\r\n</html>\r\n"
        )
        return Response(page, status, media_type="text/html")
    words = phrase.lower()
    return refusal_response(ErrorBody(words.replace(" ", "_"), words), status)


class _Swallowed:
    """A send that keeps the status and forgets the rest."""

    def __init__(self) -> None:
        self.status = 200

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]


async def _swallow(message: Message) -> None:
    return None
