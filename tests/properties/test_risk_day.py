"""The day's result, kept as sums, is what folding every fill anew gives; so is how positions end."""

from __future__ import annotations

from random import Random
from typing import Any

import msgspec
import pytest
from core_bench import SERIES, START, CoreBench, a_fill, market
from wide_limits import WIDE_LIMITS

from engine.core.facts.money import TripEnded
from engine.core.money import fold
from engine.core.risk_day import bid_value_ud
from engine.core.settings import EngineSettings
from engine.domain.eastern import eastern_midnight_ns
from engine.domain.feed import BookFresh, BookStale, FeedAlive, FillSeen, StaleReason
from engine.domain.order import BookSide
from engine.domain.position import Position, position_of
from engine.domain.units import HOUR_NS, SECOND_NS

TICKERS = ("KXT-26NOV20-T50", "KXT-26NOV20-T51")
KINDS = ("fill", "fill", "fill", "late", "book", "stale", "hours")
MOVES = 25


def moves_of(chance: Random) -> list[tuple[Any, ...]]:
    return [
        (
            chance.choice(KINDS),
            chance.choice(TICKERS),
            chance.choice((BookSide.BID, BookSide.ASK)),
            chance.randrange(30, 70),
            chance.randrange(1, 6),
        )
        for _ in range(MOVES)
    ]


class Day:
    """A bench with what it was told, and the same counted by hand."""

    def __init__(self) -> None:
        settings = EngineSettings(series=(SERIES,), limits=WIDE_LIMITS, foreign_orders_stop_entries=False)
        self.bench = CoreBench(settings)
        listed = [market(ticker, close_ns=START + 40 * HOUR_NS) for ticker in TICKERS]
        self.bench.start(*listed)
        self.fills: list[Any] = []

    def move(self, what: tuple[Any, ...]) -> None:
        kind, ticker, side, cents, count = what
        bench = self.bench
        if kind in ("fill", "late"):
            at_ns = bench.at - (count * 5 * HOUR_NS if kind == "late" else 0)
            number = len(self.fills)
            made = a_fill(f"t{number}", count * 100, f"x{number}", ticker=ticker, side=side, at_ns=at_ns)
            self.fills.append(msgspec.structs.replace(made, price_bp=cents * 100, fee_ud=1_000 * count))
            bench.feed(FillSeen(self.fills[-1], 0, 0))
        elif kind == "book":
            bids, asks = ((cents * 100, count * 100),), (((cents + 2) * 100, count * 100),)
            bench.feed(BookFresh(ticker, bids, asks, None))
        elif kind == "stale":
            bench.feed(BookStale(ticker, StaleReason.GAP))
        else:
            bench.at += count * HOUR_NS
        bench.run_for(SECOND_NS)
        bench.feed(FeedAlive())
        bench.run_for(SECOND_NS)

    def position(self, ticker: str, before_ns: int | None = None) -> Position:
        fills = [fill for fill in self.fills if before_ns is None or fill.at_ns < before_ns]
        return position_of(ticker, fills)

    def result_ud(self) -> int:
        bench = self.bench
        began_ns = eastern_midnight_ns(bench.at)
        total_ud = 0
        for ticker in TICKERS:
            now, before = self.position(ticker), self.position(ticker, began_ns)
            total_ud += (now.realised_ud - now.fees_ud) - (before.realised_ud - before.fees_ud)
            view = bench.engine.books.get(ticker)
            if view is not None and not bench.engine.desk.is_book_stale(view):
                total_ud += bid_value_ud(view.book, now.count_c)
            total_ud -= now.cost_ud
        return total_ud


@pytest.mark.parametrize("seed", range(25))
def test_the_days_result_is_the_fold_of_the_day(seed: int) -> None:
    day = Day()
    for what in moves_of(Random(seed)):
        day.move(what)
        assert day.bench.engine.risk.day.now_ud()[0] == day.result_ud()


@pytest.mark.parametrize("seed", range(15))
def test_a_restart_counts_the_same(seed: int) -> None:
    day = Day()
    journal = []
    for number, what in enumerate(moves_of(Random(seed))):
        day.move(what)
        if number == MOVES // 2:
            journal += day.bench.changes
            day.bench = _again(day.bench, fold(journal))
        assert day.bench.engine.risk.day.now_ud()[0] == day.result_ud()


def _again(before: CoreBench, money: Any) -> CoreBench:
    after = CoreBench(before.settings, money)
    after.at = before.at
    after.start(*[market(ticker, close_ns=START + 40 * HOUR_NS) for ticker in TICKERS], run_id="r2")
    for ticker in TICKERS:
        after.feed(BookStale(ticker, StaleReason.GAP))
    return after


@pytest.mark.parametrize("seed", range(25))
def test_positions_that_end_are_told_with_what_they_made(seed: int) -> None:
    """In order of time, what each market's round trips made adds up to what it earned while it is flat."""
    day = Day()
    for what in moves_of(Random(seed)):
        if what[0] != "late":
            day.move(what)
            day.bench.at += 1
    for ticker in TICKERS:
        told = [change for change in day.bench.changes if isinstance(change, TripEnded)]
        made_ud = sum(trip.result_ud for trip in told if trip.ticker == ticker)
        position = day.position(ticker)
        if position.count_c == 0:
            assert made_ud == position.realised_ud - position.fees_ud
