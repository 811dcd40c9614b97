"""Books that the gate trusts: fresh while the feed lives, stale when it is silent or says so."""

from __future__ import annotations

import pytest
from core_bench import TICKER, place
from gate_bench import SENT, bench_with, code, quote

from engine.core.denial import DenyCode
from engine.domain.feed import BookFresh, BookStale, FeedAlive, FeedConnected, FeedLost, StaleReason
from engine.domain.units import SECOND_NS


@pytest.mark.parametrize(
    ("silent_ns", "expected"), [(2 * SECOND_NS, SENT), (2 * SECOND_NS + 1, "STALE_BOOK")]
)
def test_a_silent_feed_makes_books_stale(silent_ns: int, expected: str) -> None:
    bench = bench_with()
    bench.mono += silent_ns
    assert code(bench) == expected


def test_any_word_of_the_feed_keeps_books_fresh() -> None:
    bench = bench_with()
    for _ in range(5):
        bench.wait(SECOND_NS)
        bench.feed(quote(bench))
    assert code(bench) == SENT


def test_a_quiet_market_is_no_silent_feed() -> None:
    """Nothing is said of any market for a minute, and the connection lives."""
    bench = bench_with()
    for _ in range(60):
        bench.wait(SECOND_NS)
        bench.feed(FeedAlive())
    assert code(bench) == SENT
    bench.wait(2 * SECOND_NS)
    assert code(bench, again=True) == SENT
    bench.wait(1)
    assert code(bench, again=True) == DenyCode.STALE_BOOK


def test_a_living_connection_makes_no_book_fresh() -> None:
    bench = bench_with()
    bench.feed(BookStale(TICKER, StaleReason.GAP), FeedAlive())
    assert code(bench) == DenyCode.STALE_BOOK
    bench.feed(BookFresh(TICKER, ((4_900, 100),), ((5_100, 100),), None), FeedLost("gone"), FeedAlive())
    assert code(bench) == DenyCode.STALE_BOOK, "a word of the old connection that came late"


def test_books_that_the_feed_calls_stale() -> None:
    bench = bench_with()
    bench.feed(BookStale(TICKER, StaleReason.GAP))
    answer = bench.answer(place())
    assert (answer.deny_code, answer.numbers["reason"]) == (DenyCode.STALE_BOOK, "gap")
    bench.feed(BookFresh(TICKER, ((4_900, 100),), ((5_100, 100),), None))
    assert code(bench) == SENT
    bench.feed(FeedLost("gone"))
    assert code(bench, again=True) == DenyCode.STALE_BOOK
    bench.feed(FeedConnected(2))
    assert code(bench, again=True) == DenyCode.STALE_BOOK, "connected, and no snapshot yet"


def test_without_an_ask_there_is_no_collar_but_far_holds() -> None:
    bench = bench_with()
    bench.feed(BookFresh(TICKER, ((4_900, 100),), (), None))
    assert code(bench, price_bp=9_700, count_c=100) == SENT
    assert code(bench, price_bp=9_800, count_c=100) == DenyCode.FAR_PRICE
