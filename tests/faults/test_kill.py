"""``kill -9`` of the engine, of its exchange, of both, at random moments under a stream of orders.

The orders go through the control socket of the real daemon. After each kill the ledger and the exchange agree
to the micro-dollar, every order that was answered is in the ledger, none is at the exchange twice or without
the ledger's knowledge. ``SPARKO_KILLS`` says how many; more than the normal few use the default time-outs.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from order_stream import OrderStream
from running_daemon import SMALL_WORLD, RunningDaemon
from wide_limits import WIDE_LIMITS_TABLE

from engine.core.money import MoneyState
from engine.domain.order import OrderState
from engine.ledger.verifying import verify_file

FEW = 6
KILLS = int(os.environ.get("SPARKO_KILLS", FEW))
TIME_OUT = "post_timeout_s = 0.5\n" if KILLS <= FEW else ""
CONFIG = f"{TIME_OUT}{WIDE_LIMITS_TABLE}{SMALL_WORLD}"
AGREE_WITHIN_S = 30.0
DOUBTFUL = (OrderState.INTENT, OrderState.SENT, OrderState.UNKNOWN)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[RunningDaemon]:
    made = RunningDaemon(tmp_path / "home", CONFIG)
    yield made
    made.close()


@pytest.mark.slow
async def test_killed_at_random_moments_and_nothing_is_lost_or_doubled(desk: RunningDaemon) -> None:
    chance = Random(20261120)
    victims = [("engine", "exchange", "both")[number % 3] for number in range(KILLS)]
    chance.shuffle(victims)
    desk.start()
    world = desk.endpoint.world_id
    async with OrderStream(desk.home / "engine.sock", Random(7)) as stream:
        for number, victim in enumerate(victims):
            await stream.answered(chance.randint(1, 25))
            # Somewhere inside the next orders, not at an answer.
            await asyncio.sleep(chance.uniform(0, 0.08))
            await strike(desk, victim)
            if chance.random() < 0.3:
                # While both are still coming back, too.
                await asyncio.sleep(chance.uniform(0, 1.5))
                await strike(desk, chance.choice(("engine", "exchange", "both")))
            await stream.answered(1)
            await stream.pause()
            money = await agreed(desk)
            assert stream.promised <= money.orders.keys()
            assert money.orders.keys() <= stream.asked
            assert desk.endpoint.world_id == world
            print(f"kill {number + 1} of {victim}: {len(money.orders)} orders, {len(money.fills)} fills")
            stream.go_on()
    assert len(money.orders) > 5 * KILLS
    assert len(money.fills) > KILLS
    desk.kill()
    assert verify_file(desk.home / "ledger.sqlite").is_sound


async def strike(desk: RunningDaemon, victim: str) -> None:
    """The exchange is brought back by the engine, the engine by us."""
    if victim in ("engine", "both"):
        desk.kill()
    if victim in ("exchange", "both"):
        desk.kill_exchange()
    if victim in ("engine", "both"):
        await asyncio.to_thread(desk.start)


async def agreed(desk: RunningDaemon) -> MoneyState:
    """The ledger, once nothing is in doubt and it says what the exchange says."""
    deadline = time.monotonic() + AGREE_WITHIN_S
    while True:
        money = desk.money()
        doubts = [name for name, record in money.orders.items() if record.state in DOUBTFUL]
        wrong = doubts or await asyncio.to_thread(desk.wrong)
        if not wrong:
            return desk.money()
        assert time.monotonic() < deadline, wrong
        await asyncio.sleep(0.25)
