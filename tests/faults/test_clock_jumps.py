"""The machine's wall clock is stepped by seconds, hours and days while orders are under way: signatures hold,
nothing is doubted for longer than it should be, and the books agree."""

from __future__ import annotations

import os

from fault_clock import JumpyHistory, StepClock
from sim_crowd import START_NS
from sim_history import Shape, Tally

from engine.sandbox.sim.loop import simulate

MANY = 400 if "SPARKO_FAULTS" in os.environ else 6


async def jumped(seed: int) -> tuple[Tally, int]:
    history = JumpyHistory(seed, Shape(trouble_s=1.5), StepClock(START_NS))
    return await history.run(), history.steps


def test_steps_of_the_wall_clock_change_nothing() -> None:
    tally, steps = Tally(), 0
    for seed in range(7_000_000, 7_000_000 + MANY):
        one, made = simulate(jumped(seed))
        tally.add(one)
        steps += made
    print(f"\n{MANY} histories, {steps} steps of the clock, {tally.orders} orders, {tally.fills} fills")
    assert steps > 4 * MANY
    assert tally.orders > 8 * MANY
    assert tally.fills > 3 * MANY
