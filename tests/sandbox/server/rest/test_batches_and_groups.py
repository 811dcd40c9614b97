"""Batches, whose items succeed or fail by themselves, and order groups."""

from __future__ import annotations

from rest_world import BETWEEN, COIN, Desk, nested, ok, refused, typed
from small_world import ORDERS, order_body

from engine.sandbox.core.rules import ExchangeRules
from engine.wire.orders import (
    BatchCanceled,
    BatchPlaced,
    GroupCreated,
    OrderGroupDetail,
    OrderGroups,
    OrderPlaced,
)

GROUPS = "/portfolio/order_groups"


def batch(*changed: dict[str, object]) -> dict[str, object]:
    return {"orders": [order_body(ticker=BETWEEN) | change for change in changed]}


async def test_items_of_a_batch_stand_alone(desk: Desk) -> None:
    await desk.bob.place(ticker=BETWEEN, side="ask", price="0.4200")
    body = batch(
        {"client_order_id": "a"},
        {"client_order_id": "a"},
        {"price": "0.4050", "client_order_id": "b"},
        {"side": "up"},
        {"price": "0.4200"},
    )
    placed = typed(await desk.ann("POST", f"{ORDERS}/batched", json=body), BatchPlaced, 201).orders
    codes = [item.error.code if item.error else None for item in placed]
    assert codes == [None, "order_already_exists", "invalid_price", "invalid_parameters", None]
    assert (placed[0].client_order_id, placed[0].remaining_count, placed[2].client_order_id) == (
        "a",
        "1.00",
        "b",
    )
    assert (placed[4].fill_count, placed[4].average_fill_price) == ("1.00", "0.4200")
    assert placed[2].error is not None
    assert placed[2].error.details == "price: got 40.5, wanted 40 or 41"
    assert len(desk.exchange.accounts["ann"].resting) == 1


async def test_a_batch_is_canceled_with_a_body(desk: Desk) -> None:
    desk.exchange.rules = ExchangeRules(maintenance=None, strict_shards=True)
    here = typed(await desk.ann.place(ticker=BETWEEN, count="2.00"), OrderPlaced, 201).order_id
    there = typed(await desk.ann.place(ticker=COIN, price="0.0950"), OrderPlaced, 201).order_id
    items = [
        {"order_id": here},
        {"order_id": "none"},
        {"order_id": there},
        {"order_id": there, "exchange_index": 2},
        {"order_id": here, "subaccount": 1},
    ]
    answer = await desk.ann("DELETE", f"{ORDERS}/batched", json={"orders": items})
    found = typed(answer, BatchCanceled).orders
    assert [item.order_id for item in found] == [here, "none", there, there, here]
    assert [item.error.code if item.error else None for item in found] == [
        None,
        "not_found",
        "not_found",
        None,
        "not_found",
    ]
    assert [item.reduced_by for item in found] == ["2.00", "0.00", "0.00", "1.00", "0.00"]
    assert desk.exchange.accounts["ann"].resting == {}


async def test_batches_that_cannot_be_read(desk: Desk) -> None:
    number = batch({"count": 1})
    assert refused(await desk.ann("POST", f"{ORDERS}/batched", json=number)) == (
        400,
        {
            "code": "bad_request",
            "message": "bad request",
            "details": "json: cannot unmarshal number into Go struct field "
            "BatchCreateOrdersV2Request.orders.count of type string",
        },
    )
    for method, name in (("POST", "BatchCreateOrdersV2Request"), ("DELETE", "BatchCancelOrdersV2Request")):
        details = f"Key: '{name}.Orders' Error:Field validation for 'Orders' failed on the 'min' tag"
        answer = await desk.ann(method, f"{ORDERS}/batched", json={"orders": []})
        assert refused(answer) == (400, nested("invalid_parameters", "invalid parameters", details))


async def test_a_group_from_making_to_deleting(desk: Desk) -> None:
    created = typed(
        await desk.ann("POST", f"{GROUPS}/create", json={"contracts_limit": 5}), GroupCreated, 201
    )
    group = created.order_group_id
    assert (created.subaccount, created.exchange_index) == (0, 0)
    order = typed(await desk.ann.place(ticker=BETWEEN, order_group_id=group), OrderPlaced, 201).order_id
    detail = typed(await desk.ann("GET", f"{GROUPS}/{group}"), OrderGroupDetail)
    assert (detail.contracts_limit_fp, detail.orders, detail.is_auto_cancel_enabled) == (
        "5.00",
        [order],
        True,
    )
    listed = typed(await desk.ann("GET", GROUPS), OrderGroups).order_groups
    assert [(found.id, found.contracts_limit_fp) for found in listed] == [(group, "5.00")]
    assert typed(await desk.bob("GET", GROUPS), OrderGroups).order_groups == []
    assert ok(await desk.ann("PUT", f"{GROUPS}/{group}/limit", json={"contracts_limit_fp": "7.50"})) == {}
    assert ok(await desk.ann("PUT", f"{GROUPS}/{group}/trigger", json={})) == {}
    assert desk.exchange.orders[order].status.value == "canceled"
    refusal = await desk.ann.place(ticker=BETWEEN, order_group_id=group)
    assert refused(refusal)[0] == 400
    assert ok(await desk.ann("PUT", f"{GROUPS}/{group}/reset")) == {}
    again = typed(await desk.ann.place(ticker=BETWEEN, order_group_id=group), OrderPlaced, 201).order_id
    assert ok(await desk.ann("DELETE", f"{GROUPS}/{group}")) == {}
    assert desk.exchange.orders[again].status.value == "canceled"
    assert (await desk.ann("GET", f"{GROUPS}/{group}")).status_code == 404


async def test_refused_groups(desk: Desk) -> None:
    def parameters(details: str) -> tuple[int, object]:
        return 400, nested("invalid_parameters", "invalid parameters", details)

    path = f"{GROUPS}/create"
    assert refused(await desk.ann("POST", path, json={})) == parameters(
        "contracts_limit: got none, wanted contracts_limit or contracts_limit_fp"
    )
    assert refused(await desk.ann("POST", path, json={"contracts_limit": 100_001})) == parameters(
        "contracts_limit: got 100001, wanted 1 to 100000"
    )
    mixed = {"contracts_limit": 3, "contracts_limit_fp": "4.00"}
    assert refused(await desk.ann("POST", path, json=mixed)) == parameters(
        "contracts_limit: got 3 and 4.00, wanted the same"
    )
    created = typed(await desk.ann("POST", path, json={"contracts_limit_fp": "2.00"}), GroupCreated, 201)
    assert (await desk.bob("GET", f"{GROUPS}/{created.order_group_id}")).status_code == 404
    assert (await desk.bob("PUT", f"{GROUPS}/{created.order_group_id}/reset", json={})).status_code == 404
    other = await desk.ann.place(ticker=COIN, price="0.0950", order_group_id=created.order_group_id)
    assert refused(other)[0] == 400
