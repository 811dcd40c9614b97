"""The gate in front of all REST routes: who asks, and whether they may ask so often.

It leaves the caller, or why there is none, in the scope; a private endpoint answers with the latter, a public
one does not care. Signed requests bill their account, all others the address they come from.
"""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine.domain.units import MILLISECOND_NS
from engine.sandbox.server.answers import BodyRefusal, refusal_response
from engine.sandbox.server.auth import CALLER_KEY, WRONG_SIGNATURE, AuthRefusal, Caller, KeyRing
from engine.sandbox.server.limits import RateLimits
from engine.sandbox.server.wall import Wall
from engine.wire.errors import ErrorBody
from engine.wire.signing import REST_ROOT

_READING = frozenset({"GET", "HEAD"})
BODY_MAX = 4 * 1024 * 1024
"""Bytes. The exchange's bound is not published; ours holds ten of the largest batches."""
_TOO_LARGE = ErrorBody("request_entity_too_large", "request entity too large")


class Gate:
    """ASGI middleware; only paths below the REST root concern it."""

    def __init__(self, app: ASGIApp, *, keys: KeyRing, limits: RateLimits, wall: Wall) -> None:
        self._app = app
        self._keys = keys
        self._limits = limits
        self._wall = wall

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(REST_ROOT + "/"):
            await self._app(scope, receive, send)
            return
        caller = scope[CALLER_KEY] = self._caller(scope)
        try:
            if isinstance(caller, Caller) and scope["method"] not in _READING:
                body = await _whole_body(receive)
                receive = _replay(body, receive)
                self._charge_write(caller, scope, body)
            else:
                self._charge(caller, scope)
        except BodyRefusal as refusal:
            await refusal_response(refusal)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _caller(self, scope: Scope) -> Caller | AuthRefusal:
        headers = Headers(scope=scope)
        at_ms = self._wall.now_ns() // MILLISECOND_NS
        try:
            return self._keys.verify(headers, scope["method"], _sent_path(scope), at_ms)
        except AuthRefusal as refusal:
            if refusal.body is not WRONG_SIGNATURE or _sent_path(scope) == scope["path"]:
                return refusal
        # A client may sign the path before its library has escaped it.
        try:
            return self._keys.verify(headers, scope["method"], scope["path"], at_ms)
        except AuthRefusal as refusal:
            return refusal

    def _charge(self, caller: Caller | AuthRefusal, scope: Scope) -> None:
        path = scope["path"].removeprefix(REST_ROOT)
        if isinstance(caller, Caller):
            self._limits.charge_read(caller.account_id, path)
        else:
            client = scope.get("client")
            self._limits.charge_address(client[0] if client else "", scope["method"], path)

    def _charge_write(self, caller: Caller, scope: Scope, body: bytes) -> None:
        query = parse_qs(scope["query_string"].decode("latin-1"))
        self._limits.charge_write(
            caller.account_id,
            scope["method"],
            scope["path"].removeprefix(REST_ROOT),
            query_index=query.get("exchange_index", [None])[-1],
            has_market="market_ticker" in query,
            body=body,
        )


def _sent_path(scope: Scope) -> str:
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return raw.decode("latin-1").partition("?")[0]


async def _whole_body(receive: Receive) -> bytes:
    """Raises BodyRefusal for one that no request of the exchange's needs; the rest of it is not kept."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            break
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > BODY_MAX:
            raise BodyRefusal(413, _TOO_LARGE)
        if not message.get("more_body", False):
            break
    return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    """A receive that hands out the body that was read already, then goes on with the real one."""
    is_given = False

    async def again() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
