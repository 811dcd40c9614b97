"""kill -9 at any moment loses nothing that was answered, and invents nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from random import Random

import httpx
import pytest
from killable import Killable
from plain_http import client_to
from small_world import ORDERS, Client, Signer, order_body

from engine.domain.units import DOLLAR_UD
from engine.wire.fixed_point import count_c, money_ud, price_bp
from engine.wire.signing import REST_ROOT

OPTIONS = ("--start", "2026-11-20T15:00:00Z", "--series", "KXHIGHNY", "--tier", "prestige")
"""A Friday: no maintenance window is near."""
CLIENTS = 6


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Killable]:
    one = Killable(tmp_path / "state", OPTIONS)
    try:
        yield one
    finally:
        one.end()


class Stream:
    """Orders and cancels in flight on several connections, with what was answered."""

    def __init__(self, ticker: str, chance: Random) -> None:
        self.ticker = ticker
        self.chance = chance
        self.sent: set[str] = set()
        self.placed: dict[str, str] = {}
        """Order id by client order id."""
        self.canceled: set[str] = set()
        self.answers = 0
        self.enough = asyncio.Event()
        self.kill_after = 0

    async def run(self, sandbox: Killable, signer: Signer, kill_after: int) -> None:
        self.answers, self.kill_after = 0, kill_after
        self.enough.clear()
        async with client_to(sandbox.url, timeout_s=20) as http:
            tasks = [asyncio.create_task(self._trade(Client(http, signer))) for _ in range(CLIENTS)]
            await self.enough.wait()
            sandbox.kill()
            await asyncio.gather(*tasks)

    async def _trade(self, client: Client) -> None:
        try:
            while True:
                await self._one(client)
                self.answers += 1
                if self.answers == self.kill_after:
                    self.enough.set()
        except httpx.TransportError:
            return

    async def _one(self, client: Client) -> None:
        resting = [order_id for order_id in self.placed.values() if order_id not in self.canceled]
        if resting and self.chance.random() < 0.3:
            order_id = self.chance.choice(resting)
            answer = await client("DELETE", f"{ORDERS}/{order_id}")
            assert answer.status_code in (200, 404)
            if answer.status_code == 200:
                self.canceled.add(order_id)
            return
        name = f"order-{len(self.sent)}"
        self.sent.add(name)
        side = self.chance.choice(("bid", "ask"))
        price = f"0.{self.chance.randrange(1, 100):02d}00"
        answer = await client("POST", ORDERS, json=order_body(name, price, ticker=self.ticker, side=side))
        assert answer.status_code == 201, answer.text
        self.placed[name] = answer.json()["order_id"]


def money_of_orders(orders: list[dict[str, str]]) -> tuple[int, int]:
    """Cash paid for bids less received for asks (YES leg), and fees, in micro-dollars."""
    paid = fees = 0
    for order in orders:
        cost = money_ud(order["taker_fill_cost_dollars"]) + money_ud(order["maker_fill_cost_dollars"])
        filled = count_c(order["fill_count_fp"])
        paid += cost if order["book_side"] == "bid" else cost - filled * 10_000
        fees += money_ud(order["taker_fees_dollars"]) + money_ud(order["maker_fees_dollars"])
    return paid, fees


def check_books(sandbox: Killable) -> None:
    """Money, contracts and orders of the one account fit together to the micro-dollar."""
    orders: list[dict[str, str]] = sandbox.see("/sandbox/orders")["orders"]  # type: ignore[assignment]
    account = sandbox.see("/sandbox/accounts")["accounts"][0]  # type: ignore[index]
    paid, fees = money_of_orders(orders)
    held = sum(
        count_c(order["fill_count_fp"]) * (1 if order["book_side"] == "bid" else -1) for order in orders
    )
    holdings = [holding for holding in account["holdings"] if holding["count_c"]]
    assert sum(holding["count_c"] for holding in holdings) == held
    collateral = max(0, -held) * 10_000
    cash = sum(int(shard["cash_ud"]) for shard in account["shards"])
    assert cash == 20_000 * DOLLAR_UD - paid - fees - collateral
    assert int(account["fees_ud"]) == fees
    resting = [order for order in orders if order["status"] == "resting"]
    if not resting:
        assert all(shard["reserved_ud"] == "0" for shard in account["shards"])
    for order in resting:
        assert count_c(order["remaining_count_fp"]) > 0
        assert 0 < price_bp(order["yes_price_dollars"]) < 10_000


@pytest.mark.slow
async def test_ten_kills_under_a_stream_of_orders(sandbox: Killable) -> None:
    chance = Random(20261120)
    signer = sandbox.start()
    world_id = sandbox.see("/sandbox/world")["world_id"]
    markets: list[dict[str, str]] = sandbox.see(f"{REST_ROOT}/markets?status=open")["markets"]  # type: ignore[assignment]
    stream = Stream(markets[0]["ticker"], chance)
    for _ in range(10):
        await stream.run(sandbox, signer, kill_after=chance.randrange(1, 60))
        signer = sandbox.start()
        assert sandbox.see("/sandbox/world")["world_id"] == world_id
        orders: list[dict[str, str]] = sandbox.see("/sandbox/orders")["orders"]  # type: ignore[assignment]
        by_name = {order["client_order_id"]: order for order in orders}
        assert len(by_name) == len(orders)
        assert set(by_name) <= stream.sent
        assert {name: by_name[name]["order_id"] for name in stream.placed} == stream.placed
        gone = {order["order_id"] for order in orders if order["status"] == "canceled"}
        assert stream.canceled <= gone
        check_books(sandbox)
    assert len(stream.placed) > 100


async def test_a_standing_world_is_the_same_to_the_byte(sandbox: Killable) -> None:
    signer = sandbox.start()
    sandbox.pause()
    markets: list[dict[str, str]] = sandbox.see(f"{REST_ROOT}/markets?status=open")["markets"]  # type: ignore[assignment]
    chance = Random(7)
    async with client_to(sandbox.url) as http:
        client = Client(http, signer)
        for number in range(40):
            price = f"0.{chance.randrange(1, 100):02d}00"
            ticker = chance.choice(markets)["ticker"]
            side = chance.choice(("bid", "ask"))
            assert (await client.place(f"{number}", price=price, ticker=ticker, side=side)).status_code == 201
    paths = ("/sandbox/orders", "/sandbox/accounts", "/sandbox/clock", f"{REST_ROOT}/markets/trades")
    before = [sandbox.see(path) for path in paths]
    sandbox.kill()
    sandbox.start()
    for path, seen in zip(paths, before, strict=True):
        assert sandbox.see(path) == seen
