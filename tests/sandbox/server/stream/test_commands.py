"""Commands: acknowledgements, full lists, and every error code that the sandbox can give."""

from __future__ import annotations

import pytest
from stream_harness import BID, Bench, Client

from engine.domain.units import SECOND_NS
from engine.sandbox.server.stream.limits import StreamLimits
from engine.wire.shape import ABSENT
from engine.wire.stream import BookSnapshot, Ok, StreamError, Subscribed, Unsubscribed


def refused(client: Client) -> StreamError:
    (frame,) = client.frames()
    assert isinstance(frame, StreamError), frame
    return frame


def test_each_channel_is_acknowledged_with_a_sid_of_its_own() -> None:
    client = Bench().client()
    frames = client.subscribe("orderbook_delta", "trade", "ticker", market_ticker="M")
    acks = [frame for frame in frames if isinstance(frame, Subscribed)]
    assert [(ack.id, ack.msg.channel, ack.msg.sid) for ack in acks] == [
        (1, "orderbook_delta", 1),
        (1, "trade", 2),
        (1, "ticker", 3),
    ]
    client.send("list_subscriptions")
    (listed,) = client.messages()
    assert listed == {
        "type": "ok",
        "id": 2,
        "msg": [
            {"channel": "orderbook_delta", "sid": 1},
            {"channel": "trade", "sid": 2},
            {"channel": "ticker", "sid": 3},
        ],
    }


def test_a_second_subscribe_to_a_channel_adds_to_it_and_is_answered_ok() -> None:
    """As recorded: one ``subscribed``, then ``ok`` with the sorted list and a snapshot of the new market."""
    client = Bench("A", "B").client()
    client.subscribe("orderbook_delta", market_tickers=["B"])
    ok, snapshot = client.subscribe("orderbook_delta", market_tickers=["A", "B"])
    assert isinstance(ok, Ok)
    assert (ok.id, ok.sid, ok.seq, ok.msg) == (2, 1, 2, {"market_tickers": ["A", "B"]})
    assert isinstance(snapshot, BookSnapshot)
    assert (snapshot.sid, snapshot.seq, snapshot.msg.market_ticker) == (1, 3, "A")


@pytest.mark.parametrize(("channel", "seqs"), [("trade", [1, 2]), ("ticker", [ABSENT, ABSENT])])
def test_answers_take_a_seq_on_sequenced_channels_alone(channel: str, seqs: list[object]) -> None:
    client = Bench("A", "B").client()
    client.subscribe(channel, market_tickers=["B"])
    (ok,) = client.subscribe(channel, market_tickers=["A"])
    client.send("unsubscribe", {"sids": [1]})
    (gone,) = client.frames()
    assert isinstance(ok, Ok) and isinstance(gone, Unsubscribed)
    assert [ok.seq, gone.seq] == seqs


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b'{"a":' * 100_000, "exceeded max depth"),
        (b'{"id":1,"cmd":"\xff"}', "'utf-8' codec can't decode byte 0xff in position 0"),
    ],
    ids=["deep", "not UTF-8"],
)
def test_a_message_that_cannot_be_read_is_answered(raw: bytes, text: str) -> None:
    client = Bench().client()
    client.send_raw(raw)
    found = refused(client)
    assert (found.id, found.msg.code) == (ABSENT, 1)
    assert found.msg.msg.startswith(f"Unable to process message: {text}")


def test_null_is_as_if_the_parameter_were_not_there() -> None:
    client = Bench().client()
    frames = client.subscribe("ticker", market_ticker="M", market_tickers=None, use_yes_price=None)
    assert isinstance(frames[0], Subscribed)
    client.send_raw(b'{"id":null,"cmd":"subscribe","params":{"channels":null}}')
    found = refused(client)
    assert (found.id, found.msg.code) == (ABSENT, 3)


def test_books_in_the_other_kind_of_prices_are_a_subscription_of_their_own() -> None:
    client = Bench().client()
    client.subscribe("orderbook_delta", market_ticker="M")
    frames = client.subscribe("orderbook_delta", market_ticker="M", use_yes_price=True)
    assert isinstance(frames[0], Subscribed)
    assert frames[0].msg.sid == 2


def test_unsubscribed_takes_a_seq_and_ends_the_messages() -> None:
    bench = Bench()
    client = bench.client()
    client.subscribe("orderbook_delta", "trade", market_ticker="M")
    client.send("unsubscribe", {"sids": [1, 2]})
    first, second = client.frames()
    assert isinstance(first, Unsubscribed)
    assert isinstance(second, Unsubscribed)
    assert [(f.id, f.sid, f.seq) for f in (first, second)] == [(2, 1, 2), (2, 2, 1)]
    bench.order("ann", BID, 4_000, 100)
    assert client.frames() == []
    client.send("list_subscriptions")
    (listed,) = client.frames()
    assert isinstance(listed, Ok)
    assert listed.msg == []


def test_an_id_of_zero_is_no_id() -> None:
    client = Bench().client()
    client.send_raw('{"id":0,"cmd":"subscribe","params":{"channels":["trade"]}}')
    client.send_raw('{"cmd":"nothing"}')
    acked, error = client.frames()
    assert isinstance(acked, Subscribed)
    assert isinstance(error, StreamError)
    assert acked.id is ABSENT
    assert error.id is ABSENT


def test_skip_ticker_ack_leaves_the_list_out() -> None:
    client = Bench("A", "B").client()
    client.subscribe("ticker", market_tickers=["A"], skip_ticker_ack=True)
    (ok,) = client.update("add_markets", market_tickers=["B"])
    assert isinstance(ok, Ok)
    assert ok.msg == {}


def test_tickers_can_be_named_by_market_id() -> None:
    bench = Bench("A", "B")
    client = bench.client()
    market_id = bench.exchange.markets["B"].market_id
    client.subscribe("ticker", market_ids=[market_id])
    bench.order("ann", BID, 4_000, 100, "A")
    assert client.frames() == []
    bench.order("ann", BID, 4_000, 100, "B")
    assert [frame["msg"]["market_id"] for frame in client.messages()] == [market_id]
    (ok,) = client.update("add_markets", market_ticker="A")
    assert isinstance(ok, Ok)
    assert ok.msg == {"market_tickers": ["A", "B"], "market_ids": [market_id]}


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"{", 1),
        (b"\xff\xfe", 1),
        (b"[1]", 1),
        (b'{"id":"one","cmd":"subscribe"}', 1),
        (b'{"id":3,"cmd":"subscribe"}', 2),
        (b'{"id":3,"cmd":"unsubscribe","params":null}', 2),
        (b'{"id":3,"cmd":"update_subscription"}', 2),
        (b'{"id":3,"cmd":"subscribe","params":{}}', 3),
        (b'{"id":3,"cmd":"subscribe","params":{"channels":[]}}', 3),
        (b'{"id":3,"cmd":"unsubscribe","params":{}}', 4),
        (b'{"id":3,"cmd":"unsubscribe","params":{"sids":[]}}', 4),
        (b'{"id":3,"cmd":"resubscribe","params":{}}', 5),
        (b'{"id":3}', 5),
        (b'{"id":3,"cmd":"unsubscribe","params":{"sids":[1,99]}}', 7),
        (b'{"id":3,"cmd":"update_subscription","params":{"sid":9,"action":"add_markets"}}', 7),
        (b'{"id":3,"cmd":"subscribe","params":{"channels":["trade","ticker_v2"]}}', 8),
        (b'{"id":3,"cmd":"subscribe","params":{"channels":["multivariate"]}}', 8),
        (b'{"id":3,"cmd":"subscribe","params":{"channels":"trade"}}', 11),
        (b'{"id":3,"cmd":"subscribe","params":{"channels":["trade"],"market_tickers":[7]}}', 11),
        (b'{"id":3,"cmd":"subscribe","params":{"channels":["trade"],"market_ticker":"GHOST"}}', 11),
        (
            b'{"id":3,"cmd":"subscribe","params":{"channels":["trade"],'
            b'"market_ticker":"M","market_tickers":["M"]}}',
            11,
        ),
        (b'{"id":3,"cmd":"subscribe","params":{"channels":["orderbook_delta"],"market_ids":["x"]}}', 11),
        (b'{"id":3,"cmd":"subscribe","params":{"channels":["ticker"],"market_ids":["x"]}}', 11),
        (
            b'{"id":3,"cmd":"subscribe","params":{"channels":["cfbenchmarks_value"],'
            b'"market_ticker":"M","index_ids":["BRTI"]}}',
            11,
        ),
        (b'{"id":3,"cmd":"update_subscription","params":{"action":"add_markets"}}', 12),
        (b'{"id":3,"cmd":"update_subscription","params":{"sids":[1,2],"action":"add_markets"}}', 12),
        (b'{"id":3,"cmd":"update_subscription","params":{"sid":1,"sids":[1],"action":"add_markets"}}', 12),
        (b'{"id":3,"cmd":"update_subscription","params":{"sid":1,"action":"explode"}}', 13),
        (b'{"id":3,"cmd":"update_subscription","params":{"sid":1,"action":"indexlist"}}', 13),
        (b'{"id":3,"cmd":"update_subscription","params":{"sid":2,"action":"get_snapshot"}}', 13),
        (b'{"id":3,"cmd":"update_subscription","params":{"sid":4,"action":"add_markets"}}', 13),
        (b'{"id":3,"cmd":"subscribe","params":{"channels":["orderbook_delta"]}}', 14),
        (b'{"id":3,"cmd":"subscribe","params":{"channels":["orderbook_delta"],"market_tickers":[]}}', 14),
        (b'{"id":3,"cmd":"update_subscription","params":{"sid":1,"action":"add_markets"}}', 14),
        (b'{"id":3,"cmd":"update_subscription","params":{"sid":1,"action":"get_snapshot"}}', 14),
        (b'{"id":3,"cmd":"update_subscription","params":{"sids":[1]}}', 15),
        (b'{"id":3,"cmd":"subscribe","params":{"channels":["communications"],"shard_factor":0}}', 19),
        (b'{"id":3,"cmd":"subscribe","params":{"channels":["communications"],"shard_key":0}}', 20),
        (
            b'{"id":3,"cmd":"subscribe","params":{"channels":["communications"],'
            b'"shard_factor":4,"shard_key":4}}',
            21,
        ),
        (b'{"id":3,"cmd":"subscribe","params":{"channels":["communications"],"shard_factor":101}}', 22),
        (b'{"id":3,"cmd":"subscribe","params":{"channels":["cfbenchmarks_value"]}}', 24),
        (b'{"id":3,"cmd":"update_subscription","params":{"sid":3,"action":"subscribe_indices"}}', 24),
        (b'{"id":3,"cmd":"subscribe","params":{"channels":["pyth_value"]}}', 28),
    ],
)
def test_every_refusal_has_its_code_and_changes_nothing(raw: bytes, code: int) -> None:
    client = Bench().client()
    client.subscribe("orderbook_delta", "trade", market_ticker="M")
    client.subscribe("cfbenchmarks_value", index_ids=["BRTI"])
    client.subscribe("market_lifecycle_v2")
    before = {sid: (s.seq, dict(s.markets), set(s.names)) for sid, s in client.session.subscriptions.items()}
    client.send_raw(raw)
    error = refused(client)
    assert error.msg.code == code, error.msg.msg
    assert error.id == (ABSENT if code == 1 else 3)
    after = {sid: (s.seq, dict(s.markets), set(s.names)) for sid, s in client.session.subscriptions.items()}
    assert after == before


def test_a_refusal_names_the_markets_it_does_not_know() -> None:
    client = Bench("A").client()
    client.send("subscribe", {"channels": ["orderbook_delta"], "market_tickers": ["A", "GHOST", "GOUL"]})
    assert refused(client).msg.market_tickers == ["GHOST", "GOUL"]
    client.subscribe("orderbook_delta", market_ticker="A")
    client.send("update_subscription", {"sid": 1, "action": "get_snapshot", "market_ticker": "GHOST"})
    assert refused(client).msg.market_tickers == ["GHOST"]


def test_a_snapshot_of_a_market_outside_the_subscription_is_refused() -> None:
    client = Bench("A", "B").client()
    client.subscribe("orderbook_delta", market_ticker="A")
    client.send("update_subscription", {"sid": 1, "action": "get_snapshot", "market_ticker": "B"})
    error = refused(client)
    assert (error.msg.code, error.sid, error.msg.market_tickers) == (11, 1, ["B"])


def test_a_subscription_to_all_markets_takes_no_names() -> None:
    client = Bench().client()
    client.subscribe("trade")
    client.send("update_subscription", {"sid": 1, "action": "delete_markets", "market_ticker": "M"})
    assert refused(client).msg.code == 11


@pytest.mark.parametrize(
    "channel", ["fill", "user_orders", "market_positions", "order_group_updates", "communications"]
)
def test_private_channels_need_the_read_scope(channel: str) -> None:
    client = Bench().client(scopes=("write::trade",))
    client.send("subscribe", {"channels": [channel]})
    assert refused(client).msg.code == 9
    assert isinstance(client.subscribe("trade")[0], Subscribed)


def test_more_markets_than_allowed_are_refused_together() -> None:
    bench = Bench("A", "B", "C", limits=StreamLimits(markets_per_session=3))
    client = bench.client()
    client.subscribe("trade", market_tickers=["A", "B"])
    client.send("subscribe", {"channels": ["orderbook_delta"], "market_tickers": ["A", "B"]})
    assert refused(client).msg.code == 26
    client.send("update_subscription", {"sid": 1, "action": "add_markets", "market_tickers": ["C"]})
    assert isinstance(client.frames()[0], Ok)
    client.send("subscribe", {"channels": ["ticker"], "market_tickers": ["A"]})
    assert refused(client).msg.code == 26
    assert list(client.session.subscriptions) == [1]


def test_too_many_commands_in_a_second_are_refused_until_time_passes() -> None:
    bench = Bench(limits=StreamLimits(commands_per_second=3))
    client = bench.client()

    def answers(count: int) -> list[str | int]:
        for _ in range(count):
            client.send("list_subscriptions")
        return [f.msg.code if isinstance(f, StreamError) else "ok" for f in client.frames()]

    assert answers(5) == ["ok", "ok", "ok", 27, 27]
    bench.wall.at_ns += SECOND_NS // 3 + 1
    assert answers(2) == ["ok", 27]
    bench.wall.at_ns += 60 * SECOND_NS
    assert answers(4) == ["ok", "ok", "ok", 27]
