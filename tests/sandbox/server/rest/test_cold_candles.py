"""Weeks of a market's hours, asked for cold: everybody else has a turn after each, and they are kept."""

from __future__ import annotations

import asyncio

from small_world import MovableWall, in_process

from engine.domain.market import MarketStatus
from engine.domain.units import SECOND_NS
from engine.sandbox.server.opening import open_world
from engine.sandbox.server.settings import Settings
from engine.sandbox.server.source_choice import plan_of
from engine.sandbox.server.store import Store

HOURS = 60
START = "2026-11-20T15:00:00Z"


async def test_the_exchange_goes_on_while_days_are_read() -> None:
    wall = MovableWall()
    world = open_world(plan_of(Settings(seed=7, series=("KXTSAW",), start=START)), Store.in_memory(), wall)
    now_s = world.exchange.now_ns // SECOND_NS
    oldest = sorted(
        (r for r in world.exchange.markets.values() if r.market.status is MarketStatus.ACTIVE),
        key=lambda record: record.market.open_ns,
    )
    asked = {
        "market_tickers": ",".join(record.ticker for record in oldest[:2]),
        "start_ts": now_s - HOURS * 3_600,
        "end_ts": now_s,
        "period_interval": 60,
    }
    turns = 0

    async def live() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    client = in_process(world)
    living = asyncio.create_task(live())
    first = (await client("GET", "/markets/candlesticks", params=asked)).json()
    cold, turns = turns, 0
    again = (await client("GET", "/markets/candlesticks", params=asked)).json()
    living.cancel()
    assert [len(one["candlesticks"]) for one in first["markets"]] >= [HOURS // 2] * 2
    assert cold >= 2 * HOURS, "a turn for everybody after each hour of each market"
    assert turns < HOURS, "what is past is at hand the second time"
    assert again == first
