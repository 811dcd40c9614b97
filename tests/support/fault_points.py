"""Every place of the order path at which a process may end, counted, and an end at the one that is wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import httpx

from engine.core.changes import Change
from engine.core.effects import Effect
from engine.core.inputs import CoreEvent
from engine.core.row import Row
from engine.ports import Journal, Venue

_TOLD = ("send_request_headers.started", "receive_response_headers.started")
"""Of what a client's connection reports: the first byte leaves, and the answer is waited for."""


class Points:
    """``seen`` names each place in the order in which they were reached; at number ``at`` (from 1; 0 is none)
    ``end`` is called, which does not come back."""

    def __init__(self, at: int, end: Callable[[], None]) -> None:
        self.seen: list[str] = []
        self._at = at
        self._end = end

    def reach(self, name: str) -> None:
        self.seen.append(name)
        if len(self.seen) == self._at:
            self._end()

    def journal(self, inner: Journal) -> PointJournal:
        return PointJournal(inner, self)

    def venue(self, inner: Venue) -> PointVenue:
        return PointVenue(inner, self)

    def transport(self, inner: httpx.AsyncBaseTransport) -> PointTransport:
        return PointTransport(inner, self)


class PointJournal:
    """Implements :class:`engine.ports.Journal`."""

    def __init__(self, inner: Journal, points: Points) -> None:
        self._inner = inner
        self._points = points

    @property
    def durable(self) -> int:
        return self._inner.durable

    def append(self, changes: Sequence[Change], rows: Sequence[Row]) -> int:
        kinds = ", ".join(sorted({type(change).__name__ for change in changes}))
        self._points.reach(f"before the record of {kinds}")
        seq = self._inner.append(changes, rows)
        self._points.reach(f"after the record of {kinds}")
        return seq

    def on_durable(self, callback: Callable[[int], None]) -> None:
        def told(seq: int) -> None:
            self._points.reach("durable, nothing released")
            callback(seq)
            self._points.reach("durable, effects released")

        self._inner.on_durable(told)

    def on_failure(self, callback: Callable[[Exception], None]) -> None:
        self._inner.on_failure(callback)

    async def close(self) -> None:
        await self._inner.close()


class PointVenue:
    """Implements :class:`engine.ports.Venue`."""

    def __init__(self, inner: Venue, points: Points) -> None:
        self._inner = inner
        self._points = points

    async def start(self, sink: Callable[[CoreEvent], None]) -> None:
        await self._inner.start(sink)

    async def carry_out(self, effect: Effect) -> CoreEvent | None:
        name = type(effect).__name__
        self._points.reach(f"before {name}")
        answer = await self._inner.carry_out(effect)
        self._points.reach(f"after {name}")
        return answer

    async def stop(self) -> None:
        await self._inner.stop()


class PointTransport(httpx.AsyncBaseTransport):
    """Around a client's connections; requests that only read are let through."""

    def __init__(self, inner: httpx.AsyncBaseTransport, points: Points) -> None:
        self._inner = inner
        self._points = points

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return await self._inner.handle_async_request(request)
        name = f"{request.method} {request.url.path.rpartition('/')[2]}"
        told = request.extensions.get("trace")

        async def trace(step: str, info: dict[str, Any]) -> None:
            if told is not None:
                await told(step, info)
            if step.endswith(_TOLD):
                self._points.reach(f"{name}: {step.partition('.')[2]}")

        request.extensions["trace"] = trace
        response = await self._inner.handle_async_request(request)
        self._points.reach(f"{name}: answered")
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()
