"""One GET of an outside address: its body, or one typed fault. Nothing is retried here.

The environment's proxy variables and ``.netrc`` are not looked at, and a request that carries a key follows
no redirect, so that no key goes to another host.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, cast

import httpx
import msgspec

from collectors.taking import Fault, FaultKind, SourceFault
from collectors.unpacking import ACCEPTED, BadPacking, TooMuch, Unpacker
from collectors.words import Scrub, one_line, place_of
from engine.domain.units import SECOND_NS, Nanoseconds
from engine.kalshi.clock import Clock

USER_AGENT = "sparko-console/0.1 (market data collector)"
REFUSED = frozenset({401, 403, 426, 451})
_TITLE = re.compile(rb"<title[^>]*>([^<]{1,200})", re.IGNORECASE)
_MOST_WAIT_S = 86_400.0


class FetchSettings(msgspec.Struct, frozen=True):
    deadline_s: float = 20.0
    """A request with all its redirects, to the body's last byte."""
    connect_s: float = 5.0
    most_bytes: int = 16 * 1024 * 1024


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """``is_keyed``: the address or the headers carry a key."""

    url: str
    params: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    is_keyed: bool = False


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """What an address answered with. ``is_same``: the other side says that nothing changed since."""

    url: str
    status: int
    data: bytes
    headers: Mapping[str, str]
    received_ns: Nanoseconds
    is_same: bool = False


class Fetcher:
    """GETs over one client, with conditional requests where an address gave a validator before."""

    def __init__(
        self,
        clock: Clock,
        secrets: tuple[str, ...] = (),
        settings: FetchSettings = FetchSettings(),  # noqa: B008 - frozen
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._clock = clock
        self._scrub = Scrub(secrets)
        self._settings = settings
        self._validators: dict[str, dict[str, str]] = {}
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(settings.deadline_s, connect=settings.connect_s),
            trust_env=False,
            transport=transport,
            max_redirects=5,
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": ACCEPTED},
        )

    async def get(self, request: Request) -> Body:
        """Raises SourceFault for whatever is not a whole answer of success."""
        where = place_of(request.url)
        try:
            async with asyncio.timeout(self._settings.deadline_s):
                return await self._get(request, where)
        except TimeoutError:
            raise SourceFault(
                FaultKind.UNREACHABLE, f"{where}: no answer in {self._settings.deadline_s:g} s"
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            text = self._scrub(one_line(str(error)) or type(error).__name__)
            raise SourceFault(FaultKind.UNREACHABLE, f"{where}: {text}") from None

    async def aclose(self) -> None:
        await self._client.aclose()

    def clean(self, fault: Fault) -> Fault:
        """Without any key: some sources repeat it in what they answer."""
        return msgspec.structs.replace(fault, detail=self._scrub(fault.detail))

    def forget(self, request: Request) -> None:
        """What this address answered could not be used: the next answer is wanted whole."""
        self._validators.pop(_name(request), None)

    async def _get(self, request: Request, where: str) -> Body:
        headers = dict(request.headers) | self._validators.get(_name(request), {})
        async with self._client.stream(
            "GET",
            request.url,
            params=dict(request.params) or None,
            headers=headers,
            follow_redirects=not request.is_keyed,
        ) as answer:
            data = await self._read(answer, where)
        now_ns = self._clock.wall_ns()
        if answer.status_code == httpx.codes.NOT_MODIFIED and _name(request) in self._validators:
            return _body(request, answer, b"", now_ns, is_same=True)
        if answer.status_code != httpx.codes.OK:
            raise self._refusal(answer, data, where, now_ns)
        self._remember(request, answer)
        return _body(request, answer, data, now_ns)

    async def _read(self, answer: httpx.Response, where: str) -> bytes:
        most = self._settings.most_bytes
        try:
            unpacker = Unpacker(answer.headers.get("content-encoding", ""), most)
            async for part in cast(httpx.AsyncByteStream, answer.stream):
                unpacker.take(part)
            return unpacker.whole()
        except TooMuch:
            raise SourceFault(FaultKind.TOO_LARGE, f"{where}: more than {most} bytes") from None
        except BadPacking as error:
            raise SourceFault(FaultKind.SHAPE, f"{where}: {one_line(str(error))}") from None

    def _remember(self, request: Request, answer: httpx.Response) -> None:
        pairs = (("ETag", "If-None-Match"), ("Last-Modified", "If-Modified-Since"))
        found = {ask: answer.headers[name] for name, ask in pairs if name in answer.headers}
        if found:
            self._validators[_name(request)] = found

    def _refusal(self, answer: httpx.Response, data: bytes, where: str, now_ns: Nanoseconds) -> SourceFault:
        status, wait_s = answer.status_code, retry_after_s(answer.headers, now_ns)
        detail = f"{where}: HTTP {status} {self._scrub(gist(data))}".rstrip()
        if answer.has_redirect_location:
            detail += " (no request with a key goes where it is told to)"
        if status == httpx.codes.TOO_MANY_REQUESTS:
            kind = FaultKind.RATE_LIMITED
            detail += "" if wait_s is None else f" (asks for {wait_s:.0f} s)"
        elif status in REFUSED:
            kind = FaultKind.REFUSED
        else:
            kind = FaultKind.SERVER if status >= 500 else FaultKind.STATUS
        return SourceFault(kind, detail, wait_s)


def retry_after_s(headers: Mapping[str, str], now_ns: Nanoseconds) -> float | None:
    """Seconds that a refusal asks for: ``Retry-After`` in seconds or as a date (RFC 9110, 10.2.3), else
    ``x-rate-limit-reset`` in unix seconds; None where neither is there or readable."""
    now_s = now_ns / SECOND_NS
    text = headers.get("retry-after", "").strip()
    found: float | None = None
    if text.isascii() and text.isdigit():
        found = float(text)
    elif text:
        try:
            found = parsedate_to_datetime(text).timestamp() - now_s
        except (ValueError, OverflowError):
            found = None
    reset = headers.get("x-rate-limit-reset", "").strip()
    if found is None and reset.isascii() and reset.isdigit():
        found = float(reset) - now_s
    return None if found is None else min(max(found, 0.0), _MOST_WAIT_S)


def gist(data: bytes) -> str:
    """What a body that is not wanted says: the title of a page, else its first words."""
    title = _TITLE.search(data[:4096])
    return one_line(title[1], 80) if title is not None else one_line(data, 80)


def json_of(body: Body) -> Any:
    """The JSON document of a body. Raises SourceFault, naming a page or a text that came instead."""
    start = body.data.lstrip()[:1]
    where = place_of(body.url)
    if start == b"<":
        raise SourceFault(FaultKind.NOT_JSON, f"{where}: a page instead of JSON: {gist(body.data)}")
    try:
        return msgspec.json.decode(body.data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise SourceFault(FaultKind.NOT_JSON, f"{where}: no JSON: {gist(body.data) or 'empty'}") from None
    except RecursionError:
        raise SourceFault(FaultKind.SHAPE, f"{where}: nested too deep: {gist(body.data)}") from None


def _name(request: Request) -> str:
    return f"{request.url}?{sorted(request.params.items())}"


def _body(
    request: Request, answer: httpx.Response, data: bytes, now_ns: Nanoseconds, *, is_same: bool = False
) -> Body:
    return Body(
        url=request.url,
        status=answer.status_code,
        data=data,
        headers=dict(answer.headers),
        received_ns=now_ns,
        is_same=is_same,
    )
