"""How fast the core is: one level of a book, and an entry through the risk gate."""

from __future__ import annotations

import time
from itertools import count
from random import Random
from typing import TYPE_CHECKING

import msgspec
import pytest
from core_bench import SERIES, CoreBench, a_fill, balance, market, place

from engine.core.inputs import Acked, BalanceRead, Command, Input, Woken
from engine.core.settings import EngineSettings, Limits
from engine.domain.feed import BookFresh, BookUpdated, FillSeen
from engine.domain.order import BookSide
from engine.domain.units import DOLLAR_UD, SECOND_NS

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

TICKERS = [f"KXT-26NOV20-T{number}" for number in range(40)]
UPDATES = 20_000


def updates(bench: CoreBench, random: Random) -> list[Input]:
    """Levels that come and go on both sides of 40 books, never crossing."""
    made = []
    resting: dict[tuple[str, BookSide, int], bool] = {}
    for number in range(UPDATES):
        side = random.choice((BookSide.BID, BookSide.ASK))
        cents = random.randrange(30, 49) if side is BookSide.BID else random.randrange(52, 70)
        level = (random.choice(TICKERS), side, cents * 100)
        delta_c = -700 if resting.get(level) else 700
        resting[level] = delta_c > 0
        mono = bench.mono + number * 10_000
        made.append(Input(bench.at + number * 10_000, mono, BookUpdated(*level, delta_c, None, None)))
    return made


@pytest.mark.benchmark(timer=time.process_time)
def test_book_updates(benchmark: BenchmarkFixture) -> None:
    """At least 250,000 a second."""
    random = Random(7)

    def setup() -> tuple[tuple[CoreBench, list[Input]], dict[str, object]]:
        bench = CoreBench()
        bench.start(*[market(ticker) for ticker in TICKERS])
        return (bench, updates(bench, random)), {}

    def run(bench: CoreBench, inputs: list[Input]) -> None:
        step = bench.engine.step
        for given in inputs:
            step(given)

    benchmark.pedantic(run, setup=setup, rounds=7)
    benchmark.extra_info["updates_per_second"] = round(UPDATES / benchmark.stats.stats.median)
    assert UPDATES / benchmark.stats.stats.median >= 250_000


def test_entry_through_the_gate(benchmark: BenchmarkFixture) -> None:
    """Under 15 us median, among orders that were filled and some that work."""
    limits = Limits(order_loss_ud=1_000 * DOLLAR_UD)
    bench = CoreBench(EngineSettings(series=(SERIES,), limits=limits))
    bench.start(*[market(ticker) for ticker in TICKERS], cash=balance(10**15))
    numbers = count()

    def settle(number: int) -> None:
        """The order before is answered and (nine of ten) filled; now and then the balance is read."""
        name, order_id = f"c{number}", f"v-c{number}"
        if number % 10:
            ticker = TICKERS[number % len(TICKERS)]
            bench.engine.step(Input(bench.at, bench.mono, Acked(name, order_id, 500, 0)))
            fill = a_fill(f"t{number}", 500, order_id, ticker=ticker)
            bench.engine.step(Input(bench.at, bench.mono, FillSeen(fill, 0, 0)))
        else:
            bench.engine.step(Input(bench.at, bench.mono, Acked(name, order_id, 0, 500)))

    def setup() -> tuple[tuple[Input], dict[str, object]]:
        number = next(numbers)
        if number:
            settle(number - 1)
        if number % 20 == 0:
            bench.at += 2 * SECOND_NS
            bench.mono += 2 * SECOND_NS
            for event in (Woken(), BalanceRead(balance(10**15))):
                bench.engine.step(Input(bench.at, bench.mono, event))
            levels = ((4_900, 10_000),), ((5_100, 10_000),)
            bench.engine.step(Input(bench.at, bench.mono, BookFresh(TICKERS[0], *levels, None)))
        body = msgspec.structs.replace(place(f"c{number}"), ticker=TICKERS[number % len(TICKERS)], again=True)
        command = Command(f"q{number}", "dan", body)
        return (Input(bench.at, bench.mono, command),), {}

    benchmark.pedantic(bench.engine.step, setup=setup, rounds=4_000, warmup_rounds=200)
    assert len(bench.engine.money.orders) == 4_200, "every order passed the gate"
    assert benchmark.stats.stats.median < 15e-6
