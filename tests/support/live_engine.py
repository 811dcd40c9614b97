"""A whole engine against a running sandbox: real sockets, a real ledger file, one process of ours."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx
from fault_points import Points
from running_sandbox import RunningSandbox

from engine.control.public_board import PublicBoard
from engine.core.effects import Alert, Answer
from engine.core.engine import Engine
from engine.core.inputs import Command
from engine.core.settings import EngineSettings
from engine.core.strategy import Strategy
from engine.domain.command import CommandBody
from engine.kalshi.client import KalshiClient
from engine.kalshi.clock import SystemClock
from engine.kalshi.credentials import load_credentials_file
from engine.kalshi.hosts import endpoint_of
from engine.kalshi.settings import ClientSettings
from engine.kalshi.stream.feed import StreamFeed
from engine.kalshi.stream.machine import StreamMachine
from engine.kalshi.venue import KalshiVenue, Sink
from engine.ledger.sqlite_ledger import SqliteLedger
from engine.ports import Journal, Venue
from engine.runtime import Runtime


class LiveClock:
    """The machine's clocks, with the exchange's time a fixed step away from the wall's."""

    def __init__(self, offset_ns: int) -> None:
        self._offset_ns = offset_ns

    def exchange_ns(self) -> int:
        return time.time_ns() + self._offset_ns

    def mono_ns(self) -> int:
        return time.monotonic_ns()

    def wall_ns(self) -> int:
        return time.time_ns()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Uuids:
    def mint(self) -> str:
        return str(uuid.uuid4())


class Heard:
    def __init__(self) -> None:
        self.alerts: list[Alert] = []

    def notify(self, alert: Alert) -> None:
        self.alerts.append(alert)


class LiveEngine:
    """One run of an engine over ``ledger``; :meth:`start` returns when entries are taken."""

    def __init__(
        self,
        sandbox: RunningSandbox,
        ledger: Path,
        settings: EngineSettings,
        client: ClientSettings | None = None,
        points: Points | None = None,
        strategies: Sequence[Strategy] = (),
    ) -> None:
        """``points`` says at which place of the order path the process ends."""
        self.heard = Heard()
        self._points = points
        self._strategies = strategies
        self._sandbox = sandbox
        self._path = ledger
        self._settings = settings
        self._client_settings = client
        self._commands = 0
        self.runtime: Runtime | None = None
        self.running: asyncio.Task[None] | None = None

    async def start(self) -> Runtime:
        loop = asyncio.get_running_loop()
        self.ledger = SqliteLedger.open(self._path, loop=loop)
        self.board = PublicBoard()
        world = await asyncio.to_thread(self._sandbox.side_door, "GET", "world")
        clock = LiveClock(int(str(world["now_ns"])) - time.time_ns())
        kalshi = KalshiVenue(self._client(), self._feed_maker(), self.board.take)
        self.board.on_follow = kalshi.follow_trades
        engine = Engine(self._settings, self.ledger.load(), self._strategies)
        journal: Journal = self.ledger
        venue: Venue = kalshi
        if self._points is not None:
            journal, venue = self._points.journal(journal), self._points.venue(venue)
        self.runtime = Runtime(engine, venue, journal, clock, Uuids(), self.heard)
        self.running = asyncio.create_task(self.runtime.run())
        await self.until(lambda: engine.is_ready)
        return self.runtime

    async def until(self, condition: Callable[[], bool], seconds: float = 30) -> None:
        """Waits for steps of the engine until ``condition`` holds."""
        assert self.runtime is not None
        assert self.running is not None
        stepped = asyncio.Event()
        end = self.runtime.subscribe(lambda _: stepped.set())
        try:
            async with asyncio.timeout(seconds):
                while not condition():
                    stepped.clear()
                    done, _ = await asyncio.wait(
                        [self.running, asyncio.ensure_future(stepped.wait())],
                        return_when=asyncio.FIRST_COMPLETED,
                    )
                    if self.running in done:
                        self.running.result()
        finally:
            end()

    async def ask(self, body: CommandBody) -> Answer:
        assert self.runtime is not None
        self._commands += 1
        return await self.runtime.command(Command(f"{id(self)}-{self._commands}", "test", body))

    async def stop(self, *, graceful: bool = True) -> None:
        assert self.runtime is not None
        assert self.running is not None
        await self.runtime.stop(graceful=graceful)
        await self.running

    def _client(self) -> KalshiClient:
        sandbox = self._sandbox
        endpoint = endpoint_of(sandbox.rest, sandbox.ws)
        credentials = load_credentials_file(sandbox.key_id, Path(sandbox.private_key_path), endpoint.venue)
        transport = None
        if self._points is not None:
            transport = self._points.transport(httpx.AsyncHTTPTransport())
        self.client = KalshiClient(
            endpoint, credentials, settings=self._client_settings, http_transport=transport
        )
        return self.client

    def _feed_maker(self) -> Callable[[Sink], StreamFeed]:
        client, clock = self.client, SystemClock()
        signer = client.signer
        assert signer is not None

        def make(sink: Sink) -> StreamFeed:
            machine = StreamMachine(sink, clock.monotonic_ns, client.drift)
            return StreamFeed(machine, client.endpoint.ws_url, signer, clock, random.random)

        return make
