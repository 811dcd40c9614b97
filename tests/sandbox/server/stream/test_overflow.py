"""A client that does not read: its fullest subscription ends, nobody else notices."""

from __future__ import annotations

from stream_harness import ASK, BID, Bench

from engine.sandbox.server.stream.limits import StreamLimits
from engine.sandbox.server.stream.session import OVERLOADED
from engine.wire.stream import BookDelta, StreamError, TradePrint


def test_the_fullest_subscription_ends_with_code_25() -> None:
    bench = Bench(limits=StreamLimits(buffer_messages=10))
    slow, quick = bench.client(), bench.client()
    slow.subscribe("orderbook_delta", "trade", market_ticker="M")
    quick.subscribe("orderbook_delta", market_ticker="M")
    bench.order("bob", ASK, 9_000, 1_000)
    bench.order("ann", BID, 9_000, 100)
    heard = len(quick.frames())
    for price in range(1_000, 1_300, 10):
        bench.order("ann", BID, price, 100)
        heard += len(quick.frames())
    assert heard == 32
    frames = slow.frames()
    (trade, error) = frames
    assert isinstance(trade, TradePrint)
    assert isinstance(error, StreamError)
    assert (error.sid, error.msg.code, error.msg.msg) == (1, 25, "Subscription buffer overflow")
    assert [s.sid for s in slow.session.subscriptions.values()] == [2]


def test_after_an_overflow_the_client_may_subscribe_anew() -> None:
    bench = Bench(limits=StreamLimits(buffer_messages=5))
    client = bench.client()
    client.subscribe("orderbook_delta", market_ticker="M")
    for price in range(1_000, 1_100, 10):
        bench.order("ann", BID, price, 100)
    assert isinstance(client.frames()[-1], StreamError)
    acked, snapshot = client.subscribe("orderbook_delta", market_ticker="M")
    assert (acked.msg.sid, snapshot.sid, snapshot.seq) == (2, 2, 1)  # type: ignore[union-attr]
    bench.order("ann", BID, 2_000, 100)
    (delta,) = client.frames()
    assert isinstance(delta, BookDelta)
    assert delta.seq == 2


def test_bytes_are_bounded_as_well_as_messages() -> None:
    bench = Bench(limits=StreamLimits(buffer_bytes=2_000))
    client = bench.client()
    client.subscribe("orderbook_delta", market_ticker="M")
    for price in range(1_000, 1_100, 10):
        bench.order("ann", BID, price, 100)
    raw = client.raw_frames()
    assert sum(map(len, raw)) <= 2_000
    assert b'"code":25' in raw[-1]


def test_a_client_that_only_sends_commands_is_shown_the_door() -> None:
    bench = Bench(limits=StreamLimits(buffer_messages=5))
    client = bench.client()
    for _ in range(6):
        client.send("list_subscriptions")
    assert client.session.closing == OVERLOADED
