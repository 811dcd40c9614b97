"""Builds one live collector from what a command says, and runs it to its end."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random

import msgspec

from collectors.access import access_to
from collectors.candles.access import public_access
from collectors.fetching import Fetcher
from collectors.health import SourceHealth
from collectors.keys import key_of
from collectors.ownership import owned
from collectors.places import PlaceRefused, Places, places_of
from collectors.polling import Poller, PollSource
from collectors.recording import Recorder
from collectors.running import Part, Running, Summary
from collectors.sinks import FrameSink, NoSink, ObservationSink
from collectors.streaming import Streamer, StreamSource
from collectors.words import Scrub
from engine.kalshi.client import KalshiReader
from engine.kalshi.clock import Clock, SystemClock
from engine.kalshi.credentials import CredentialError
from engine.kalshi.hosts import HostRefused
from engine.lake.errors import LakeError
from engine.lake.tables import table_named
from engine.lake.writer import LakeWriter
from engine.ops.errors import OpsError
from engine.sandbox.side_door_client import SideDoorError

_ENDING = (signal.SIGTERM, signal.SIGINT)


class CollectError(Exception):
    """A collector that cannot begin or go on. One line."""


FAILURES = (CollectError, PlaceRefused, LakeError, OpsError, CredentialError, SideDoorError, HostRefused)
"""What a command tells in one line."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What every live collector is told. ``home`` is a folder; without ``lake`` and ``venue`` they are the
    home's own."""

    home: Path
    venue: str | None = None
    exchange: str | None = None
    lake: Path | None = None
    node_id: int = 0
    total_nodes: int = 1
    for_s: float | None = None
    once: bool = False
    frames: bool = False
    urls: tuple[str, ...] = ()


class Room:
    """What the parts of a collector are made with."""

    def __init__(
        self, order: Order, places: Places, recorder: Recorder, clock: Clock, say: Callable[[str], None]
    ) -> None:
        self.order = order
        self.lake = _lake(order)
        self.places = places
        self.recorder = recorder
        self.clock = clock
        self.say = say
        self.random = Random()
        self.environment: Mapping[str, str] = os.environ

    def owned(self, keys: Sequence[str]) -> tuple[str, ...]:
        """Those of the keys that are this node's."""
        return owned(keys, self.order.node_id, self.order.total_nodes)

    def key_or_say(self, collector: str, source: str, name: str) -> str:
        """The key of a source; without one it is said that the source is left out, and what to set."""
        key = key_of(name, self.environment)
        if not key:
            self.say(f"{collector}.{source}: left out, it needs a key: set {name}")
        return key

    def health(self, source: str, name: str) -> SourceHealth:
        return SourceHealth(f"{name}.{source}", self.clock.monotonic_ns, self.say)

    def poller(self, name: str, source: PollSource, secrets: tuple[str, ...] = ()) -> Poller:
        """A part of the collector ``name`` that asks the addresses of a source."""
        health = self.health(source.name, name)
        put = partial(self.recorder.put, health.name)
        fetcher = Fetcher(self.clock, secrets)
        return Poller(source, fetcher, health, put, self.clock, self.random.random)

    def streamer(self, name: str, source: StreamSource, secrets: tuple[str, ...] = ()) -> Streamer:
        """A part of the collector ``name`` that listens to a socket."""
        health = self.health(source.name, name)
        put = partial(self.recorder.put, health.name)
        return Streamer(source, health, put, self.clock, self.random.random, scrub=Scrub(secrets))

    async def public_reader(self) -> KalshiReader:
        """The exchange as anyone may read it, or by a key that there is. Raises one of FAILURES."""
        order = self.order
        return KalshiReader(*await public_access(order.home, order.venue, order.exchange))

    async def reader(self) -> KalshiReader:
        """The exchange, to be listened to with a key. Raises one of FAILURES."""
        order = self.order
        return (await access_to(order.home, order.venue, order.exchange)).reader()


class Collector(msgspec.Struct, frozen=True):
    """A kind of collector: the tables that it writes, and how its parts are made."""

    name: str
    tables: tuple[str, ...]
    parts: Callable[[Room], Awaitable[list[Part]]]


async def collect(
    order: Order,
    collector: Collector,
    say: Callable[[str], None],
    on_look: Callable[[Sequence[SourceHealth]], None] = lambda _: None,
) -> tuple[Summary, bool]:
    """Runs until it is told to end; whether all went well counts with ``once``. Raises one of FAILURES."""
    if order.node_id >= order.total_nodes:
        raise CollectError(f"--node-id: got {order.node_id} of {order.total_nodes} nodes, wanted less")
    places = places_of(order.urls, os.environ)
    stop, clock = asyncio.Event(), SystemClock()
    sink = _sink(order, stop, say)
    recorder = Recorder(collector.tables, _opener(order), sink, say)
    try:
        parts = await collector.parts(Room(order, places, recorder, clock, say))
        if not parts:
            raise CollectError(f"{collector.name}: nothing to collect on node {order.node_id}")
    except BaseException:
        recorder.close()
        raise
    running = Running(collector.name, parts, recorder, sink, clock, stop, say, on_look)
    with _ended_by_signals(stop):
        if order.once:
            return await running.once()
        return await running.run(order.for_s), True


def _lake(order: Order) -> Path:
    return order.lake if order.lake is not None else order.home / "lake"


def _opener(order: Order) -> Callable[[str], LakeWriter]:
    root = _lake(order)
    return lambda name: LakeWriter(root, table_named(name), order.node_id, now_ns=time.time_ns)


def _sink(order: Order, stop: asyncio.Event, say: Callable[[str], None]) -> ObservationSink:
    """Frames to whoever started this process; that they are gone ends it."""
    if not order.frames:
        return NoSink()
    loop = asyncio.get_running_loop()

    def gone() -> None:
        loop.call_soon_threadsafe(stop.set)

    return FrameSink(sys.stdout.fileno(), gone, say)


@contextmanager
def _ended_by_signals(stop: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    for number in _ENDING:
        loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        for number in _ENDING:
            loop.remove_signal_handler(number)
