"""A cancel that names no market is looked for on shard 0 alone, so documented: the adapter always does."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from adapter_desk import bid
from running_sandbox import RunningSandbox
from small_world import Client, Signer

from engine.domain.venue import MarketSheet
from engine.kalshi.client import KalshiClient, Reads
from engine.kalshi.outcome import Answered, Gone
from engine.sandbox.server.wall import SystemWall

ORDERS = "/portfolio/events/orders"


@pytest.fixture(scope="module")
def sandbox_options() -> tuple[str, ...]:
    return ("--strict-shards",)


async def resting(client: KalshiClient, market: MarketSheet, price_bp: int = 100) -> str:
    """The id of an order of five contracts on the market's shard."""
    placed = await client.writes.orders.create(bid(market, price_bp))
    assert isinstance(placed, Answered), placed
    return placed.value.order_id


def raw(sandbox: RunningSandbox) -> Client:
    """Signs like any client and adds nothing to a request."""
    key = Path(sandbox.private_key_path).read_text()
    return Client(httpx.AsyncClient(base_url=sandbox.root), Signer(SystemWall(), sandbox.key_id, key))


async def test_a_cancel_without_the_market_finds_nothing_where_the_adapters_does(
    sandbox: RunningSandbox, client: KalshiClient, market: MarketSheet
) -> None:
    assert market.exchange_index == 2
    order_id = await resting(client, market)
    bare = raw(sandbox)
    async with bare.http:
        assert (await bare("DELETE", f"{ORDERS}/{order_id}")).status_code == 404
    canceled = await client.writes.orders.cancel(order_id, market.ticker)
    assert isinstance(canceled, Answered), canceled
    assert canceled.value.reduced_by_c == 500


async def test_a_decrease_names_its_market(client: KalshiClient, reads: Reads, market: MarketSheet) -> None:
    order_id = await resting(client, market)
    decreased = await client.writes.orders.decrease(order_id, market.ticker, reduce_by_c=200)
    assert isinstance(decreased, Answered), decreased
    assert (await reads.portfolio.order(order_id)).remaining_c == 300


async def test_a_batch_of_cancels_names_every_market(
    sandbox: RunningSandbox, client: KalshiClient, market: MarketSheet
) -> None:
    placed = [await resting(client, market, price_bp) for price_bp in (100, 200, 300)]
    ended = await client.writes.batches.cancel(
        [*((order_id, market.ticker) for order_id in placed), ("none", market.ticker)]
    )
    assert [type(outcome) for outcome in ended] == [Answered, Answered, Answered, Gone], ended
    found = sandbox.side_door("GET", "orders")["orders"]
    assert isinstance(found, list)
    statuses = {order["order_id"]: order["status"] for order in found}
    assert {statuses[order_id] for order_id in placed} == {"canceled"}
