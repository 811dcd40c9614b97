"""A feed that is told to stop ends, at whatever moment that comes: an engine waits for it before it ends."""

from __future__ import annotations

import asyncio

from engine.kalshi.clock import SystemClock
from engine.kalshi.drift import DriftCounter
from engine.kalshi.stream.feed import StreamFeed
from engine.kalshi.stream.machine import StreamMachine
from engine.kalshi.stream.settings import StreamSettings
from engine.kalshi.stream.socket import Socket, SocketLost

SOON_S = 5.0


class Signer:
    async def headers(self, method: str, path: str) -> dict[str, str]:
        return {}


class SilentSocket:
    """Takes everything and says nothing."""

    frames = 0

    def __init__(self) -> None:
        self.is_closed = False

    async def receive(self) -> str:
        await asyncio.Event().wait()
        return ""

    async def send(self, text: str) -> None:
        return

    async def probe(self) -> None:
        return

    async def close(self) -> None:
        self.is_closed = True


class PausingClock(SystemClock):
    """Whoever sleeps on it does so for good."""

    def __init__(self) -> None:
        self.is_asleep = asyncio.Event()

    async def sleep(self, duration_ns: int) -> None:
        self.is_asleep.set()
        await asyncio.Event().wait()


def feed_over(connect: object, clock: SystemClock) -> StreamFeed:
    machine = StreamMachine(lambda _: None, clock.monotonic_ns, DriftCounter(), StreamSettings())
    return StreamFeed(machine, "ws://nowhere", Signer(), clock, lambda: 0.5, connect=connect)  # type: ignore[arg-type]


async def test_a_stop_while_it_connects_is_not_forgotten_when_it_has_connected() -> None:
    connecting, may_connect, socket = asyncio.Event(), asyncio.Event(), SilentSocket()

    async def connect(url: str, headers: dict[str, str]) -> Socket:
        connecting.set()
        await may_connect.wait()
        return socket  # type: ignore[return-value]

    feed = feed_over(connect, SystemClock())
    running = asyncio.create_task(feed.run())
    await connecting.wait()
    await feed.stop()
    may_connect.set()
    async with asyncio.timeout(SOON_S):
        await running
    assert socket.is_closed


async def test_a_stop_does_not_wait_for_the_pause_between_two_attempts() -> None:
    clock = PausingClock()

    async def connect(url: str, headers: dict[str, str]) -> Socket:
        raise SocketLost("refused")

    feed = feed_over(connect, clock)
    running = asyncio.create_task(feed.run())
    await clock.is_asleep.wait()
    await feed.stop()
    async with asyncio.timeout(SOON_S):
        await running
