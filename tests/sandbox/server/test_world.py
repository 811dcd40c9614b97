"""A world that is closed and opened again, and one whose file fails it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

import httpx
import pytest
from small_world import (
    START_NS,
    Client,
    MovableWall,
    QuietSource,
    in_process,
    quiet_plan,
    served,
    signer_for,
    small_world,
)

from engine.domain.units import DAY_NS, HOUR_NS, SECOND_NS, Nanoseconds
from engine.sandbox.server.limits import Tier
from engine.sandbox.server.opening import WorldMismatch, open_world
from engine.sandbox.server.store import FILE_NAME, ChangedRow, Store, StoreError
from engine.sandbox.server.world import World


def reopened(world: World, folder: Path, wall: MovableWall, **plan: object) -> World:
    world.store.close()
    return small_world(wall, Store.at(folder), **plan)


async def test_everything_is_there_again(tmp_path: Path) -> None:
    wall = MovableWall()
    world = small_world(wall, Store.at(tmp_path))
    signer = signer_for(world)
    maker = in_process(world, signer_for(world, "bob"))
    client = in_process(world, signer)
    await maker.place("m", side="ask", count="5.00")
    await client.place("a", count="2.00")
    await client.place("b", price="0.2000")
    world.limits.set_tier("ann", Tier.PRIME)
    world.commit()
    before = [(await client("GET", path)).content for path in PORTFOLIO]
    wall.at_ns += HOUR_NS
    again = reopened(world, tmp_path, wall)
    assert again.exchange.world_id == world.exchange.world_id
    client = in_process(again, signer)
    assert [(await client("GET", path)).content for path in PORTFOLIO] == before
    assert again.limits.tier_of("ann") is Tier.PRIME
    assert (await client.place("b")).status_code == 409
    assert (await client.place("c", count="3.00")).json()["fill_count"] == "3.00"
    again.store.close()


PORTFOLIO = ("/portfolio/orders", "/portfolio/fills", "/portfolio/positions", "/markets/M1/orderbook")


async def test_real_time_goes_on_while_nobody_looks(tmp_path: Path) -> None:
    wall = MovableWall()
    world = small_world(wall, Store.at(tmp_path))
    wall.at_ns += HOUR_NS
    again = reopened(world, tmp_path, wall)
    assert again.exchange.now_ns == START_NS + HOUR_NS
    again.store.close()


async def test_an_accelerated_world_stands_while_nobody_looks(tmp_path: Path) -> None:
    wall = MovableWall()
    world = small_world(wall, Store.at(tmp_path), speed_millionths=60_000_000)
    wall.at_ns += 10 * SECOND_NS
    world.tick()
    assert world.exchange.now_ns == START_NS + 600 * SECOND_NS
    wall.at_ns += HOUR_NS
    again = reopened(world, tmp_path, wall)
    assert again.exchange.now_ns == START_NS + 600 * SECOND_NS
    assert again.clock.speed == 60
    again.store.close()


async def test_an_order_expires_while_nobody_looks(tmp_path: Path) -> None:
    wall = MovableWall()
    world = small_world(wall, Store.at(tmp_path))
    client = in_process(world, signer_for(world))
    expiry_s = START_NS // SECOND_NS + 60
    order_id = (await client.place("a", expiration_time=expiry_s)).json()["order_id"]
    wall.at_ns += HOUR_NS
    again = reopened(world, tmp_path, wall)
    order = again.exchange.orders[order_id]
    assert (order.status, order.updated_ns) == ("canceled", expiry_s * SECOND_NS)
    again.store.close()


async def test_pauses_of_fault_rules_end_with_their_server(tmp_path: Path) -> None:
    wall = MovableWall()
    world = small_world(wall, Store.at(tmp_path))
    await in_process(world)("POST", "/sandbox/faults", json={"rules": [{"effect": "pause_exchange"}]})
    assert not world.exchange.statuses[0].exchange_active
    again = reopened(world, tmp_path, wall)
    assert all(status.exchange_active for status in again.exchange.statuses.values())
    again.store.close()


def test_another_world_than_the_one_asked_for(tmp_path: Path) -> None:
    wall = MovableWall()
    small_world(wall, Store.at(tmp_path), options={"seed": "5"}).store.close()
    store = Store.at(tmp_path)
    with pytest.raises(WorldMismatch, match="--seed: got 6, wanted 5 as stored there"):
        open_world(quiet_plan(options={"seed": "6"}), store, wall)
    with pytest.raises(WorldMismatch, match="got a replay world, wanted quiet as stored there"):
        open_world(quiet_plan(kind="replay"), store, wall)
    made_from: list[dict[str, str]] = []

    def make_source(options: dict[str, str]) -> QuietSource:
        made_from.append(options)
        return QuietSource()

    again = open_world(quiet_plan(make_source=make_source), store, wall)
    assert made_from == [{"seed": "5"}]
    again.store.close()


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE rows SET value = x'00' WHERE kind = 'meta'", "corrupt row meta"),
        ("DELETE FROM rows WHERE kind = 'meta'", "corrupt world: rows: got no meta row"),
        ("DELETE FROM rows WHERE kind = 'event'", "corrupt world: rows: something refers to"),
        ("UPDATE rows SET kind = 'meteor' WHERE kind = 'meta'", "corrupt row meteor"),
        ("DELETE FROM rows WHERE kind = 'server.clock'", "got no clock"),
    ],
)
def test_rows_that_make_no_world(tmp_path: Path, statement: str, words: str) -> None:
    wall = MovableWall()
    small_world(wall, Store.at(tmp_path)).store.close()
    with sqlite3.connect(tmp_path / FILE_NAME) as database:
        database.execute(statement)
    database.close()
    store = Store.at(tmp_path)
    with pytest.raises(StoreError, match=words) as raised:
        small_world(wall, store)
    assert "\n" not in str(raised.value)
    store.close()


class _FullDisk(Store):
    """Takes rows until the disk is full."""

    is_full = False

    def write(self, rows: Iterable[ChangedRow]) -> None:
        if self.is_full:
            raise StoreError("state: cannot be written: disk is full")
        super().write(rows)


async def test_a_file_that_cannot_be_written_ends_the_server() -> None:
    store = _FullDisk.in_memory()
    world = small_world(MovableWall(), store)
    signer = signer_for(world)
    with pytest.raises(StoreError, match="disk is full"):
        async with served(world) as address, httpx.AsyncClient(base_url=address) as http:
            assert isinstance(store, _FullDisk)
            store.is_full = True
            assert (await Client(http, signer).place("a")).status_code == 500
            store.is_full = False
            assert (await Client(http, signer).place("b")).status_code == 500


class _Recording(QuietSource):
    """Something happens at the start and two days later, and nothing between."""

    def __init__(self) -> None:
        self.seen: list[Nanoseconds] = []

    def advance(self, exchange: object, to_ns: Nanoseconds) -> None:
        self.seen.append(to_ns)

    def next_due_ns(self, now_ns: Nanoseconds) -> Nanoseconds | None:
        return START_NS + 30 * HOUR_NS if now_ns < START_NS + 30 * HOUR_NS else None


def test_a_recording_skips_what_is_idle_and_then_runs_on() -> None:
    wall = MovableWall()
    source = _Recording()
    world = small_world(wall, make_source=lambda options: source, catches_up=False)
    assert world.exchange.now_ns == START_NS + 30 * HOUR_NS
    wall.at_ns += SECOND_NS
    world.tick()
    assert world.exchange.now_ns == START_NS + 30 * HOUR_NS + SECOND_NS
    assert max(source.seen) < START_NS + 2 * DAY_NS


def test_a_paused_recording_stands() -> None:
    world = small_world(MovableWall(), make_source=lambda options: _Recording(), catches_up=False)
    now_ns = world.exchange.now_ns
    world.clock.set_paused(True)
    world.tick()
    assert world.exchange.now_ns == now_ns
