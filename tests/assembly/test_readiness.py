"""A start at an exchange that does not show the account: given up, or waited for if something is at stake."""

from __future__ import annotations

import asyncio
from random import Random

import pytest
from sim_desk import SimDesk
from sim_engine import SimEngine
from sim_history import settings

from engine.assembly.readiness import PATIENCE_S, NotReady, until_ready
from engine.core.inputs import Command
from engine.domain.command import PlaceOrder
from engine.domain.order import Leg, TimeInForce
from engine.domain.units import HOUR_NS
from engine.sandbox.server.faults import FaultRule
from engine.sandbox.sim.loop import simulate

SILENT = FaultRule("503", "GET", "/portfolio/**", times=100_000)


class Life:
    def __init__(self) -> None:
        self.desk = SimDesk(5, tick_s=0.25)
        self.engine = SimEngine(self.desk, settings(HOUR_NS, trips=True), Random(5))
        self.told: list[str] = []

    async def rests(self) -> None:
        """A working order is there, and the engine dies."""
        self.engine.start()
        await asyncio.sleep(12)
        runtime = self.engine.runtime
        assert runtime is not None
        ticker = next(iter(runtime.engine.markets))
        order = PlaceOrder(
            "c1", ticker, Leg.YES, True, 100, 100, TimeInForce.GOOD_TILL_CANCELED, True, far=True
        )
        answer = await runtime.command(Command("q1", "ann", order))
        assert answer.numbers["state"] == "resting", answer
        self.engine.crash()

    async def ready(self) -> None:
        assert self.engine.runtime is not None
        await until_ready(self.engine.runtime, [], self.told.append)

    async def end(self) -> None:
        await self.engine.stop()
        self.desk.exchange.kill()


def test_nothing_at_stake_is_given_up_with_one_line() -> None:
    async def lived() -> None:
        life = Life()
        life.desk.fault(SILENT)
        life.engine.start()
        began = asyncio.get_running_loop().time()
        with pytest.raises(NotReady, match="did not show account and books within 60 s"):
            await life.ready()
        assert asyncio.get_running_loop().time() - began == PATIENCE_S
        assert life.told == []
        await life.end()

    simulate(lived())


def test_an_order_that_works_there_is_waited_for_and_that_is_said_once() -> None:
    async def lived() -> None:
        life = Life()
        await life.rests()
        life.desk.fault(SILENT)
        life.engine.start()
        waiting = asyncio.create_task(life.ready())
        await asyncio.sleep(2 * PATIENCE_S)
        assert not waiting.done()
        (said,) = life.told
        assert said.endswith("something is held or works there, so the engine goes on asking")
        life.desk.fault()
        await waiting
        assert life.engine.runtime is not None
        assert life.engine.runtime.engine.is_ready
        await life.end()

    simulate(lived())


def test_a_start_that_nothing_delays_says_nothing() -> None:
    async def lived() -> None:
        life = Life()
        life.engine.start()
        await life.ready()
        assert life.told == []
        await life.end()

    simulate(lived())
