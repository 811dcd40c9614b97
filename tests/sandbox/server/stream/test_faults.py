"""Stream faults: each spoils exactly what it says, and a client that heals has the right book again."""

from __future__ import annotations

from random import Random

import msgspec
import pytest
from book_follower import BookFollower, SequenceBroken
from stream_harness import ASK, BID, Bench, Client

from engine.sandbox.server.rest.projection import book_levels
from engine.sandbox.server.stream.session import CUT
from engine.wire.markets import OrderBookAnswer
from engine.wire.stream import BookDelta, BookSnapshot, Ok


def follow(bench: Bench) -> Client:
    client = bench.client()
    client.subscribe("orderbook_delta", market_ticker="M")
    return client


def seqs(client: Client) -> list[int]:
    return [frame["seq"] for frame in client.messages()]


def three_orders(bench: Bench) -> None:
    for price in (4_000, 4_100, 4_200):
        bench.order("ann", BID, price, 100)


def test_a_gap_loses_one_message_and_uses_up_its_seq() -> None:
    bench = Bench()
    client = follow(bench)
    bench.fault("ws_gap")
    three_orders(bench)
    assert seqs(client) == [3, 4]


def test_a_duplicate_comes_twice_with_the_same_seq() -> None:
    bench = Bench()
    client = follow(bench)
    bench.fault("ws_duplicate", times=2)
    three_orders(bench)
    assert seqs(client) == [2, 2, 3, 3, 4]


def test_two_messages_are_swapped() -> None:
    bench = Bench()
    client = follow(bench)
    bench.fault("ws_reorder")
    three_orders(bench)
    assert seqs(client) == [3, 2, 4]


def test_a_message_held_back_is_let_go_by_the_next_answer() -> None:
    bench = Bench()
    client = follow(bench)
    bench.fault("ws_reorder")
    bench.order("ann", BID, 4_000, 100)
    assert client.frames() == []
    ok, delta = client.update("add_markets", market_ticker="M")
    assert isinstance(ok, Ok)
    assert isinstance(delta, BookDelta)
    assert (ok.seq, delta.seq) == (3, 2)


def test_a_stale_snapshot_is_the_book_before_the_delta_it_follows() -> None:
    bench = Bench()
    bench.order("ann", BID, 4_000, 100)
    client = follow(bench)
    bench.fault("ws_stale_snapshot")
    bench.order("ann", BID, 4_000, 50)
    delta, stale = client.frames()
    assert isinstance(delta, BookDelta)
    assert isinstance(stale, BookSnapshot)
    assert (delta.seq, stale.seq) == (2, 3)
    assert (delta.msg.clock, stale.msg.clock) == (2, 1)
    assert stale.msg.yes_dollars_fp == [("0.4000", "1.00")]
    bench.order("ann", ASK, 6_000, 50)
    (after,) = client.frames()
    assert isinstance(after, BookDelta)
    assert after.seq == 4


def test_a_stale_snapshot_within_a_batch_undoes_the_rest_of_it() -> None:
    bench = Bench()
    bench.order("ann", BID, 4_000, 100)
    bench.order("ann", BID, 4_100, 100)
    client = follow(bench)
    bench.fault("ws_stale_snapshot")
    bench.exchange.cancel_all("ann")
    bench.publish()
    first, stale, second = client.frames()
    assert isinstance(first, BookDelta)
    assert isinstance(stale, BookSnapshot)
    assert isinstance(second, BookDelta)
    assert stale.msg.yes_dollars_fp == [("0.4000", "1.00"), ("0.4100", "1.00")]
    assert stale.msg.clock == first.msg.clock - 1


def test_a_drop_cuts_the_connection_and_ends_its_subscriptions() -> None:
    bench = Bench()
    client = follow(bench)
    bench.fault("ws_drop")
    bench.order("ann", BID, 4_000, 100)
    assert client.session.closing == CUT
    assert client.session.ended.is_set()
    assert not client.session.subscriptions
    bench.order("ann", BID, 4_100, 100)
    assert client.frames() == []


def test_a_fault_waits_for_its_channel_and_a_listener() -> None:
    bench = Bench()
    bench.fault("ws_gap", channel="trade")
    bench.order("ann", BID, 4_000, 200)
    bench.order("bob", ASK, 4_000, 100)
    client = bench.client()
    client.subscribe("orderbook_delta", "trade", market_ticker="M")
    bench.order("bob", ASK, 4_000, 50)
    bench.order("bob", ASK, 4_000, 50)
    found = [(frame["type"], frame["seq"]) for frame in client.messages()]
    assert found == [("orderbook_delta", 2), ("orderbook_delta", 3), ("trade", 2)]


@pytest.mark.parametrize("effect", ["ws_gap", "ws_duplicate", "ws_reorder"])
@pytest.mark.parametrize("channel", ["fill", "user_orders", "ticker"])
def test_channels_without_a_sequence_are_spoiled_too(effect: str, channel: str) -> None:
    bench = Bench()
    client = bench.client("ann")
    client.subscribe(channel)
    bench.order("ann", BID, 4_000, 300)
    client.frames()
    bench.fault(effect, channel=channel)
    for _ in range(3):
        bench.order("bob", ASK, 4_000, 100)
    expected = {"ws_gap": 2, "ws_duplicate": 4, "ws_reorder": 3}[effect]
    assert len(client.frames()) == expected


@pytest.mark.parametrize("effect", ["ws_gap", "ws_duplicate", "ws_reorder"])
def test_a_client_that_takes_a_new_snapshot_after_a_broken_sequence_is_right_again(effect: str) -> None:
    random = Random(effect)
    bench = Bench()
    client = follow(bench)
    follower = BookFollower()
    client.update("get_snapshot", market_ticker="M")
    follower.take(_snapshot(client, bench))
    broken = 0
    for step in range(400):
        if step % 50 == 10:
            bench.fault(effect)
        bench.random_action(random, ["M"])
        bench.publish()
        for frame in client.messages():
            try:
                follower.take(frame)
            except SequenceBroken:
                broken += 1
                follower = BookFollower()
                follower.take(_snapshot(client, bench))
                break
    assert broken >= 5
    expected = msgspec.json.encode(OrderBookAnswer(orderbook_fp=book_levels(bench.exchange.markets["M"])))
    assert follower.rest_body("M") == expected


def _snapshot(client: Client, bench: Bench) -> dict[str, object]:
    """Subscribes anew, as a client does that has lost its place, and returns the first frame with a seq."""
    client.send("unsubscribe", {"sids": list(client.session.subscriptions)})
    client.send("subscribe", {"channels": ["orderbook_delta"], "market_ticker": "M"})
    found: dict[str, object] = client.messages()[-1]
    assert found["type"] == "orderbook_snapshot"
    return found
