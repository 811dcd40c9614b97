"""``kill -9`` of the engine, of the sandbox, of both, at random moments under a stream of orders.

After each one the ledger and the exchange agree to the micro-dollar, every order that was answered is in the
ledger, none is at the exchange twice or without the ledger's knowledge. ``SPARKO_KILLS`` says how many.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from house import House

from engine.ledger.sqlite_ledger import SqliteLedger

KILLS = int(os.environ.get("SPARKO_KILLS", "6"))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path, "KXHIGHNY")
    try:
        yield made
    finally:
        made.close()


@pytest.mark.slow
def test_killed_at_random_moments_and_nothing_is_lost_or_doubled(house: House) -> None:
    chance = Random(20261120)
    victims = [("engine", "sandbox", "both")[number % 3] for number in range(KILLS)]
    chance.shuffle(victims)
    house.start_sandbox()
    house.start_engine()
    for victim in victims:
        house.trade_until(chance.randint(1, 25))
        # Somewhere inside the next orders, not at an answer.
        time.sleep(chance.uniform(0, 0.08))
        house.kill(victim)
        for name in chance.sample(("sandbox", "engine"), 2):
            if getattr(house, name) is None:
                getattr(house, f"start_{name}")()
        found = house.check()
    assert found["orders"] > 5 * KILLS
    assert found["fills"] > KILLS
    house.stop_engine()
    assert house.promised <= asyncio.run(sound_orders(house.folder / "ledger.sqlite"))


async def sound_orders(path: Path) -> set[str]:
    """The orders of a ledger whose journal and projections say the same."""
    ledger = SqliteLedger.open(path, loop=asyncio.get_running_loop())
    try:
        assert ledger.verify().is_sound
        return set(ledger.load().orders)
    finally:
        await ledger.close()
