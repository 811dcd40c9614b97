"""Keeps the stream connected: connects, reads, writes, watches, and comes back after a loss."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from engine.domain.units import SECOND_NS, Nanoseconds
from engine.kalshi.clock import Clock
from engine.kalshi.stream.backoff import Backoff
from engine.kalshi.stream.machine import StreamMachine
from engine.kalshi.stream.socket import Connect, Socket, SocketLost, open_websocket
from engine.wire.signing import WEBSOCKET_PATH


class HeaderSigner(Protocol):
    async def headers(self, method: str, path: str) -> dict[str, str]: ...


class StreamFeed:
    """Runs ``machine`` over real or simulated sockets until :meth:`stop` or cancellation.

    Every connection is signed anew. A loss is reported by the machine, every book of it is stale, and the
    next attempt waits; a connection that lived ``healthy_ns`` starts the waits from the beginning.
    """

    def __init__(
        self,
        machine: StreamMachine,
        url: str,
        signer: HeaderSigner,
        clock: Clock,
        random: Callable[[], float],
        connect: Connect = open_websocket,
    ) -> None:
        settings = machine.settings
        self.machine = machine
        self._url = url
        self._signer = signer
        self._clock = clock
        self._connect = connect
        self._backoff = Backoff(settings.backoff_base_ns, settings.backoff_cap_ns, random)
        self._stopping = False
        self._has_ended = asyncio.Event()
        self._socket: Socket | None = None
        self._has_commands = asyncio.Event()
        machine.desk.on_waiting = self._has_commands.set

    async def run(self) -> None:
        """Connects again and again; ends after :meth:`stop`, or by cancellation. No book is readable then."""
        try:
            while not self._stopping:
                began = self._clock.monotonic_ns()
                self.machine.lost(await self._live())
                if self._clock.monotonic_ns() - began >= self.machine.settings.healthy_ns:
                    self._backoff.reset()
                if not self._stopping:
                    await self._pause(self._backoff.next_ns())
        finally:
            self.machine.lost("stopped")

    async def stop(self) -> None:
        """Closes the connection and lets :meth:`run` end."""
        self._stopping = True
        self._has_ended.set()
        if self._socket is not None:
            await self._socket.close()

    async def _pause(self, duration_ns: Nanoseconds) -> None:
        """For so long, or until :meth:`stop`."""
        waits = [
            asyncio.ensure_future(self._clock.sleep(duration_ns)),
            asyncio.ensure_future(self._has_ended.wait()),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def _live(self) -> str:
        try:
            return await self._one_connection()
        except SocketLost as lost:
            return str(lost)

    async def _one_connection(self) -> str:
        """Lives through one connection; returns why it ended, or raises SocketLost."""
        settings = self.machine.settings
        try:
            async with asyncio.timeout(settings.connect_timeout_ns / SECOND_NS):
                headers = await self._signer.headers("GET", WEBSOCKET_PATH)
                socket = await self._connect(self._url, headers)
        except TimeoutError as error:
            raise SocketLost("cannot connect: no answer in time") from error
        if self._stopping:
            # It came while there was nothing to close yet.
            await socket.close()
            return "stopped"
        self._socket = socket
        tasks = []
        try:
            self.machine.connected()
            tasks = [
                asyncio.create_task(work(socket))
                for work in (self._read, self._write, self._tick, self._beat, self._watch)
            ]
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return "; ".join(sorted({task.result() for task in done}))
        finally:
            self._socket = None
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await socket.close()

    async def _read(self, socket: Socket) -> str:
        on_text, receive = self.machine.on_text, socket.receive
        while True:
            on_text(await receive())

    async def _write(self, socket: Socket) -> str:
        outbox = self.machine.desk.outbox
        while True:
            await self._has_commands.wait()
            self._has_commands.clear()
            while outbox:
                await socket.send(outbox.popleft())

    async def _tick(self, socket: Socket) -> str:
        while self.machine.reconnect_reason is None:
            await self._clock.sleep(self.machine.settings.tick_ns)
            self.machine.tick()
        return self.machine.reconnect_reason

    async def _beat(self, socket: Socket) -> str:
        """Says once a beat that the exchange is heard: by what came meanwhile, else by the pong to a ping."""
        while True:
            before = socket.frames
            await self._clock.sleep(self.machine.settings.beat_ns)
            if socket.frames != before or await self._answers(socket):
                self.machine.heard()

    async def _watch(self, socket: Socket) -> str:
        """Returns when nothing came for the idle time and a probe was not answered either."""
        settings = self.machine.settings
        while True:
            before = socket.frames
            await self._clock.sleep(settings.idle_ns)
            if socket.frames == before and not await self._answers(socket):
                return "idle, and a ping was not answered"

    async def _answers(self, socket: Socket) -> bool:
        probe = asyncio.ensure_future(socket.probe())
        limit = asyncio.ensure_future(self._clock.sleep(self.machine.settings.probe_timeout_ns))
        try:
            await asyncio.wait({probe, limit}, return_when=asyncio.FIRST_COMPLETED)
            return probe.done() and probe.exception() is None
        finally:
            probe.cancel()
            limit.cancel()
            await asyncio.gather(probe, limit, return_exceptions=True)
