"""Limits and cursors: every item once, while lists grow, and cursors that mean nothing."""

from __future__ import annotations

import pytest
from rest_world import BETWEEN, COIN, Desk, failed, ok, open_desk, refused
from small_world import MovableWall

from engine.sandbox.server.rest.paging import by_key, cursor_place, cursor_text, newest_first
from engine.sandbox.server.store import Store


async def page(desk: Desk, path: str, key: str, cursor: str = "", limit: int = 2) -> tuple[list[dict], str]:
    joint = "&" if "?" in path else "?"
    body = ok(await desk.ann("GET", f"{path}{joint}limit={limit}&cursor={cursor}"))
    return body[key], body["cursor"]  # type: ignore[return-value]


LISTS = [
    ("/markets", "markets", "ticker"),
    ("/events", "events", "event_ticker"),
    ("/markets/trades", "trades", "trade_id"),
    ("/portfolio/orders", "orders", "order_id"),
    ("/portfolio/fills", "fills", "trade_id"),
    ("/portfolio/positions", "market_positions", "ticker"),
]


@pytest.mark.parametrize(("path", "key", "name"), LISTS)
async def test_every_item_comes_once(desk: Desk, path: str, key: str, name: str) -> None:
    for _ in range(3):
        await desk.trade()
        await desk.trade(ticker=COIN, price="0.0950")
    whole, last = await page(desk, path, key, limit=200 if path == "/events" else 1_000)
    assert last == ""
    assert len(whole) >= 2
    found: list[str] = []
    cursor = ""
    while True:
        items, cursor = await page(desk, path, key, cursor, limit=1)
        found.extend(item[name] for item in items)
        if not cursor:
            break
    assert found == [item[name] for item in whole]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize(
    ("path", "key", "name"), [entry for entry in LISTS if entry[0] not in ("/events", "/portfolio/positions")]
)
async def test_arrivals_do_not_move_a_cursor(desk: Desk, path: str, key: str, name: str) -> None:
    for _ in range(3):
        await desk.trade()
    before, _ = await page(desk, path, key, limit=1_000)
    first, cursor = await page(desk, path, key, limit=2)
    desk.pass_time(1)
    await desk.trade()
    second, _ = await page(desk, path, key, cursor, limit=1_000)
    assert [item[name] for item in first + second] == [item[name] for item in before]


@pytest.mark.parametrize(("path", "key", "name"), LISTS)
async def test_a_cursor_that_means_nothing_starts_over(desk: Desk, path: str, key: str, name: str) -> None:
    await desk.trade()
    whole, _ = await page(desk, path, key, limit=100)
    for cursor in ("garbage", "%00%ff", "Zm9vHzk5", cursor_text("other", "3"), cursor_text("markets", "x")):
        items, _ = await page(desk, path, key, cursor, limit=100)
        assert [item[name] for item in items] == [item[name] for item in whole]


@pytest.mark.parametrize(
    ("path", "operation", "maximum"),
    [
        ("/markets", "GetMarkets", 1_000),
        ("/markets/trades", "GetTrades", 1_000),
        ("/historical/markets", "GetHistoricalMarkets", 1_000),
        ("/historical/trades", "GetHistoricalTrades", 1_000),
        ("/historical/orders", "GetHistoricalOrders", 1_000),
        ("/historical/fills", "GetHistoricalFills", 1_000),
        ("/historical/positions", "GetHistoricalPositions", 1_000),
        ("/events", "GetEvents", 200),
        ("/events/fee_changes", "GetEventFeeChanges", 1_000),
        ("/portfolio/orders", "GetOrders", 1_000),
        ("/portfolio/fills", "GetFills", 1_000),
        ("/portfolio/positions", "GetPositions", 1_000),
        ("/portfolio/settlements", "GetSettlements", 1_000),
        ("/portfolio/withdrawals", "GetWithdrawals", 500),
        ("/portfolio/subaccounts/transfers", "GetSubaccountTransfers", 1_000),
        ("/portfolio/intra_exchange_instance_transfers", "GetIntraExchangeInstanceTransfers", 500),
    ],
)
async def test_limits_are_refused_not_clamped(desk: Desk, path: str, operation: str, maximum: int) -> None:
    answer = await desk.ann("GET", f"{path}?limit={maximum + 1}")
    assert refused(answer) == (400, failed(operation, "Limit", "lte"))
    assert (await desk.ann("GET", f"{path}?limit={maximum}")).status_code == 200
    assert (await desk.ann("GET", f"{path}?limit=0")).status_code == 200


async def test_zero_is_the_default(desk: Desk) -> None:
    for number in range(101):
        await desk.ann.place(ticker=BETWEEN, price="0.0100", client_order_id=f"o{number}")
    items, cursor = await page(desk, "/portfolio/orders", "orders", limit=0)
    assert len(items) == 100
    rest, last = await page(desk, "/portfolio/orders", "orders", cursor, limit=0)
    assert (len(rest), last) == (1, "")


def test_a_cursor_is_read_back_by_its_own_list_only() -> None:
    cursor = cursor_text("orders", "17")
    assert cursor_place("orders", cursor) == "17"
    assert cursor_place("fills", cursor) is None
    assert cursor_place("orders", None) is None
    assert cursor_place("orders", "é") is None


def test_filtered_lists_page_by_place() -> None:
    numbers = list(range(10))
    found, cursor = newest_first("n", numbers, None, 2, lambda n: n % 2 == 0)
    assert found == [8, 6]
    numbers += [10, 11, 12]
    assert newest_first("n", numbers, cursor, 9, lambda n: n % 2 == 0) == ([4, 2, 0], "")
    assert newest_first("n", numbers, None, 9, lambda n: True, lambda n: n < 10) == ([12, 11, 10], "")


def test_sorted_lists_page_by_key() -> None:
    words = ["a", "c", "e"]
    found, cursor = by_key("w", words, str, None, 2, lambda word: True)
    assert found == ["a", "c"]
    words.remove("c")
    words[1:1] = ["b", "d"]
    assert by_key("w", words, str, cursor, 9, lambda word: True) == (["d", "e"], "")


async def test_a_cursor_holds_over_a_restart() -> None:
    store, wall = Store.in_memory(), MovableWall()
    desk = open_desk(store, wall)
    for number in range(20):
        await desk.trade(count="1.00")
        await desk.ann.place(f"rest{number}", ticker=BETWEEN, price="0.0100")
    again = open_desk(store, wall)
    for path, key, name in LISTS[3:5]:
        whole, _ = await page(desk, path, key, limit=1_000)
        first, cursor = await page(desk, path, key, limit=7)
        second, _ = await page(again, path, key, cursor, limit=1_000)
        assert [item[name] for item in first + second] == [item[name] for item in whole]
