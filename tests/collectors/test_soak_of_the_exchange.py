"""What is recorded of the exchange's own stream, over a line that drops, loses, doubles, swaps, bends and
falls silent: books that are right wherever they are known, and every index value that came.

Some seconds in the usual run; ten minutes with SPARKO_SOAK=600.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from bad_line import BadLine
from book_follower import BookFollower
from soaking import SECONDS, Soak
from stream_harness import START_NS, Bench
from stream_server import StreamServer, serving

from collectors.kalshi_link import KalshiLink
from collectors.markets.taking import MarketTaker
from collectors.spot.index import IndexTaker
from collectors.taking import Taken, nothing
from engine.domain.feed import Channel, FeedEvent, IndexSeen
from engine.domain.units import MILLISECOND_NS, SECOND_NS, Nanoseconds
from engine.kalshi.client import KalshiReader
from engine.kalshi.credentials import load_credentials
from engine.kalshi.hosts import Venue, endpoint_of
from engine.kalshi.stream.settings import StreamSettings
from engine.sandbox.core.feed import IndexValue

TICKERS = ("M", "N")
PAUSE_S = 0.01
FLOOD = 400
HASTY = StreamSettings(
    idle_ns=400 * MILLISECOND_NS,
    probe_timeout_ns=300 * MILLISECOND_NS,
    beat_ns=200 * MILLISECOND_NS,
    command_timeout_ns=SECOND_NS,
    snapshot_timeout_ns=SECOND_NS,
    repair_spacing_ns=20 * MILLISECOND_NS,
    audit_interval_ns=SECOND_NS,
    backoff_base_ns=10 * MILLISECOND_NS,
    backoff_cap_ns=50 * MILLISECOND_NS,
)
Take = Callable[[FeedEvent, Nanoseconds], Taken]


def link_over(line: BadLine, server: StreamServer, soak: Soak, take: Take) -> KalshiLink:
    new = server.bench.keys.create("ann")
    endpoint = endpoint_of(server.rest)
    reader = KalshiReader(endpoint, load_credentials(new.record.key_id, new.private_key, Venue.SANDBOX))
    return KalshiLink(reader, soak.health, take, soak.put, Random(1).random, HASTY, line)


async def driven(bench: Bench, act: Callable[[], None]) -> None:
    """Something happens every hundredth of a second, and now and then very much at once."""
    for turn in range(1, 10**9):
        bench.wall.at_ns = time.time_ns()
        for _ in range(FLOOD if turn % 500 == 0 else 1):
            act()
        await asyncio.sleep(PAUSE_S)


async def soaked(soak: Soak, bench: Bench, line: BadLine, link: KalshiLink, act: Callable[[], None]) -> None:
    driving = asyncio.create_task(driven(bench, act))
    try:
        await soak.run([link], lambda: line.has_ended() and soak.health.is_connected)
    finally:
        driving.cancel()


async def test_every_index_value_that_came_is_in_the_lake_once(tmp_path: Path) -> None:
    soak, bench, line = Soak(tmp_path, "spot"), Bench(), BadLine("data")
    taker, number, ages = IndexTaker(), 0, list[float]()

    def take(event: FeedEvent, received_ns: Nanoseconds) -> Taken:
        return taker.take(event, received_ns) if isinstance(event, IndexSeen) else nothing()

    def publish() -> None:
        nonlocal number
        number += 1
        value = IndexValue("BRTI", START_NS + number * SECOND_NS, f"{70_000 + number}.25", "70000.5")
        bench.exchange.publish_index(value)
        bench.publish()
        if line.heard_ns and soak.health.age_s is not None:
            ages.append(soak.health.age_s - (time.monotonic_ns() - line.heard_ns) / SECOND_NS)

    async with serving(bench) as server:
        link = link_over(line, server, soak, take)
        link.machine.want(Channel.INDEX, ["BRTI"])
        await soaked(soak, bench, line, link, publish)
    served = [value_of(frame) for frame in line.served]
    assert len(served) > 300
    assert soak.rows("id", "value_text") == sorted(set(served)), "what came is there, and each once"
    told = [one.value for one in soak.sink.observations if one.kind == "index"]
    assert told == [value for _, value in dict.fromkeys(served)], "the engine heard all of it, in order"
    assert soak.health.connections == line.opened
    assert max(ages) < 0.01, "never told older than it is"
    assert sorted(ages)[len(ages) // 20] > -0.05, "nor younger, through silence too; but for a busy machine"
    assert {"lost", "gap", "shape"} <= soak.health.counts().faults.keys()
    assert soak.health.repeats > 0
    assert len(soak.lines) <= 20 + SECONDS / 5, "a line for each kind of trouble, not for each trouble"


def value_of(frame: dict[str, Any]) -> tuple[str, str]:
    """As its row has them: when the index says it was, and what it was."""
    found = json.loads(frame["msg"]["data"])
    return str(found["time"] * MILLISECOND_NS), found["value"]


Levels = tuple[tuple[int, int], ...]
Book = tuple[Levels, Levels]


class Truth:
    """Every state of every book by its clock, in order, and every quote: by a client in the exchange's own
    process."""

    def __init__(self, bench: Bench) -> None:
        self._client, self._follower = bench.client("bob"), BookFollower()
        self.states: dict[str, dict[int, Book]] = {ticker: {} for ticker in TICKERS}
        self.quotes: set[tuple[object, ...]] = set()
        for channel in ("orderbook_delta", "ticker"):
            asked = {"channels": [channel], "market_tickers": list(TICKERS), "send_initial_snapshot": True}
            self._client.send("subscribe", asked)
        self.look()

    def look(self) -> None:
        self._take(self._client.messages())

    def _take(self, frames: list[dict[str, Any]]) -> None:
        for frame in frames:
            self._follower.take(frame)
            message = frame["msg"]
            if frame["type"] == "ticker":
                self.quotes.add(quote_of(message))
            elif "clock" in message:
                ticker = message["market_ticker"]
                self.states[ticker][message["clock"]] = self._book(ticker)

    def _book(self, ticker: str) -> Book:
        yes, no = (self._follower.books[ticker][leg] for leg in ("yes", "no"))
        return (
            tuple(sorted((bp(price), centi(count)) for price, count in yes.items())),
            tuple(sorted((10_000 - bp(price), centi(count)) for price, count in no.items())),
        )


QUOTED = ("ticker", "yes_bid_bp", "yes_ask_bp", "volume_c")


def quote_of(message: dict[str, Any]) -> tuple[object, ...]:
    """As its row has it: a side without a size has no price."""
    sides = [
        bp(Decimal(message[f"yes_{side}_dollars"])) if Decimal(message[f"yes_{side}_size_fp"]) else None
        for side in ("bid", "ask")
    ]
    return message["market_ticker"], *sides, centi(Decimal(message["volume_fp"]))


def bp(price: Decimal) -> int:
    return int(price * 10_000)


def centi(count: Decimal) -> int:
    return int(count * 100)


def replayed(rows: list[dict[str, Any]], states: dict[int, Book]) -> tuple[int, int, int]:
    """Replays the rows of one market beside the truth: how many changes it has, how many times the book was
    lost, and how many states came after the last row. Where the book is known it is right, and no change
    between two of its states is missing."""
    order = {clock: at for at, clock in enumerate(states)}
    book: tuple[dict[int, int], dict[int, int]] | None = None
    at, changes, holes = -1, 0, 0
    for row in sorted(rows, key=lambda row: (row["session_ns"], row["number"])):
        if row.get("stale_reason") is not None:
            holes += book is not None
            book = None
            continue
        if "delta_c" in row:
            assert book is not None, "a change of a book that is not known"
            assert order[row["clock"]] == at + 1, "a silent hole"
            side = book[0 if row["side"] == "bid" else 1]
            side[row["price_bp"]] = side.get(row["price_bp"], 0) + row["delta_c"]
            changes += 1
        else:
            book = (
                dict(zip(row["bid_price_bp"], row["bid_count_c"], strict=True)),
                dict(zip(row["ask_price_bp"], row["ask_count_c"], strict=True)),
            )
            assert order[row["clock"]] >= at, "a book from before"
        at = order[row["clock"]]
        assert levels(book) == states[row["clock"]]
    return changes, holes, len(states) - 1 - at


def levels(book: tuple[dict[int, int], dict[int, int]]) -> Book:
    bids, asks = (tuple(sorted((p, c) for p, c in side.items() if c)) for side in book)
    return bids, asks


async def test_books_are_right_wherever_they_are_known_and_no_hole_is_silent(
    tmp_path: Path,
) -> None:
    soak = Soak(tmp_path, "book_deltas", "book_snapshots", "quotes")
    bench, line, random = Bench(*TICKERS), BadLine("delta_fp"), Random(3)
    truth, taker = Truth(bench), MarketTaker(time.time_ns())

    def act() -> None:
        bench.random_action(random, list(TICKERS))
        bench.publish()
        truth.look()

    async with serving(bench) as server:
        link = link_over(line, server, soak, taker.take)
        link.machine.want_books(TICKERS)
        link.machine.want(Channel.TICKER, TICKERS)
        await soaked(soak, bench, line, link, act)
    recorded = [*soak.every_row("book_deltas"), *soak.every_row("book_snapshots")]
    changes = holes = 0
    for ticker in TICKERS:
        rows = [row for row in recorded if row["ticker"] == ticker]
        more, lost, behind = replayed(rows, truth.states[ticker])
        changes, holes = changes + more, holes + lost
        assert behind <= 2 * FLOOD, "it goes on after the last trouble"
    served = sum(len(states) for states in truth.states.values())
    assert changes > served * 0.3, "as much as a line as bad as this lets through"
    assert holes >= 5
    quotes = {tuple(row[name] for name in QUOTED) for row in soak.every_row("quotes")}
    assert len(quotes) > 100
    assert quotes <= truth.quotes
    numbers = [row["number"] for row in recorded]
    assert sorted(numbers) == list(range(1, len(numbers) + 1)), "each once"
    assert soak.health.connections == line.opened
    assert {"lost", "gap", "shape"} <= soak.health.counts().faults.keys()
    assert len(soak.lines) <= 20 + SECONDS / 5
    print(f"\n{served:,} states, {changes:,} changes recorded, {holes} holes, {line.opened} connections")
