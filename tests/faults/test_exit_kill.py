"""``kill -9`` of the engine while a plan's take profit is on its way: it happens once."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from daemon_client import client_of
from exit_desk import EXIT_CONFIG, GAIN_BP, Rival, accepted, all_is_over, bought, is_met, profit_met
from running_daemon import RunningDaemon

from engine.control.rows.orders import OrderRow
from engine.domain.command import SetExits
from engine.domain.order import OrderState

pytestmark = pytest.mark.slow
EFFECTS = ("delay:3000", "accept_then_stall", "503") if "SPARKO_FAULTS" in os.environ else ("delay:3000",)
"""Done after the engine died; done, and not answered; not done at all."""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[RunningDaemon]:
    made = RunningDaemon(tmp_path / "home", EXIT_CONFIG)
    made.start()
    yield made
    made.close()


@pytest.mark.parametrize("effect", EFFECTS)
async def test_killed_while_the_profit_is_taken(desk: RunningDaemon, effect: str) -> None:
    async with client_of(desk.home) as client:
        quote = await profit_met(client, desk, effect)
        await accepted(client, SetExits(True))
        await asyncio.to_thread(desk.until, lambda: is_met(desk), "no exit")
        desk.kill()
    await asyncio.to_thread(desk.start)
    async with client_of(desk.home) as client:
        await client.until(lambda replica: quote.ticker not in replica.desk.positions)
        assert quote.ticker not in client.replica.desk.plans
    all_is_over(desk, quote.ticker)


async def test_the_resting_profit_is_met_while_the_engine_is_dead(desk: RunningDaemon) -> None:
    async with client_of(desk.home) as client:
        quote = await bought(client, takes=False)
        await client.until(lambda replica: any(rests(order) for order in replica.desk.orders.values()))
        desk.kill()
    Rival(desk).buy(quote.ticker, (quote.ask_bp or 0) + GAIN_BP, "5000.00")
    await asyncio.to_thread(desk.start)
    async with client_of(desk.home) as client:
        await client.until(lambda replica: quote.ticker not in replica.desk.positions)
    all_is_over(desk, quote.ticker)


def rests(order: OrderRow) -> bool:
    return bool(order.exit_cause) and order.state is OrderState.RESTING
