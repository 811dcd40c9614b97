"""Asks forecast servers over HTTP: one batched request, to the healthy server with the least under way.

A server that fails or says it is full is passed over for the next one, within the caller's time. One that
failed is left alone until its health check answers again; checks run on their own timer, in nobody's way.
"""

from __future__ import annotations

import asyncio
import contextlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec

from engine.domain.forecast import DECILES, Forecast, ForecastSource, NoForecast, SeriesStatus
from engine.domain.units import Nanoseconds
from engine.forecast.bodies import FLOATS
from engine.forecast.errors import ForecastError
from engine.forecast.forecaster import PriceHistory, dollars_of, found_of
from engine.forecast.messages import MOST_SERIES, Health, PackedAnswer

HEALTH_EVERY_S = 5.0
HEALTH_WITHIN_S = 2.0
CONTEXT = 512
"""Prices of each market that are sent; a server looks at no more by default."""
_LITTLE_ENDIAN_FLOAT = "f"
_NO_ANSWER = (httpx.HTTPError, httpx.InvalidURL, msgspec.DecodeError)


class NoServer(ForecastError):
    """No server answered; the reasons, one a server."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__("; ".join(reasons) or "no forecast server is configured")
        self.reasons = tuple(reasons)


@dataclass(eq=False)
class Server:
    """One server as its client sees it. ``health`` is its last answer, None while it is not well."""

    url: str
    outstanding: int = 0
    health: Health | None = None
    problem: str = "not asked yet"


@dataclass(eq=False)
class ForecastClient:
    """``urls`` as ``http://host:port``. Used between :meth:`start` and :meth:`stop` on one loop."""

    urls: Sequence[str]
    token: str | None = None
    context: int = CONTEXT
    transport: httpx.AsyncBaseTransport | None = None
    health_every_s: float = HEALTH_EVERY_S
    _checking: asyncio.Task[None] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.servers = tuple(Server(url.rstrip("/")) for url in self.urls)
        headers = {} if self.token is None else {b"X-TimesFM-Token": self.token.encode()}
        # Proxies of the environment are for the internet, not for our servers. Each call has its own time.
        self._http = httpx.AsyncClient(
            headers=headers, transport=self.transport, trust_env=False, timeout=None
        )

    async def start(self) -> None:
        """Checks every server once, then on a timer."""
        await self.check()
        self._checking = asyncio.create_task(self._check_forever(), name="forecast health")

    async def stop(self) -> None:
        if self._checking is not None:
            self._checking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._checking
        await self._http.aclose()

    @property
    def source(self) -> ForecastSource | None:
        """Who would answer now; None while nobody is well."""
        for server in self._in_order():
            health = server.health
            if health is not None:
                return ForecastSource(
                    health.model, health.is_baseline, health.weights_sha256, health.is_pinned
                )
        return None

    @property
    def problem(self) -> str:
        """Of each server, while none is well."""
        if self.source is not None:
            return ""
        return "; ".join(f"{server.url}: {server.problem}" for server in self.servers)

    async def check(self) -> None:
        """Asks every server for its health, at once."""
        await asyncio.gather(*(self._check(server) for server in self.servers))

    async def forecast(
        self, histories: Sequence[PriceHistory], horizon: int, within_s: float, now_ns: Nanoseconds
    ) -> tuple[Forecast | NoForecast, ...]:
        """See :class:`Forecaster`. More than a request may hold is asked in parts, at the same time.

        Raises NoServer when no server answered in time.
        """
        parts = [histories[at : at + MOST_SERIES] for at in range(0, len(histories), MOST_SERIES)]
        try:
            async with asyncio.timeout(within_s):
                answers = await asyncio.gather(
                    *(self._part(part, horizon, within_s, now_ns) for part in parts)
                )
        except TimeoutError:
            raise NoServer([f"no answer within {within_s:g} s"]) from None
        return tuple(one for answer in answers for one in answer)

    async def _part(
        self, histories: Sequence[PriceHistory], horizon: int, within_s: float, now_ns: Nanoseconds
    ) -> list[Forecast | NoForecast]:
        width = max(1, min(self.context, max((len(one.prices_bp) for one in histories), default=1)))
        body = b"".join(dollars_of(one, width).tobytes() for one in histories)
        query = {"length": width, "horizon": horizon, "unit": "dollars"}
        reasons: list[str] = []
        loop = asyncio.get_running_loop()
        until = loop.time() + within_s
        for server in self._in_order():
            left_ms = max(1, round((until - loop.time()) * 1000))
            answer = await self._ask(server, body, query, left_ms)
            if isinstance(answer, PackedAnswer):
                found = _unpacked(answer, histories, horizon, now_ns)
                if found is not None:
                    return found
                answer = "an answer that does not fit the request"
                server.health, server.problem = None, answer
            reasons.append(f"{server.url}: {answer}")
        raise NoServer(reasons or [f"{server.url}: {server.problem}" for server in self.servers])

    def _in_order(self) -> list[Server]:
        """The well ones, least outstanding first; the first named of equals first."""
        return sorted(
            (one for one in self.servers if one.health is not None), key=lambda one: one.outstanding
        )

    async def _ask(
        self, server: Server, body: bytes, query: dict[str, Any], left_ms: int
    ) -> PackedAnswer | str:
        """The answer, or in a line why there is none; a server that is not well then is no longer asked."""
        headers = {"content-type": FLOATS, "x-deadline-ms": str(left_ms)}
        server.outstanding += 1
        try:
            response = await self._http.post(
                f"{server.url}/forecast", content=body, params=query, headers=headers
            )
            if response.status_code == 200:
                return msgspec.msgpack.decode(response.content, type=PackedAnswer)
            problem = _refusal(response.status_code)
            is_full = response.status_code in (503, 504)
        except _NO_ANSWER as error:
            problem, is_full = f"{type(error).__name__} {error}".strip(), False
        finally:
            server.outstanding -= 1
        if not is_full:
            server.health, server.problem = None, problem
        return problem

    async def _check(self, server: Server) -> None:
        try:
            response = await self._http.get(f"{server.url}/health", timeout=HEALTH_WITHIN_S)
            response.raise_for_status()
            health = msgspec.json.decode(response.content, type=Health)
        except _NO_ANSWER as error:
            server.health, server.problem = None, f"{type(error).__name__} {error}".strip()
            return
        server.health = health if health.ok else None
        server.problem = "" if health.ok else "says it is not well"

    async def _check_forever(self) -> None:
        while True:
            await asyncio.sleep(self.health_every_s)
            await self.check()


def _refusal(status: int) -> str:
    if status == 401:
        return "answered 401: the server wants another token (TIMESFM_REMOTE_TOKEN)"
    return f"answered {status}"


def _unpacked(
    answer: PackedAnswer, histories: Sequence[PriceHistory], horizon: int, now_ns: Nanoseconds
) -> list[Forecast | NoForecast] | None:
    """None for an answer of another size than the question."""
    each = horizon * len(DECILES)
    sizes = (len(answer.statuses), len(answer.filled), len(answer.quantiles))
    if sizes != (len(histories), len(histories), 4 * each * len(histories)):
        return None
    numbers = array(_LITTLE_ENDIAN_FLOAT, answer.quantiles)
    source = ForecastSource(answer.model, answer.is_baseline, answer.weights_sha256, answer.is_pinned)
    return [
        found_of(one, numbers[at * each : (at + 1) * each], _status(word), filled, source, now_ns)
        for at, (one, word, filled) in enumerate(zip(histories, answer.statuses, answer.filled, strict=True))
    ]


def _status(word: str) -> SeriesStatus:
    """A word that we do not know is a failure."""
    try:
        return SeriesStatus(word)
    except ValueError:
        return SeriesStatus.FAILED
