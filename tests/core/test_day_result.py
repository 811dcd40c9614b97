"""What was earned before and since a moment, against a fold of all fills by hand."""

from __future__ import annotations

from core_bench import START, TICKER, CoreBench, a_fill, market
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.day_result import earned_before_ud, earned_ud, open_result_ud
from engine.domain.eastern import eastern_midnight_ns
from engine.domain.feed import BookFresh, FillSeen
from engine.domain.order import BookSide
from engine.domain.position import position_of
from engine.domain.units import HOUR_NS, SECOND_NS

FILLS = st.lists(
    st.tuples(st.integers(0, 20), st.sampled_from(BookSide), st.integers(1, 99), st.integers(1, 5)),
    max_size=12,
)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(made=FILLS, hour=st.integers(0, 21))
def test_earned_before_a_moment_is_the_fold_of_what_came_before(
    made: list[tuple[int, BookSide, int, int]], hour: int
) -> None:
    bench = CoreBench()
    bench.start(market())
    fills = [
        a_fill(
            f"t{number}",
            count * 100,
            f"v{number}",
            side=side,
            price_bp=cents * 100,
            at_ns=START + at * HOUR_NS,
        )
        for number, (at, side, cents, count) in enumerate(made)
    ]
    for fill in fills:
        bench.feed(FillSeen(fill, 0, 0))
    at_ns = START + hour * HOUR_NS
    expected = earned_ud(position_of(TICKER, [fill for fill in fills if fill.at_ns < at_ns]))
    assert earned_before_ud(bench.engine.money, at_ns) == expected


def test_an_open_position_counts_at_what_it_would_bring() -> None:
    bench = CoreBench()
    bench.start(market())
    bench.feed(FillSeen(a_fill("t1", 500, "v1", side=BookSide.BID, price_bp=5_000), 0, 0))
    bench.feed(BookFresh(TICKER, ((4_000, 300), (3_000, 300)), ((6_000, 100),), None))
    money, books = bench.engine.money, bench.engine.books
    assert open_result_ud(money, books) == 300 * 4_000 + 200 * 3_000 - 500 * 5_000
    bench.feed(BookFresh(TICKER, ((4_000, 300),), ((6_000, 100),), None))
    assert open_result_ud(money, books) is None


def test_the_day_begins_at_midnight_in_new_york() -> None:
    noon_utc = 1_795_176_000 * SECOND_NS
    began = eastern_midnight_ns(noon_utc)
    assert (noon_utc - began) // HOUR_NS == 7
    assert eastern_midnight_ns(began) == began
    assert eastern_midnight_ns(began - 1) == began - 24 * HOUR_NS
    summer = 1_783_000_000 * SECOND_NS
    assert eastern_midnight_ns(summer) % (24 * HOUR_NS) == 4 * HOUR_NS
