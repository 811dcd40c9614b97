"""Reads: repetition, decoding, paging."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from kalshi_clients import MOCK_REST, QUICK, TRADE, Script, client_at
from manual_clock import ManualClock
from msgspec.structs import replace

from engine.domain.order import BookSide, VenueOrderStatus
from engine.domain.units import MILLISECOND_NS, SECOND_NS
from engine.kalshi.budget_queue import Lane
from engine.kalshi.drift import Drift, DriftCounter, DriftKind
from engine.kalshi.errors import DecodeError, PagingError, ReadCause, ReadFailed, RequestRefused
from engine.kalshi.rate_budget import BucketName
from engine.wire.signing import TIMESTAMP_HEADER

ORDER = {
    "order_id": "o-1",
    "client_order_id": "c-1",
    "ticker": "T",
    "outcome_side": "no",
    "book_side": "ask",
    "type": "limit",
    "status": "resting",
    "yes_price_dollars": "0.4700",
    "no_price_dollars": "0.5300",
    "fill_count_fp": "1.00",
    "remaining_count_fp": "2.00",
    "initial_count_fp": "3.00",
    "taker_fill_cost_dollars": "0.530000",
    "maker_fill_cost_dollars": "0.000000",
    "taker_fees_dollars": "0.017500",
    "maker_fees_dollars": "0.000000",
    "created_time": "2026-11-20T10:00:00.000001Z",
    "last_update_time": None,
    "exchange_index": 2,
}
BALANCE = {
    "balance": 9801,
    "balance_dollars": "98.0186",
    "portfolio_value": 10000,
    "updated_ts": 1790000000,
    "balance_breakdown": [{"exchange_index": 2, "balance": "40.0100"}],
}
ACTIVE = {"exchange_active": True, "trading_active": True}


@pytest.mark.parametrize(
    "first",
    [
        httpx.Response(429, json={"error": "too many requests"}),
        httpx.Response(500, json={"error": {"code": "internal", "message": "x"}}),
        httpx.Response(503, text="<html>"),
        httpx.Response(200, text="<html>half a pa"),
        httpx.ReadTimeout("x"),
        httpx.ConnectError("x"),
        httpx.RemoteProtocolError("x"),
    ],
    ids=str,
)
async def test_a_read_is_repeated_and_signed_anew(first: httpx.Response | Exception) -> None:
    script = Script().on("GET", "/portfolio/balance", first, httpx.Response(200, json=BALANCE))
    settings = replace(QUICK, read_deadline_ns=10 * SECOND_NS)
    clock = ManualClock()
    async with script.client(settings=settings, clock=clock) as client:
        task = asyncio.create_task(client.reads(Lane.RECONCILE).portfolio.balance())
        await clock.run_until_idle()
        found = await task
    assert (found.cash_ud, found.by_shard_ud, found.portfolio_value_ud) == (
        98_018_600,
        {2: 40_010_000},
        100_000_000,
    )
    stamps = [request.headers[TIMESTAMP_HEADER] for request in script.requests]
    assert len(stamps) == 2
    assert stamps[0] < stamps[1]


async def test_a_read_gives_up_with_its_numbers() -> None:
    script = Script().on("GET", "/exchange/schedule", httpx.Response(502, text="bad gateway"))
    async with script.client() as client:
        with pytest.raises(ReadFailed) as failure:
            await client.reads(Lane.COLLECT).exchange.schedule()
    assert (failure.value.cause, failure.value.attempts) == (ReadCause.STATUS, QUICK.read_attempts)
    assert len(script.requests) == QUICK.read_attempts


async def test_a_body_that_is_no_answer_is_not_told_as_silence() -> None:
    script = Script().on("GET", "/exchange/schedule", httpx.Response(200, text="<html>maintenance</html>"))
    async with script.client() as client:
        with pytest.raises(ReadFailed, match="unreadable body of 24 bytes") as failure:
            await client.reads(Lane.COLLECT).exchange.schedule()
    assert failure.value.cause is ReadCause.BODY


async def test_a_refusal_is_not_repeated() -> None:
    body = {"error": {"code": "not_found", "message": "not found"}}
    script = Script().on("GET", "/markets/X", body, status=404)
    async with script.client() as client:
        with pytest.raises(RequestRefused) as refusal:
            await client.reads(Lane.COLLECT).markets.one("X")
    assert (refusal.value.status, refusal.value.error.code) == (404, "not_found")
    assert len(script.requests) == 1


async def test_a_429_slows_the_local_bucket() -> None:
    script = Script().on(
        "GET", "/exchange/status", httpx.Response(429, json={"error": "x"}), httpx.Response(200, json=ACTIVE)
    )
    async with script.client() as client:
        await client.reads(Lane.COLLECT).exchange.status()
        assert client.budget.queue(BucketName.READ).bucket.share == 500


async def test_the_status_of_an_exchange_that_is_down_is_an_answer() -> None:
    down = httpx.Response(503, json={"exchange_active": False, "trading_active": False})
    async with Script().on("GET", "/exchange/status", down).client() as client:
        status = await client.reads(Lane.COLLECT).exchange.status()
    assert (status.exchange_active, status.trading_active) == (False, False)


async def test_a_stale_clock_is_measured_and_the_read_repeated_once() -> None:
    refusal = httpx.Response(
        401,
        headers={"Date": "Mon, 21 Sep 2026 15:13:20 GMT"},  # an hour ahead of the manual clock
        json={"error": {"code": "header_timestamp_expired", "message": "header timestamp expired"}},
    )
    script = Script().on("GET", "/portfolio/balance", refusal, httpx.Response(200, json=BALANCE))
    clock = ManualClock()
    async with script.client(clock=clock) as client:
        task = asyncio.create_task(client.reads(Lane.RECONCILE).portfolio.balance())
        await clock.run_until_idle()
        await task
    first, second = (int(request.headers[TIMESTAMP_HEADER]) for request in script.requests)
    assert 3_600_000 <= second - first <= 3_603_000


async def test_a_request_on_its_way_says_nothing_of_the_exchange() -> None:
    on_its_way, may_go_on = asyncio.Event(), asyncio.Event()
    answers: list[httpx.Response | Exception] = [
        httpx.Response(200, json=BALANCE),
        httpx.ConnectError("down"),
        httpx.Response(200, json=BALANCE),
    ]

    async def slow(_: httpx.Request) -> httpx.Response:
        on_its_way.set()
        await may_go_on.wait()
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    quick = replace(QUICK, read_attempts=1, read_timeout_ns=20 * SECOND_NS)
    told = []
    async with client_at(MOCK_REST, http_transport=httpx.MockTransport(slow), settings=quick) as client:
        for _ in range(3):
            reading = asyncio.create_task(client.reads(Lane.RECONCILE).portfolio.balance())
            await on_its_way.wait()
            told.append(client.health)
            may_go_on.set()
            await asyncio.wait([reading])
            reading.exception()
            told.append(client.health)
            on_its_way.clear()
            may_go_on.clear()
    assert told == ["", "ok", "ok", "failing", "failing", "ok"]


async def test_public_reads_go_unsigned_without_a_key() -> None:
    script = Script().on("GET", "/exchange/status", ACTIVE)
    async with script.reader() as client:
        await client.reads(Lane.COLLECT).exchange.status()
    assert TIMESTAMP_HEADER not in script.requests[0].headers
    assert script.requests[0].headers["User-Agent"].startswith("sparko-console/")


async def test_no_redirect_is_followed() -> None:
    moved = httpx.Response(302, headers={"Location": "http://127.0.0.1:2/trade-api/v2/exchange/status"})
    script = Script().on("GET", "/exchange/status", moved)
    async with script.client() as client:
        with pytest.raises(RequestRefused) as refusal:
            await client.reads(Lane.COLLECT).exchange.status()
    assert refusal.value.status == 302
    assert len(script.requests) == 1


async def test_orders_in_the_units_of_the_house_with_absent_and_null_times() -> None:
    script = Script().on("GET", "/portfolio/orders", {"orders": [ORDER], "cursor": ""})
    async with script.client() as client:
        (found,) = await client.reads(Lane.RECONCILE).portfolio.orders(status="resting").collect()
    assert (found.side, found.price_bp, found.filled_c, found.remaining_c) == (BookSide.ASK, 4_700, 100, 200)
    assert found.taker_fees_ud == 17_500
    assert found.status is VenueOrderStatus.RESTING
    assert found.created_ns == 1_795_168_800 * SECOND_NS + 1_000
    assert (found.updated_ns, found.expires_ns) == (None, None)
    assert found.exchange_index == 2
    assert script.requests[0].url.params["status"] == "resting"
    assert "ticker" not in script.requests[0].url.params


async def test_an_unknown_status_is_kept_as_text_and_counted() -> None:
    script = Script().on("GET", "/portfolio/orders/o-1", {"order": ORDER | {"status": "suspended"}})
    seen: list[Drift] = []
    async with script.client(drift=DriftCounter(seen.append)) as client:
        found = await client.reads(Lane.RECONCILE).portfolio.order("o-1")
    assert (found.status, found.status_text) == (None, "suspended")
    assert seen == [Drift("order", DriftKind.UNKNOWN_VALUE, "status", "suspended")]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("yes_price_dollars", ""),
        ("yes_price_dollars", "1.0001"),
        ("yes_price_dollars", "0.12345"),
        ("remaining_count_fp", "-1.00"),
        ("taker_fees_dollars", "NaN"),
        ("book_side", "buy"),
        ("created_time", "yesterday"),
    ],
)
async def test_an_odd_order_makes_the_whole_list_an_error(field: str, value: str) -> None:
    odd = ORDER | {"order_id": "o-2", field: value}
    script = Script().on("GET", "/portfolio/orders", {"orders": [ORDER, odd], "cursor": ""})
    async with script.client() as client:
        with pytest.raises(DecodeError) as error:
            await client.reads(Lane.RECONCILE).portfolio.orders().collect()
        assert (error.value.where, error.value.field, error.value.got) == ("order", field, value)
        assert client.drift.counts[("order", DriftKind.UNDECODABLE, field)] == 1


async def test_a_missing_price_is_an_error_that_names_it() -> None:
    without = {key: value for key, value in ORDER.items() if key != "yes_price_dollars"}
    script = Script().on("GET", "/portfolio/orders", {"orders": [without], "cursor": ""})
    async with script.client() as client:
        with pytest.raises(DecodeError) as error:
            await client.reads(Lane.RECONCILE).portfolio.orders().collect()
    assert "yes_price_dollars" in str(error.value)


async def test_a_list_without_its_key_is_an_error_and_never_an_empty_list() -> None:
    script = Script().on("GET", "/portfolio/orders", {"cursor": ""})
    async with script.client() as client:
        with pytest.raises(DecodeError, match="no such key"):
            await client.reads(Lane.RECONCILE).portfolio.orders().collect()


async def test_an_odd_public_item_is_left_out_and_handed_over() -> None:
    odd = TRADE | {"trade_id": "t-2", "yes_price_dollars": None}
    script = Script().on("GET", "/markets/trades", {"trades": [TRADE, odd], "cursor": ""})
    async with script.client() as client:
        page = await client.reads(Lane.COLLECT).trades.list(ticker="T").page()
        assert client.drift.total == 1
    assert [trade.trade_id for trade in page.items] == ["t-1"]
    assert page.items[0].at_ns == 1_795_168_800 * SECOND_NS + 500 * MILLISECOND_NS
    assert len(page.rejected) == 1


async def test_unknown_fields_are_counted_on_the_first_item() -> None:
    script = Script().on(
        "GET",
        "/markets/trades",
        {"trades": [TRADE | {"new_field": 7}, TRADE | {"trade_id": "t-2", "other": 1}], "cursor": ""},
    )
    seen: list[Drift] = []
    async with script.client(drift=DriftCounter(seen.append)) as client:
        await client.reads(Lane.COLLECT).trades.list().collect()
        await client.reads(Lane.COLLECT).trades.list().collect()
        assert client.drift.counts[("/markets/trades", DriftKind.UNKNOWN_FIELD, "new_field")] == 2
    assert seen == [Drift("/markets/trades", DriftKind.UNKNOWN_FIELD, "new_field", "7")]


def trades(*numbers: int, cursor: str) -> httpx.Response:
    rows = [TRADE | {"trade_id": f"t-{number}"} for number in numbers]
    return httpx.Response(200, json={"trades": rows, "cursor": cursor})


async def test_pages_are_followed_and_repeated_items_dropped() -> None:
    script = Script().on(
        "GET", "/markets/trades", trades(1, 2, cursor="a"), trades(2, 3, cursor="b"), trades(cursor="")
    )
    async with script.client() as client:
        found = [trade.trade_id async for trade in client.reads(Lane.COLLECT).trades.list()]
    assert found == ["t-1", "t-2", "t-3"]
    assert [request.url.params.get("cursor") for request in script.requests] == [None, "a", "b"]


async def test_the_last_page_may_lack_its_cursor() -> None:
    script = Script().on("GET", "/portfolio/settlements", {"settlements": []})
    async with script.client() as client:
        assert await client.reads(Lane.COLLECT).portfolio.settlements().collect() == []


async def test_a_cursor_that_comes_back_is_an_error() -> None:
    script = Script().on(
        "GET", "/markets/trades", trades(1, cursor="a"), trades(2, cursor="b"), trades(3, cursor="a")
    )
    async with script.client() as client:
        with pytest.raises(PagingError, match="came back"):
            await client.reads(Lane.COLLECT).trades.list().collect()


async def test_more_pages_than_allowed_is_an_error_and_not_a_short_list() -> None:
    pages = [trades(number, cursor=f"c{number}") for number in range(9)]
    script = Script().on("GET", "/markets/trades", *pages)
    async with script.client(settings=replace(QUICK, most_pages=3)) as client:
        with pytest.raises(PagingError, match="more pages"):
            await client.reads(Lane.COLLECT).trades.list().collect()
    assert len(script.requests) == 3


async def test_a_later_reading_of_the_same_order_wins() -> None:
    first = httpx.Response(200, json={"orders": [ORDER], "cursor": "a"})
    later = ORDER | {"status": "executed", "fill_count_fp": "3.00", "remaining_count_fp": "0.00"}
    second = httpx.Response(200, json={"orders": [later], "cursor": ""})
    async with Script().on("GET", "/portfolio/orders", first, second).client() as client:
        (found,) = await client.reads(Lane.RECONCILE).portfolio.orders().collect()
    assert (found.status, found.filled_c) == (VenueOrderStatus.EXECUTED, 300)


async def test_book_levels_stand_on_the_yes_leg() -> None:
    levels = {"yes_dollars": [["0.0100", "5.00"], ["0.4700", "3.00"]], "no_dollars": [["0.4800", "2.50"]]}
    script = Script().on("GET", "/markets/T/orderbook", {"orderbook_fp": levels})
    async with script.client() as client:
        book = await client.reads(Lane.EXIT).markets.orderbook("T", depth=5)
    assert (book.best_bid_bp, book.best_ask_bp) == (4_700, 5_200)
    assert book.asks == {5_200: 250}
    assert script.requests[0].url.params["depth"] == "5"


async def test_a_repeated_level_is_an_error() -> None:
    levels = {"yes_dollars": [["0.47", "5.00"], ["0.4700", "3.00"]], "no_dollars": []}
    script = Script().on("GET", "/markets/T/orderbook", {"orderbook_fp": levels})
    async with script.client() as client:
        with pytest.raises(DecodeError, match="each price once"):
            await client.reads(Lane.EXIT).markets.orderbook("T")


async def test_books_are_asked_for_a_hundred_at_a_time_with_a_repeated_key() -> None:
    script = Script().on("GET", "/markets/orderbooks", {"orderbooks": []})
    async with script.client() as client:
        await client.reads(Lane.EXIT).markets.orderbooks([f"T-{n}" for n in range(150)])
    sizes = [len(request.url.params.get_list("tickers")) for request in script.requests]
    assert sizes == [100, 50]


async def test_the_account_seeds_the_budget() -> None:
    script = Script().on("GET", "/account/endpoint_costs", {"default_cost": 5, "endpoint_costs": []})
    limits = {
        "usage_tier": "premier",
        "read": {"refill_rate": 1000, "bucket_capacity": 1000},
        "write": {"refill_rate": 1000, "bucket_capacity": 2000},
        "grants": [],
    }
    script.on("GET", "/account/limits", limits)
    async with script.client() as client:
        await client.reads(Lane.RECONCILE).account.seed_budget()
        assert client.budget.queue(BucketName.WRITE).bucket.capacity == 2000
        assert client.budget.cost("GET", "/markets") == 5


async def test_a_long_page_lets_others_have_their_turns() -> None:
    """Decoding is work of the loop that also watches exits."""
    trades = [TRADE | {"trade_id": f"t-{number}"} for number in range(1_000)]
    script = Script().on("GET", "/markets/trades", {"trades": trades, "cursor": ""})
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with script.client() as client:
        listing = client.reads(Lane.COLLECT).trades.list(ticker="T")
        await listing.page()
        counting = asyncio.create_task(other())
        await asyncio.sleep(0)
        before = turns
        await listing.page()
        counting.cancel()
    assert turns - before >= 1_000 // 50 - 1, "one between any two portions"
