"""From a kill to zero resting entries: 200 orders, real sockets, an engine that runs, hangs or is dead.

pytest tests/benchmarks/test_kill_time.py -o addopts="" --import-mode=importlib -p no:cacheprovider -s
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from daemon_client import client_of, lively_quotes
from pytest_benchmark.fixture import BenchmarkFixture
from running_daemon import LIVELY_WORLD, RunningDaemon

from engine.assembly.own_client import own_client
from engine.control.rows.markets import QuoteRow
from engine.domain.order import BookSide, OrderRequest
from engine.domain.units import SECOND_NS
from engine.kalshi.outcome import Answered
from engine.kalshi.settings import ClientSettings
from engine.ops.config import read_config
from engine.ops.home import Home

ORDERS = 200
BATCH = 10
WANTED_S = 10.0
"""Basic tokens (100 a second, 200 saved up) pay for 200 cancels in 2 s; the rest is listing and latency."""
PATIENT = ClientSettings(write_wait_ns=120 * SECOND_NS)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[RunningDaemon]:
    made = RunningDaemon(tmp_path / "home", LIVELY_WORLD)
    yield made
    made.close()


async def rest_orders(desk: RunningDaemon) -> None:
    """Entries far below the market, over a connection of our own."""
    async with client_of(desk.home) as client:
        quotes: list[QuoteRow] = await lively_quotes(client, 10)
    home = Home(desk.home)
    async with own_client(home, read_config(home.config), PATIENT) as client:
        for first in range(0, ORDERS, BATCH):
            requests = [
                OrderRequest(quotes[n % 10].ticker, BookSide.BID, 200 + 100 * (n % 3), 100, f"k-{n}")
                for n in range(first, first + BATCH)
            ]
            outcomes = await client.writes.batches.create(requests)
            assert all(isinstance(outcome, Answered) for outcome in outcomes), outcomes


@pytest.mark.parametrize("engine", ["answered", "silent", "not running"])
def test_from_kill_to_zero_resting(benchmark: BenchmarkFixture, desk: RunningDaemon, engine: str) -> None:
    desk.start()
    asyncio.run(rest_orders(desk))
    if engine == "silent":
        os.kill(desk.pid, signal.SIGSTOP)
    elif engine == "not running":
        desk.kill()
    killed = benchmark.pedantic(lambda: desk.sparko("kill"), rounds=1)
    assert (killed["engine"], killed["verified"], killed["left"]) == (engine, True, [])
    print(
        f"\n{ORDERS} orders, the engine is {engine}: zero resting after {killed['zero_after_s']:.2f} s, "
        f"{len(killed['canceled'])} canceled by the command itself, {killed['listings']} listings",
        end="",
    )
    assert killed["zero_after_s"] < WANTED_S
