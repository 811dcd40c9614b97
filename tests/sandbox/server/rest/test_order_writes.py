"""Orders as they are written: create, amend, decrease, cancel, and every refusal of a body."""

from __future__ import annotations

import httpx
import pytest
from rest_world import BETWEEN, COIN, START_S, Desk, nested, ok, refused, typed
from small_world import ORDERS, in_process, order_body, signer_for

from engine.sandbox.core.rules import ExchangeRules
from engine.wire.orders import OrderAmended, OrderAnswer, OrderCanceled, OrderDecreased, OrderPlaced


def parameters(details: str) -> dict[str, object]:
    return nested("invalid_parameters", "invalid parameters", details)


def schema(field: str, tag: str, of: str = "CreateOrderV2Request") -> dict[str, object]:
    return parameters(f"Key: '{of}.{field}' Error:Field validation for '{field}' failed on the '{tag}' tag")


def flat(details: str) -> dict[str, object]:
    return {"code": "bad_request", "message": "bad request", "details": details}


async def read(desk: Desk, order_id: str) -> OrderAnswer:
    return typed(await desk.ann("GET", f"/portfolio/orders/{order_id}"), OrderAnswer)


async def place(desk: Desk, **changed: object) -> str:
    return typed(await desk.ann.place(ticker=BETWEEN, **changed), OrderPlaced, 201).order_id


async def test_an_order_rests_without_averages(desk: Desk) -> None:
    answer = await desk.ann.place("mine", ticker=BETWEEN, price="0.40", count="3")
    placed = typed(answer, OrderPlaced, 201)
    assert (placed.client_order_id, placed.fill_count, placed.remaining_count) == ("mine", "0.00", "3.00")
    assert placed.ts_ms == START_S * 1000
    assert set(answer.json()) == {"order_id", "client_order_id", "fill_count", "remaining_count", "ts_ms"}
    core = desk.exchange.orders[placed.order_id]
    assert (core.account_id, core.price_bp, core.remaining_c) == ("ann", 4_000, 300)
    bare = await desk.ann.place(ticker=BETWEEN)
    assert "client_order_id" not in bare.json()


async def test_a_fill_at_several_prices_has_its_averages(desk: Desk) -> None:
    await desk.bob.place(ticker=BETWEEN, side="ask", price="0.4000", count="1.00")
    await desk.bob.place(ticker=BETWEEN, side="ask", price="0.4100", count="2.00")
    placed = typed(await desk.ann.place(ticker=BETWEEN, price="0.4100", count="4.00"), OrderPlaced, 201)
    assert (placed.fill_count, placed.remaining_count) == ("3.00", "1.00")
    assert placed.average_fill_price == "0.406667"
    fees = sum(fill.fee_ud for fill in desk.exchange.fills_of("ann"))
    assert (fees, placed.average_fee_paid) == (50_700, "0.0169")
    whole = typed(
        await desk.bob.place(ticker=BETWEEN, side="ask", price="0.4100", count="1.00"), OrderPlaced, 201
    )
    assert whole.average_fill_price == "0.4100"


async def test_immediate_or_cancel_leaves_nothing(desk: Desk) -> None:
    answer = await desk.ann.place(ticker=BETWEEN, time_in_force="immediate_or_cancel")
    placed = typed(answer, OrderPlaced, 201)
    assert (placed.fill_count, placed.remaining_count) == ("0.00", "0.00")
    assert (await read(desk, placed.order_id)).order.status == "canceled"


async def test_a_killed_order_burns_its_id(desk: Desk) -> None:
    answer = await desk.ann.place("burnt", ticker=BETWEEN, time_in_force="fill_or_kill")
    status, body = refused(answer)
    assert (status, body["error"]["code"]) == (409, "fill_or_kill_insufficient_resting_volume")  # type: ignore[index]
    again = await desk.ann.place("burnt", ticker=BETWEEN)
    assert refused(again) == (
        409,
        nested("order_already_exists", "order already exists", "client_order_id: got burnt"),
    )
    assert any(key[1].startswith("burnt") or b"burnt" in key[2] for key in desk.world.store.rows())


async def test_self_trade_prevention(desk: Desk) -> None:
    resting = await place(desk, price="0.4000", count="2.00")
    stopped = typed(
        await desk.ann.place(ticker=BETWEEN, side="ask", price="0.4000", count="1.00"), OrderPlaced, 201
    )
    assert (stopped.fill_count, stopped.remaining_count) == ("0.00", "0.00")
    assert (await read(desk, resting)).order.remaining_count_fp == "2.00"
    typed(
        await desk.ann.place(
            ticker=BETWEEN, side="ask", price="0.4000", count="1.00", self_trade_prevention_type="maker"
        ),
        OrderPlaced,
        201,
    )
    assert (await read(desk, resting)).order.status == "canceled"


@pytest.mark.parametrize(
    ("changed", "details"),
    [
        (
            {"count": 1},
            "cannot unmarshal number into Go struct field CreateOrderV2Request.count of type string",
        ),
        (
            {"price": 0.4},
            "cannot unmarshal number into Go struct field CreateOrderV2Request.price of type string",
        ),
        (
            {"post_only": "yes"},
            "cannot unmarshal string into Go struct field CreateOrderV2Request.post_only of type bool",
        ),
        (
            {"expiration_time": "soon"},
            "cannot unmarshal string into Go struct field CreateOrderV2Request.expiration_time of type int64",
        ),
        (
            {"ticker": []},
            "cannot unmarshal array into Go struct field CreateOrderV2Request.ticker of type string",
        ),
    ],
)
async def test_wrong_types_are_refused_flat(desk: Desk, changed: dict[str, object], details: str) -> None:
    answer = await desk.ann("POST", ORDERS, json=order_body() | changed)
    assert refused(answer) == (400, flat(f"json: {details}"))
    assert desk.exchange.orders == {}


@pytest.mark.parametrize(
    ("body", "details"),
    [
        (b"", "EOF"),
        (b'{"ticker":', "unexpected EOF"),
        (b"{x}", "invalid character 'x' looking for beginning of value"),
    ],
)
async def test_broken_json_is_refused_flat(desk: Desk, body: bytes, details: str) -> None:
    headers = {"content-type": "application/json"}
    answer = await raw(desk, body, headers)
    assert refused(answer) == (400, flat(details))


async def raw(desk: Desk, body: bytes, headers: dict[str, str]) -> httpx.Response:
    signed = desk.ann.signer.headers("POST", f"/trade-api/v2{ORDERS}")  # type: ignore[union-attr]
    return await desk.ann.http.request(
        "POST", f"/trade-api/v2{ORDERS}", content=body, headers=signed | headers
    )


@pytest.mark.parametrize("seconds", [START_S * 1_000, 2**62])
async def test_an_expiry_that_is_no_time_in_seconds_is_refused(desk: Desk, seconds: int) -> None:
    """Milliseconds are the likely mistake; what cannot be kept would end the exchange."""
    status, body = refused(await desk.ann.place(ticker=BETWEEN, expiration_time=seconds))
    assert (status, desk.exchange.orders) == (400, {})
    assert f"expiration_time: got {seconds}, wanted after {START_S} " in str(body)
    order_id = await place(desk)
    change = {"ticker": BETWEEN, "side": "bid", "price": "0.4000", "count": "1.00"}
    path = f"{ORDERS}/{order_id}/amend"
    status, _ = refused(await desk.ann("POST", path, json=change | {"expiration_time": seconds}))
    assert (status, desk.exchange.orders[order_id].expires_ns) == (400, None)


async def test_another_content_type_is_refused(desk: Desk) -> None:
    answer = await raw(desk, b"ticker=M", {"content-type": "application/x-www-form-urlencoded"})
    details = "content type: got 'application/x-www-form-urlencoded', wanted 'application/json'"
    assert refused(answer) == (400, nested("invalid_content_type", "invalid content type", details))


@pytest.mark.parametrize(
    ("changed", "body"),
    [
        ({"side": "yes"}, schema("Side", "oneof")),
        ({"time_in_force": "gtc"}, schema("TimeInForce", "oneof")),
        ({"self_trade_prevention_type": "none"}, schema("SelfTradePreventionType", "oneof")),
        ({"count": "1.001"}, parameters("count: got '1.001', wanted contracts with at most 2 places")),
        ({"count": "-1"}, parameters("count: got '-1', wanted contracts with at most 2 places")),
        ({"count": "0"}, parameters("count: got 0, wanted at least 0.01")),
        (
            {"client_order_id": "x" * 65},
            parameters("client_order_id: got 65 characters, wanted at most 64"),
        ),
        (
            {"client_order_id": "a b"},
            parameters("client_order_id: got 'a b', wanted only letters, digits and -_:+=/"),
        ),
        (
            {"price": "0.4"},
            nested("invalid_price", "invalid price", "price: got '0.4', wanted dollars with 2 to 4 places"),
        ),
        (
            {"price": "0.40000"},
            nested(
                "invalid_price", "invalid price", "price: got '0.40000', wanted dollars with 2 to 4 places"
            ),
        ),
        ({"price": "0.4050"}, nested("invalid_price", "invalid price", "price: got 40.5, wanted 40 or 41")),
        ({"price": "1.0000"}, nested("invalid_price", "invalid price", "price: got 100, wanted 1 to 99")),
        ({"price": "0.00"}, nested("invalid_price", "invalid price", "price: got 0, wanted 1 to 99")),
        (
            {"reduce_only": True},
            nested("invalid_order", "invalid order", "reduce_only: wanted immediate_or_cancel"),
        ),
        (
            {"post_only": True, "time_in_force": "immediate_or_cancel"},
            nested("invalid_order", "invalid order", "post_only: wanted good_till_canceled"),
        ),
        (
            {"expiration_time": START_S + 60, "time_in_force": "fill_or_kill"},
            nested("invalid_order", "invalid order", "expiration_time: wanted good_till_canceled"),
        ),
        ({"ticker": "NONE"}, nested("not_found", "not found", "market: got NONE")),
        ({"subaccount": 3}, nested("not_found", "not found", "subaccount: got 3, wanted 0")),
        (
            {"exchange_index": 2},
            nested("not_found", "not found", f"exchange_index: got 2, {BETWEEN} is on 0"),
        ),
        ({"order_group_id": "none"}, nested("not_found", "not found", "order_group_id: got none")),
        (
            {"count": "1000000.00"},
            nested(
                "insufficient_balance",
                "insufficient balance",
                "exchange_index 0: needed 400000.00, had 10000.00",
            ),
        ),
    ],
)
async def test_fields_that_break_their_rule(
    desk: Desk, changed: dict[str, object], body: dict[str, object]
) -> None:
    answer = await desk.ann.place(**({"ticker": BETWEEN} | changed))
    assert answer.json() == body
    assert answer.status_code == (404 if body["error"]["code"] == "not_found" else 400)  # type: ignore[index]
    assert desk.exchange.orders == {}


@pytest.mark.parametrize(
    "field", ["Ticker", "Side", "Count", "Price", "TimeInForce", "SelfTradePreventionType"]
)
async def test_required_fields(desk: Desk, field: str) -> None:
    body = order_body()
    removed = next(name for name in body if "".join(part.capitalize() for part in name.split("_")) == field)
    del body[removed]
    assert refused(await desk.ann("POST", ORDERS, json=body)) == (400, schema(field, "required"))


async def test_an_expiry_must_lie_ahead(desk: Desk) -> None:
    status, body = refused(await desk.ann.place(ticker=BETWEEN, expiration_time=START_S))
    assert (status, body["error"]["code"]) == (400, "invalid_parameters")  # type: ignore[index]
    order_id = await place(desk, expiration_time=START_S + 60)
    assert (await read(desk, order_id)).order.expiration_time == "2026-09-21T14:14:20Z"
    desk.pass_time(61)
    assert (await read(desk, order_id)).order.status == "canceled"


async def test_post_only_does_not_cross(desk: Desk) -> None:
    await desk.bob.place(ticker=BETWEEN, side="ask", price="0.4400")
    answer = await desk.ann.place(ticker=BETWEEN, price="0.4400", post_only=True)
    assert refused(answer) == (400, nested("invalid_order", "invalid order", "post only cross"))


async def test_an_order_goes_where_its_ticker_is(desk: Desk) -> None:
    for index in ({}, {"exchange_index": -1}, {"exchange_index": 2}):
        placed = typed(await desk.ann.place(ticker=COIN, price="0.0950", **index), OrderPlaced, 201)
        assert desk.exchange.orders[placed.order_id].exchange_index == 2


async def test_a_cancel_says_how_much_rested(desk: Desk) -> None:
    order_id = await place(desk, count="2.50", client_order_id="mine")
    canceled = typed(await desk.ann("DELETE", f"{ORDERS}/{order_id}"), OrderCanceled)
    assert (canceled.order_id, canceled.client_order_id, canceled.reduced_by) == (order_id, "mine", "2.50")
    gone = (404, nested("not_found", "not found", f"order_id: got {order_id}"))
    assert refused(await desk.ann("DELETE", f"{ORDERS}/{order_id}")) == gone
    theirs = await place(desk)
    assert (await desk.bob("DELETE", f"{ORDERS}/{theirs}")).status_code == 404


async def test_a_cancel_that_names_no_shard_finds_its_order(desk: Desk) -> None:
    order_id = typed(await desk.ann.place(ticker=COIN, price="0.0950"), OrderPlaced, 201).order_id
    canceled = typed(await desk.ann("DELETE", f"{ORDERS}/{order_id}"), OrderCanceled)
    assert canceled.order_id == order_id


async def test_under_strict_shards_a_cancel_elsewhere_needs_its_way(desk: Desk) -> None:
    desk.exchange.rules = ExchangeRules(maintenance=None, strict_shards=True)
    placed = [
        typed(await desk.ann.place(ticker=COIN, price="0.0950"), OrderPlaced, 201).order_id for _ in range(3)
    ]
    lost = await desk.ann("DELETE", f"{ORDERS}/{placed[0]}")
    assert refused(lost) == (
        404,
        nested("not_found", "not found", f"order_id: got {placed[0]} on exchange_index 0"),
    )
    wrong = await desk.ann("DELETE", f"{ORDERS}/{placed[0]}?market_ticker={BETWEEN}")
    assert wrong.status_code == 404
    for order_id, way in zip(
        placed, ("exchange_index=2", f"market_ticker={COIN}", "exchange_index=-1"), strict=True
    ):
        typed(await desk.ann("DELETE", f"{ORDERS}/{order_id}?{way}"), OrderCanceled)


async def test_cancel_all(desk: Desk) -> None:
    mine = [await place(desk), await place(desk, price="0.3000")]
    theirs = typed(await desk.bob.place(ticker=BETWEEN, price="0.2000"), OrderPlaced, 201).order_id
    answer = await desk.ann("DELETE", ORDERS)
    assert (answer.status_code, answer.content) == (204, b"")
    assert {desk.exchange.orders[order_id].status.value for order_id in mine} == {"canceled"}
    assert desk.exchange.orders[theirs].status.value == "resting"
    assert (await desk.ann("DELETE", ORDERS)).status_code == 204


async def test_an_amendment_counts_what_is_filled(desk: Desk) -> None:
    order_id = await place(desk, count="5.00", client_order_id="before")
    await desk.bob.place(ticker=BETWEEN, side="ask", price="0.4000", count="2.00")
    body = {"ticker": BETWEEN, "side": "bid", "price": "0.4100", "count": "4.00"}
    path = f"{ORDERS}/{order_id}/amend"
    amended = typed(
        await desk.ann("POST", path, json=body | {"updated_client_order_id": "after"}), OrderAmended
    )
    assert (amended.fill_count, amended.remaining_count) == ("2.00", "2.00")
    assert (amended.average_fill_price, amended.client_order_id) == ("0.4000", "after")
    found = (await read(desk, order_id)).order
    assert (found.initial_count_fp, found.yes_price_dollars) == ("4.00", "0.4100")
    extended = body | {"expiration_time": START_S + 60}
    typed(await desk.ann("POST", path, json=extended), OrderAmended)
    assert (await read(desk, order_id)).order.expiration_time == "2026-09-21T14:14:20Z"
    typed(await desk.ann("POST", path, json=body), OrderAmended)
    assert (await read(desk, order_id)).order.expiration_time == "2026-09-21T14:14:20Z"
    typed(await desk.ann("POST", path, json=body | {"expiration_time": 0}), OrderAmended)
    assert "expiration_time" not in ok(await desk.ann("GET", f"/portfolio/orders/{order_id}"))["order"]  # type: ignore[operator]


async def test_an_amendment_that_crosses_fills(desk: Desk) -> None:
    await desk.bob.place(ticker=BETWEEN, side="ask", price="0.4200", count="1.00")
    order_id = await place(desk, count="3.00")
    body = {"ticker": BETWEEN, "side": "bid", "price": "0.4200", "count": "3.00"}
    amended = typed(await desk.ann("POST", f"{ORDERS}/{order_id}/amend", json=body), OrderAmended)
    assert (amended.fill_count, amended.remaining_count, amended.average_fill_price) == (
        "1.00",
        "2.00",
        "0.4200",
    )


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"side": "ask"}, 400, "invalid_order"),
        ({"ticker": COIN}, 400, "invalid_order"),
        ({"price": "0.4050"}, 400, "invalid_price"),
        ({"count": "0"}, 400, "invalid_parameters"),
        ({"client_order_id": "other"}, 400, "invalid_order"),
        ({"exchange_index": 2}, 404, "not_found"),
        ({"side": "no"}, 400, "invalid_parameters"),
    ],
)
async def test_refused_amendments_change_nothing(
    desk: Desk, changed: dict[str, object], status: int, code: str
) -> None:
    order_id = await place(desk)
    before = (await read(desk, order_id)).order
    body = {"ticker": BETWEEN, "side": "bid", "price": "0.4100", "count": "4.00"} | changed
    found, refusal = refused(await desk.ann("POST", f"{ORDERS}/{order_id}/amend", json=body))
    assert (found, refusal["error"]["code"]) == (status, code)  # type: ignore[index]
    assert (await read(desk, order_id)).order == before


async def test_decreasing(desk: Desk) -> None:
    order_id = await place(desk, count="5.00")
    path = f"{ORDERS}/{order_id}/decrease"
    by = typed(await desk.ann("POST", path, json={"reduce_by": "1.50"}), OrderDecreased)
    assert (by.order_id, by.remaining_count) == (order_id, "3.50")
    to = typed(await desk.ann("POST", path, json={"reduce_to": "1.00"}), OrderDecreased)
    assert to.remaining_count == "1.00"
    for body, got in (({}, "neither"), ({"reduce_by": "1", "reduce_to": "1"}, "both")):
        answer = await desk.ann("POST", path, json=body)
        details = f"reduce_by, reduce_to: got {got}, wanted exactly one"
        assert refused(answer) == (400, parameters(details))
    assert refused(await desk.ann("POST", path, json={"reduce_by": 1})) == (
        400,
        flat(
            "json: cannot unmarshal number into Go struct field "
            "DecreaseOrderV2Request.reduce_by of type string"
        ),
    )
    assert (await desk.ann("POST", path, json={"reduce_to": "2.00"})).status_code == 400


async def test_pauses(desk: Desk) -> None:
    order_id = await place(desk, count="5.00")
    desk.exchange.set_active(trading_active=False)
    refusal = nested("trading_paused", "trading is paused", "exchange_index: 0")
    assert refused(await desk.ann.place(ticker=BETWEEN)) == (503, refusal)
    path = f"{ORDERS}/{order_id}"
    typed(await desk.ann("POST", f"{path}/decrease", json={"reduce_by": "1"}), OrderDecreased)
    desk.exchange.set_active(exchange_active=False)
    paused = (503, nested("exchange_paused", "exchange is paused", "exchange_index: 0"))
    assert refused(await desk.ann("DELETE", path)) == paused
    assert refused(await desk.ann("DELETE", ORDERS)) == paused
    desk.exchange.set_active(exchange_active=True)
    typed(await desk.ann("DELETE", path), OrderCanceled)


async def test_a_closed_market_takes_nothing(desk: Desk) -> None:
    order_id = await place(desk)
    desk.exchange.close_now(BETWEEN)
    inactive = (400, nested("market_inactive", "market inactive", f"{BETWEEN}: closed"))
    assert refused(await desk.ann.place(ticker=BETWEEN)) == inactive
    assert refused(await desk.ann("DELETE", f"{ORDERS}/{order_id}")) == inactive


async def test_writing_needs_the_scope(desk: Desk) -> None:
    reader = in_process(desk.world, signer_for(desk.world, "ann", scopes=("read",)))
    assert (await reader.place(ticker=BETWEEN)).status_code == 403
    assert (await desk.anyone.place(ticker=BETWEEN)).status_code == 401
    trader = in_process(desk.world, signer_for(desk.world, "ann", scopes=("write::trade",)))
    assert (await trader.place(ticker=BETWEEN)).status_code == 201
