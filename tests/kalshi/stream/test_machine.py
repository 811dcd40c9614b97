"""The machine by hand-written frames: what each odd frame does to which books."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from engine.domain.feed import (
    BookFresh,
    BookUpdated,
    Channel,
    CommandRefused,
    FaultKind,
    FeedLost,
    ReconcileNeeded,
    StaleReason,
)
from engine.domain.order import BookSide
from engine.kalshi.drift import DriftKind


def test_subscribes_in_shards_and_says_use_yes_price(make_desk: Any) -> None:
    desk = make_desk(markets_per_subscription=2)
    desk.machine.want_books(["A", "B", "C"])
    params = [command["params"] for command in desk.commands()]
    assert [p["market_tickers"] for p in params] == [["A", "B"], ["C"]]
    assert all(p["use_yes_price"] is True for p in params)


def test_a_delta_changes_its_book_and_tells(two_sids: Any) -> None:
    two_sids.delta(1, 5, "A", 3, delta_fp="-6.00")
    two_sids.delta(1, 6, "A", 4, price_dollars="0.4400", side="no", delta_fp="2.00")
    book = two_sids.machine.books.book("A")
    assert book is not None
    assert (book.bids, book.asks) == ({4_000: 1_000}, {5_700: 700, 5_600: 200})
    assert (book.best_bid_bp, book.best_ask_bp) == (4_000, 5_600)
    assert two_sids.events == [
        BookUpdated("A", BookSide.BID, 4_100, -600, 3, None),
        BookUpdated("A", BookSide.ASK, 5_600, 200, 4, None),
    ]


def _gap(desk: Any) -> None:
    desk.delta(1, 6, "A", 4)


def _garbled(desk: Any) -> None:
    desk.machine.on_text('{"type":"orderbook_delta","sid":1,"seq":5,"msg":{"market_ti')


def _no_price(desk: Any) -> None:
    desk.get("orderbook_delta", 1, 5, market_ticker="A", clock=3, delta_fp="1.00", side="yes")


def _odd_price(desk: Any) -> None:
    desk.delta(1, 5, "A", 3, price_dollars="fifty")


def _odd_side(desk: Any) -> None:
    desk.delta(1, 5, "A", 3, side="maybe")


def _conflict(desk: Any) -> None:
    desk.delta(1, 4, "B", 2, delta_fp="3.00")


def _overflow(desk: Any) -> None:
    desk.machine.on_text('{"type":"error","sid":1,"msg":{"code":25,"msg":"buffer overflow"}}')


@pytest.mark.parametrize("harm", [_gap, _garbled, _no_price, _odd_price, _odd_side, _conflict, _overflow])
def test_a_broken_sequence_takes_the_books_of_its_sid_and_no_other(
    two_sids: Any, harm: Callable[[Any], None]
) -> None:
    harm(two_sids)
    books = two_sids.machine.books
    assert books.book("A") is None
    assert books.book("B") is None
    assert books.book("C") is not None
    assert set(two_sids.stale()) == {"A", "B"}
    (command,) = two_sids.commands()
    if harm is _overflow:
        assert (command["cmd"], command["params"]["market_tickers"]) == ("subscribe", ["A", "B"])
    else:
        assert command["params"] == {"sid": 1, "action": "get_snapshot", "market_tickers": ["A", "B"]}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"delta_fp": "-99.00"}, StaleReason.NEGATIVE_LEVEL),
        ({"price_dollars": "0.5700"}, StaleReason.CROSSED),
    ],
)
def test_an_impossible_change_takes_the_one_book_it_names(
    two_sids: Any, changes: dict[str, str], reason: StaleReason
) -> None:
    two_sids.delta(1, 5, "A", 3, **changes)
    assert two_sids.stale() == {"A": reason}
    assert two_sids.machine.books.book("B") is not None
    assert two_sids.commands()[0]["params"]["market_tickers"] == ["A"]


def test_held_deltas_are_applied_after_the_snapshot_by_their_clock(two_sids: Any) -> None:
    _gap(two_sids)
    (command,) = two_sids.commands()
    two_sids.delta(1, 7, "A", 5, delta_fp="100.00")
    two_sids.delta(1, 8, "A", 6, delta_fp="200.00")
    two_sids.snapshot(1, 9, "A", clock=5, id=command["id"])
    book = two_sids.machine.books.book("A")
    assert book is not None
    assert book.bids[4_100] == 500 + 20_000
    assert two_sids.machine.books.clock("A") == 6
    assert two_sids.machine.books.book("B") is None
    two_sids.snapshot(1, 10, "B", clock=2, id=command["id"])
    assert two_sids.machine.books.book("B") is not None
    assert [event.ticker for event in two_sids.events if isinstance(event, BookFresh)] == ["A", "B"]


def test_a_repeated_frame_is_ignored_and_shown(two_sids: Any) -> None:
    two_sids.delta(1, 4, "B", 2)
    two_sids.delta(1, 3, "A", 2)
    assert two_sids.faults() == [FaultKind.DUPLICATE, FaultKind.DUPLICATE]
    assert two_sids.stale() == {}
    book = two_sids.machine.books.book("B")
    assert book is not None
    assert book.bids[4_100] == 600


def test_a_stale_snapshot_is_refused_and_asked_for_again(two_sids: Any) -> None:
    _gap(two_sids)
    first = two_sids.commands()[0]["id"]
    two_sids.snapshot(1, 7, "A", clock=3, id=first)
    assert FaultKind.STALE_SNAPSHOT in two_sids.faults()
    assert two_sids.machine.books.book("A") is None
    two_sids.wait(300)
    (again,) = two_sids.commands()
    assert "A" in again["params"]["market_tickers"]
    two_sids.snapshot(1, 8, "A", clock=4, id=again["id"])
    assert two_sids.machine.books.book("A") is not None


def test_no_answer_makes_a_new_subscription_and_the_old_sid_is_ignored(two_sids: Any) -> None:
    _gap(two_sids)
    two_sids.commands()
    two_sids.wait(3_100)
    leave, again = two_sids.commands()
    assert (leave["cmd"], leave["params"]["sids"], again["cmd"]) == ("unsubscribe", [1], "subscribe")
    answer = {"type": "subscribed", "id": again["id"], "msg": {"channel": "orderbook_delta", "sid": 3}}
    two_sids.machine.on_text(json.dumps(answer))
    two_sids.snapshot(3, 1, "A", clock=9)
    two_sids.delta(1, 7, "A", 5, delta_fp="100.00")
    book = two_sids.machine.books.book("A")
    assert book is not None
    assert book.bids[4_100] == 500
    assert two_sids.faults()[-1] is FaultKind.OLD_SUBSCRIPTION


def test_markets_come_and_go_without_a_new_subscription(make_desk: Any) -> None:
    desk = make_desk(markets_per_subscription=10)
    desk.machine.want_books(["A"])
    desk.subscribe(1)
    desk.snapshot(1, 1, "A")
    desk.machine.want_books(["A", "B"])
    (add,) = desk.commands()
    assert add["params"] == {"sid": 1, "action": "add_markets", "market_tickers": ["B"]}
    ok = {"type": "ok", "id": add["id"], "sid": 1, "seq": 2, "msg": {"market_tickers": ["A", "B"]}}
    desk.machine.on_text(json.dumps(ok))
    desk.snapshot(1, 3, "B")
    assert desk.machine.books.book("B") is not None
    desk.machine.want_books(["B"])
    (delete,) = desk.commands()
    assert delete["params"] == {"sid": 1, "action": "delete_markets", "market_tickers": ["A"]}
    assert desk.machine.books.book("A") is None
    desk.delta(1, 4, "A", 2)
    desk.delta(1, 5, "B", 2)
    assert desk.faults() == []


def test_a_lost_connection_hides_every_book_and_the_next_asks_for_all(two_sids: Any) -> None:
    two_sids.machine.want(Channel.FILL)
    two_sids.commands()
    two_sids.machine.lost("reset")
    assert two_sids.stale() == dict.fromkeys("ABC", StaleReason.FEED_LOST)
    assert two_sids.events[-1] == FeedLost("reset")
    two_sids.machine.connected()
    assert [c["params"]["channels"] for c in two_sids.commands()] == [
        ["orderbook_delta"],
        ["orderbook_delta"],
        ["fill"],
    ]
    assert ReconcileNeeded((Channel.FILL,), "connected") in two_sids.events


@pytest.mark.parametrize("channel", [Channel.FILL, Channel.ORDERS])
def test_what_came_before_the_account_was_followed_is_read(two_sids: Any, channel: Channel) -> None:
    """After a connection, and after each subscription that had to be made anew on it."""
    two_sids.machine.want(channel)
    needed = ReconcileNeeded((channel,), "subscribed")
    two_sids.subscribe(7, channel.value)
    assert two_sids.events.count(needed) == 1
    two_sids.machine.on_text('{"type":"error","sid":7,"msg":{"code":25,"msg":"buffer overflow"}}')
    two_sids.subscribe(8, channel.value)
    assert two_sids.events.count(needed) == 2


def test_new_fields_words_and_types_are_counted_and_known_content_is_used(two_sids: Any) -> None:
    two_sids.delta(1, 5, "A", 3, novelty="x")
    book = two_sids.machine.books.book("A")
    assert book is not None
    assert book.bids[4_100] == 700
    two_sids.machine.on_text('{"type":"weather_report","msg":{}}')
    two_sids.machine.on_text("not json at all")
    assert set(two_sids.drift.counts) == {
        ("orderbook_delta", DriftKind.UNKNOWN_FIELD, "msg.novelty"),
        ("stream", DriftKind.UNKNOWN_TYPE, "type"),
        ("stream", DriftKind.UNDECODABLE, "frame"),
    }
    assert two_sids.stale() == {}


def test_many_new_fields_end_the_looking_but_not_the_books(two_sids: Any) -> None:
    for step in range(300):
        two_sids.delta(1, 5 + step, "A", 3 + step, novelty="x")
    book = two_sids.machine.books.book("A")
    assert book is not None
    assert book.bids[4_100] == 600 + 300 * 100
    assert two_sids.faults() == []


def test_a_refused_market_is_named_and_the_rest_is_asked_for(make_desk: Any) -> None:
    desk = make_desk()
    desk.machine.want_books(["A", "NOPE"])
    (command,) = desk.commands()
    error = {"code": 11, "msg": "Invalid parameter", "market_ticker": "NOPE"}
    desk.machine.on_text(json.dumps({"type": "error", "id": command["id"], "msg": error}))
    assert CommandRefused(11, "Invalid parameter", Channel.BOOK, ("NOPE",)) in desk.events
    assert desk.commands()[0]["params"]["market_tickers"] == ["A"]


def test_subscriptions_that_the_exchange_joins_to_the_first_become_one(make_desk: Any) -> None:
    """As recorded: the second subscription to the books is answered by ``ok`` with the first one's sid."""
    desk = make_desk(markets_per_subscription=2)
    desk.machine.want_books(["A", "B", "C"])
    first, second = desk.commands()
    answer = {"type": "subscribed", "id": first["id"], "msg": {"channel": "orderbook_delta", "sid": 1}}
    desk.machine.on_text(json.dumps(answer))
    desk.snapshot(1, 1, "A")
    desk.snapshot(1, 2, "B")
    joined = {
        "type": "ok",
        "id": second["id"],
        "sid": 1,
        "seq": 3,
        "msg": {"market_tickers": ["A", "B", "C"]},
    }
    desk.machine.on_text(json.dumps(joined))
    desk.snapshot(1, 4, "C")
    desk.delta(1, 5, "C", 2)
    assert all(desk.machine.books.book(ticker) for ticker in "ABC")
    assert desk.faults() == []
    assert desk.commands() == []
    desk.delta(1, 9, "A", 2)
    assert desk.commands()[0]["params"]["market_tickers"] == ["A", "B", "C"]


def test_a_market_without_answers_is_given_up_and_the_others_live_on(make_desk: Any) -> None:
    desk = make_desk(refused_snapshots=2)
    desk.machine.want_books(["A", "DEAD"])
    sent = []
    for sid in range(1, 6):
        for command in desk.commands():
            sent.append(command["params"].get("action"))
            if command["cmd"] == "subscribe":
                answer = {"type": "subscribed", "id": command["id"], "msg": {"channel": "orderbook_delta"}}
                answer["msg"]["sid"] = sid
                desk.machine.on_text(json.dumps(answer))
                desk.snapshot(sid, 1, "A")
        desk.wait(3_100)
        desk.wait(3_100)
    assert CommandRefused(0, "no snapshot was sent", Channel.BOOK, ("DEAD",)) in desk.events
    assert desk.machine.books.book("A") is not None
    assert desk.machine.reconnect_reason is None
    assert "delete_markets" in sent


def test_an_audit_finds_a_book_that_differs_at_the_same_clock(make_desk: Any) -> None:
    desk = make_desk()
    desk.machine.want_books(["A"])
    desk.subscribe(1)
    desk.snapshot(1, 1, "A")
    desk.delta(1, 2, "A", 2, delta_fp="9.00")
    desk.snapshot(1, 3, "A", clock=2)
    assert FaultKind.BOOK_MISMATCH in desk.faults()
    book = desk.machine.books.book("A")
    assert book is not None
    assert book.bids[4_100] == 500


def test_failed_subscriptions_end_in_a_new_connection(make_desk: Any) -> None:
    desk = make_desk()
    desk.machine.want_books(["A"])
    for _ in range(4):
        assert desk.machine.reconnect_reason is None
        desk.wait(5_100)
    assert desk.machine.reconnect_reason is not None


def test_a_crossed_snapshot_of_a_healthy_book_hides_it_and_says_so(two_sids: Any) -> None:
    body = {"market_ticker": "A", "clock": 9, "yes_dollars_fp": [["0.6000", "1.00"]]}
    two_sids.get("orderbook_snapshot", 1, 5, **body, no_dollars_fp=[["0.6000", "1.00"]])
    assert two_sids.machine.books.book("A") is None
    assert two_sids.stale() == {"A": StaleReason.CROSSED}
    assert two_sids.commands()[0]["params"]["market_tickers"] == ["A"]
