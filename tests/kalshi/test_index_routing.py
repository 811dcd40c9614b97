"""Index values reach the core only while it watches them, and everybody else as before."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

from engine.core.effects import WatchIndexes
from engine.core.inputs import CoreEvent
from engine.domain.feed import Channel, FeedAlive, IndexSeen, PublicTrade
from engine.domain.order import BookSide
from engine.kalshi.client import KalshiClient
from engine.kalshi.stream.feed import StreamFeed
from engine.kalshi.venue import KalshiVenue, Sink

BRTI, OTHER = (IndexSeen(Channel.INDEX, name, Decimal(76_000), None, 1) for name in ("BRTI", "ETHUSD_RTI"))
PRINT = PublicTrade("t1", "T", 5_000, 100, BookSide.BID, False, 1)


class Feed:
    """Keeps what is wanted of it; :attr:`sink` is what it would tell."""

    def __init__(self) -> None:
        self.machine = self
        self.wanted: dict[Channel, Any] = {}
        self.sink: Sink = lambda event: None

    def want(self, channel: Channel, names: Any = None) -> None:
        self.wanted[channel] = names

    def drop(self, channel: Channel) -> None:
        self.wanted.pop(channel, None)

    async def run(self) -> None:
        pass

    def make(self, sink: Sink) -> StreamFeed:
        self.sink = sink
        return cast(StreamFeed, self)


def client() -> KalshiClient:
    async def limits() -> None:
        return None

    reads = SimpleNamespace(account=SimpleNamespace(limits=limits))
    budget = SimpleNamespace(take_limits=lambda limits: None)
    made = SimpleNamespace(reads=lambda lane: reads, budget=budget, drift=None)
    return cast(KalshiClient, made)


async def test_the_core_hears_what_it_watches_and_the_board_everything() -> None:
    feed, core, board = Feed(), list[CoreEvent](), list[object]()
    venue = KalshiVenue(client(), feed.make, board.append)
    await venue.start(core.append)
    for event in (BRTI, PRINT, FeedAlive()):
        feed.sink(event)
    assert (core, board) == ([FeedAlive()], [BRTI, PRINT])
    await venue.carry_out(WatchIndexes(("BRTI",)))
    for event in (BRTI, OTHER, PRINT):
        feed.sink(event)
    assert core == [FeedAlive(), BRTI]
    assert board == [BRTI, PRINT, BRTI, OTHER, PRINT]
    await venue.carry_out(WatchIndexes(()))
    feed.sink(BRTI)
    assert len(core) == 2


async def test_without_a_board_the_channel_is_followed_only_while_somebody_watches() -> None:
    feed, core = Feed(), list[CoreEvent]()
    venue = KalshiVenue(client(), feed.make)
    await venue.start(core.append)
    assert Channel.INDEX not in feed.wanted
    await venue.carry_out(WatchIndexes(("BRTI",)))
    assert feed.wanted[Channel.INDEX] == ("all",)
    feed.sink(BRTI)
    feed.sink(OTHER)
    assert core == [BRTI]
    await venue.carry_out(WatchIndexes(()))
    assert Channel.INDEX not in feed.wanted
