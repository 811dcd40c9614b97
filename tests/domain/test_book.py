"""The book keeps its best prices, refuses impossible changes and mirrors between the legs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.book import Book, BookCorrupt
from engine.domain.units import complement

changes = st.lists(
    st.tuples(st.booleans(), st.integers(1, 99).map(lambda c: c * 100), st.integers(-500, 500)), max_size=60
)


def apply(book: Book, steps: list[tuple[bool, int, int]]) -> None:
    for is_bid, price, delta in steps:
        change = book.change_bid if is_bid else book.change_ask
        try:
            change(price, delta)
        except BookCorrupt:
            continue


@settings(derandomize=True, max_examples=200)
@given(steps=changes)
def test_the_cached_best_is_the_true_best(steps: list[tuple[bool, int, int]]) -> None:
    book = Book()
    apply(book, steps)
    assert book.best_bid_bp == max(book.bids, default=None)
    assert book.best_ask_bp == min(book.asks, default=None)
    assert all(count > 0 for count in [*book.bids.values(), *book.asks.values()])
    again = Book()
    again.replace(book.bids, book.asks)
    assert again == book
    assert (again.best_bid_bp, again.best_ask_bp) == (book.best_bid_bp, book.best_ask_bp)


@settings(derandomize=True, max_examples=200)
@given(steps=changes, size=st.integers(1, 2_000))
def test_the_no_leg_is_the_exact_mirror(steps: list[tuple[bool, int, int]], size: int) -> None:
    book, mirror = Book(), Book()
    apply(book, steps)
    apply(mirror, [(not is_bid, complement(price), delta) for is_bid, price, delta in steps])
    assert mirror.bids == {complement(p): c for p, c in book.asks.items()}
    assert mirror.spread_bp == book.spread_bp
    assert mirror.is_crossed == book.is_crossed
    sell = book.sell_price_bp(size)
    assert mirror.buy_price_bp(size) == (None if sell is None else complement(sell))


def test_a_level_below_zero_is_refused_and_changes_nothing() -> None:
    book = Book()
    book.change_bid(4_200, 300)
    with pytest.raises(BookCorrupt, match="4200 bp: 300 -400 leaves -100"):
        book.change_bid(4_200, -400)
    with pytest.raises(BookCorrupt):
        book.change_ask(5_000, -1)
    assert book.bids == {4_200: 300}
    assert book.asks == {}


def test_the_price_for_a_size_reaches_as_deep_as_needed() -> None:
    book = Book()
    book.replace({4_000: 500, 3_900: 500}, {4_200: 100})
    assert [book.sell_price_bp(n) for n in (1, 500, 501, 1_000, 1_001)] == [4_000, 4_000, 3_900, 3_900, None]
    assert [book.buy_price_bp(n) for n in (100, 101)] == [4_200, None]
