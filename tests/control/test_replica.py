"""The picture is what was sent: gaps are seen, and any way of sending comes to the same picture."""

from __future__ import annotations

import msgspec
from core_bench import START, TICKER, CoreBench, market
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.control.bundled_feeds import BookFeed, BundledFeed, WatchFeed
from engine.control.market_rows import market_row, quote_row
from engine.control.protocol import (
    DESK,
    LOG,
    BookRows,
    Delta,
    DeskRows,
    LogRows,
    Resync,
    Snapshot,
    book_topic,
    decode_server_frame,
)
from engine.control.replica import ENDED_KEPT, Replica
from engine.control.rows.account import PositionRow
from engine.control.rows.history import LogRow
from engine.control.rows.orders import OrderRow
from engine.domain.feed import BookFresh, BookStale, BookUpdated, StaleReason
from engine.domain.order import BookSide, Leg, OrderState

ORDER = OrderRow(
    client_order_id="c1",
    ticker=TICKER,
    owner="manual",
    leg=Leg.YES,
    buys=True,
    price_bp=5_000,
    count_c=100,
    state=OrderState.RESTING,
    intended_ns=1,
    updated_ns=1,
)
BOOK = book_topic(TICKER)


def desk(*orders: OrderRow, positions: tuple[PositionRow, ...] = ()) -> DeskRows:
    return DeskRows(orders=orders, positions=positions)


def test_a_delta_that_leaves_a_gap_is_not_taken_and_asks_anew() -> None:
    replica = Replica()
    assert replica.apply(Snapshot(DESK, 5, desk())) is None
    assert replica.apply(Delta(DESK, 6, 7, desk(ORDER))) == Resync(DESK)
    assert replica.desk.orders == {}
    assert replica.rev(DESK) is None
    assert replica.apply(Delta(DESK, 7, 8, desk(ORDER))) is None
    assert replica.desk.orders == {}
    assert replica.gaps == 1
    assert replica.apply(Snapshot(DESK, 9, desk(ORDER))) is None
    assert (replica.rev(DESK), list(replica.desk.orders)) == (9, ["c1"])


def test_a_delta_before_any_snapshot_is_passed_over() -> None:
    replica = Replica()
    assert replica.apply(Delta(LOG, 0, 1, LogRows((LogRow(1, 1, "note", "A", "a"),)))) is None
    assert not replica.log


def test_topics_do_not_share_revisions() -> None:
    replica = Replica()
    replica.apply(Snapshot(DESK, 5, desk()))
    replica.apply(Snapshot(BOOK, 1, BookRows(((4_900, 5),))))
    assert replica.apply(Delta(BOOK, 1, 2, BookRows(((4_900, 0),)))) is None
    assert replica.apply(Delta(DESK, 5, 6, desk(ORDER))) is None
    assert (replica.rev(DESK), replica.rev(BOOK), replica.books[TICKER].bids) == (6, 2, {})


def test_orders_that_end_move_and_the_oldest_leave() -> None:
    replica = Replica()
    replica.apply(Snapshot(DESK, 0, desk(ORDER)))
    for number in range(ENDED_KEPT + 5):
        ended = msgspec.structs.replace(ORDER, client_order_id=f"e{number}", state=OrderState.CANCELED)
        replica.apply(Delta(DESK, number, number + 1, desk(ended)))
    assert list(replica.desk.orders) == ["c1"]
    assert len(replica.desk.ended) == ENDED_KEPT
    assert "e4" not in replica.desk.ended
    reopened = msgspec.structs.replace(ORDER, client_order_id="e9")
    replica.apply(Delta(DESK, ENDED_KEPT + 5, ENDED_KEPT + 6, desk(reopened)))
    assert "e9" in replica.desk.orders
    assert "e9" not in replica.desk.ended


def test_a_flat_position_leaves_and_a_snapshot_forgets_what_it_does_not_have() -> None:
    replica = Replica()
    held = PositionRow(ticker=TICKER, leg=Leg.NO, count_c=5)
    replica.apply(Snapshot(DESK, 0, desk(positions=(held, PositionRow(ticker="K2", count_c=1)))))
    replica.apply(Delta(DESK, 0, 1, desk(positions=(PositionRow(ticker=TICKER),))))
    assert list(replica.desk.positions) == ["K2"]
    replica.apply(Snapshot(DESK, 7, desk()))
    assert replica.desk.positions == {}


def test_a_lost_connection_leaves_old_pictures_that_nobody_takes_for_new() -> None:
    replica = Replica()
    replica.apply(Snapshot(DESK, 0, desk(ORDER)))
    replica.distrust()
    assert list(replica.topics()) == []
    assert list(replica.desk.orders) == ["c1"]
    assert replica.apply(Delta(DESK, 0, 1, desk())) is None
    assert replica.rev(DESK) is None


def drain(feed: BundledFeed, replica: Replica) -> None:
    while True:
        data = feed.next_frame()
        if data is not None:
            frame = decode_server_frame(data)
            assert isinstance(frame, Snapshot | Delta)
            assert replica.apply(frame) is None
        if not feed.has_more:
            return


class Sent(msgspec.Struct, frozen=True):
    """After the change, what the client's side does: reads, or begins anew, or waits."""

    side: BookSide
    level: int
    count_c: int
    then: str


ACTIONS = st.builds(
    Sent,
    st.sampled_from(BookSide),
    st.integers(1, 9),
    st.integers(0, 5),
    st.sampled_from(["wait", "wait", "read", "restart", "stale", "fresh"]),
)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.lists(ACTIONS, max_size=40))
def test_a_book_is_the_engines_however_it_was_sent(actions: list[Sent]) -> None:
    bench = CoreBench()
    bench.start()
    feed, replica = BookFeed(bench.engine, TICKER), Replica()
    for action in actions:
        change_book(bench, action)
        feed.touch([TICKER])
        if action.then == "restart":
            feed.restart()
        if action.then != "wait":
            drain(feed, replica)
    drain(feed, replica)
    view, seen = bench.engine.books[TICKER], replica.books[TICKER]
    assert (seen.bids, seen.asks, seen.is_fresh) == (view.book.bids, view.book.asks, view.is_fresh)
    assert seen.stale_reason == ("" if view.stale_reason is None else view.stale_reason.value)


def change_book(bench: CoreBench, action: Sent) -> None:
    if action.then == "stale":
        bench.feed(BookStale(TICKER, StaleReason.GAP))
    elif action.then == "fresh":
        bench.feed(BookFresh(TICKER, ((100 * action.level, 7),), (), None))
    else:
        is_bid = action.side is BookSide.BID
        price_bp = 100 * action.level if is_bid else 10_000 - 100 * action.level
        book = bench.engine.books[TICKER].book
        now_c = (book.bids if is_bid else book.asks).get(price_bp, 0)
        bench.feed(BookUpdated(TICKER, action.side, price_bp, action.count_c - now_c, None, None))


@settings(derandomize=True, max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 11), st.sampled_from(["wait", "read", "restart"])), max_size=30))
def test_the_watch_list_is_the_universe_however_it_was_sent(moves: list[tuple[int, str]]) -> None:
    listed = [market(f"KXT-26NOV20-T{strike}", title="é" * 20) for strike in range(50, 60)]
    bench = CoreBench()
    bench.start(*listed)
    feed, replica = WatchFeed(bench.engine, rows_per_frame=3), Replica()
    for which, then in moves:
        ticker = f"KXT-26NOV20-T{50 + which}"
        if which == 10:
            bench.engine.books.pop(listed[0].ticker, None)
            feed.universe_changed()
        elif which == 11:
            bench.engine.markets[TICKER] = market(settlement_bp=START % 10_000)
            feed.touch([TICKER])
        else:
            step = bench.feed(BookUpdated(ticker, BookSide.BID, 4_900, 100, None, None))
            feed.touch(step.touched)
        if then == "restart":
            feed.restart()
        if then != "wait":
            drain(feed, replica)
    drain(feed, replica)
    engine = bench.engine
    assert replica.watch.is_whole
    assert replica.watch.markets == {name: market_row(engine.markets[name]) for name in engine.books}
    assert replica.watch.quotes == {name: quote_row(engine, name) for name in engine.books}
