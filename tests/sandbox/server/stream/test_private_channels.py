"""Fills, orders, positions and groups: complete, and never shown to another account."""

from __future__ import annotations

from stream_harness import ASK, BID, START_NS, Bench

from engine.domain.units import HOUR_NS, SECOND_NS
from engine.wire.stream import FillNotice, MarketPositionNotice, OrderGroupUpdate, UserOrder

PRIVATE = ("fill", "user_orders", "market_positions", "order_group_updates")
NOW_MS = START_NS // 1_000_000


def test_nothing_private_reaches_another_account() -> None:
    bench = Bench()
    clients = {name: bench.client(name) for name in ("ann", "bob", "cat")}
    for client in clients.values():
        client.subscribe(*PRIVATE)
    group = bench.exchange.create_group("ann", 1_000)
    bench.order("ann", BID, 4_000, 500, client_order_id="a1", order_group_id=group.order_group_id)
    bench.order("bob", ASK, 4_000, 200, client_order_id="b1")
    for name in ("ann", "bob"):
        for frame in clients[name].messages():
            message = frame["msg"]
            owner = message.get("user_id") or {"a1": "ann", "b1": "bob"}.get(message.get("client_order_id"))
            assert owner in (name, None)
            assert owner == name or frame["type"] == "order_group_updates"
    assert clients["cat"].frames() == []


def test_a_fill_has_every_field_of_the_wire() -> None:
    bench = Bench()
    client = bench.client("bob")
    client.subscribe("fill")
    bench.order("ann", BID, 4_000, 500)
    order_id = bench.order("bob", ASK, 4_000, 200, client_order_id="b1")
    (frame,) = client.messages()
    fill = bench.exchange.fills_of("bob")[0]
    assert frame == {
        "type": "fill",
        "sid": 1,
        "sending_ts_ms": NOW_MS,
        "msg": {
            "trade_id": fill.trade_id,
            "order_id": order_id,
            "client_order_id": "b1",
            "market_ticker": "M",
            "exchange_index": 0,
            "is_taker": True,
            "side": "no",
            "action": "sell",
            "purchased_side": "no",
            "outcome_side": "no",
            "book_side": "ask",
            "yes_price_dollars": "0.4000",
            "count_fp": "2.00",
            "fee_cost": "0.033600",
            "post_position_fp": "-2.00",
            "ts": START_NS // SECOND_NS,
            "ts_ms": NOW_MS,
        },
    }


def test_a_maker_is_told_too() -> None:
    bench = Bench()
    client = bench.client("ann")
    client.subscribe("fill", "user_orders", "market_positions")
    bench.order("ann", BID, 4_000, 500)
    client.frames()
    bench.order("bob", ASK, 4_000, 200)
    fill, order, position = client.frames()
    assert isinstance(fill, FillNotice)
    assert isinstance(order, UserOrder)
    assert isinstance(position, MarketPositionNotice)
    assert (fill.msg.is_taker, fill.msg.outcome_side, fill.msg.post_position_fp) == (False, "yes", "2.00")
    assert (order.msg.status, order.msg.fill_count_fp, order.msg.remaining_count_fp) == (
        "resting",
        "2.00",
        "3.00",
    )
    assert order.msg.last_update_reason == "Trade"
    assert (position.msg.position_fp, position.msg.position_cost_dollars) == ("2.00", "0.800000")


def test_an_order_has_every_field_of_the_wire() -> None:
    bench = Bench()
    client = bench.client("ann")
    client.subscribe("user_orders")
    expires_ns = START_NS + HOUR_NS
    order_id = bench.order("ann", ASK, 6_000, 500, client_order_id="a1", expires_ns=expires_ns)
    (frame,) = client.messages()
    assert frame == {
        "type": "user_order",
        "sid": 1,
        "sending_ts_ms": NOW_MS,
        "msg": {
            "order_id": order_id,
            "user_id": "ann",
            "ticker": "M",
            "exchange_index": 0,
            "status": "resting",
            "side": "no",
            "is_yes": False,
            "outcome_side": "no",
            "book_side": "ask",
            "yes_price_dollars": "0.6000",
            "fill_count_fp": "0.00",
            "remaining_count_fp": "5.00",
            "initial_count_fp": "5.00",
            "taker_fill_cost_dollars": "0.000000",
            "maker_fill_cost_dollars": "0.000000",
            "taker_fees_dollars": "0.000000",
            "maker_fees_dollars": "0.000000",
            "client_order_id": "a1",
            "self_trade_prevention_type": "taker_at_cross",
            "created_time": "2026-09-21T14:13:20Z",
            "created_ts_ms": NOW_MS,
            "last_update_time": "2026-09-21T14:13:20Z",
            "last_updated_ts_ms": NOW_MS,
            "last_update_reason": "",
            "expiration_time": "2026-09-21T15:13:20Z",
            "expiration_ts_ms": expires_ns // 1_000_000,
            "subaccount_number": 0,
        },
    }


def test_orders_of_named_markets_only_with_the_reason_of_their_end() -> None:
    bench = Bench("A", "B")
    client = bench.client("ann")
    client.subscribe("user_orders", market_tickers=["A"])
    bench.order("ann", BID, 4_000, 100, "B")
    order_id = bench.order("ann", BID, 4_000, 100, "A", expires_ns=START_NS + SECOND_NS)
    bench.exchange.advance(START_NS + 2 * SECOND_NS)
    bench.publish()
    seen = [
        (f.msg.order_id, f.msg.status, f.msg.last_update_reason)
        for f in client.frames()
        if isinstance(f, UserOrder)
    ]
    assert seen == [(order_id, "resting", ""), (order_id, "canceled", "ExpiryCancel")]


def test_a_batch_tells_the_last_state_of_an_order_once() -> None:
    bench = Bench()
    client = bench.client("ann")
    client.subscribe("user_orders")
    order_id = bench.order("ann", BID, 4_000, 500)
    client.frames()
    bench.exchange.decrease_order("ann", order_id, reduce_by_c=100)
    bench.exchange.cancel_order("ann", order_id)
    bench.publish()
    (frame,) = client.frames()
    assert isinstance(frame, UserOrder)
    assert (frame.msg.status, frame.msg.remaining_count_fp) == ("canceled", "0.00")


def test_a_settled_position_is_told() -> None:
    bench = Bench()
    client = bench.client("ann")
    client.subscribe("market_positions")
    bench.order("ann", BID, 4_000, 500)
    bench.order("bob", ASK, 4_000, 500)
    client.frames()
    bench.exchange.close_now("M")
    bench.exchange.determine("M", 10_000)
    bench.exchange.settle_now("M")
    bench.publish()
    (frame,) = client.messages()
    assert frame["msg"] == {
        "user_id": "ann",
        "market_ticker": "M",
        "position_fp": "0.00",
        "position_cost_dollars": "0.000000",
        "realized_pnl_dollars": "3.000000",
        "fees_paid_dollars": "0.000000",
        "position_fee_cost_dollars": "0.000000",
        "volume_fp": "5.00",
        "subaccount": 0,
    }


def test_groups_are_sequenced_and_tell_their_limit_when_it_is_set() -> None:
    bench = Bench()
    client = bench.client("ann")
    client.subscribe("order_group_updates")
    exchange = bench.exchange
    group_id = exchange.create_group("ann", 1_000).order_group_id
    exchange.limit_group("ann", group_id, 2_000)
    exchange.trigger_group("ann", group_id)
    exchange.reset_group("ann", group_id)
    exchange.delete_group("ann", group_id)
    bench.publish()
    frames = [f for f in client.frames() if isinstance(f, OrderGroupUpdate)]
    assert [(f.seq, f.msg.event_type, f.msg.contracts_limit_fp or None) for f in frames] == [
        (1, "created", "10.00"),
        (2, "limit_updated", "20.00"),
        (3, "triggered", None),
        (4, "reset", None),
        (5, "deleted", None),
    ]
