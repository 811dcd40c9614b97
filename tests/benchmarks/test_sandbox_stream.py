"""How fast the stream is: frames a second made for 1 and 20 subscribers, and sent over sockets."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import AsyncExitStack
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from stream_harness import Bench, Client
from stream_server import serving
from websockets.asyncio.client import ClientConnection

from engine.sandbox.core.feed import BookChanged

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

    from engine.sandbox.core.feed import FeedEvent

pytestmark = pytest.mark.benchmark(timer=time.process_time)
"""CPU time, of everything in this process."""

TICKERS = [f"M{number}" for number in range(50)]
SUBSCRIBE = {"channels": ["orderbook_delta"], "market_tickers": TICKERS}


def recorded_batches(bench: Bench, actions: int) -> list[list[FeedEvent]]:
    """What the exchange says during random trading, in batches as a server's ticks make them."""
    random = Random(7)
    batches = []
    for _ in range(actions // 20):
        for _ in range(20):
            bench.random_action(random, TICKERS)
        batches.append(bench.exchange.drain())
    return batches


def subscribers(bench: Bench, count: int) -> list[Client]:
    clients = [bench.client("dan") for _ in range(count)]
    for client in clients:
        client.send("subscribe", SUBSCRIBE)
        client.raw_frames()
    return clients


@pytest.mark.parametrize("count", [1, 20])
def test_frames_made(benchmark: BenchmarkFixture, count: int) -> None:
    """Events to finished frames in every outbox, without sockets."""

    def setup() -> tuple[tuple[Bench, list[Client], list[list[FeedEvent]]], dict[str, Any]]:
        bench = Bench(*TICKERS)
        clients = subscribers(bench, count)
        return (bench, clients, recorded_batches(bench, 5_000)), {}

    made = 0

    def publish(bench: Bench, clients: list[Client], batches: list[list[FeedEvent]]) -> None:
        nonlocal made
        made = 0
        for batch in batches:
            bench.hub.publish(batch)
            for client in clients:
                made += len(client.raw_frames())

    benchmark.pedantic(publish, setup=setup, rounds=5)
    if benchmark.stats:
        benchmark.extra_info["frames a second"] = round(made / benchmark.stats.stats.min)
    assert made > 4_000 * count


@pytest.mark.parametrize("count", [1, 20])
def test_frames_sent_over_sockets(benchmark: BenchmarkFixture, count: int) -> None:
    """From events to bytes read by clients in this same process, which only count."""
    made = recorded_batches(Bench(*TICKERS), 4_000)
    total = sum(isinstance(event, BookChanged) for batch in made for event in batch)

    async def run() -> float:
        bench = Bench(*TICKERS)
        async with serving(bench) as server, AsyncExitStack() as stack:
            clients = [await stack.enter_async_context(server.connect()) for _ in range(count)]
            counters = [await _counter(client, total) for client in clients]
            batches = recorded_batches(bench, 4_000)
            started = time.process_time()
            for batch in batches:
                bench.hub.publish(batch)
                await asyncio.sleep(0)
            for counter in counters:
                await counter.is_done.wait()
            took = time.process_time() - started
            for client in clients:
                client.transport.set_protocol(client)
                client.transport.abort()
        return took

    times: list[float] = []
    benchmark.pedantic(lambda: times.append(asyncio.run(run())), rounds=5)
    benchmark.extra_info["frames a second"] = round(total * count / min(times))


class _Counter(asyncio.Protocol):
    """A client that does nothing but count the deltas in what it reads."""

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted
        self.deltas = 0
        self.is_done = asyncio.Event()
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        self.deltas += data.count(_MARK)
        self._rest = data[-len(_MARK) + 1 :]
        if self.deltas >= self.wanted:
            self.is_done.set()


_MARK = b'"type":"orderbook_delta"'


async def _counter(client: ClientConnection, wanted: int) -> _Counter:
    """Subscribes as any client, then takes the connection over from the library."""
    await client.send(json.dumps({"id": 1, "cmd": "subscribe", "params": SUBSCRIBE}))
    for _ in range(1 + len(TICKERS)):
        await client.recv()
    counter = _Counter(wanted)
    client.transport.set_protocol(counter)
    return counter
