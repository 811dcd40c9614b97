"""Each fill is kept with what was seen around it; those that live depth could not have given are told."""

from __future__ import annotations

import pytest
from exchange_world import ASK, BID, limit
from mirror_bench import MirrorBench

from engine.domain.order import TimeInForce
from engine.domain.units import SECOND_NS
from engine.sandbox.sources.upstream.doubts import DoubtCode, doubt_of
from engine.sandbox.sources.upstream.evidence import FillEvidence
from engine.sandbox.sources.upstream.words import Mode

IOC = TimeInForce.IMMEDIATE_OR_CANCEL


def bench_of(mode: Mode = Mode.STREAMED) -> MirrorBench:
    made = MirrorBench(mode)
    made.show({4_900: 1_000}, {5_100: 3_000})
    return made


def only(bench: MirrorBench) -> FillEvidence:
    (found,) = bench.mirror.told()
    return found


def test_a_fill_that_the_book_still_gives_half_a_second_later_is_no_doubt() -> None:
    bench = bench_of()
    bench.order(BID, 5_100, 1_000, time_in_force=IOC)
    assert only(bench).later_c is None
    for _ in range(6):
        bench.tick()
    found = only(bench)
    assert (found.level_c, found.taken_c, found.later_c) == (3_000, 0, 3_000)
    assert doubt_of(found) is None


def test_a_level_that_was_gone_at_the_next_look_is_one() -> None:
    bench = bench_of(Mode.POLLED)
    bench.order(BID, 5_100, 1_000, time_in_force=IOC)
    bench.show({4_900: 1_000}, {5_200: 3_000})
    doubt = doubt_of(only(bench))
    assert doubt is not None
    assert doubt.code is DoubtCode.GONE
    assert "30 stood at 51" in doubt.text


def test_unless_it_was_traded_away_or_a_better_price_came() -> None:
    bench = bench_of(Mode.POLLED)
    bench.order(BID, 5_100, 1_000, time_in_force=IOC)
    bench.prints(5_100, 2_500, BID)
    bench.show({4_900: 1_000}, {5_200: 3_000})
    assert doubt_of(only(bench)) is None
    bench = bench_of(Mode.POLLED)
    bench.order(BID, 5_100, 1_000, time_in_force=IOC)
    bench.show({4_900: 1_000}, {5_000: 3_000})
    assert doubt_of(only(bench)) is None


def test_a_fill_on_an_old_book_is_doubted() -> None:
    bench = bench_of()
    bench.silence(4)
    bench.order(BID, 5_100, 1_000, time_in_force=IOC)
    for _ in range(6):
        bench.tick()
    doubt = doubt_of(only(bench))
    assert doubt is not None
    assert (doubt.code, doubt.text) == (DoubtCode.STALE_BOOK, "the mirrored book was 4.0 s old")


def test_a_fill_after_which_nobody_looked_is_doubted() -> None:
    bench = bench_of(Mode.POLLED)
    bench.order(BID, 5_100, 1_000, time_in_force=IOC)
    for _ in range(40):
        bench.tick(after_ns=SECOND_NS)
    bench.show({4_900: 1_000}, {5_100: 3_000})
    doubt = doubt_of(only(bench))
    assert doubt is not None
    assert doubt.code is DoubtCode.UNSEEN


def test_what_was_taken_before_counts_against_a_second_fill() -> None:
    bench = bench_of(Mode.POLLED)
    bench.order(BID, 5_100, 2_000, time_in_force=IOC)
    bench.order(BID, 5_100, 1_000, time_in_force=IOC)
    bench.show({4_900: 1_000}, {5_100: 2_500})
    first, second = bench.mirror.told()
    assert (second.level_c, second.taken_c) == (3_000, 2_000)
    assert doubt_of(first) is None
    doubt = doubt_of(second)
    assert doubt is not None
    assert doubt.code is DoubtCode.GONE


def test_a_makers_fill_carries_its_print() -> None:
    bench = bench_of()
    order = bench.order(BID, 4_900, 500)
    print_ = bench.prints(4_800, 300, ASK)
    found = only(bench)
    assert (found.order_id, found.is_taker, found.count_c) == (order.order_id, False, 300)
    assert (found.print_id, found.print_bp, found.print_c) == (print_.trade_id, 4_800, 300)
    assert doubt_of(found) is None


def test_each_fill_of_an_order_through_several_levels_has_its_own() -> None:
    bench = bench_of()
    bench.show({4_900: 1_000}, {5_100: 3_000, 5_200: 4_000})
    bench.order(BID, 5_200, 5_000, time_in_force=IOC)
    assert [(found.price_bp, found.count_c, found.level_c) for found in bench.mirror.told()] == [
        (5_100, 3_000, 3_000),
        (5_200, 2_000, 4_000),
    ]


@pytest.mark.parametrize("is_looked_at", [True, False])
def test_evidence_outlives_the_process(is_looked_at: bool) -> None:
    bench = bench_of()
    bench.order(BID, 5_100, 1_000, time_in_force=IOC)
    for _ in range(6 * is_looked_at):
        bench.tick()
    bench.save()
    before = bench.mirror.told()
    bench.restart()
    assert bench.mirror.told() == before
    doubt = doubt_of(only(bench))
    assert (doubt is None) is is_looked_at


def test_a_fill_in_the_last_moment_before_the_end_is_taken_up_at_the_next_start() -> None:
    bench = bench_of()
    bench.save()
    bench.exchange.create_order("ann", limit(BID, 5_100, 100, time_in_force=IOC))
    bench.save()
    bench.restart()
    bench.tick()
    doubt = doubt_of(only(bench))
    assert doubt is not None
    assert doubt.code is DoubtCode.NO_BOOK
