"""Bytes that are no answer: a read ends in an error of ours, a write in a known or unknown outcome."""

from __future__ import annotations

import httpx
import pytest
from kalshi_clients import TRADE, Script, order
from msgspec.json import encode

from engine.kalshi.budget_queue import Lane
from engine.kalshi.errors import DecodeError, KalshiError, ReadFailed, RequestRefused
from engine.kalshi.outcome import OutcomeUnknown, Refused
from engine.wire.errors import ErrorShape, parse_error

DEEP = b'{"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}"
NOT_TEXT = b'{"\xff":1}'
ORDERS = "/portfolio/events/orders"


@pytest.mark.parametrize("body", [DEEP, NOT_TEXT, b'{"market":{"ticker":"\xff"}}'])
async def test_a_read_of_what_cannot_be_read_says_so(body: bytes) -> None:
    script = Script().on("GET", "/markets/T", httpx.Response(200, content=body))
    script.on("GET", "/markets", httpx.Response(200, content=body.replace(b"market", b"markets")))
    async with script.client() as client:
        with pytest.raises((ReadFailed, DecodeError)):
            await client.reads(Lane.COLLECT).markets.one("T")
        with pytest.raises((ReadFailed, DecodeError)):
            await client.reads(Lane.COLLECT).markets.list().collect()


async def test_a_row_that_is_not_text_leaves_out_that_row_alone() -> None:

    good = encode(TRADE)
    rows = b",".join([good, good.replace(b'"t-1"', b'"\xff"'), good.replace(b"t-1", b"t-2")])
    script = Script().on("GET", "/markets/trades", httpx.Response(200, content=b'{"trades":[%b]}' % rows))
    async with script.client() as client:
        page = await client.reads(Lane.COLLECT).trades.list().page()
    assert [trade.trade_id for trade in page.items] == ["t-1", "t-2"]
    assert len(page.rejected) == 1


async def test_an_unknown_field_whose_name_is_not_text_spoils_nothing() -> None:

    row = encode(TRADE)[:-1] + b',"\xff":1}'
    script = Script().on("GET", "/markets/trades", httpx.Response(200, content=b'{"trades":[%b]}' % row))
    async with script.client() as client:
        found = await client.reads(Lane.COLLECT).trades.list().collect()
        assert [trade.trade_id for trade in found] == ["t-1"]
        assert client.drift.total == 1


@pytest.mark.parametrize("body", [DEEP, NOT_TEXT])
async def test_a_refusal_that_cannot_be_read_leaves_an_order_in_doubt(body: bytes) -> None:
    script = Script().on("POST", ORDERS, httpx.Response(400, content=body))
    script.on("GET", "/markets/T", httpx.Response(400, content=body))
    async with script.client() as client:
        outcome = await client.writes.orders.create(order())
        assert isinstance(outcome, OutcomeUnknown)
        assert outcome.status == 400
        with pytest.raises(RequestRefused) as refused:
            await client.reads(Lane.COLLECT).markets.one("T")
    assert isinstance(refused.value, KalshiError)
    assert refused.value.error.shape is ErrorShape.UNREADABLE


async def test_a_refusal_with_null_words_is_one() -> None:
    body = b'{"error":{"code":"invalid_order","message":null,"details":null}}'
    found = parse_error(body)
    assert (found.code, found.message, found.shape) == ("invalid_order", "", ErrorShape.NESTED)
    script = Script().on("POST", ORDERS, httpx.Response(400, content=body))
    async with script.client() as client:
        assert isinstance(await client.writes.orders.create(order()), Refused)


async def test_an_event_without_markets_may_say_null() -> None:
    """Events stay listed for ever, their markets for months."""
    event = {
        "event_ticker": "KXHIGHNY-25JUL17",
        "series_ticker": "KXHIGHNY",
        "title": "High",
        "sub_title": "Jul 17",
        "collateral_return_type": "MECNET",
        "mutually_exclusive": True,
        "markets": None,
    }
    script = Script().on("GET", "/events/KXHIGHNY-25JUL17", {"event": event, "markets": None})
    script.on("GET", "/events", {"events": [event], "cursor": ""})
    async with script.client() as client:
        reads = client.reads(Lane.COLLECT).events
        sheets = [await reads.one("KXHIGHNY-25JUL17"), *await reads.list().collect()]
    assert [sheet.markets for sheet in sheets] == [(), ()]
