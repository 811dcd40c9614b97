"""What speaks for a strategy is counted by events that are over, and too little is said to be no evidence."""

from __future__ import annotations

from random import Random

import pytest
from core_bench import SERIES, TICKER, CoreBench, a_fill
from core_strategies import Scripted

from engine.control.evidence import evidence_rows, interval_ud, verdict
from engine.core.facts.money import FillBooked
from engine.core.facts.stance import ShadowDecided
from engine.core.strategy import Needs
from engine.domain.order import BookSide, Leg
from engine.domain.units import SECOND_NS

OTHER = "KXT-26NOV21-T50"


def bench_with(*booked: FillBooked) -> CoreBench:
    bench = CoreBench(strategies=[Scripted(Needs((SERIES,)))])
    for one in booked:
        bench.engine.desk.record(one)
    return bench


def bought(trade_id: str, ticker: str = TICKER) -> FillBooked:
    return FillBooked(a_fill(trade_id, 100, f"v-{trade_id}", ticker=ticker), "scripted")


def sold(trade_id: str, price_bp: int, ticker: str = TICKER) -> FillBooked:
    later = a_fill(trade_id, 100, f"v-{trade_id}", ticker=ticker, side=BookSide.ASK, price_bp=price_bp)
    return FillBooked(later, "scripted")


def test_a_strategy_that_did_nothing_has_no_evidence() -> None:
    (row,) = evidence_rows(bench_with().engine)
    assert (row.name, row.stage, row.verdict) == ("scripted", "money", "no evidence")
    assert (row.events, row.fills, row.net_ud, row.mean_ud) == (0, 0, 0, None)


def test_events_that_are_over_count_after_fees_and_open_ones_do_not() -> None:
    bench = bench_with(bought("t1"), sold("t2", 6_000), bought("t3", OTHER))
    (row,) = evidence_rows(bench.engine)
    assert (row.fills, row.events) == (3, 1)
    assert row.net_ud == 100 * 1_000 - 2 * 1_000
    assert (row.mean_ud, row.half_width_ud, row.verdict) == (row.net_ud, None, "no evidence")


def test_decisions_in_the_shadow_are_counted() -> None:
    bench = bench_with()
    for at in (5, 9):
        bench.engine.desk.record(ShadowDecided("scripted", TICKER, Leg.YES, 5_000, 100, at * SECOND_NS))
    (row,) = evidence_rows(bench.engine)
    assert (row.shadowed, row.shadowed_since_ns) == (2, 5 * SECOND_NS)


def test_the_interval_is_that_of_a_mean() -> None:
    chance = Random(7)
    results = [round(chance.gauss(50_000, 200_000)) for _ in range(400)]
    mean = sum(results) / 400
    deviation = (sum((result - mean) ** 2 for result in results) / 399) ** 0.5
    found_mean, half = interval_ud(results)
    assert found_mean == pytest.approx(mean, abs=1)
    assert half == pytest.approx(1.96 * deviation / 400**0.5, rel=1e-4)


@pytest.mark.parametrize(
    ("events", "mean", "half", "word"),
    [
        (29, 100, 1, "no evidence"),
        (30, 100, 99, "gains"),
        (30, 100, 100, "unproven"),
        (30, -100, 99, "loses"),
        (1, 5, None, "no evidence"),
    ],
)
def test_the_verdict(events: int, mean: int, half: int | None, word: str) -> None:
    assert verdict(events, mean, half) == word
