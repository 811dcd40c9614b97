"""Bodies that no client of ours would send: each is refused in one answer, and the exchange goes on."""

from __future__ import annotations

import json

import httpx
import pytest
from rest_world import BETWEEN, Desk, refused, typed
from small_world import ORDERS, order_body

from engine.sandbox.server.gate import BODY_MAX
from engine.wire.orders import OrderPlaced

JSON = {"content-type": "application/json"}
WHOLE = json.dumps(order_body(ticker=BETWEEN)).encode()


async def post(desk: Desk, body: bytes, path: str = ORDERS) -> httpx.Response:
    signed = desk.ann.signer.headers("POST", f"/trade-api/v2{path}")  # type: ignore[union-attr]
    return await desk.ann.http.post(f"/trade-api/v2{path}", content=body, headers=signed | JSON)


def flat(details: str) -> dict[str, object]:
    return {"code": "bad_request", "message": "bad request", "details": details}


@pytest.mark.parametrize(
    ("body", "details"),
    [
        (WHOLE.replace(BETWEEN.encode(), b"\xed\xb3\xbf"), "invalid character in string literal: not UTF-8"),
        (WHOLE[:-1] + b',"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "exceeded max depth"),
        (b'{"a":' * 100_000, "exceeded max depth"),
        (
            WHOLE[:-1] + b',"exchange_index":' + b"9" * 30 + b"}",
            f"json: cannot unmarshal number {'9' * 30} into Go struct field"
            " CreateOrderV2Request.exchange_index of type int64",
        ),
    ],
    ids=["not UTF-8", "deep lists", "deep objects", "a number of thirty digits"],
)
async def test_what_cannot_be_read_is_refused(desk: Desk, body: bytes, details: str) -> None:
    assert refused(await post(desk, body)) == (400, flat(details))
    assert desk.exchange.orders == {}


async def test_a_number_beyond_the_store_is_refused_within_a_batch_too(desk: Desk) -> None:
    batch = {"orders": [order_body(ticker=BETWEEN, subaccount=2**64)]}
    status, body = refused(await post(desk, json.dumps(batch).encode(), f"{ORDERS}/batched"))
    assert (status, desk.exchange.orders) == (400, {})
    assert "BatchCreateOrdersV2Request.subaccount of type int64" in str(body)


async def test_null_is_as_if_the_field_were_not_there(desk: Desk) -> None:
    optional = ("client_order_id", "post_only", "order_group_id", "exchange_index", "expiration_time")
    answer = await desk.ann.place(ticker=BETWEEN, **dict.fromkeys(optional))
    assert "client_order_id" not in answer.json()
    typed(answer, OrderPlaced, 201)
    status, body = refused(await desk.ann.place(ticker=BETWEEN, count=None))
    assert (status, "'Count' failed on the 'required' tag" in str(body)) == (400, True)


async def test_a_body_without_an_end_is_not_kept(desk: Desk) -> None:
    refusal = {"error": {"code": "request_entity_too_large", "message": "request entity too large"}}
    assert refused(await post(desk, b" " * (BODY_MAX + 1))) == (413, refusal)
    assert (await post(desk, WHOLE)).status_code == 201


@pytest.mark.parametrize("index", ["--5", "-", "9" * 5_000, "٣"])
async def test_a_shard_that_is_no_number_is_refused(desk: Desk, index: str) -> None:
    answer = await desk.ann("DELETE", f"{ORDERS}/none", params={"exchange_index": index})
    status, body = refused(answer)
    assert (status, 'invalid exchange_index: strconv.ParseInt: parsing "' in str(body)) == (400, True)


async def test_a_method_that_a_path_has_not_is_told_which_it_has(desk: Desk) -> None:
    answer = await desk.anyone("DELETE", "/markets")
    assert (answer.status_code, set(answer.headers["allow"].split(", "))) == (405, {"GET", "HEAD"})
