"""What requests look like on the wire, and how batches are told apart."""

from __future__ import annotations

import json

import httpx
import pytest
from kalshi_clients import Script, order

from engine.domain.order import BookSide, TimeInForce
from engine.domain.units import SECOND_NS
from engine.kalshi.outcome import (
    AlreadyExists,
    Answered,
    Gone,
    NotSent,
    NotSentCause,
    Outcome,
    OutcomeUnknown,
    Refused,
    UnknownCause,
)

ORDERS = "/portfolio/events/orders"
PLACED = {"order_id": "o-1", "client_order_id": "c-1", "fill_count": "1.00", "remaining_count": "2.00"}
TS = {"ts_ms": 1_790_000_000_123}


def body_of(script: Script) -> dict[str, object]:
    return json.loads(script.requests[-1].content)


async def test_a_plain_order_carries_no_more_than_it_says() -> None:
    script = Script().on("POST", ORDERS, PLACED | TS | {"average_fill_price": "0.470000"}, status=201)
    async with script.client() as client:
        outcome = await client.writes.orders.create(order())
    assert isinstance(outcome, Answered)
    assert (outcome.value.filled_c, outcome.value.remaining_c) == (100, 200)
    assert (outcome.value.average_price_ud, outcome.value.average_fee_ud) == (470_000, None)
    assert outcome.value.at_ns == 1_790_000_000_123_000_000
    assert body_of(script) == {
        "ticker": "KXHIGHNY-26NOV21-B83.5",
        "side": "bid",
        "count": "3.00",
        "price": "0.4700",
        "time_in_force": "good_till_canceled",
        "self_trade_prevention_type": "taker_at_cross",
        "client_order_id": "c-1",
    }
    assert script.requests[-1].headers["Content-Type"] == "application/json"


async def test_an_order_with_everything() -> None:
    script = Script().on("POST", ORDERS, PLACED | TS, status=201)
    request = order(
        side=BookSide.ASK,
        time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL,
        post_only=True,
        reduce_only=True,
        cancel_on_pause=True,
        expires_ns=1_790_000_600 * SECOND_NS + 5,
        order_group_id="g",
        exchange_index=-1,
    )
    async with script.client(subaccount=3) as client:
        await client.writes.orders.create(request)
    body = body_of(script)
    assert (body["side"], body["post_only"], body["reduce_only"]) == ("ask", True, True)
    assert (body["cancel_order_on_pause"], body["expiration_time"]) == (True, 1_790_000_600)
    assert (body["order_group_id"], body["exchange_index"], body["subaccount"]) == ("g", -1, 3)


async def test_an_average_of_more_places_leaves_the_order_known() -> None:
    odd = PLACED | TS | {"average_fill_price": "0.47333333"}
    script = Script().on("POST", ORDERS, odd, status=201)
    async with script.client() as client:
        outcome = await client.writes.orders.create(order())
        assert client.drift.total == 1
    assert isinstance(outcome, Answered)
    assert outcome.value.average_price_ud is None


async def test_an_order_without_client_id_is_not_sent() -> None:
    script = Script()
    async with script.client() as client:
        outcome = await client.writes.orders.create(order(""))
    assert isinstance(outcome, NotSent)
    assert outcome.cause is NotSentCause.REQUEST
    assert not script.requests


async def test_cancel_amend_and_decrease_name_the_market() -> None:
    script = Script().on("DELETE", f"{ORDERS}/o-1", {"order_id": "o-1", "reduced_by": "2.00"} | TS)
    script.on("POST", f"{ORDERS}/o-1/decrease", {"order_id": "o-1", "remaining_count": "1.00"} | TS)
    script.on("POST", f"{ORDERS}/o-1/amend", {"order_id": "o-1"} | TS)
    async with script.client() as client:
        writes = client.writes.orders
        canceled = await writes.cancel("o-1", "T")
        assert dict(script.requests[-1].url.params) == {"market_ticker": "T"}
        assert script.requests[-1].content == b""
        decreased = await writes.decrease("o-1", "T", reduce_to_c=100)
        assert body_of(script) == {"reduce_to": "1.00", "market_ticker": "T"}
        both = await writes.decrease("o-1", "T", reduce_to_c=100, reduce_by_c=100)
        fields = {"ticker": "T", "side": BookSide.BID, "price_bp": 100, "total_c": 300}
        kept = await writes.amend("o-1", **fields)
        assert "expiration_time" not in body_of(script)
        await writes.amend("o-1", **fields, expires_ns=None)
        assert body_of(script)["expiration_time"] == 0
    assert isinstance(canceled, Answered)
    assert canceled.value.reduced_by_c == 200
    assert isinstance(decreased, Answered)
    assert isinstance(both, NotSent)
    assert isinstance(kept, Answered)
    assert (kept.value.filled_c, kept.value.remaining_c) == (None, None)


async def test_an_answer_about_another_order_is_unknown() -> None:
    script = Script().on("DELETE", f"{ORDERS}/o-1", {"order_id": "o-2", "reduced_by": "2.00"} | TS)
    async with script.client() as client:
        outcome = await client.writes.orders.cancel("o-1", "T")
    assert isinstance(outcome, OutcomeUnknown)
    assert outcome.cause is UnknownCause.WITHOUT_ORDER


@pytest.mark.parametrize("order_id", ["a/b", "a b", "a?x=1", "ä"])
async def test_an_id_stays_one_segment_of_the_path(order_id: str) -> None:
    script = Script()
    script.answers = {("DELETE", f"{ORDERS}/{order_id}"): [httpx.Response(404, json={"msg": "x"})]}
    async with script.client() as client:
        assert isinstance(await client.writes.orders.cancel(order_id, "T"), Gone)


async def test_cancel_all_answers_with_no_body() -> None:
    script = Script().on("DELETE", ORDERS, httpx.Response(204), httpx.Response(200, text="<html>"))
    async with script.client() as client:
        assert await client.writes.orders.cancel_all() == Answered(None, 204)
        assert isinstance(await client.writes.orders.cancel_all(), OutcomeUnknown)


def item(number: int, **changes: object) -> dict[str, object]:
    return PLACED | TS | {"order_id": f"o-{number}", "client_order_id": f"c-{number}"} | changes


def failed(code: str) -> dict[str, object]:
    return {"error": {"code": code, "message": code}}


async def batch(answers: list[dict[str, object]], size: int) -> list[Outcome[object] | AlreadyExists]:
    script = Script().on("POST", f"{ORDERS}/batched", {"orders": answers}, status=201)
    async with script.client() as client:
        outcomes = await client.writes.batches.create([order(f"c-{n}") for n in range(size)])
    assert len(script.requests) == 1
    return list(outcomes)


async def test_each_order_of_a_batch_has_its_own_outcome_whatever_their_order() -> None:
    outcomes = await batch(
        [
            failed("insufficient_balance") | {"client_order_id": "c-2"},
            item(1),
            item(0),
            failed("order_already_exists") | {"client_order_id": "c-3"},
        ],
        4,
    )
    assert [type(outcome) for outcome in outcomes] == [Answered, Answered, Refused, AlreadyExists]
    assert [o.value.order_id for o in outcomes if isinstance(o, Answered)] == ["o-0", "o-1"]


async def test_nameless_refusals_count_by_their_place_if_the_answer_is_whole() -> None:
    outcomes = await batch([item(0), failed("invalid_price")], 2)
    assert [type(outcome) for outcome in outcomes] == [Answered, Refused]


async def test_orders_that_a_batch_passes_over_are_unknown() -> None:
    outcomes = await batch([item(0), failed("invalid_price")], 3)
    assert [type(outcome) for outcome in outcomes] == [Answered, OutcomeUnknown, OutcomeUnknown]
    outcomes = await batch([item(0), item(1, order_id="")], 2)
    assert [type(outcome) for outcome in outcomes] == [Answered, OutcomeUnknown]


async def test_a_batch_with_one_client_id_twice_is_not_sent() -> None:
    script = Script()
    async with script.client() as client:
        outcomes = await client.writes.batches.create([order("c"), order("c")])
    assert all(isinstance(outcome, NotSent) for outcome in outcomes)


async def test_a_batch_cancel_is_a_delete_with_a_body() -> None:
    answers = [{"order_id": "o-2"} | failed("not_found"), {"order_id": "o-1", "reduced_by": "1.00"}]
    script = Script().on("DELETE", f"{ORDERS}/batched", {"orders": answers})
    async with script.client() as client:
        outcomes = await client.writes.batches.cancel([("o-1", "T"), ("o-2", "T"), ("o-3", "T")])
    assert [type(outcome) for outcome in outcomes] == [Answered, Gone, OutcomeUnknown]
    assert script.requests[0].method == "DELETE"
    assert body_of(script)["orders"][0] == {"order_id": "o-1", "market_ticker": "T"}


async def test_a_transfer_is_in_hundredths_of_a_cent_and_sent_once() -> None:
    path = "/portfolio/intra_exchange_instance_transfer"
    script = Script().on("POST", path, {"transfer_id": "t-1"}, status=200)
    async with script.client() as client:
        moved = await client.writes.transfers.between_shards(0, 2, 2_000_000)
        assert body_of(script)["amount"] == 20_000
        odd = await client.writes.transfers.between_shards(0, 2, 150)
        script.on("POST", path, httpx.ReadError("lost"))
        lost = await client.writes.transfers.between_shards(0, 2, 100)
    assert moved == Answered("t-1", 200)
    assert isinstance(odd, NotSent)
    assert isinstance(lost, OutcomeUnknown)
    assert len(script.requests) == 2
