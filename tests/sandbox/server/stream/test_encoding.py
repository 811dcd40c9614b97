"""Spliced bytes say what the wire's own types say."""

from __future__ import annotations

import msgspec
import pytest
from stream_harness import ASK, BID, Bench

from engine.sandbox.server.auth import Caller
from engine.sandbox.server.stream.encoding import body
from engine.wire.stream import OrderGroupMessage, frame_decoder


def test_every_frame_decodes_and_encodes_to_the_same_values() -> None:
    bench = Bench("A", "B")
    client = bench.client()
    client.send("subscribe", {"channels": ["orderbook_delta", "ticker", "trade"], "market_tickers": ["A"]})
    client.send("subscribe", {"channels": ["fill", "user_orders", "market_positions"]})
    bench.order("ann", BID, 4_000, 300, "A", client_order_id="a-b:c+d=e/f")
    bench.order("bob", ASK, 4_000, 300, "A")
    client.send("update_subscription", {"sid": 1, "action": "get_snapshot", "market_ticker": "A"})
    client.send("unsubscribe", {"sids": [1, 2]})
    raws = client.raw_frames()
    assert len(raws) > 15
    for raw in raws:
        again = msgspec.json.encode(frame_decoder.decode(raw))
        assert msgspec.json.decode(again) == msgspec.json.decode(raw)


def test_two_subscribers_of_one_account_share_the_encoded_message(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    caller = Caller("cat", "k", ("read",))
    sessions = [bench.hub.open_session(caller) for _ in range(20)]
    for session in sessions:
        command = b'{"cmd":"subscribe","params":{"channels":["orderbook_delta"],"market_ticker":"M"}}'
        bench.hub.receive(session, command)
        session.outbox.take_now()
    made: list[object] = []

    def counting(message: msgspec.Struct, sending_ms: int) -> bytes:
        made.append(message)
        return body(message, sending_ms)

    monkeypatch.setattr("engine.sandbox.server.stream.publisher.body", counting)
    bench.order("ann", BID, 4_000, 100)
    assert len(made) == 1
    frames = {session.outbox.take_now()[0] for session in sessions}
    assert len(frames) == 1


def test_a_command_id_stands_beside_the_sequence() -> None:
    shared = body(OrderGroupMessage(event_type="reset", order_group_id="g", ts_ms=1), 7)
    assert shared == (b',"sending_ts_ms":7,"msg":{"event_type":"reset","order_group_id":"g","ts_ms":1}}')
