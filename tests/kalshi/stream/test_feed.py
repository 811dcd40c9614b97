"""The feed over real sockets on the loopback, against a small server of the exchange's protocol."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.server import Request, Response, Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from engine.domain.feed import (
    BookFresh,
    Channel,
    FeedAlive,
    FeedConnected,
    FeedLost,
    ReconcileNeeded,
    StreamFault,
)
from engine.domain.units import MILLISECOND_NS
from engine.kalshi.clock import SystemClock
from engine.kalshi.drift import DriftCounter
from engine.kalshi.stream.backoff import Backoff
from engine.kalshi.stream.feed import StreamFeed
from engine.kalshi.stream.machine import StreamMachine
from engine.kalshi.stream.settings import StreamSettings

SHORT = StreamSettings(
    tick_ns=5 * MILLISECOND_NS,
    beat_ns=20 * MILLISECOND_NS,
    idle_ns=60 * MILLISECOND_NS,
    probe_timeout_ns=61 * MILLISECOND_NS,
    backoff_base_ns=5 * MILLISECOND_NS,
    backoff_cap_ns=20 * MILLISECOND_NS,
    repair_spacing_ns=5 * MILLISECOND_NS,
    connect_timeout_ns=300 * MILLISECOND_NS,
)


class CountingSigner:
    """Gives each upgrade its own signature."""

    def __init__(self) -> None:
        self.given = 0

    async def headers(self, method: str, path: str) -> dict[str, str]:
        self.given += 1
        assert (method, path) == ("GET", "/trade-api/ws/v2")
        return {"KALSHI-ACCESS-KEY": "k", "KALSHI-ACCESS-SIGNATURE": f"signature-{self.given}"}


class SmallExchange:
    """Answers subscribe and get_snapshot; a test sends what else it wants through ``connections``."""

    def __init__(self) -> None:
        self.signatures: list[str] = []
        self.refusals = 0
        self.connections: list[ServerConnection] = []
        self.commands: list[dict[str, Any]] = []
        self.seq = 0

    def on_upgrade(self, connection: ServerConnection, request: Request) -> Response | None:
        self.signatures.append(request.headers["KALSHI-ACCESS-SIGNATURE"])
        if self.refusals:
            self.refusals -= 1
            return connection.respond(401, '{"error":{"code":"header_timestamp_expired"}}')
        return None

    async def serve(self, connection: ServerConnection) -> None:
        self.connections.append(connection)
        self.seq = 0
        try:
            async for text in connection:
                await self._answer(connection, json.loads(text))
        except ConnectionClosed:
            return

    async def _answer(self, connection: ServerConnection, command: dict[str, Any]) -> None:
        self.commands.append(command)
        params = command["params"]
        if command["cmd"] == "subscribe":
            channel = params["channels"][0]
            sid = 1 if channel == "orderbook_delta" else 2
            ack = {"type": "subscribed", "id": command["id"], "msg": {"channel": channel, "sid": sid}}
            await connection.send(json.dumps(ack) + "\n")
        for ticker in params.get("market_tickers", ()):
            await connection.send(self.snapshot(ticker, command))

    def snapshot(self, ticker: str, command: dict[str, Any]) -> str:
        self.seq += 1
        body = {"market_ticker": ticker, "clock": 5, "yes_dollars_fp": [["0.4000", "1.00"]]}
        frame = {"type": "orderbook_snapshot", "sid": 1, "seq": self.seq, "msg": body}
        return json.dumps(frame if command["cmd"] == "subscribe" else {**frame, "id": command["id"]})

    def delta(self, clock: int, skip: int = 0) -> str:
        self.seq += 1 + skip
        body = {
            "market_ticker": "A",
            "clock": clock,
            "price_dollars": "0.4000",
            "delta_fp": "1.00",
            "side": "yes",
        }
        return json.dumps({"type": "orderbook_delta", "sid": 1, "seq": self.seq, "msg": body})


class CountingClock(SystemClock):
    """Counts sleeps by their length, and says so."""

    def __init__(self, changed: asyncio.Event) -> None:
        self.slept: Counter[int] = Counter()
        self._changed = changed

    async def sleep(self, duration_ns: int) -> None:
        await super().sleep(duration_ns)
        self.slept[duration_ns] += 1
        self._changed.set()


class Bench:
    """A running feed; ``until`` waits for an event, woken by the events themselves."""

    def __init__(self, port: int) -> None:
        self.events: list[Any] = []
        self.changed = asyncio.Event()
        self.signer = CountingSigner()
        self.drift = DriftCounter()
        self.clock = clock = CountingClock(self.changed)
        self.machine = StreamMachine(self._sink, clock.monotonic_ns, self.drift, SHORT)
        url = f"ws://127.0.0.1:{port}/trade-api/ws/v2"
        self.feed = StreamFeed(self.machine, url, self.signer, clock, lambda: 0.5)

    def _sink(self, event: Any) -> None:
        self.events.append(event)
        self.changed.set()

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                self.changed.clear()
                await self.changed.wait()

    def count(self, kind: type) -> int:
        return sum(isinstance(event, kind) for event in self.events)


@asynccontextmanager
async def running(
    exchange: SmallExchange, handler: Callable[[ServerConnection], Awaitable[None]] | None = None
) -> AsyncIterator[Bench]:
    async with serve(
        handler or exchange.serve,
        "127.0.0.1",
        0,
        process_request=exchange.on_upgrade,
        ping_interval=None,
        close_timeout=0.1,
    ) as server:
        bench = Bench(_port(server))
        bench.machine.want_books(["A"])
        bench.machine.want(Channel.FILL)
        task = asyncio.create_task(bench.feed.run())
        try:
            yield bench
        finally:
            await bench.feed.stop()
            async with asyncio.timeout(5):
                await task


def _port(server: Server) -> int:
    return int(next(iter(server.sockets)).getsockname()[1])


async def test_books_follow_frames_and_heal_after_a_gap() -> None:
    exchange = SmallExchange()
    async with running(exchange) as bench:
        await bench.until(lambda: bench.count(BookFresh) == 1)
        await exchange.connections[0].send(exchange.delta(6))
        await exchange.connections[0].send(exchange.delta(9, skip=2))
        await bench.until(lambda: bench.count(StreamFault))
        assert bench.machine.books.book("A") is None
        gap = next(event for event in bench.events if isinstance(event, StreamFault))
        assert (gap.expected, gap.got) == (3, 5)
        await bench.until(
            lambda: [c for c in exchange.commands if c["params"].get("action") == "get_snapshot"]
        )


async def test_a_dropped_connection_is_made_again_with_a_new_signature_and_all_subscriptions() -> None:
    exchange = SmallExchange()
    async with running(exchange) as bench:
        await bench.until(lambda: bench.count(BookFresh) == 1)
        exchange.connections[0].transport.abort()
        await bench.until(lambda: bench.count(BookFresh) == 2)
        assert exchange.signatures == ["signature-1", "signature-2"]
        assert bench.count(FeedLost) == 1
        assert bench.count(FeedConnected) == 2
        assert bench.events.count(ReconcileNeeded((Channel.FILL,), "connected")) == 2
        asked = [c["params"]["channels"] for c in exchange.commands if c["cmd"] == "subscribe"]
        assert asked == [["orderbook_delta"], ["fill"]] * 2
    assert bench.machine.books.book("A") is None


async def test_refused_upgrades_are_tried_again_each_with_its_own_signature() -> None:
    exchange = SmallExchange()
    exchange.refusals = 2
    async with running(exchange) as bench:
        await bench.until(lambda: bench.count(BookFresh) == 1)
        assert exchange.signatures == ["signature-1", "signature-2", "signature-3"]


async def test_a_silent_but_living_connection_is_kept() -> None:
    exchange = SmallExchange()
    async with running(exchange) as bench:
        await bench.until(lambda: bench.count(BookFresh) == 1)
        await bench.until(lambda: bench.clock.slept[SHORT.idle_ns] >= 4)
        assert bench.count(FeedLost) == 0
        assert len(exchange.connections) == 1


async def test_a_connection_without_a_frame_is_heard_by_its_pongs() -> None:
    exchange = SmallExchange()
    async with running(exchange) as bench:
        await bench.until(lambda: bench.count(BookFresh) == 1)
        quiet_from = len(bench.events)
        await bench.until(lambda: bench.count(FeedAlive) >= 5)
        assert set(map(type, bench.events[quiet_from:])) == {FeedAlive}
        assert bench.count(FeedAlive) <= bench.clock.slept[SHORT.beat_ns], "at most once a beat"


async def test_a_connection_that_answers_no_ping_is_not_heard() -> None:
    exchange = SmallExchange()

    async def deaf(connection: ServerConnection) -> None:
        connection.transport.pause_reading()
        await connection.wait_closed()

    async with running(exchange, deaf) as bench:
        await bench.until(lambda: bench.count(FeedLost) == 1)
        assert bench.clock.slept[SHORT.beat_ns] >= 1
        assert bench.count(FeedAlive) == 0


async def test_a_dead_connection_is_found_by_the_watchdog() -> None:
    """The server stops reading and answering, pings included, and keeps the socket open."""
    exchange = SmallExchange()

    async def deaf_once(connection: ServerConnection) -> None:
        if not exchange.connections:
            exchange.connections.append(connection)
            connection.transport.pause_reading()
            await connection.wait_closed()
        else:
            await exchange.serve(connection)

    async with running(exchange, deaf_once) as bench:
        await bench.until(lambda: bench.count(FeedLost) == 1)
        lost = next(event for event in bench.events if isinstance(event, FeedLost))
        assert lost.reason == "idle, and a ping was not answered"
        await bench.until(lambda: bench.count(BookFresh) == 1)


async def test_garbage_never_ends_the_connection() -> None:
    exchange = SmallExchange()
    async with running(exchange) as bench:
        await bench.until(lambda: bench.count(BookFresh) == 1)
        for text in ("", "null", "[1,2]", '{"type":7}', "\x00", '{"type":"ticker","sid":99,"msg":{}}'):
            await exchange.connections[0].send(text)
        await exchange.connections[0].send(b"\xff\xfe")
        await bench.until(lambda: bench.count(StreamFault) == 7)
        await exchange.connections[0].send(exchange.delta(6))
        await bench.until(lambda: bench.machine.books.clock("A") == 6)
        assert bench.count(FeedLost) == 0
        assert bench.drift.total == 7


def test_waits_double_to_the_cap_and_half_of_each_is_drawn() -> None:
    lowest, highest = Backoff(100, 1_000, lambda: 0.0), Backoff(100, 1_000, lambda: 0.999_999)
    assert [lowest.next_ns() for _ in range(6)] == [50, 100, 200, 400, 500, 500]
    assert [highest.next_ns() for _ in range(2)] == [99, 199]
    lowest.reset()
    assert lowest.next_ns() == 50
