"""Books as rows: sorted by their numbers they are the book again, and a hole in it is a hole."""

from __future__ import annotations

from collections.abc import Sequence

from collecting import NOW_NS

from collectors.markets.rows import BookDeltaRow, BookSnapshotRow
from collectors.markets.taking import MarketTaker
from collectors.taking import Row
from engine.domain.feed import BookFresh, BookStale, BookUpdated, FeedEvent, StaleReason
from engine.domain.order import BookSide

T = "KXBTCD-26NOV2117-T78000"
EVENTS: Sequence[FeedEvent] = (
    BookFresh(T, ((4_000, 100), (3_900, 200)), ((4_200, 300),), 1),
    BookUpdated(T, BookSide.BID, 4_000, -100, 2, 20),
    BookUpdated(T, BookSide.ASK, 4_100, 50, 3, 30),
    BookStale(T, StaleReason.GAP),
    BookFresh(T, ((3_800, 10),), ((4_100, 20),), 9),
    BookUpdated(T, BookSide.BID, 3_800, 5, 10, 40),
)
Sides = tuple[dict[int, int], dict[int, int]]


def replayed(rows: Sequence[Row]) -> list[Sides | None]:
    """The book after each row, None while it is not known."""
    book: Sides | None = None
    found: list[Sides | None] = []
    ordered = sorted(rows, key=lambda row: row.number)  # type: ignore[attr-defined]
    for row in ordered:
        if isinstance(row, BookSnapshotRow):
            book = _book(row)
        elif isinstance(row, BookDeltaRow) and book is not None:
            side = book[0 if row.side == "bid" else 1]
            left = side.get(row.price_bp, 0) + row.delta_c
            side.pop(row.price_bp, None)
            side.update({row.price_bp: left} if left else {})
        found.append(None if book is None else (dict(book[0]), dict(book[1])))
    return found


def _book(row: BookSnapshotRow) -> Sides | None:
    if row.stale_reason is not None:
        return None
    assert row.bid_price_bp is not None
    assert row.bid_count_c is not None
    assert row.ask_price_bp is not None
    assert row.ask_count_c is not None
    bids = dict(zip(row.bid_price_bp, row.bid_count_c, strict=True))
    return bids, dict(zip(row.ask_price_bp, row.ask_count_c, strict=True))


def test_rows_of_a_book_are_the_book_again_and_nothing_where_it_had_a_hole() -> None:
    taker = MarketTaker(NOW_NS)
    rows = [row for event in EVENTS for row in taker.take(event, NOW_NS).rows]
    assert replayed(rows[::-1]) == [
        ({4_000: 100, 3_900: 200}, {4_200: 300}),
        ({3_900: 200}, {4_200: 300}),
        ({3_900: 200}, {4_200: 300, 4_100: 50}),
        None,
        ({3_800: 10}, {4_100: 20}),
        ({3_800: 15}, {4_100: 20}),
    ]
    assert {row.session_ns for row in rows} == {NOW_NS}  # type: ignore[attr-defined]
