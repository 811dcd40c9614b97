"""Keeps a WebSocket of an outside source: connects, asks, reads, watches, and comes back after a loss."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Protocol

import msgspec
from msgspec.structs import replace

from collectors.fetching import REFUSED
from collectors.health import SourceHealth
from collectors.shapes import understood
from collectors.taking import Fault, FaultKind, SourceFault, Taken
from collectors.words import Scrub, one_line
from engine.domain.units import MILLISECOND_NS, SECOND_NS, Nanoseconds
from engine.kalshi.clock import Clock
from engine.kalshi.stream.backoff import Backoff
from engine.kalshi.stream.socket import Connect, Socket, SocketLost, UpgradeRefused, open_websocket

_LOOK_NS = 250 * MILLISECOND_NS
_ASLEEP_NS = 2 * _LOOK_NS


class StreamSource(Protocol):
    """A pure source: what to say on a new connection, and what a message means."""

    name: str
    url: str

    def opening(self) -> Sequence[str]:
        """A connection was made: what to send. State of the connection before is forgotten."""
        ...

    def take(self, text: bytes, received_ns: Nanoseconds) -> Taken:
        """Raises SourceFault where nothing of it can be used."""
        ...


class StreamSettings(msgspec.Struct, frozen=True):
    """Seconds. ``silent_s``: without any message for so long a connection is made anew. ``dataless_s``:
    without data, heartbeats aside. A subscription that is asked for late is refused after ``open_s``."""

    silent_s: float = 10.0
    dataless_s: float = 90.0
    open_s: float = 5.0
    backoff_s: float = 0.5
    longest_backoff_s: float = 30.0
    once_s: float = 20.0
    healthy_s: float = 30.0
    """A connection that lived so long starts the waits from the beginning."""


class Streamer:
    """Runs one source until it is canceled. ``put`` gets everything that was taken, in order."""

    def __init__(
        self,
        source: StreamSource,
        health: SourceHealth,
        put: Callable[[Taken], None],
        clock: Clock,
        random: Callable[[], float],
        settings: StreamSettings = StreamSettings(),  # noqa: B008 - frozen
        connect: Connect = open_websocket,
        scrub: Scrub = Scrub(),  # noqa: B008 - nothing to hide
    ) -> None:
        self.source = source
        self.health = health
        self._put = put
        self._clock = clock
        self._settings = settings
        self._connect = connect
        self._scrub = scrub
        self._backoff = Backoff(
            round(settings.backoff_s * SECOND_NS), round(settings.longest_backoff_s * SECOND_NS), random
        )
        self._heard_ns = self._data_ns = 0

    async def run(self) -> None:
        while True:
            began_ns = self._clock.monotonic_ns()
            try:
                fault = await self._one_connection()
            except SocketLost as lost:
                is_refused = isinstance(lost, UpgradeRefused) and lost.status in REFUSED
                kind = FaultKind.REFUSED if is_refused else FaultKind.UNREACHABLE
                fault = Fault(kind, self._scrub(one_line(str(lost))))
            self.health.disconnected()
            self.health.fault(fault)
            if self._clock.monotonic_ns() - began_ns >= self._settings.healthy_s * SECOND_NS:
                self._backoff.reset()
            await self._clock.sleep(self._backoff.next_ns())

    async def once(self) -> bool:
        """Until the first data came, if it comes in ``once_s``."""
        running = asyncio.create_task(self.run())
        end_ns = self._clock.monotonic_ns() + round(self._settings.once_s * SECOND_NS)
        try:
            while self.health.age_s is None and self._clock.monotonic_ns() < end_ns and not running.done():
                await self._clock.sleep(_LOOK_NS)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        return self.health.age_s is not None

    async def aclose(self) -> None:
        """Its socket is closed whenever :meth:`run` ends."""

    async def _one_connection(self) -> Fault:
        """Lives through one connection; returns why it ended. Raises SocketLost where none was made."""
        socket = await self._opened()
        self._heard_ns = self._data_ns = self._clock.monotonic_ns()
        try:
            for text in self.source.opening():
                await socket.send(text.encode())
            return await _first(self._read(socket), self._watch())
        except SocketLost as lost:
            return Fault(FaultKind.LOST, self._scrub(one_line(str(lost))))
        finally:
            await socket.close()

    async def _opened(self) -> Socket:
        connecting = asyncio.ensure_future(self._connect(self.source.url, {}))
        limit = asyncio.ensure_future(self._clock.sleep(round(self._settings.open_s * SECOND_NS)))
        try:
            await asyncio.wait({connecting, limit}, return_when=asyncio.FIRST_COMPLETED)
            if not connecting.done():
                raise SocketLost(f"cannot connect: no answer in {self._settings.open_s:g} s")
            return connecting.result()
        finally:
            connecting.cancel()
            limit.cancel()

    async def _read(self, socket: Socket) -> Fault:
        while True:
            text = await socket.receive()
            self._heard_ns = self._clock.monotonic_ns()
            if not self.health.is_connected:
                self.health.connected()
            taken = self._taken(text if isinstance(text, bytes) else text.encode())
            for reply in taken.replies:
                await socket.send(reply.encode())
            if taken.is_data:
                self._data_ns = self._heard_ns
                if not taken.faults:
                    self.health.is_well()
            if taken.reconnect:
                return Fault(FaultKind.LOST, taken.reconnect)

    def _taken(self, text: bytes) -> Taken:
        try:
            taken = understood(partial(self.source.take, text, self._clock.wall_ns()))
        except SourceFault as error:
            taken = Taken(faults=[error.fault], is_data=False)
        taken.faults = [replace(fault, detail=self._scrub(fault.detail)) for fault in taken.faults]
        self.health.took(taken)
        if taken.rows or taken.told:
            self._put(taken)
        return taken

    async def _watch(self) -> Fault:
        """Returns when nothing, or nothing but heartbeats, came for too long."""
        settings, looked_ns = self._settings, self._clock.monotonic_ns()
        while True:
            await self._clock.sleep(_LOOK_NS)
            now_ns = self._clock.monotonic_ns()
            if now_ns - looked_ns > _ASLEEP_NS:
                # We were held up ourselves: what came meanwhile lies unread, and is no silence of the source.
                self._heard_ns = self._data_ns = now_ns
            looked_ns = now_ns
            if now_ns - self._heard_ns > settings.silent_s * SECOND_NS:
                return Fault(FaultKind.SILENT, f"nothing came for {settings.silent_s:g} s")
            if now_ns - self._data_ns > settings.dataless_s * SECOND_NS:
                return Fault(FaultKind.SILENT, f"no data came for {settings.dataless_s:g} s, only heartbeats")


async def _first(*work: Coroutine[None, None, Fault]) -> Fault:
    """What the first of several coroutines returns or raises; the others are canceled."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return done.pop().result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
