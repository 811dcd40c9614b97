"""What a generated world costs: opening it, and living at each speed, the exchange's core included."""

from __future__ import annotations

import time

import pytest
from generated_world import World
from pytest_benchmark.fixture import BenchmarkFixture

from engine.domain.units import SECOND_NS
from engine.sandbox.core.listing import MarketRecord
from engine.sandbox.server.aggregation import aggregate

HOUR_S = 3_600
WANTED_COLD_HOURS_S = 0.3
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


def test_hours_of_the_longest_past_of_each_series(benchmark: BenchmarkFixture) -> None:
    """A cold read of all of a market's hours, as the server makes it: piece by piece. CPU seconds."""
    world = World()
    oldest: dict[str, MarketRecord] = {}
    for record in world.exchange.markets.values():
        known = oldest.setdefault(record.market.series_ticker, record)
        if _past_s(record, world.now_s) > _past_s(known, world.now_s):
            oldest[record.market.series_ticker] = record
    spent = {series: _cold_hours_s(world, record) for series, record in oldest.items()}
    benchmark.extra_info.update({series: round(seconds, 3) for series, seconds in spent.items()})
    benchmark.pedantic(_cold_hours_s, (world, oldest["KXTSAW"]), rounds=1)
    print(spent)
    assert max(spent.values()) < WANTED_COLD_HOURS_S


def _past_s(record: MarketRecord, now_s: int) -> int:
    market = record.market
    return min(market.close_ns // SECOND_NS, now_s) - market.open_ns // SECOND_NS


def _cold_hours_s(world: World, record: MarketRecord) -> float:
    began = time.process_time()
    opened_s, end_s = record.market.open_ns // SECOND_NS, world.now_s
    for start_s in range(opened_s // HOUR_S * HOUR_S, end_s, HOUR_S):
        minutes = world.generator.history(world.exchange, record.ticker, start_s + 60, start_s + HOUR_S)
        aggregate(minutes, HOUR_S)
    return time.process_time() - began
