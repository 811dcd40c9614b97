"""Conditions and loads of a real engine over a real exchange: an index fires one, a kill loses none."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from daemon_client import client_of, lively_quotes
from running_daemon import LIVELY_WORLD, RunningDaemon

from engine.control.client import ControlClient
from engine.control.protocol import INDEX, AnswerState
from engine.domain.command import AddCondition, FireLoad, SetLoad
from engine.domain.order import Leg
from engine.domain.trigger import ConditionTerms, Crossing, Source, Ticket, Trigger
from engine.domain.units import complement

pytestmark = pytest.mark.slow
INDEX_ID = "BRTI"


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[RunningDaemon]:
    running = RunningDaemon(tmp_path / "home", LIVELY_WORLD)
    yield running
    running.close()


async def around_the_index(client: ControlClient) -> list[str]:
    """Two conditions, one above and one below the index as it is now: one cancels the other."""
    await client.subscribe(INDEX)
    await client.until(lambda replica: INDEX_ID in replica.indexes)
    quote = (await lively_quotes(client, 1))[0]
    assert quote.ask_bp is not None
    assert quote.bid_bp is not None
    now = int(Decimal(client.replica.indexes[INDEX_ID].value) * 100)
    names: list[str] = []
    for crossing, level, leg, price_bp in (
        (Crossing.AT_OR_ABOVE, now + 300, Leg.YES, quote.ask_bp),
        (Crossing.AT_OR_BELOW, now - 300, Leg.NO, complement(quote.bid_bp)),
    ):
        name = str(uuid.uuid4())
        trigger = Trigger(Source.SPOT, crossing, level, key=INDEX_ID)
        # Far from the market: whichever fires rests.
        ticket = Ticket(quote.ticker, leg, True, 100, max(400, (price_bp - 1_000) // 100 * 100))
        answer = await client.command(AddCondition(name, ConditionTerms(trigger, ticket, None, tuple(names))))
        if answer.deny_code == "ALREADY_TRUE":
            return []
        assert answer.state is AnswerState.ACCEPTED, answer
        names.append(name)
    return names


async def fired(daemon: RunningDaemon) -> tuple[str, str]:
    """The condition that fired and the one that it canceled."""
    async with client_of(daemon.home) as client:
        names: list[str] = []
        while not names:
            names = await around_the_index(client)
        async with asyncio.timeout(60):
            await client.until(
                lambda replica: any(replica.desk.conditions[name].state == "fired" for name in names)
            )
        states = {client.replica.desk.conditions[name].state.value: name for name in names}
        assert sorted(states) == ["canceled", "fired"]
        row = client.replica.desk.conditions[states["fired"]]
        assert row.client_order_id == f"{row.condition_id}-o", row
        return states["fired"], states["canceled"]


async def test_an_index_fires_one_and_a_kill_loses_neither_conditions_nor_loads(
    daemon: RunningDaemon,
) -> None:
    await asyncio.to_thread(daemon.start)
    name, canceled = await fired(daemon)
    async with client_of(daemon.home) as client:
        ticket = Ticket(client.replica.desk.conditions[name].terms.ticket.ticker, Leg.YES, True, 200, 400)
        high = Trigger(Source.BID, Crossing.AT_OR_ABOVE, 9_900)
        for body in (AddCondition("kept", ConditionTerms(high, ticket)), SetLoad(7, ticket)):
            assert (await client.command(body)).state is AnswerState.ACCEPTED
    daemon.kill()
    await asyncio.to_thread(daemon.start)

    async with client_of(daemon.home) as client:
        desk = client.replica.desk
        states = {key: row.state.value for key, row in desk.conditions.items()}
        assert states == {name: "fired", canceled: "canceled", "kept": "armed"}
        assert [(row.slot, row.ticket) for row in desk.loads.values()] == [(7, ticket)]
        await lively_quotes(client, 1)
        sent = await client.command(FireLoad(7, "of-load"))
        assert sent.order is not None, sent
        assert (sent.order.state.value, sent.order.count_c) == ("resting", 200)
        assert (await client.command(FireLoad(7, "once-more"))).deny_code == "LOAD_EMPTY"
    orders = [row["client_order_id"] for row in daemon.side_door("GET", "orders")["orders"]]
    assert sorted(orders) == sorted([f"{name}-o", "of-load"])
    daemon.sparko("doctor", "--verify")
