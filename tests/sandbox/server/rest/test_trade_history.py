"""Public trades over everything there is: the told past, what was lived, what only the store has."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise
from pathlib import Path

import pytest
from generated_world import FRIDAY
from rest_world import BETWEEN, open_desk, typed
from small_world import Client, MovableWall, in_process, small_world

from engine.domain.market import MarketStatus
from engine.domain.order import BookSide
from engine.domain.units import SECOND_NS
from engine.sandbox.core.rules import ExchangeRules
from engine.sandbox.server.store import Store
from engine.sandbox.server.world import World
from engine.sandbox.sources.generator.options import GeneratorOptions
from engine.sandbox.sources.generator.source import Generator
from engine.wire.fixed_point import count_c
from engine.wire.markets import Trade, TradePage

SERIES = ("KXBTC15M", "KXBTCD", "KXHIGHNY")
START_S = FRIDAY + 47


def generated(store: Store | None = None, series: tuple[str, ...] = SERIES, **rules: int) -> World:
    return small_world(
        MovableWall(START_S * SECOND_NS),
        store,
        kind="generator",
        make_source=lambda _: Generator(GeneratorOptions(seed=7, series=series)),
        rules=ExchangeRules(maintenance=None, **rules),
    )


def pass_time(world: World, seconds: float, step_s: float = 1.0) -> None:
    assert isinstance(world.wall, MovableWall)
    for _ in range(round(seconds / step_s)):
        world.wall.at_ns += round(step_s * SECOND_NS)
        world.tick()


async def page(client: Client, query: str) -> TradePage:
    return typed(await client("GET", f"/markets/trades?{query}"), TradePage)


async def paged(client: Client, query: str, limit: int) -> list[Trade]:
    found: list[Trade] = []
    cursor = ""
    while True:
        part = await page(client, f"{query}&limit={limit}&cursor={cursor}")
        assert len(part.trades) == limit or not part.cursor
        found += part.trades
        cursor = str(part.cursor or "")
        if not cursor:
            return found


def everything(world: World, first_s: int) -> list[str]:
    """The ids of all prints since a second, newest first, straight from the exchange and its source."""
    rows = []
    for ticker, record in world.exchange.markets.items():
        told = world.source.past_trades(world.exchange, ticker, first_s, 2 * START_S)
        prints = [trade for trade in (*told, *record.trades) if trade.at_ns >= first_s * SECOND_NS]
        rows += [(trade.at_ns, ticker, trade.trade_id) for trade in reversed(prints)]
    rows.sort(key=lambda row: row[:2], reverse=True)
    return [trade_id for _, _, trade_id in rows]


@pytest.mark.parametrize("limit", [1, 7, 250])
async def test_pages_hold_every_print_once_and_newest_first(limit: int) -> None:
    world = generated()
    pass_time(world, 60)
    client, first_s = in_process(world), START_S - (300 if limit == 1 else 3_600)
    found = await paged(client, f"min_ts={first_s}", limit)
    assert [trade.trade_id for trade in found] == everything(world, first_s)
    assert len(found) > 20
    lived = sum(len(record.trades) for record in world.exchange.markets.values())
    assert 0 < lived < len(found)


async def test_pages_stay_where_they_are_while_trades_come_in() -> None:
    world = generated()
    client, first_s = in_process(world), START_S - 1_800
    whole = everything(world, first_s)
    first = await page(client, f"min_ts={first_s}&limit=20")
    pass_time(world, 120)
    second = await page(client, f"min_ts={first_s}&limit=1000&cursor={first.cursor}")
    assert [trade.trade_id for trade in (*first.trades, *second.trades)] == whole
    assert len(everything(world, first_s)) > len(whole)


async def test_events_that_were_slept_through_are_in_their_place() -> None:
    """Their told prints are newer than what other markets lived before the sleep."""
    world = generated(series=("KXBTC15M", "KXHIGHNY"))
    pass_time(world, 300)
    pass_time(world, 7_200, step_s=7_200)
    pass_time(world, 300)
    client, first_s = in_process(world), START_S - 600
    told = [
        record
        for record in world.exchange.markets.values()
        if record.past.until_ns > (START_S + 300) * SECOND_NS
        and record.market.status is MarketStatus.FINALIZED
    ]
    assert told
    found = await paged(client, f"min_ts={first_s}", 300)
    assert [trade.trade_id for trade in found] == everything(world, first_s)
    assert {trade.ticker for trade in found} >= {record.ticker for record in told}


async def test_a_window_in_the_past_and_one_market() -> None:
    world = generated()
    client = in_process(world)
    first_s, last_s = START_S - 9_000, START_S - 7_000
    found = await paged(client, f"min_ts={first_s}&max_ts={last_s}", 50)
    ids = {trade.trade_id for trade in found}
    wanted = [trade_id for trade_id in everything(world, first_s) if trade_id in ids]
    assert [trade.trade_id for trade in found] == wanted
    busy = max(
        world.exchange.markets.values(), key=lambda r: (r.market.series_ticker == "KXHIGHNY", r.volume_c)
    )
    own = await paged(client, f"ticker={busy.ticker}", 400)
    told = world.source.past_trades(world.exchange, busy.ticker, 0, 2 * START_S)
    assert [trade.trade_id for trade in own] == [trade.trade_id for trade in reversed(told)]
    assert len(own) > 400


async def test_a_page_from_the_past_holds_nobody_up_for_long() -> None:
    """In a world of every series: between two turns of anyone else there is little computing."""
    world = generated(series=GeneratorOptions().series)
    client = in_process(world)
    await page(client, "limit=1")
    turns: list[float] = []

    async def count_turns() -> None:
        while True:
            turns.append(time.process_time())
            await asyncio.sleep(0)

    counting = asyncio.create_task(count_turns())
    longest = 1.0
    for _ in range(3):
        turns.clear()
        await asyncio.sleep(0)
        answer = await client("GET", "/markets/trades?limit=1000")
        gaps = [after - before for before, after in pairwise(turns)]
        longest = min(longest, max(gaps))
        assert len(turns) > 20
    counting.cancel()
    assert len(answer.json()["trades"]) == 1_000
    assert longest < 0.02


def print_many(world: World, ticker: str, count: int, first: int = 0, save_every: int = 7) -> None:
    """A print a second, each with a size of its own."""
    assert isinstance(world.wall, MovableWall)
    for number in range(first, first + count):
        world.wall.at_ns += SECOND_NS
        world.exchange.advance(world.wall.at_ns)
        world.exchange.print_trade(ticker, 1_000 + number % 80 * 100, 100 + number, BookSide.BID)
        if number % save_every == 0:
            world.commit()
    world.tick()


async def counts(client: Client, query: str, limit: int = 1_000) -> list[int]:
    return [count_c(trade.count_fp) for trade in await paged(client, query, limit)]


@pytest.mark.parametrize("save_every", [7, 10_000])
async def test_what_is_not_at_hand_any_more_comes_from_the_store(save_every: int) -> None:
    desk = open_desk()
    kept = desk.exchange.rules.trades_kept
    print_many(desk.world, BETWEEN, kept + 500, save_every=save_every)
    assert len(desk.exchange.trades_of(BETWEEN)) == kept
    expected = [100 + number for number in reversed(range(kept + 500))]
    assert await counts(desk.anyone, f"ticker={BETWEEN}") == expected
    assert await counts(desk.anyone, f"ticker={BETWEEN}", limit=333) == expected
    assert (await counts(desk.anyone, ""))[: kept + 500] == expected
    first_s = desk.exchange.now_ns // SECOND_NS - (kept + 500) + 1
    window = f"ticker={BETWEEN}&min_ts={first_s + 100}&max_ts={first_s + 120}"
    assert await counts(desk.anyone, window) == [100 + number for number in range(120, 99, -1)]


async def test_prints_outlive_a_restart_and_the_oldest_are_forgotten_in_the_end(tmp_path: Path) -> None:
    wall = MovableWall(START_S * SECOND_NS)
    store = Store.at(tmp_path)
    rules = ExchangeRules(maintenance=None, trades_kept=20, trades_stored=90)
    world = small_world(wall, store, rules=rules)
    print_many(world, "M1", 70)
    print_many(world, "M2", 10)
    before = await counts(in_process(world), "")
    store.close()
    again = Store.at(tmp_path)
    world = small_world(wall, again, rules=rules)
    assert len(world.exchange.trades_of("M1")) == 20
    assert await counts(in_process(world), "") == before
    print_many(world, "M1", 50, first=70)
    expected = [100 + number for number in range(119, 29, -1)]
    assert await counts(in_process(world), "ticker=M1") == expected
    assert len(await counts(in_process(world), "ticker=M2")) == 10
    again.close()
