"""The production stream against the running sandbox over real sockets, its stream faults included.

After each fault, with the exchange's clock standing, every book equals the exchange's over REST.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from running_sandbox import RunningSandbox

from engine.domain.book import Book
from engine.domain.feed import (
    BookStale,
    BookUpdated,
    Channel,
    CommandRefused,
    FaultKind,
    FeedLost,
    FillSeen,
    IndexSeen,
    OrderSeen,
    PositionSeen,
    PublicTrade,
    StreamFault,
    TickerQuote,
)
from engine.domain.order import BookSide, OrderRequest, TimeInForce
from engine.domain.units import MILLISECOND_NS
from engine.kalshi.budget_queue import Lane
from engine.kalshi.client import KalshiClient
from engine.kalshi.clock import SystemClock
from engine.kalshi.credentials import load_credentials_file
from engine.kalshi.drift import DriftCounter
from engine.kalshi.hosts import Venue, endpoint_of
from engine.kalshi.signer import Signer
from engine.kalshi.stream.feed import StreamFeed
from engine.kalshi.stream.machine import StreamMachine
from engine.kalshi.stream.settings import StreamSettings

BOOKS = 24
SETTINGS = StreamSettings(
    markets_per_subscription=8,
    backoff_base_ns=20 * MILLISECOND_NS,
    snapshot_timeout_ns=1_000 * MILLISECOND_NS,
    audit_interval_ns=500 * MILLISECOND_NS,
)
FAULT_SEEN = {
    "ws_gap": FaultKind.GAP,
    "ws_duplicate": FaultKind.DUPLICATE,
    "ws_reorder": FaultKind.GAP,
    "ws_stale_snapshot": FaultKind.STALE_SNAPSHOT,
}


class Follower:
    """The feed at the sandbox, with a REST client beside it."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        self.sandbox = sandbox
        self.events: list[Any] = []
        self.drift = DriftCounter()
        self.changed = asyncio.Event()
        clock = SystemClock()
        key = load_credentials_file(sandbox.key_id, Path(sandbox.private_key_path), Venue.SANDBOX)
        endpoint = endpoint_of(sandbox.rest, sandbox.ws)
        self.client = KalshiClient(endpoint, key)
        self.machine = StreamMachine(self._sink, clock.monotonic_ns, self.drift, SETTINGS)
        signer = Signer(key, lambda: clock.wall_ns() // MILLISECOND_NS)
        self.feed = StreamFeed(self.machine, endpoint.ws_url, signer, clock, random.Random(1).random)

    def _sink(self, event: Any) -> None:
        self.events.append(event)
        self.changed.set()

    async def until(self, condition: Callable[[], object], seconds: int = 30) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not condition():
                    self.changed.clear()
                    await self.changed.wait()
        except TimeoutError:
            kinds = Counter(type(event).__name__ for event in self.events)
            pytest.fail(f"not in {seconds} s; events {dict(kinds)}, last {self.events[-3:]}")

    def count(self, kind: type) -> int:
        return sum(isinstance(event, kind) for event in self.events)

    def faults(self) -> set[FaultKind]:
        return {event.kind for event in self.events if isinstance(event, StreamFault)}

    async def door(self, method: str, path: str, **body: object) -> None:
        await asyncio.to_thread(self.sandbox.side_door, method, path, **body)

    async def books_over_rest(self, tickers: list[str]) -> dict[str, Book]:
        return await self.client.reads(Lane.RECONCILE).markets.orderbooks(tickers)

    async def unlike_rest(self, tickers: list[str]) -> dict[str, tuple[Book | None, Book]]:
        """Books that differ from REST's (ours, theirs), with the exchange standing still: those that have not
        come to be equal in ten seconds."""
        truth = await self.books_over_rest(tickers)
        books = self.machine.books
        with contextlib.suppress(TimeoutError):
            await self.until(lambda: all(books.book(t) == truth[t] for t in tickers), 10)
        return {t: (books.book(t), truth[t]) for t in tickers if books.book(t) != truth[t]}


@pytest.fixture
async def follower(sandbox: RunningSandbox) -> AsyncIterator[Follower]:
    """Fails the test on anything in the frames that the adapter does not know."""
    found = Follower(sandbox)
    await found.door("DELETE", "faults")
    await found.door("POST", "clock", pause=False, speed=1)
    task = asyncio.create_task(found.feed.run())
    async with found.client:
        await found.client.reads(Lane.RECONCILE).account.seed_budget()
        yield found
        await found.feed.stop()
        await asyncio.wait_for(task, 10)
    await found.door("DELETE", "faults")
    await found.door("POST", "clock", pause=False, speed=1)
    assert found.drift.total == 0, dict(found.drift.counts)
    assert not [event for event in found.events if isinstance(event, CommandRefused)]


@pytest.fixture
async def tickers(follower: Follower) -> list[str]:
    """Two-sided markets, the ones with most going on."""
    sheets = [s async for s in follower.client.reads(Lane.RECONCILE).markets.list(status="open", limit=1_000)]
    two_sided = [s for s in sheets if s.quote.bid_bp is not None and s.quote.ask_bp is not None]
    middle = sorted(two_sided, key=lambda s: abs((s.quote.bid_bp or 0) - 5_000))
    return [sheet.ticker for sheet in middle[:BOOKS]]


async def test_books_of_several_subscriptions_equal_rest(follower: Follower, tickers: list[str]) -> None:
    follower.machine.want_books(tickers)
    await follower.until(lambda: all(follower.machine.books.book(t) for t in tickers))
    await follower.door("POST", "clock", speed=20)
    await follower.until(lambda: follower.count(BookUpdated) > 500, 60)
    await follower.door("POST", "clock", pause=True)
    assert await follower.unlike_rest(tickers) == {}
    assert follower.count(BookStale) == 0
    assert follower.faults() == set()


@pytest.mark.parametrize("effect", [*FAULT_SEEN, "ws_drop"])
async def test_a_stream_fault_is_seen_and_healed(follower: Follower, tickers: list[str], effect: str) -> None:
    follower.machine.want_books(tickers)
    await follower.until(lambda: all(follower.machine.books.book(t) for t in tickers))
    rule = {"effect": effect, "channel": "orderbook_delta", "times": 1 if effect == "ws_drop" else 3}
    await follower.door("POST", "faults", rules=[rule])
    await follower.door("POST", "clock", speed=20)
    if effect == "ws_drop":
        await follower.until(lambda: follower.count(FeedLost) >= 1, 60)
    else:
        await follower.until(lambda: FAULT_SEEN[effect] in follower.faults(), 60)
    before = follower.count(BookUpdated)
    await follower.until(lambda: follower.count(BookUpdated) > before + 200, 60)
    await follower.door("DELETE", "faults")
    await follower.door("POST", "clock", pause=True)
    assert await follower.unlike_rest(tickers) == {}


async def test_markets_are_added_and_dropped_on_a_living_subscription(
    follower: Follower, tickers: list[str]
) -> None:
    machine = follower.machine
    machine.want_books(tickers[:4])
    await follower.until(lambda: all(machine.books.book(t) for t in tickers[:4]))
    sids = {shard.sid for shard in machine.subscriptions}
    machine.want_books(tickers[2:7])
    await follower.until(lambda: all(machine.books.book(t) for t in tickers[2:7]))
    assert machine.books.book(tickers[0]) is None
    assert {shard.sid for shard in machine.subscriptions} == sids
    await follower.door("POST", "clock", pause=True)
    assert await follower.unlike_rest(tickers[2:7]) == {}


async def test_every_other_channel_is_followed_and_decoded(follower: Follower, tickers: list[str]) -> None:
    machine = follower.machine
    for channel in (Channel.TICKER, Channel.TRADE, Channel.FILL, Channel.ORDERS, Channel.POSITIONS):
        machine.want(channel)
    machine.want(Channel.GROUPS)
    machine.want(Channel.LIFECYCLE)
    machine.want(Channel.COMBO_LIFECYCLE)
    machine.want(Channel.INDEX, ["BRTI"])
    await follower.until(lambda: all(s.sid is not None for s in machine.subscriptions))
    await follower.until(lambda: follower.count(IndexSeen) and follower.count(TickerQuote))
    request = OrderRequest(
        ticker=tickers[0],
        side=BookSide.BID,
        price_bp=9_900,
        count_c=100,
        client_order_id=f"stream-{time.time_ns()}",
        time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL,
    )
    await follower.client.writes.orders.create(request)
    wanted = (FillSeen, OrderSeen, PositionSeen, PublicTrade)
    await follower.until(lambda: all(follower.count(kind) for kind in wanted))
    fill = next(event.fill for event in follower.events if isinstance(event, FillSeen))
    assert (fill.client_order_id, fill.ticker) == (request.client_order_id, tickers[0])
    assert follower.faults() == set()
