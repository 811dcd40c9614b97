"""Messages of the channels without books: to values in our units, or to an error of that message."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from engine.domain.feed import (
    Channel,
    FaultKind,
    FillSeen,
    IndexSeen,
    LifecycleKind,
    LifecycleSeen,
    OrderSeen,
    PositionSeen,
    PublicTrade,
    ReconcileNeeded,
    StreamFault,
    TickerQuote,
)
from engine.domain.order import BookSide, VenueOrderStatus
from engine.domain.units import MILLISECOND_NS, SECOND_NS
from engine.kalshi.drift import DriftKind


def test_trades_are_delivered_once_and_a_gap_asks_rest(make_desk: Any) -> None:
    desk = make_desk()
    desk.machine.want(Channel.TRADE)
    desk.subscribe(4, "trade")
    for seq in (1, 3, 3, 2, 2):
        desk.get("trade", 4, seq, **TRADE, trade_id=f"t{seq}")
    trades = [event.trade_id for event in desk.events if isinstance(event, PublicTrade)]
    assert trades == ["t1", "t3", "t2"]
    assert ReconcileNeeded((Channel.TRADE,), "messages were missed") in desk.events


TRADE: dict[str, Any] = {
    "market_ticker": "A",
    "yes_price_dollars": "0.5550",
    "no_price_dollars": "0.4450",
    "count_fp": "2.50",
    "taker_side": "no",
    "taker_outcome_side": "no",
    "taker_book_side": "ask",
    "is_block_trade": False,
    "ts": 1_786_085_194,
    "ts_ms": 1_786_085_194_868,
}
QUOTE: dict[str, Any] = {
    "market_id": "x",
    "market_ticker": "A",
    "price_dollars": "0.5000",
    "yes_bid_dollars": "0.0000",
    "yes_ask_dollars": "1.0000",
    "yes_bid_size_fp": "0.00",
    "yes_ask_size_fp": "0.00",
    "last_trade_size_fp": "1.00",
    "volume_fp": "10.00",
    "open_interest_fp": "4.00",
    "dollar_volume": 5,
    "dollar_open_interest": 2,
    "ts": 1,
    "ts_ms": 1_500,
    "time": "1970-01-01T00:00:01.5Z",
}
FILL: dict[str, Any] = {
    "trade_id": "t",
    "order_id": "o",
    "client_order_id": "c",
    "market_ticker": "A",
    "exchange_index": 2,
    "is_taker": True,
    "side": "yes",
    "action": "buy",
    "purchased_side": "yes",
    "outcome_side": "yes",
    "book_side": "bid",
    "yes_price_dollars": "0.5200",
    "count_fp": "1.00",
    "fee_cost": "0.017500",
    "post_position_fp": "-3.00",
    "ts": 1,
    "ts_ms": 1_500,
}
ORDER: dict[str, Any] = {
    "order_id": "o",
    "user_id": "u",
    "ticker": "A",
    "status": "canceled",
    "outcome_side": "no",
    "book_side": "ask",
    "yes_price_dollars": "0.5200",
    "fill_count_fp": "1.00",
    "remaining_count_fp": "0.00",
    "initial_count_fp": "3.00",
    "taker_fill_cost_dollars": "0.4800",
    "maker_fill_cost_dollars": "0.0000",
    "taker_fees_dollars": "0.017500",
    "maker_fees_dollars": "0.0000",
    "client_order_id": "c",
    "last_update_reason": "ExpiryCancel",
    "created_ts_ms": 1_500,
}
POSITION: dict[str, Any] = {
    "user_id": "u",
    "market_ticker": "A",
    "position_fp": "-3.00",
    "position_cost_dollars": "1.4400",
    "realized_pnl_dollars": "-0.1200",
    "fees_paid_dollars": "0.017500",
    "position_fee_cost_dollars": "0.0100",
    "volume_fp": "3.00",
}
INDEX: dict[str, Any] = {
    "index_id": "BRTI",
    "received_at": 2_000,
    "data": '{"type":"value","id":"BRTI","time":1500,"value":"86749.99"}',
    "avg_60s_data": {
        "value": "86750.01",
        "window_size": 60,
        "window_start_ts_ms": 0,
        "window_end_ts_exclusive": 60_000,
    },
}


def _one(make_desk: Any, channel: Channel, kind: str, message: dict[str, Any], seq: int | None = None) -> Any:
    desk = make_desk()
    desk.machine.want(channel)
    desk.subscribe(1, channel.value)
    desk.get(kind, 1, seq, **message)
    return desk.events[-1]


def test_an_empty_side_and_no_trade_are_none(make_desk: Any) -> None:
    quote = _one(make_desk, Channel.TICKER, "ticker", {**QUOTE, "price_dollars": "0.0000"})
    assert isinstance(quote, TickerQuote)
    assert (quote.last_bp, quote.yes_bid_bp, quote.yes_ask_bp, quote.at_ns) == (
        None,
        None,
        None,
        1_500_000_000,
    )


def test_private_messages_become_values_in_our_units(make_desk: Any) -> None:
    fill = _one(make_desk, Channel.FILL, "fill", FILL)
    assert isinstance(fill, FillSeen)
    assert (fill.fill.fee_ud, fill.fill.price_bp, fill.post_position_c) == (17_500, 5_200, -300)
    order = _one(make_desk, Channel.ORDERS, "user_order", ORDER)
    assert isinstance(order, OrderSeen)
    assert (order.status, order.side, order.reason) == (
        VenueOrderStatus.CANCELED,
        BookSide.ASK,
        "ExpiryCancel",
    )
    position = _one(make_desk, Channel.POSITIONS, "market_position", POSITION)
    assert position == PositionSeen("A", -300, 1_440_000, -120_000, 17_500, 300, 0)


def test_an_index_value_is_an_exact_decimal(make_desk: Any) -> None:
    seen = _one(make_desk, Channel.INDEX, "cfbenchmarks_value", INDEX, seq=1)
    assert isinstance(seen, IndexSeen)
    assert (seen.value, seen.average_60s) == (Decimal("86749.99"), Decimal("86750.01"))
    assert (seen.source_ns, seen.received_ns) == (1_500 * MILLISECOND_NS, 2 * SECOND_NS)


def test_a_lifecycle_message_carries_only_its_own_fields(make_desk: Any) -> None:
    message = {"event_type": "determined", "market_ticker": "A", "determination_ts": 5, "result": "yes"}
    seen = _one(
        make_desk, Channel.LIFECYCLE, "market_lifecycle_v2", {**message, "settlement_value": "1.0000"}, seq=1
    )
    assert isinstance(seen, LifecycleSeen)
    assert (seen.kind, seen.settlement_bp, seen.determined_ns) == (
        LifecycleKind.DETERMINED,
        10_000,
        5 * SECOND_NS,
    )
    assert seen.close_ns is None


@pytest.mark.parametrize(
    ("channel", "kind", "message", "field"),
    [
        (Channel.FILL, "fill", FILL, "yes_price_dollars"),
        (Channel.FILL, "fill", FILL, "fee_cost"),
        (Channel.ORDERS, "user_order", ORDER, "remaining_count_fp"),
        (Channel.POSITIONS, "market_position", POSITION, "position_fp"),
        (Channel.TRADE, "trade", TRADE | {"trade_id": "t"}, "count_fp"),
        (Channel.TICKER, "ticker", QUOTE, "yes_bid_dollars"),
    ],
)
@pytest.mark.parametrize("damage", ["missing", "null", "number", "word", "negative"])
def test_a_missing_or_odd_amount_is_an_error_of_that_message_never_a_default(
    make_desk: Any, channel: Channel, kind: str, message: dict[str, Any], field: str, damage: str
) -> None:
    odd = {"null": None, "number": 0.5, "word": "half", "negative": "-1.00"}
    if damage == "negative" and field in ("position_fp", "fee_cost"):
        odd["negative"] = "-1.0000001"  # below zero they are a NO position and a rebate, but not so fine
    broken = {k: v for k, v in message.items() if k != field}
    if damage != "missing":
        broken[field] = odd[damage]
    desk = make_desk()
    desk.machine.want(channel)
    desk.subscribe(1, channel.value)
    desk.events.clear()
    desk.get(kind, 1, 1 if channel is Channel.TRADE else None, **broken)
    assert desk.faults() == [FaultKind.UNDECODABLE]
    assert {type(event) for event in desk.events} == {StreamFault, ReconcileNeeded}
    assert sum(desk.drift.counts.values()) == 1
    assert next(iter(desk.drift.counts))[1] is DriftKind.UNDECODABLE


@pytest.mark.parametrize("unknown", [b'"\xff"', b"[" * 50_000 + b"]" * 50_000], ids=["not UTF-8", "too deep"])
def test_an_unknown_field_that_cannot_be_read_spoils_no_message(make_desk: Any, unknown: bytes) -> None:
    desk = make_desk()
    desk.machine.want(Channel.TRADE)
    desk.subscribe(4, "trade")
    frame = json.dumps({"type": "trade", "sid": 4, "seq": 1, "msg": TRADE | {"trade_id": "t1"}}).encode()
    desk.machine.on_text(frame[:-2] + b',"x":' + unknown + b"}}")
    desk.get("trade", 4, 2, **TRADE, trade_id="t2")
    trades = [event.trade_id for event in desk.events if isinstance(event, PublicTrade)]
    assert trades[-1] == "t2"
    assert [kind for _, kind, _ in desk.drift.counts] == [DriftKind.UNDECODABLE]
