"""A part of a collector that listens to the exchange's own stream, with a client that cannot trade."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from collectors.health import SourceHealth
from collectors.shapes import understood
from collectors.taking import Fault, FaultKind, SourceFault, Taken
from collectors.words import one_line
from engine.domain.feed import (
    CommandRefused,
    FeedAlive,
    FeedConnected,
    FeedEvent,
    FeedLost,
    StreamFault,
)
from engine.domain.feed import FaultKind as FrameFault
from engine.domain.units import MILLISECOND_NS, SECOND_NS, Nanoseconds
from engine.kalshi.client import KalshiReader
from engine.kalshi.stream.feed import StreamFeed
from engine.kalshi.stream.machine import StreamMachine
from engine.kalshi.stream.settings import StreamSettings
from engine.kalshi.stream.socket import Connect, open_websocket

_LOOK_NS = 250 * MILLISECOND_NS
_ONCE_S = 20
_ENDED = "stopped"
"""Why the feed says that it is lost when it was ended by us."""
_GAPS = frozenset({FrameFault.GAP, FrameFault.OVERFLOW, FrameFault.LATE_FRAME})
_REPEATS = frozenset({FrameFault.DUPLICATE, FrameFault.LATE_FRAME})


class KalshiLink:
    """``take`` makes rows and observations of an event; ``put`` gets them. What is wanted is set on
    :attr:`machine`."""

    def __init__(
        self,
        reader: KalshiReader,
        health: SourceHealth,
        take: Callable[[FeedEvent, Nanoseconds], Taken],
        put: Callable[[Taken], None],
        random: Callable[[], float],
        settings: StreamSettings = StreamSettings(),  # noqa: B008 - frozen
        connect: Connect = open_websocket,
    ) -> None:
        if reader.signer is None:
            raise ValueError("reader: got one without a key, and the stream needs one")
        self.health = health
        self._reader = reader
        self._clock = reader.clock
        self._take = take
        self._put = put
        self.machine = StreamMachine(self._hear, self._clock.monotonic_ns, reader.drift, settings)
        self._feed = StreamFeed(
            self.machine, reader.endpoint.ws_url, reader.signer, self._clock, random, connect
        )

    async def run(self) -> None:
        await self._feed.run()

    async def aclose(self) -> None:
        await self._reader.aclose()

    async def once(self) -> bool:
        """Until the first data came, if it does soon."""
        running = asyncio.create_task(self.run())
        end_ns = self._clock.monotonic_ns() + _ONCE_S * SECOND_NS
        try:
            while self.health.age_s is None and self._clock.monotonic_ns() < end_ns and not running.done():
                await self._clock.sleep(_LOOK_NS)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        return self.health.age_s is not None

    def _hear(self, event: FeedEvent) -> None:
        match event:
            case FeedConnected():
                self.health.connected()
            case FeedAlive():
                return
            case FeedLost():
                self.health.disconnected()
                if event.reason != _ENDED:
                    self.health.fault(Fault(FaultKind.LOST, one_line(event.reason)))
            case StreamFault():
                self._fault(event)
            case CommandRefused():
                detail = f"{event.channel or 'command'} refused: {event.code} {one_line(event.message)}"
                self.health.fault(Fault(FaultKind.REFUSED, detail))
        self._keep(event)

    def _keep(self, event: FeedEvent) -> None:
        try:
            taken = understood(partial(self._take, event, self._clock.wall_ns()))
        except SourceFault as error:
            self.health.fault(error.fault)
            return
        if taken.is_data:
            self.health.took(taken)
            if not taken.faults:
                self.health.is_well()
        if taken.rows or taken.told:
            self._put(taken)

    def _fault(self, event: StreamFault) -> None:
        self.health.repeats += event.kind in _REPEATS
        if event.kind is FrameFault.DUPLICATE:
            return
        kind = FaultKind.GAP if event.kind in _GAPS else FaultKind.SHAPE
        where = event.channel or event.ticker or "stream"
        self.health.fault(Fault(kind, one_line(f"{where}: {event.kind.value} {event.detail}")))
