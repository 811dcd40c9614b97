"""What a generated world costs: opening it, and living at each speed, the exchange's core included."""

from __future__ import annotations

import time

import pytest
from generated_world import World
from pytest_benchmark.fixture import BenchmarkFixture

CALLS_A_SECOND = 10
MOST_OF_A_CORE = 0.25


def test_opening_a_world(benchmark: BenchmarkFixture) -> None:
    benchmark.pedantic(World, rounds=5)
    assert benchmark.stats.stats.min < 3.0


@pytest.mark.parametrize("scenario", ["calm", "volatile"])
@pytest.mark.parametrize("speed", [1, 60, 600])
def test_a_second_of_living(benchmark: BenchmarkFixture, speed: int, scenario: str) -> None:
    """Ten calls, as a server makes in a real second: the median is the share of a core."""
    world = World(scenario=scenario)
    step_s = speed / CALLS_A_SECOND
    world.live(20 * step_s, step_s=step_s)
    started = time.process_time()
    rounds = 15
    benchmark.pedantic(
        lambda: world.live(CALLS_A_SECOND * step_s, step_s=step_s), rounds=rounds, iterations=1
    )
    share = (time.process_time() - started) / rounds
    benchmark.extra_info["share of a core"] = round(share, 3)
    assert share < MOST_OF_A_CORE


def test_a_day_of_candles(benchmark: BenchmarkFixture) -> None:
    world = World(series=("KXHIGHNY",))
    desk = min((d for e in world.generator.live_events for d in e.desks), key=lambda d: abs(d.fair - 0.5))
    end_s = world.now_s
    found = benchmark(lambda: world.generator.history(world.exchange, desk.ticker, end_s - 86_400, end_s))
    assert len(found) > 200
