"""One request and its answer: signed, sent once, with proof of whether anything was sent.

The proof. httpcore reports every step of a request; the report that it starts to write the request's head
comes before the first byte. Without it nothing was sent, whatever went wrong. An exception alone proves the
same where it can only come earlier: no connection (ConnectError, ConnectTimeout, a proxy that refused), no
free connection (PoolTimeout), a request that cannot be written (LocalProtocolError, UnsupportedProtocol).
Everything else (ReadTimeout, ReadError, WriteError, WriteTimeout, RemoteProtocolError, a cancelled task) may
have come after the exchange had the whole request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import StrEnum

import httpx
import msgspec

from engine.domain.units import SECOND_NS, Nanoseconds
from engine.kalshi.clock import Clock
from engine.kalshi.clock_offset import ClockOffset
from engine.kalshi.hosts import Endpoint
from engine.kalshi.query import Query, query_text
from engine.kalshi.settings import USER_AGENT, ClientSettings
from engine.kalshi.signer import Signer
from engine.wire.errors import parse_error

_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.LocalProtocolError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)
CLOCK_REFUSED = "header_timestamp_expired"
"""The code of a 401 for a time stamp that is too far off; the offset starts anew from that answer."""
_WRITING = ".send_request_headers.started"
_HEADERS = {
    "User-Agent": USER_AGENT,
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
    "Connection": "keep-alive",
}
_HEADERS_OF_A_BODY = {**_HEADERS, "Content-Type": "application/json"}
_URLS_KEPT = 256


class Answer(msgspec.Struct, frozen=True):
    """What came back, whole."""

    status: int
    body: bytes


class FailureKind(StrEnum):
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    SIGNATURE = "signature"
    REQUEST = "request"
    CLOSED = "closed"
    HELD = "held"


class TransportFailure(Exception):
    """No whole answer. ``was_sent`` is False only where that is proven."""

    def __init__(self, kind: FailureKind, detail: str, *, was_sent: bool) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.detail = detail
        self.was_sent = was_sent


class _Held(Exception):
    """The request was stopped before its first byte."""


class _Trace:
    """Listens to one request's steps; ``is_held`` may stop it right before its first byte."""

    __slots__ = ("heard", "is_held", "writing")

    def __init__(self, is_held: Callable[[], bool] | None = None) -> None:
        self.heard = False
        self.writing = False
        self.is_held = is_held

    async def __call__(self, name: str, info: object) -> None:
        self.heard = True
        if name.endswith(_WRITING):
            if not self.writing and self.is_held is not None and self.is_held():
                raise _Held
            self.writing = True

    def may_have_sent(self, error: BaseException) -> bool:
        if self.writing:
            return not isinstance(error, httpx.LocalProtocolError)
        return not self.heard and not isinstance(error, _NEVER_SENT)


class Transport:
    """Sends signed requests over kept-alive HTTP/1.1 connections; follows no redirect.

    Without a signer requests go out unsigned, as public endpoints accept. Each answer's ``Date`` feeds the
    clock offset; the times in bodies do not, since an accelerated sandbox has a time of its own there.
    ``http_transport`` replaces the network: a mock, or an exchange in the same process.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        signer: Signer | None,
        offset: ClockOffset,
        clock: Clock,
        settings: ClientSettings,
        http_transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        if signer is not None:
            endpoint.check_key(signer.credentials.venue)
        self._root = httpx.URL(endpoint.rest_url)
        self._root_path = self._root.raw_path.decode("ascii")
        self._urls: dict[str, httpx.URL] = {}
        self._signer = signer
        self._offset = offset
        self._clock = clock
        self._timeouts = _timeouts(settings)
        self._network = http_transport or _network(settings, has_tls=self._root.scheme == "https")
        self._is_closed = False
        self.health = ""
        """``ok`` or ``failing``, as the last request went; empty before the first."""

    async def exchange(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: bytes | None = None,
        timeout_ns: Nanoseconds,
        is_held: Callable[[], bool] | None = None,
    ) -> Answer:
        """Sends once and reads the whole answer, all within ``timeout_ns``. Raises TransportFailure.

        ``is_held`` is asked when a connection is there, right before the first byte: a request that is held
        then is never sent.
        """
        trace = _Trace(is_held)
        request = await self._signed(method, path, query, body, trace)
        sent_ns = self._clock.monotonic_ns()
        try:
            response = await self._in_time(request, trace, timeout_ns)
        except TransportFailure as failure:
            if failure.kind is not FailureKind.HELD:
                self.health = "failing"
            raise
        self.health = "ok" if response.status_code < 500 else "failing"
        self._observe_clock(response, sent_ns)
        return Answer(response.status_code, response.content)

    async def aclose(self) -> None:
        self._is_closed = True
        await self._network.aclose()
        if self._signer is not None:
            self._signer.close()

    async def _in_time(
        self, request: httpx.Request, trace: _Trace, timeout_ns: Nanoseconds
    ) -> httpx.Response:
        """One request and its whole answer. Raises TransportFailure."""
        try:
            async with asyncio.timeout(timeout_ns / SECOND_NS):
                return await self._answer(request)
        except _Held:
            raise TransportFailure(FailureKind.HELD, "held before its first byte", was_sent=False) from None
        except TimeoutError as error:
            detail = f"no whole answer in {timeout_ns / SECOND_NS:g} s"
            raise TransportFailure(FailureKind.TIMEOUT, detail, was_sent=trace.may_have_sent(error)) from None
        except httpx.TimeoutException as error:
            raise _failure(FailureKind.TIMEOUT, error, trace) from None
        except httpx.HTTPError as error:
            raise _failure(FailureKind.CONNECTION, error, trace) from None
        except Exception as error:
            # httpx and what is under it let a few errors of their own through: they prove nothing either.
            kind = FailureKind.CLOSED if self._is_closed else FailureKind.CONNECTION
            was_sent = trace.may_have_sent(error) and not (self._is_closed and not trace.heard)
            raise TransportFailure(kind, type(error).__name__, was_sent=was_sent) from None

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        """Straight over the network: a client's cookies, redirects and sign-in have no place here."""
        if self._is_closed:
            raise RuntimeError("the client is closed")
        response = await self._network.handle_async_request(request)
        response.request = request
        try:
            await response.aread()
        except BaseException:
            await response.aclose()
            raise
        return response

    async def _signed(
        self, method: str, path: str, query: Query | None, body: bytes | None, trace: _Trace
    ) -> httpx.Request:
        target = self._root_path + path
        if query and (text := query_text(query)):
            target += f"?{text}"
        try:
            url = self._url(target)
        except (httpx.InvalidURL, UnicodeEncodeError, ValueError) as error:
            raise TransportFailure(FailureKind.REQUEST, type(error).__name__, was_sent=False) from None
        headers = dict(_HEADERS if body is None else _HEADERS_OF_A_BODY)
        if self._signer is not None:
            try:
                headers.update(await self._signer.headers(method, url.raw_path.decode("ascii")))
            except Exception as error:
                # Whatever broke inside the signer, its text could hold key material: only its type is told.
                raise TransportFailure(FailureKind.SIGNATURE, type(error).__name__, was_sent=False) from None
        steps = {"timeout": self._timeouts, "trace": trace}
        return httpx.Request(method, url, headers=headers, content=body, extensions=steps)

    def _url(self, target: str) -> httpx.URL:
        """Most are asked for again and again."""
        known = self._urls.get(target)
        if known is None:
            if len(self._urls) == _URLS_KEPT:
                self._urls.clear()
            known = self._urls[target] = self._root.copy_with(raw_path=target.encode("ascii"))
        return known

    def _observe_clock(self, response: httpx.Response, sent_ns: Nanoseconds) -> None:
        if response.status_code == 401 and parse_error(response.content).code == CLOCK_REFUSED:
            self._offset.forget()
        date = response.headers.get("Date")
        if date is not None:
            self._offset.observe_date(date, sent_ns, self._clock.monotonic_ns())


def _failure(kind: FailureKind, error: httpx.HTTPError, trace: _Trace) -> TransportFailure:
    detail = type(error).__name__ + (f": {error}" if str(error) else "")
    return TransportFailure(kind, detail, was_sent=trace.may_have_sent(error))


def _timeouts(settings: ClientSettings) -> dict[str, float | None]:
    longest_s = max(settings.post_timeout_ns, settings.read_timeout_ns) / SECOND_NS
    return httpx.Timeout(
        longest_s,
        connect=settings.connect_timeout_ns / SECOND_NS,
        pool=settings.pool_timeout_ns / SECOND_NS,
    ).as_dict()


def _network(settings: ClientSettings, *, has_tls: bool) -> httpx.AsyncBaseTransport:
    """Kept-alive connections; certificates are loaded where they can be asked for."""
    return httpx.AsyncHTTPTransport(
        verify=has_tls or settings.proxy is not None,
        trust_env=False,
        proxy=settings.proxy,
        limits=httpx.Limits(
            max_connections=settings.connections,
            max_keepalive_connections=settings.connections,
            keepalive_expiry=settings.keepalive_ns / SECOND_NS,
        ),
    )
