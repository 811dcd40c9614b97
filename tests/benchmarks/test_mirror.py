"""What a mirror of 500 markets costs, in CPU time for each second of the exchange it mirrors."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest
from mirror_bench import TICK_NS, MirrorBench

from engine.domain.book import Book
from engine.domain.units import SECOND_NS

MARKETS, SECONDS = 500, 10
WANTED_SHARE = 0.25
"""Of one core, with everything that the mirror does to the exchange, and the rows to write down."""


def mirrored() -> MirrorBench:
    """Books of 25 levels a side in every market, shown whole."""
    bench = MirrorBench(most_markets=MARKETS)
    names = [f"K{number}" for number in range(MARKETS)]
    bench.list_markets(*names)
    bench.tick()
    for name in names:
        book = Book()
        book.replace(
            dict.fromkeys(range(2_000, 4_500, 100), 1_000), dict.fromkeys(range(5_000, 7_500, 100), 1_000)
        )
        bench.books.all[name] = book
        bench.mirror.book_changed(name)
    bench.tick()
    return bench


@pytest.mark.parametrize("a_second", [500, 5_000])
def test_a_mirror_of_500_markets(benchmark: Callable[..., object], a_second: int) -> None:
    bench, rng = mirrored(), random.Random(1)
    tickers = list(bench.books.all)
    spent_s = 0.0

    def once() -> None:
        nonlocal spent_s
        for _ in range(SECONDS * SECOND_NS // TICK_NS):
            for _ in range(a_second * TICK_NS // SECOND_NS):
                ticker, price_bp = rng.choice(tickers), rng.randrange(20, 45) * 100
                book = bench.books.all[ticker]
                book.change_bid(
                    price_bp, 100 if book.bids.get(price_bp, 0) <= 100 else rng.choice((100, -50))
                )
                bench.mirror.book_changed(ticker)
            began_s = time.process_time()
            bench.tick()
            bench.exchange.drain()
            bench.exchange.take_changes()
            bench.mirror.take_rows()
            spent_s += time.process_time() - began_s

    benchmark.pedantic(once, rounds=1)  # type: ignore[attr-defined]
    share = spent_s / SECONDS
    benchmark.extra_info["cpu_share"] = round(share, 4)  # type: ignore[attr-defined]
    ticker = tickers[0]
    assert dict(bench.exchange.markets[ticker].levels.bids) == bench.books.all[ticker].bids
    assert share < WANTED_SHARE
