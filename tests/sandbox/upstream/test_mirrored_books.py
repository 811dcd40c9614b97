"""What a mirror shows: the other exchange's book less what was taken here, and nothing that is not known."""

from __future__ import annotations

import pytest
from exchange_world import ASK, BID, limit
from mirror_bench import MirrorBench

from engine.domain.order import TimeInForce, VenueOrderStatus
from engine.sandbox.sources.upstream.words import Mode

IOC = TimeInForce.IMMEDIATE_OR_CANCEL


@pytest.fixture
def bench() -> MirrorBench:
    made = MirrorBench()
    made.show({4_900: 10_000, 4_800: 20_000}, {5_100: 3_000, 5_200: 5_000})
    return made


def test_the_book_is_the_other_exchanges_book(bench: MirrorBench) -> None:
    assert bench.shown() == ({4_900: 10_000, 4_800: 20_000}, {5_100: 3_000, 5_200: 5_000})
    bench.show({4_700: 100}, {})
    assert bench.shown() == ({4_700: 100}, {})


def test_an_immediate_order_fills_against_the_mirrored_depth_and_no_further(bench: MirrorBench) -> None:
    order = bench.order(BID, 5_200, 9_000, time_in_force=IOC)
    assert (order.filled_c, order.status) == (8_000, VenueOrderStatus.CANCELED)
    assert [(fill.price_bp, fill.count_c) for fill in bench.exchange.fills_of("ann")] == [
        (5_100, 3_000),
        (5_200, 5_000),
    ]
    assert bench.shown()[1] == {}


def test_what_was_taken_is_not_shown_again_until_the_level_shrinks(bench: MirrorBench) -> None:
    bench.order(BID, 5_100, 1_000, time_in_force=IOC)
    assert bench.shown()[1] == {5_100: 2_000, 5_200: 5_000}
    bench.show({4_900: 10_000}, {5_100: 3_000, 5_200: 5_000})
    assert bench.shown()[1] == {5_100: 2_000, 5_200: 5_000}, "a book that was only looked at again"
    bench.show({4_900: 10_000}, {5_100: 4_000, 5_200: 5_000})
    assert bench.shown()[1] == {5_100: 3_000, 5_200: 5_000}, "what is new there is there for us too"
    bench.show({4_900: 10_000}, {5_100: 3_400, 5_200: 5_000})
    assert bench.shown()[1] == {5_100: 3_000, 5_200: 5_000}, "600 went there, 400 of ours still stand"
    bench.show({4_900: 10_000}, {5_100: 3_000, 5_200: 5_000})
    assert bench.shown()[1] == {5_100: 3_000, 5_200: 5_000}


def test_one_level_cannot_be_sold_twice(bench: MirrorBench) -> None:
    first = bench.order(BID, 5_100, 3_000, time_in_force=IOC)
    again = bench.order(BID, 5_100, 3_000, time_in_force=IOC)
    assert (first.filled_c, again.filled_c) == (3_000, 0)


def test_a_level_that_went_and_came_is_a_new_one(bench: MirrorBench) -> None:
    bench.order(BID, 5_100, 3_000, time_in_force=IOC)
    bench.show({4_900: 10_000}, {5_200: 5_000})
    bench.show({4_900: 10_000}, {5_100: 700, 5_200: 5_000})
    assert bench.shown()[1] == {5_100: 700, 5_200: 5_000}


def test_what_was_taken_outlives_the_process(bench: MirrorBench) -> None:
    bench.order(BID, 5_100, 1_000, time_in_force=IOC)
    bench.save()
    bench.restart()
    bench.show({4_900: 10_000}, {5_100: 3_000, 5_200: 5_000})
    assert bench.shown()[1] == {5_100: 2_000, 5_200: 5_000}


def test_levels_that_would_trade_with_a_resting_order_are_hidden_while_it_rests(bench: MirrorBench) -> None:
    order = bench.order(BID, 5_000, 500)
    bench.show({4_900: 10_000}, {4_950: 100, 5_000: 200, 5_100: 3_000})
    assert order.filled_c == 0
    assert bench.shown() == ({4_900: 10_000, 5_000: 500}, {5_100: 3_000})
    bench.exchange.cancel_order("ann", order.order_id)
    bench.tick()
    assert bench.shown() == ({4_900: 10_000}, {5_000: 200, 5_100: 3_000}), "49.5 is no price of this market"


def test_prices_off_the_grid_and_crossed_books_are_not_shown(bench: MirrorBench) -> None:
    bench.show({4_950: 100, 4_900: 200}, {5_100: 100})
    assert bench.shown() == ({4_900: 200}, {5_100: 100})
    bench.show({5_100: 100}, {5_100: 100})
    assert bench.shown() == ({4_900: 200}, {5_100: 100})


def test_a_silent_exchange_shows_nothing_and_then_what_it_has(bench: MirrorBench) -> None:
    bench.silence(4)
    assert bench.shown() != ({}, {})
    bench.silence(2)
    assert bench.shown() == ({}, {})
    bench.tick()
    assert bench.shown()[1] == {5_100: 3_000, 5_200: 5_000}


def test_nothing_fills_while_it_is_silent(bench: MirrorBench) -> None:
    bench.silence(6)
    placed = bench.exchange.create_order("ann", limit(BID, 5_200, 100, time_in_force=IOC))
    assert placed.order.filled_c == 0


def test_a_book_that_cannot_be_trusted_is_shown_three_seconds_more(bench: MirrorBench) -> None:
    bench.tear()
    for _ in range(20):
        bench.tick()
    assert bench.shown()[1] == {5_100: 3_000, 5_200: 5_000}
    for _ in range(15):
        bench.tick()
    assert bench.shown() == ({}, {})
    bench.show({}, {5_300: 100})
    assert bench.shown() == ({}, {5_300: 100})


def test_without_a_look_a_polled_book_stays_as_it_was() -> None:
    bench = MirrorBench(Mode.POLLED)
    bench.show({4_900: 100}, {5_100: 100})
    bench.books.all["M"].change_ask(5_100, 900)
    bench.tick()
    assert bench.shown()[1] == {5_100: 100}, "nobody has told that somebody looked"
    bench.mirror.book_changed("M")
    bench.tick()
    assert bench.shown()[1] == {5_100: 1_000}


def test_selling_takes_from_the_bids(bench: MirrorBench) -> None:
    order = bench.order(ASK, 4_900, 2_500, time_in_force=IOC)
    assert order.filled_c == 2_500
    assert bench.shown()[0] == {4_900: 7_500, 4_800: 20_000}
