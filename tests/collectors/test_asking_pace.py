"""How often each source is asked while it errs, limits, is closed or has nothing: never again
at once, and no oftener than it is while it is well, or than its waits allow."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any

import httpx
import msgspec
import pytest
from coinbase_words import rest_trade
from collecting import NOW_NS
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from known_shapes import KNOWN, URL

from collectors.fetching import Fetcher
from collectors.health import SourceHealth
from collectors.markets.following import Following
from collectors.news.desk import NewsDesk
from collectors.news.feeds import Feeds
from collectors.polling import Poller, PollSource
from collectors.spot.candles import CoinbaseCandles
from collectors.spot.coinbase_rest import CoinbaseRest
from collectors.spot.holes import Holes
from collectors.spot.missed_trades import MissedTrades
from collectors.taking import nothing
from collectors.tsa.throughput import Throughput
from collectors.weather.rules_part import RulesPart
from collectors.weather.topics import Topics
from engine.domain.feed import Channel, ReconcileNeeded
from engine.kalshi.client import KalshiReader
from engine.kalshi.clock import LoopClock
from engine.kalshi.credentials import Credentials
from engine.kalshi.hosts import Venue, endpoint_of
from engine.sandbox.sim.loop import simulate

HOUR_S, SPAN_S = 3_600, 1_200
Answer = Callable[[httpx.Request], httpx.Response]


def coinbase_rest() -> PollSource:
    holes = Holes()
    holes.came("BTC-USD", 1)
    holes.came("BTC-USD", 5_000)
    missed = MissedTrades(("BTC-USD",), [holes], URL)
    return CoinbaseRest(CoinbaseCandles(("BTC-USD",), URL), missed)


SOURCES: dict[str, Callable[[], PollSource]] = {
    **{name: known.make for name, known in KNOWN.items()},
    "coinbase_rest": coinbase_rest,
    "rss": lambda: Feeds(NewsDesk(), [f"{URL}/a", f"{URL}/b"]),
    "tsa": lambda: Throughput(f"{URL}/p", f"{URL}/d.csv", f"{URL}/a"),
}
ANSWERS: dict[str, Answer] = {
    "errs": lambda _: httpx.Response(500, text="oops"),
    "limits": lambda _: httpx.Response(429, text="slow down"),
    "is closed": lambda _: httpx.Response(200, text="<html><title>closed</title></html>"),
    "has no rows": lambda _: httpx.Response(200, json=[]),
    "is the same": lambda _: httpx.Response(304),
    "answers something else": lambda _: httpx.Response(
        200, json=[rest_trade(number) for number in range(9_000, 8_000, -1)]
    ),
}


def asked_in_the_span(source: PollSource, answer: Answer) -> list[float]:
    """The seconds at which it was asked."""
    times: list[float] = []

    async def main() -> None:
        clock = LoopClock(NOW_NS)

        def handle(request: httpx.Request) -> httpx.Response:
            times.append(asyncio.get_running_loop().time())
            return answer(request)

        health = SourceHealth(source.name, clock.monotonic_ns, lambda line: None)
        fetcher = Fetcher(clock, transport=httpx.MockTransport(handle))
        poller = Poller(source, fetcher, health, lambda taken: None, clock, Random(1).random)
        await ended_after(SPAN_S, poller.run())

    simulate(main())
    return times


async def ended_after(span_s: int, work: Any) -> None:
    task = asyncio.create_task(work)
    await asyncio.sleep(span_s)
    assert not task.done(), task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_a_source_that_gives_nothing_is_asked_ever_less(name: str) -> None:
    for what, answer in ANSWERS.items():
        source = SOURCES[name]()
        errands = source.errands(NOW_NS)
        often = sum(SPAN_S / errand.every_s for errand in errands if errand.every_s > 5)
        times = asked_in_the_span(source, answer)
        assert 0 < len(times) <= max(often, 9 * len(errands)) + 10, (what, len(times))


def series_of(events: list[dict[str, Any]]) -> bytes:
    return msgspec.json.encode({"events": events, "cursor": ""})


def reader(answer: Callable[[], httpx.Response], asked: list[str], **more: Any) -> KalshiReader:
    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return answer()

    return KalshiReader(
        endpoint_of("http://127.0.0.1:1/trade-api/v2"),
        clock=LoopClock(NOW_NS),
        jitter=lambda: 0.5,
        http_transport=httpx.MockTransport(handle),
        **more,
    )


ODD = {
    "event_ticker": "KXHIGHNY-26NOV18",
    "series_ticker": "KXHIGHNY",
    "title": "t",
    "sub_title": "s",
    "collateral_return_type": "",
    "mutually_exclusive": True,
}


@pytest.mark.parametrize(
    ("answer", "most"),
    [
        (lambda: httpx.Response(200, content=series_of([])), 4),
        (lambda: httpx.Response(200, content=series_of([ODD])), 4),
        (lambda: httpx.Response(200, content=series_of([{"event_ticker": 3}])), 4),
        (lambda: httpx.Response(200, text="<html>closed</html>"), 72),
        (lambda: httpx.Response(400, json={"error": "closed"}), 12),
    ],
    ids=["none", "not understood", "unreadable", "page", "refused"],
)
def test_rules_are_read_four_times_an_hour_and_what_they_say_does_not_change_that(
    answer: Callable[[], httpx.Response], most: int
) -> None:
    asked: list[str] = []
    lines: list[str] = []

    async def main() -> None:
        client = reader(answer, asked)
        health = SourceHealth("weather.rules", client.clock.monotonic_ns, lines.append)
        part = RulesPart(client, ("KXHIGHNY",), Topics(), health, Random(1).random)
        await ended_after(HOUR_S, part.run())
        await part.aclose()

    simulate(main())
    assert 4 <= len(asked) <= most
    assert len(lines) <= 12


def test_prints_that_a_stream_misses_without_an_end_are_read_together() -> None:
    asked: list[str] = []

    async def main() -> None:
        client = reader(
            lambda: httpx.Response(200, json={"trades": [], "cursor": ""}),
            asked,
            credentials=Credentials("key", Ed25519PrivateKey.generate(), Venue.SANDBOX),
        )
        health = SourceHealth("trades.kalshi", client.clock.monotonic_ns, lambda line: None)
        following = Following(
            client,
            ("KXBTCD",),
            frozenset({Channel.TRADE}),
            (0, 1),
            health,
            lambda event, at_ns: nothing(),
            lambda taken: None,
            Random(1).random,
        )
        reading = asyncio.create_task(following._catch_up())
        for _ in range(600):
            following._hear(ReconcileNeeded((Channel.TRADE,), "gap"), NOW_NS)
            await asyncio.sleep(0.1)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        await following.aclose()

    simulate(main())
    assert 5 <= len(asked) <= 13, "a minute in which something was missing ten times a second"
