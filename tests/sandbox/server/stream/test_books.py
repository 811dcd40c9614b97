"""Snapshots and deltas: shapes, prices of both legs, sequences, clocks, and books that stay right."""

from __future__ import annotations

from random import Random

import msgspec
import pytest
from book_follower import BookFollower
from stream_harness import ASK, BID, START_NS, Bench

from engine.domain.order import OrderRequest
from engine.sandbox.server.rest.projection import book_levels
from engine.wire.markets import OrderBookAnswer
from engine.wire.shape import ABSENT
from engine.wire.stream import BookDelta, BookSnapshot, Ok, Subscribed


def rest_body(bench: Bench, ticker: str) -> bytes:
    return msgspec.json.encode(OrderBookAnswer(orderbook_fp=book_levels(bench.exchange.markets[ticker])))


def test_a_snapshot_is_ascending_in_prices_of_each_leg() -> None:
    bench = Bench()
    for price in (4_000, 4_200, 4_100):
        bench.order("ann", BID, price, 300)
    for price in (5_500, 5_100):
        bench.order("bob", ASK, price, 250)
    client = bench.client()
    client.send("subscribe", {"channels": ["orderbook_delta"], "market_ticker": "M"})
    acked, snapshot = client.messages()
    assert acked == {
        "type": "subscribed",
        "id": 1,
        "msg": {"channel": "orderbook_delta", "sid": 1},
    }
    record = bench.exchange.markets["M"]
    assert snapshot == {
        "type": "orderbook_snapshot",
        "sid": 1,
        "seq": 1,
        "sending_ts_ms": START_NS // 1_000_000,
        "msg": {
            "market_ticker": "M",
            "market_id": record.market_id,
            "clock": record.clock,
            "yes_dollars_fp": [["0.4000", "3.00"], ["0.4100", "3.00"], ["0.4200", "3.00"]],
            "no_dollars_fp": [["0.4500", "2.50"], ["0.4900", "2.50"]],
        },
    }


def test_an_empty_side_has_no_key() -> None:
    bench = Bench()
    client = bench.client()
    client.send("subscribe", {"channels": ["orderbook_delta"], "market_ticker": "M"})
    assert set(client.messages()[1]["msg"]) == {"market_ticker", "market_id", "clock"}
    bench.order("ann", ASK, 6_000, 100)
    other = bench.client()
    other.send("subscribe", {"channels": ["orderbook_delta"], "market_ticker": "M"})
    assert set(other.messages()[1]["msg"]) == {"market_ticker", "market_id", "clock", "no_dollars_fp"}


def test_a_delta_has_every_field_of_the_wire() -> None:
    bench = Bench()
    client = bench.client("bob")
    client.subscribe("orderbook_delta", market_tickers=["M"])
    bench.exchange.advance(START_NS + 1_500_250_000)
    bench.order("ann", ASK, 5_200, 2_000, client_order_id="mine")
    (delta,) = client.messages()
    assert delta == {
        "type": "orderbook_delta",
        "sid": 1,
        "seq": 2,
        "sending_ts_ms": START_NS // 1_000_000 + 1_500,
        "msg": {
            "market_ticker": "M",
            "market_id": bench.exchange.markets["M"].market_id,
            "clock": 1,
            "price_dollars": "0.4800",
            "delta_fp": "20.00",
            "side": "no",
            "ts": "2026-09-21T14:13:21.50025Z",
            "ts_ms": START_NS // 1_000_000 + 1_500,
        },
    }


@pytest.mark.parametrize(("use_yes_price", "shown"), [(None, "0.4800"), (False, "0.4800"), (True, "0.5200")])
def test_no_levels_are_shown_in_the_prices_asked_for(use_yes_price: bool | None, shown: str) -> None:
    bench = Bench()
    bench.order("ann", ASK, 5_200, 100)
    client = bench.client()
    asked = {} if use_yes_price is None else {"use_yes_price": use_yes_price}
    _, snapshot = client.subscribe("orderbook_delta", market_tickers=["M"], **asked)
    assert isinstance(snapshot, BookSnapshot)
    assert snapshot.msg.no_dollars_fp == [(shown, "1.00")]
    bench.order("ann", ASK, 5_200, 50)
    bench.order("ann", BID, 1_000, 50)
    on_no, on_yes = client.frames()
    assert isinstance(on_no, BookDelta)
    assert isinstance(on_yes, BookDelta)
    assert (on_no.msg.side, on_no.msg.price_dollars, on_no.msg.delta_fp) == ("no", shown, "0.50")
    assert (on_yes.msg.side, on_yes.msg.price_dollars, on_yes.msg.delta_fp) == ("yes", "0.1000", "0.50")


def test_only_the_owner_is_shown_the_client_order_id() -> None:
    bench = Bench()
    clients = {name: bench.client(name) for name in ("ann", "bob")}
    for client in clients.values():
        client.subscribe("orderbook_delta", market_tickers=["M"])
    bench.order("ann", BID, 4_000, 100, client_order_id="secret")
    seen = {}
    for name, client in clients.items():
        (frame,) = client.frames()
        assert isinstance(frame, BookDelta)
        seen[name] = frame.msg.client_order_id
    assert seen == {"ann": "secret", "bob": ABSENT}


def test_one_sequence_counts_over_all_markets_of_a_sid_and_its_answers() -> None:
    bench = Bench("A", "B", "C")
    client = bench.client()
    first = client.subscribe("orderbook_delta", market_tickers=["A", "B"])
    assert [type(frame) for frame in first] == [Subscribed, BookSnapshot, BookSnapshot]
    bench.order("ann", BID, 4_000, 100, "B")
    bench.order("ann", BID, 4_000, 100, "C")
    bench.order("ann", BID, 4_000, 100, "A")
    added = client.update("add_markets", market_tickers=["C"])
    assert [(type(frame).__name__, frame.seq) for frame in [*first[1:], *added]] == [
        ("BookSnapshot", 1),
        ("BookSnapshot", 2),
        ("BookDelta", 3),
        ("BookDelta", 4),
        ("Ok", 5),
        ("BookSnapshot", 6),
    ]
    ok, snapshot = added[-2:]
    assert isinstance(ok, Ok)
    assert ok.msg == {"market_tickers": ["A", "B", "C"]}
    assert isinstance(snapshot, BookSnapshot)
    assert snapshot.msg.market_ticker == "C"


def test_a_deleted_market_sends_nothing_more() -> None:
    bench = Bench("A", "B")
    client = bench.client()
    client.subscribe("orderbook_delta", market_tickers=["A", "B"])
    (ok,) = client.update("delete_markets", market_tickers=["A"])
    assert isinstance(ok, Ok)
    assert ok.msg == {"market_tickers": ["B"]}
    bench.order("ann", BID, 4_000, 100, "A")
    assert client.frames() == []
    bench.order("ann", BID, 4_000, 100, "B")
    (delta,) = client.frames()
    assert isinstance(delta, BookDelta)
    assert (delta.msg.market_ticker, delta.seq) == ("B", 4)


def test_get_snapshot_answers_with_the_command_id_and_the_clock_of_now() -> None:
    bench = Bench("A", "B")
    client = bench.client()
    client.subscribe("orderbook_delta", market_tickers=["A", "B"])
    bench.order("ann", BID, 4_000, 100, "A")
    delta, snapshot = client.update("get_snapshot", market_tickers=["A"])
    assert isinstance(delta, BookDelta)
    assert isinstance(snapshot, BookSnapshot)
    assert (snapshot.id, snapshot.sid, snapshot.seq) == (2, 1, 4)
    assert snapshot.msg.clock == delta.msg.clock
    assert snapshot.msg.yes_dollars_fp == [("0.4000", "1.00")]


def test_a_change_that_the_snapshot_covers_is_not_sent_again() -> None:
    bench = Bench()
    client = bench.client()
    bench.order("ann", BID, 4_000, 100)
    bench.exchange.create_order("ann", OrderRequest("M", BID, 4_100, 100))
    client.subscribe("orderbook_delta", market_tickers=["M"])
    bench.publish()
    assert client.frames() == []
    bench.order("ann", BID, 4_200, 100)
    (delta,) = client.frames()
    assert isinstance(delta, BookDelta)
    assert (delta.seq, delta.msg.price_dollars) == (2, "0.4200")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_books_rebuilt_from_frames_equal_rest(seed: int) -> None:
    random = Random(seed)
    tickers = [f"M{number}" for number in range(8)]
    bench = Bench(*tickers)
    client = bench.client()
    follower = BookFollower()
    client.send("subscribe", {"channels": ["orderbook_delta"], "market_tickers": tickers[:4]})
    for _ in range(1_500):
        bench.random_action(random, tickers)
        if random.random() < 0.7:
            bench.publish()
        if random.random() < 0.02:
            action = random.choice(("add_markets", "add_markets", "delete_markets", "get_snapshot"))
            covered = list(client.session.subscriptions[1].markets)
            chosen = tickers if action == "add_markets" else covered
            if chosen:
                params = {"sid": 1, "action": action, "market_tickers": [random.choice(chosen)]}
                client.send("update_subscription", params)
    bench.publish()
    for frame in client.messages():
        follower.take(frame)
    covered = list(client.session.subscriptions[1].markets)
    assert covered
    assert follower.deltas > 400
    for ticker in covered:
        assert follower.rest_body(ticker) == rest_body(bench, ticker)
