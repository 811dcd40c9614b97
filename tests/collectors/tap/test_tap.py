"""The engine's own feed on its way to the lake: in order, whole again after a gap, bounded."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.markets.rows import BookDeltaRow, BookSnapshotRow, QuoteRow, TradeRow
from collectors.taking import Row
from collectors.tap.recorder import TapError, TapReader
from collectors.tap.rows import GAP, Session
from engine.assembly import tapping
from engine.assembly.tapping import Tap
from engine.core.book_view import BookView
from engine.core.inputs import CoreEvent, Input, Woken
from engine.domain.feed import BookFresh, BookStale, BookUpdated, PublicTrade, StaleReason, TickerQuote
from engine.domain.order import BookSide

TICKERS = ("KXT-26NOV20-T50", "KXT-26NOV20-T51")
Books = dict[str, tuple[dict[int, int], dict[int, int]]]


class Core:
    """As much of a core as has books; a step changes them, then the tap hears of the next one."""

    def __init__(self) -> None:
        self.books = {ticker: BookView(ticker) for ticker in TICKERS}
        self.tap = Tap(lambda: self.books, lambda: 7)

    def step(self, event: CoreEvent) -> None:
        self.tap.record(Input(1, 1, event))
        match event:
            case BookFresh():
                view = self.books[event.ticker]
                view.book.replace(dict(event.bids), dict(event.asks))
                view.is_fresh = True
            case BookUpdated() if self.books[event.ticker].is_fresh:
                book = self.books[event.ticker].book
                change = book.change_bid if event.side is BookSide.BID else book.change_ask
                change(event.price_bp, event.delta_c)
            case BookStale():
                self.books[event.ticker].is_fresh = False

    def known(self) -> Books:
        return {
            ticker: (dict(view.book.bids), dict(view.book.asks))
            for ticker, view in self.books.items()
            if view.is_fresh
        }


class Lake:
    """What a recorder would have, read again in its order."""

    def __init__(self) -> None:
        self.session = Session(5)
        self.rows: list[Row] = []
        self._reader = TapReader()

    def take(self, data: bytes) -> None:
        self.rows += [row for message in self._reader.take(data) for row in self.session.rows(message)]

    def books(self) -> Books:
        """As far as they are known at the end."""
        books: Books = {}
        ordered = [row for row in self.rows if isinstance(row, BookDeltaRow | BookSnapshotRow)]
        assert [row.number for row in ordered] == list(range(1, len(ordered) + 1))
        for row in ordered:
            if isinstance(row, BookSnapshotRow):
                _whole(books, row)
            elif row.ticker in books:
                side = books[row.ticker][0 if row.side == "bid" else 1]
                side[row.price_bp] = side.get(row.price_bp, 0) + row.delta_c
        return {ticker: (_left(bids.items()), _left(asks.items())) for ticker, (bids, asks) in books.items()}


def _whole(books: Books, row: BookSnapshotRow) -> None:
    if row.stale_reason is not None:
        books.pop(row.ticker, None)
        return
    bids = zip(row.bid_price_bp or (), row.bid_count_c or (), strict=True)
    asks = zip(row.ask_price_bp or (), row.ask_count_c or (), strict=True)
    books[row.ticker] = dict(bids), dict(asks)


def _left(levels: Iterable[tuple[int, int]]) -> dict[int, int]:
    return {price: count for price, count in levels if count}


LEVELS = st.dictionaries(st.integers(1, 9), st.integers(1, 500), max_size=4).map(
    lambda found: tuple(sorted(found.items()))
)
EVENTS = st.one_of(
    st.builds(BookFresh, st.sampled_from(TICKERS), LEVELS, LEVELS, st.none() | st.integers(1, 9)),
    st.builds(
        BookUpdated,
        st.sampled_from(TICKERS),
        st.sampled_from(BookSide),
        st.integers(1, 9),
        st.integers(1, 300),
        st.none(),
        st.none() | st.integers(1, 9),
    ),
    st.builds(BookStale, st.sampled_from(TICKERS), st.sampled_from(StaleReason)),
)
READ, GONE = "read", "gone"
"""The pipe takes what is held; the recorder dies and another one comes."""


@given(st.lists(EVENTS | st.sampled_from((READ, GONE)), max_size=60), st.sampled_from((60, 200, 10_000)))
def test_the_books_of_a_recording_are_those_of_the_engine_whatever_was_lost(
    happens: list[CoreEvent | str], room: int
) -> None:
    """However little room there is: what the recording knows at its end is so."""
    core, lake = Core(), Lake()
    tapping.MOST_BYTES, usual = room, tapping.MOST_BYTES
    try:
        core.tap.begin()
        for one in happens:
            if one == GONE:
                core.tap.end()
                lake = Lake()
                core.tap.begin()
            elif one == READ:
                lake.take(core.tap.take_held())
            elif not isinstance(one, str):
                core.step(one)
        tapping.MOST_BYTES = usual
        for _ in range(3):
            lake.take(core.tap.take_held())
    finally:
        tapping.MOST_BYTES = usual
    assert lake.books() == core.known()


def test_without_a_recorder_nothing_is_held() -> None:
    core = Core()
    core.step(BookFresh(TICKERS[0], ((4, 5),), (), None))
    assert core.tap.take_held() == b""
    core.tap.begin()
    core.tap.end()
    core.step(BookFresh(TICKERS[0], ((4, 5),), (), None))
    assert (core.tap.take_held(), core.tap.dropped) == (b"", 0)


def test_what_does_not_fit_is_counted_and_the_recording_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tapping, "MOST_BYTES", 100)
    core, lake = Core(), Lake()
    core.tap.begin()
    core.step(BookFresh(TICKERS[0], ((4, 5),), ((6, 7),), None))
    for _ in range(10):
        core.step(BookUpdated(TICKERS[0], BookSide.BID, 4, 1, None, None))
    dropped = core.tap.dropped
    assert 0 < dropped < 10
    lake.take(core.tap.take_held())
    lake.take(core.tap.take_held())
    reasons = [row.stale_reason for row in lake.rows if isinstance(row, BookSnapshotRow)]
    assert reasons == [None, GAP, None]
    assert lake.session.gaps == dropped
    assert lake.books() == {TICKERS[0]: ({4: 15}, {6: 7})}


def test_quotes_and_trades_come_as_they_were_and_other_inputs_do_not() -> None:
    core, lake = Core(), Lake()
    core.tap.begin()
    core.step(Woken())
    core.step(TickerQuote(TICKERS[0], 40, None, 60, 0, 9, None, 100, 50, 3))
    core.tap.trade(PublicTrade("t1", TICKERS[0], 41, 100, BookSide.ASK, False, 4))
    lake.take(core.tap.take_held())
    quote, trade = lake.rows
    assert isinstance(quote, QuoteRow)
    assert (quote.yes_bid_bp, quote.yes_bid_c, quote.yes_ask_bp, quote.yes_ask_c) == (None, None, 60, 9)
    assert (quote.at_ns, quote.received_ns, quote.volume_c) == (3, 7, 100)
    assert isinstance(trade, TradeRow)
    assert (trade.trade_id, trade.price_bp, trade.taker_side, trade.at_ns) == ("t1", 41, "ask", 4)


@pytest.mark.parametrize("data", [b"\x00\x00\x00\x00", b"\xff\xff\xff\xff", b"\x00\x00\x00\x01\xc1", b"Trac"])
def test_what_is_no_frame_is_said(data: bytes) -> None:
    with pytest.raises(TapError) as caught:
        list(TapReader().take(data))
    assert "\n" not in str(caught.value)
