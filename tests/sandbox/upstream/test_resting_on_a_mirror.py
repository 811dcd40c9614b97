"""Resting orders fill by the other exchange's prints alone, after what stood there before them."""

from __future__ import annotations

import pytest
from exchange_world import ASK, BID
from mirror_bench import MirrorBench

from engine.domain.order import VenueOrderStatus
from engine.domain.units import SECOND_NS
from engine.sandbox.core.feed import Traded

FEED_GAP = "FeedGapCancel"


@pytest.fixture
def bench() -> MirrorBench:
    made = MirrorBench()
    made.show({4_900: 1_000, 4_800: 2_000}, {5_100: 3_000})
    return made


def test_a_print_at_its_price_counts_first_for_what_stood_there(bench: MirrorBench) -> None:
    order = bench.order(BID, 4_900, 500)
    assert bench.exchange.queue_position_c("ann", order.order_id) == 1_000
    bench.prints(4_900, 600, ASK)
    assert (order.filled_c, bench.exchange.queue_position_c("ann", order.order_id)) == (0, 400)
    bench.prints(4_900, 600, ASK)
    assert (order.filled_c, order.remaining_c) == (200, 300)
    bench.prints(4_900, 9_000, ASK)
    assert (order.status, order.filled_c) == (VenueOrderStatus.EXECUTED, 500)
    assert {fill.price_bp for fill in bench.exchange.fills_of("ann")} == {4_900}


def test_a_print_through_its_price_fills_it_at_its_own_price(bench: MirrorBench) -> None:
    order = bench.order(BID, 4_900, 500)
    bench.prints(4_800, 300, ASK)
    assert (order.filled_c, [fill.price_bp for fill in bench.exchange.fills_of("ann")]) == (300, [4_900])
    assert not bench.exchange.fills_of("ann")[0].is_taker


def test_the_other_sides_prints_and_other_prices_do_nothing(bench: MirrorBench) -> None:
    order = bench.order(BID, 4_900, 500)
    bench.prints(4_900, 5_000, BID)
    bench.prints(5_000, 5_000, ASK)
    bench.prints(4_900, 5_000, ASK, ticker="N")
    bench.prints(4_900, 5_000, ASK, is_block=True)
    assert order.filled_c == 0
    assert bench.exchange.queue_position_c("ann", order.order_id) == 1_000


def test_an_ask_is_met_by_buyers(bench: MirrorBench) -> None:
    order = bench.order(ASK, 5_100, 500)
    bench.prints(5_100, 3_200, BID)
    assert order.filled_c == 200
    bench.prints(5_200, 100, BID)
    assert order.filled_c == 300


def test_the_book_reaching_an_order_without_a_print_fills_nothing(bench: MirrorBench) -> None:
    order = bench.order(BID, 5_000, 500)
    bench.show({4_900: 1_000}, {4_900: 50, 5_000: 400})
    bench.show({}, {3_000: 400})
    assert order.filled_c == 0


def test_a_print_gives_out_no_more_than_it_was(bench: MirrorBench) -> None:
    near = bench.order(BID, 5_000, 300)
    first = bench.order(BID, 4_900, 300)
    second = bench.order(BID, 4_900, 300)
    bench.prints(4_900, 1_500, ASK)
    assert (near.filled_c, first.filled_c, second.filled_c) == (300, 200, 0)
    bench.prints(4_700, 150, ASK)
    assert (first.filled_c, second.filled_c) == (300, 50)
    tape = bench.exchange.trades_of("M")
    assert sum(trade.count_c for trade in tape) == 1_650


def test_the_rest_of_a_print_is_on_the_tape(bench: MirrorBench) -> None:
    bench.exchange.drain()
    bench.prints(5_100, 700, BID)
    tape = [event for event in bench.exchange.drain() if isinstance(event, Traded)]
    assert [(trade.price_bp, trade.count_c, trade.taker_side) for trade in tape] == [(5_100, 700, BID)]


def test_a_print_that_is_told_twice_counts_once(bench: MirrorBench) -> None:
    order = bench.order(BID, 4_900, 5_000)
    print_ = bench.prints(4_900, 1_100, ASK)
    bench.mirror.hear(print_)
    bench.tick()
    assert order.filled_c == 100
    assert len(bench.exchange.trades_of("M")) == 2


def test_a_print_from_before_the_order_came_is_not_its(bench: MirrorBench) -> None:
    before_ns = bench.now_ns
    order = bench.order(BID, 4_900, 500)
    bench.prints(4_000, 9_000, ASK, at_ns=before_ns)
    assert order.filled_c == 0


def test_cancels_over_there_bring_nobody_forward(bench: MirrorBench) -> None:
    order = bench.order(BID, 4_900, 500)
    bench.show({4_900: 10}, {5_100: 3_000})
    bench.prints(4_900, 900, ASK)
    assert (order.filled_c, bench.exchange.queue_position_c("ann", order.order_id)) == (0, 100)


def test_a_smaller_size_keeps_the_place_and_another_price_loses_it(bench: MirrorBench) -> None:
    order = bench.order(BID, 4_900, 500)
    bench.prints(4_900, 600, ASK)
    bench.exchange.amend_order("ann", order.order_id, price_bp=4_900, count_c=400)
    bench.tick()
    assert bench.exchange.queue_position_c("ann", order.order_id) == 400
    bench.exchange.amend_order("ann", order.order_id, price_bp=4_800, count_c=400)
    bench.tick()
    assert bench.exchange.queue_position_c("ann", order.order_id) == 1_000 + 2_000


def test_an_order_in_a_book_that_is_not_known_waits_behind_nobody_knows_how_many(bench: MirrorBench) -> None:
    order = bench.order(BID, 4_900, 500, "N")
    bench.prints(4_900, 9_000, ASK, "N")
    assert order.filled_c == 0
    bench.prints(4_800, 100, ASK, "N")
    assert order.filled_c == 100
    bench.show({4_900: 700}, {}, "N")
    bench.tick()
    bench.prints(4_900, 800, ASK, "N")
    assert order.filled_c == 200


def test_after_a_gap_of_a_minute_what_rests_is_canceled_and_says_why(bench: MirrorBench) -> None:
    order = bench.order(BID, 4_000, 500)
    bench.silence(60)
    assert order.status is VenueOrderStatus.RESTING
    bench.silence(1)
    assert (order.status, order.last_update_reason) == (VenueOrderStatus.CANCELED, FEED_GAP)
    bench.tick()
    later = bench.order(BID, 4_000, 500)
    bench.silence(59)
    assert later.status is VenueOrderStatus.RESTING, "one gap cancels once"


def test_a_short_gap_cancels_nothing_and_keeps_the_place(bench: MirrorBench) -> None:
    order = bench.order(BID, 4_900, 500)
    bench.silence(30)
    bench.show({4_900: 5_000}, {5_100: 3_000})
    assert bench.exchange.queue_position_c("ann", order.order_id) == 1_000


@pytest.mark.parametrize("away_s, left", [(20, 500), (120, 0)])
def test_a_process_that_was_away_counts_as_a_gap(bench: MirrorBench, away_s: int, left: int) -> None:
    order_id = bench.order(BID, 4_900, 500).order_id
    bench.prints(4_900, 600, ASK)
    bench.save()
    bench.restart(away_s)
    bench.tick(heard=False)
    order = bench.exchange.orders[order_id]
    assert (order.remaining_c, order.ahead_c) == (left, 400)
    assert order.last_update_reason == ("" if left else FEED_GAP)


def test_an_order_expires_as_anywhere(bench: MirrorBench) -> None:
    order = bench.order(BID, 4_000, 500, expires_ns=bench.now_ns + SECOND_NS)
    bench.tick(after_ns=2 * SECOND_NS)
    assert order.status is VenueOrderStatus.CANCELED
