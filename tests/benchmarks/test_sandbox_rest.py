"""How fast REST answers are made: a full page of markets, a book, an order; CPU time, without sockets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING

import httpx
import pytest
from small_world import Client, QuietSource, in_process, order_body, signer_for, small_world

from engine.domain.market import Market
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.server.limits import Tier
from engine.sandbox.server.world import World

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

pytestmark = pytest.mark.benchmark(timer=time.process_time)
"""Including the client's part: the signature, the request and the check of the signature."""

MARKETS = 1_000


class WideSource(QuietSource):
    """A thousand quoted markets more."""

    def open(self, exchange: Exchange) -> None:
        super().open(exchange)
        exchange.open_account("maker", {}, is_house=True)
        like: Market = exchange.markets["M1"].market
        for number in range(MARKETS):
            ticker = f"WIDE-{number:04d}"
            exchange.list_market(type(like)(**{**_fields(like), "ticker": ticker}))
        exchange.advance(exchange.now_ns)
        for number in range(MARKETS):
            bids = [(3_000 + 100 * level, 500) for level in range(5)]
            asks = [(6_000 + 100 * level, 500) for level in range(5)]
            exchange.quote("maker", f"WIDE-{number:04d}", bids, asks)


def _fields(market: Market) -> dict[str, object]:
    return {name: getattr(market, name) for name in market.__struct_fields__}


class Running:
    """A world and a client on one loop that a benchmark can step."""

    def __init__(self) -> None:
        self.world: World = small_world(kind="wide", make_source=lambda options: WideSource())
        self.client: Client = in_process(self.world, signer_for(self.world))
        self.loop = asyncio.new_event_loop()

    def call(self, method: str, path: str, **options: object) -> httpx.Response:
        # A new tier comes with full buckets: the limits are not what is measured.
        self.world.limits.set_tier("ann", Tier.PRESTIGE)
        return self.loop.run_until_complete(self.client(method, path, **options))

    def close(self) -> None:
        self.loop.run_until_complete(self.client.http.aclose())
        self.loop.close()


@pytest.fixture
def running() -> Iterator[Running]:
    found = Running()
    yield found
    found.close()


def test_a_full_page_of_markets(benchmark: BenchmarkFixture, running: Running) -> None:
    answer = benchmark(running.call, "GET", f"/markets?limit={MARKETS}&status=open")
    assert len(answer.json()["markets"]) == MARKETS


def test_a_book(benchmark: BenchmarkFixture, running: Running) -> None:
    answer = benchmark(running.call, "GET", "/markets/WIDE-0001/orderbook")
    assert len(answer.json()["orderbook_fp"]["yes_dollars"]) == 5


def test_creating_an_order(benchmark: BenchmarkFixture, running: Running) -> None:
    numbers = count()

    def create() -> httpx.Response:
        body = order_body(f"o{next(numbers)}", price="0.0100", ticker="WIDE-0001")
        return running.call("POST", "/portfolio/events/orders", json=body)

    assert benchmark(create).status_code == 201
