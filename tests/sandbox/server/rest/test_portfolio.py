"""What an account reads: balance, positions, orders, fills, settlements, transfers."""

from __future__ import annotations

import pytest
from rest_world import (
    ABOVE,
    BETWEEN,
    COIN,
    START_S,
    WEATHER_DAY,
    Desk,
    failed,
    nested,
    ok,
    open_desk,
    refused,
    typed,
)
from small_world import ORDERS, MovableWall

from engine.domain.units import DOLLAR_UD
from engine.sandbox.server.limits import Tier
from engine.sandbox.server.store import Store
from engine.wire.orders import OrderPage, QueuePositionAnswer, QueuePositions
from engine.wire.portfolio import (
    Balance,
    DepositPage,
    FillPage,
    PositionPage,
    RestingOrderValue,
    SettlementPage,
    ShardTransferAccepted,
    WithdrawalPage,
)

TRANSFER = "/portfolio/intra_exchange_instance_transfer"


async def balance(desk: Desk, query: str = "") -> Balance:
    return typed(await desk.ann("GET", f"/portfolio/balance{query}"), Balance)


async def test_the_balance_is_cut_to_cents_and_told_for_each_shard(desk: Desk) -> None:
    # 1.01 contracts at 40.9 cents are $0.41309, with a fee of $0.0086: free are $9,999.57831.
    await desk.trade(ticker=COIN, price="0.0950", count="1.01")
    found = await balance(desk)
    ann = desk.exchange.accounts["ann"]
    free = {index: ann.available_ud(index) for index in sorted(ann.cash_ud)}
    assert found.balance == sum(free.values()) // 10_000
    assert free[2] % 10_000
    assert {s.exchange_index: s.balance for s in found.balance_breakdown or []} == {
        index: f"{ud // 100 / 10_000:.4f}" for index, ud in free.items()
    }
    assert found.balance_dollars == f"{sum(free.values()) // 100 / 10_000:.4f}"
    assert found.updated_ts == START_S
    one = await balance(desk, "?exchange_index=2")
    assert (one.balance, [s.exchange_index for s in one.balance_breakdown or []]) == (free[2] // 10_000, [2])


async def test_the_portfolio_value_is_what_the_positions_would_sell_for(desk: Desk) -> None:
    await desk.trade(count="10.00")
    assert (await balance(desk)).portfolio_value == 0
    await desk.bob.place(ticker=BETWEEN, price="0.3300", count="1.00")
    assert (await balance(desk)).portfolio_value == 330
    theirs = typed(await desk.bob("GET", "/portfolio/balance"), Balance)
    assert theirs.portfolio_value == 0
    await desk.ann.place(ticker=BETWEEN, side="ask", price="0.4500", count="1.00")
    theirs = typed(await desk.bob("GET", "/portfolio/balance"), Balance)
    assert theirs.portfolio_value == 550


async def test_resting_orders_tie_up_cash(desk: Desk) -> None:
    before = (await balance(desk)).balance
    await desk.ann.place(ticker=BETWEEN, price="0.4000", count="5.00")
    await desk.ann.place(ticker=COIN, side="ask", price="0.7000", count="2.00")
    value = typed(await desk.ann("GET", "/portfolio/summary/total_resting_order_value"), RestingOrderValue)
    assert value.total_resting_order_value == 260
    assert value.resting_order_value_breakdown == [
        {"exchange_index": 0, "resting_order_value": 200},
        {"exchange_index": 2, "resting_order_value": 60},
    ]
    # The coin series has maker fees, which are set aside as well: $0.0037 rounded up to $0.0037.
    assert (await balance(desk)).balance == before - 261


async def test_other_subaccounts_are_not_found(desk: Desk) -> None:
    missing = (404, nested("not_found", "not found", "subaccount: got 2, wanted 0"))
    for path in ("balance", "positions", "orders", "fills", "settlements", "order_groups"):
        assert refused(await desk.ann("GET", f"/portfolio/{path}?subaccount=2")) == missing
        assert (await desk.ann("GET", f"/portfolio/{path}?subaccount=0")).status_code == 200
        assert (await desk.anyone("GET", f"/portfolio/{path}")).status_code == 401
    answer = await desk.ann("GET", "/portfolio/fills?subaccount=64")
    assert refused(answer) == (400, failed("GetFills", "Subaccount", "lte"))


async def positions(desk: Desk, query: str = "") -> PositionPage:
    return typed(await desk.ann("GET", f"/portfolio/positions{query}"), PositionPage)


async def test_positions_are_signed_and_summed_by_event(desk: Desk) -> None:
    await desk.trade(count="10.00")
    await desk.bob.place(ticker=ABOVE, price="0.3000", count="4.00")
    await desk.ann.place(ticker=ABOVE, side="ask", price="0.3000", count="4.00")
    page = await positions(desk)
    found = {p.ticker: p for p in page.market_positions}
    assert (found[BETWEEN].position_fp, found[ABOVE].position_fp) == ("10.00", "-4.00")
    assert (found[BETWEEN].market_exposure_dollars, found[ABOVE].market_exposure_dollars) == (
        "4.000000",
        "2.800000",
    )
    assert found[BETWEEN].fees_paid_dollars == "0.168000"
    (event,) = page.event_positions
    assert (event.event_ticker, event.event_exposure_dollars, event.total_cost_shares_fp) == (
        WEATHER_DAY,
        "6.800000",
        "14.00",
    )
    assert found[BETWEEN].last_updated_ts == "2026-09-21T14:13:20Z"


async def test_filters_of_positions(desk: Desk) -> None:
    await desk.trade(count="1.00")
    await desk.trade(count="1.00", ticker=COIN, price="0.5000")
    await desk.bob.place(ticker=COIN, price="0.5000", count="1.00")
    await desk.ann.place(ticker=COIN, side="ask", price="0.5000", count="1.00")

    async def held(query: str) -> list[str]:
        return [p.ticker for p in (await positions(desk, query)).market_positions]

    assert await held("") == [COIN, BETWEEN]
    assert await held("?count_filter=position") == [BETWEEN]
    assert await held("?count_filter=position,total_traded") == [COIN, BETWEEN]
    assert await held("?exchange_index=2") == [COIN]
    assert await held(f"?ticker={COIN}") == [COIN]
    assert await held(f"?event_ticker={WEATHER_DAY}") == [BETWEEN]
    answer = await desk.ann("GET", "/portfolio/positions?count_filter=orders")
    assert refused(answer) == (400, failed("GetPositions", "CountFilter", "oneof"))
    desk.exchange.close_now(BETWEEN)
    desk.exchange.determine(BETWEEN, 10_000)
    desk.exchange.settle_now(BETWEEN)
    assert await held("") == [COIN]
    assert await held("?settlement_status=settled") == [BETWEEN]
    assert await held("?settlement_status=all") == [COIN, BETWEEN]


async def test_settlements(desk: Desk) -> None:
    await desk.trade(count="10.00")
    desk.exchange.close_now(BETWEEN)
    desk.exchange.determine(BETWEEN, 2_525, "83.5")
    desk.exchange.settle_now(BETWEEN)
    (found,) = typed(await desk.ann("GET", "/portfolio/settlements"), SettlementPage).settlements
    assert (found.market_result, found.value, found.revenue) == ("scalar", 25, 252)
    assert (found.yes_count_fp, found.yes_total_cost_dollars) == ("10.00", "4.000000")
    assert (found.no_count_fp, found.no_total_cost_dollars) == ("0.00", "0.000000")
    assert (found.fee_cost, found.settled_time) == ("0.168000", "2026-09-21T14:13:20Z")
    (other,) = typed(await desk.bob("GET", "/portfolio/settlements"), SettlementPage).settlements
    assert (other.no_count_fp, other.revenue, other.fee_cost) == ("10.00", 747, "0.000000")
    for query in (f"ticker={COIN}", f"max_ts={START_S - 1}", "event_ticker=NONE"):
        assert (
            typed(await desk.ann("GET", f"/portfolio/settlements?{query}"), SettlementPage).settlements == []
        )


async def test_fills(desk: Desk) -> None:
    taking, resting = await desk.trade(count="2.00")
    desk.pass_time(10)
    await desk.trade(count="1.00", ticker=COIN, price="0.5000")
    newest, oldest = typed(await desk.ann("GET", "/portfolio/fills"), FillPage).fills
    assert (newest.ticker, newest.exchange_index, newest.ts) == (COIN, 2, START_S + 10)
    assert (oldest.order_id, oldest.count_fp, oldest.is_taker, oldest.fee_cost) == (
        taking,
        "2.00",
        True,
        "0.033600",
    )
    assert (oldest.side, oldest.action, oldest.outcome_side, oldest.book_side) == ("yes", "buy", "yes", "bid")
    assert (oldest.yes_price_dollars, oldest.no_price_dollars) == ("0.4000", "0.6000")
    assert oldest.fill_id == oldest.trade_id
    body = ok(await desk.ann("GET", "/portfolio/fills"))
    assert "client_order_id" not in body["fills"][0]  # type: ignore[index]
    (maker,) = typed(await desk.bob("GET", f"/portfolio/fills?order_id={resting}"), FillPage).fills
    assert (maker.side, maker.outcome_side, maker.book_side, maker.is_taker) == ("no", "no", "ask", False)
    for query, expected in (
        (f"ticker={COIN},X", [COIN]),
        (f"min_ts={START_S + 10}", [COIN]),
        (f"max_ts={START_S + 9}", [BETWEEN]),
        ("exchange_index=0", [BETWEEN]),
    ):
        page = typed(await desk.ann("GET", f"/portfolio/fills?{query}"), FillPage)
        assert [fill.ticker for fill in page.fills] == expected


async def orders(desk: Desk, query: str = "") -> list[str]:
    page = typed(await desk.ann("GET", f"/portfolio/orders{query}"), OrderPage)
    return [order.client_order_id for order in page.orders]


async def test_filters_of_orders(desk: Desk) -> None:
    await desk.bob.place(ticker=BETWEEN, side="ask", price="0.4500")
    await desk.ann.place("first", ticker=BETWEEN, price="0.4500")
    desk.pass_time(10)
    await desk.ann.place("second", ticker=COIN, price="0.0950")
    canceled = (await desk.ann.place("third", ticker=ABOVE)).json()["order_id"]
    await desk.ann("DELETE", f"{ORDERS}/{canceled}")
    assert await orders(desk) == ["third", "second", "first"]
    assert await orders(desk, "?status=executed") == ["first"]
    assert await orders(desk, "?status=resting") == ["second"]
    assert await orders(desk, "?status=canceled") == ["third"]
    assert await orders(desk, f"?ticker={COIN},{ABOVE}") == ["third", "second"]
    assert await orders(desk, f"?event_ticker={WEATHER_DAY}") == ["third", "first"]
    assert await orders(desk, f"?min_ts={START_S + 1}") == ["third", "second"]
    assert await orders(desk, f"?max_ts={START_S}") == ["first"]
    assert await orders(desk, "?exchange_index=2") == ["second"]
    answer = await desk.ann("GET", "/portfolio/orders?status=open")
    assert refused(answer) == (400, nested("bad_request", "bad request", "invalid status filter"))
    many = ",".join(f"T{number}" for number in range(101))
    answer = await desk.ann("GET", f"/portfolio/orders?ticker={many}")
    assert refused(answer) == (400, failed("GetOrders", "Ticker", "max"))


async def test_an_order_is_its_owners_alone(desk: Desk) -> None:
    taking, resting = await desk.trade(count="2.00")
    found = ok(await desk.bob("GET", f"/portfolio/orders/{resting}"))["order"]
    assert isinstance(found, dict)
    expected = {
        "status": "executed",
        "side": "yes",
        "action": "sell",
        "outcome_side": "no",
        "book_side": "ask",
        "type": "limit",
        "maker_fill_cost_dollars": "1.200000",
        "taker_fill_cost_dollars": "0.000000",
        "fill_count_fp": "2.00",
        "remaining_count_fp": "0.00",
        "user_id": "bob",
        "subaccount_number": 0,
    }
    assert {name: found[name] for name in expected} == expected
    missing = (404, nested("not_found", "not found", f"order_id: got {taking}"))
    assert refused(await desk.bob("GET", f"/portfolio/orders/{taking}")) == missing


async def test_queue_positions(desk: Desk) -> None:
    await desk.bob.place(ticker=BETWEEN, count="3.00")
    mine = (await desk.ann.place(ticker=BETWEEN, count="1.00")).json()["order_id"]
    found = typed(await desk.ann("GET", f"/portfolio/orders/{mine}/queue_position"), QueuePositionAnswer)
    assert found.queue_position_fp == "3.00"
    for query in (f"market_tickers={BETWEEN},X", f"event_ticker={WEATHER_DAY}"):
        page = typed(await desk.ann("GET", f"/portfolio/orders/queue_positions?{query}"), QueuePositions)
        assert [(q.order_id, q.market_ticker, q.queue_position_fp) for q in page.queue_positions] == [
            (mine, BETWEEN, "3.00")
        ]
    assert refused(await desk.ann("GET", "/portfolio/orders/queue_positions")) == (
        400,
        nested("bad_request", "bad request", "wanted market_tickers or event_ticker"),
    )
    assert (await desk.bob("GET", f"/portfolio/orders/{mine}/queue_position")).status_code == 404


async def test_cash_moves_between_shards_at_a_later_step(desk: Desk) -> None:
    body = {"amount": 20_000, "source_exchange_shard": 0, "destination_exchange_shard": 3}
    accepted = typed(await desk.ann("POST", TRANSFER, json=body), ShardTransferAccepted)
    one = f"{TRANSFER}s/{accepted.transfer_id}"
    found = ok(await desk.ann("GET", one))["transfer"]
    assert (found["status"], found["amount"]) == ("pending", 20_000)  # type: ignore[index]
    assert desk.exchange.available_ud("ann", 3) == 0
    desk.pass_time(0.1)
    assert desk.exchange.available_ud("ann", 3) == 2 * DOLLAR_UD
    assert desk.exchange.available_ud("ann", 0) == 9_998 * DOLLAR_UD
    listed = ok(await desk.ann("GET", f"{TRANSFER}s"))["transfers"]
    assert [(t["transfer_id"], t["status"]) for t in listed] == [(accepted.transfer_id, "applied")]  # type: ignore[index, union-attr]
    assert (await desk.bob("GET", one)).status_code == 404


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"amount": 0}, "invalid_parameters"),
        ({"amount": 10**12}, "insufficient_balance"),
        ({"destination_exchange_shard": 0}, "invalid_parameters"),
        ({"destination_exchange_shard": 9}, "invalid_parameters"),
        ({"amount": "5"}, None),
    ],
)
async def test_refused_transfers(desk: Desk, changed: dict[str, object], code: str | None) -> None:
    body = {"amount": 10_000, "source_exchange_shard": 0, "destination_exchange_shard": 2} | changed
    status, refusal = refused(await desk.ann("POST", TRANSFER, json=body))
    assert isinstance(refusal, dict)
    assert status == 400
    assert (refusal["error"]["code"] if code else refusal["code"]) == (code or "bad_request")
    assert ok(await desk.ann("GET", f"{TRANSFER}s"))["transfers"] == []


async def test_a_transfer_survives_the_end_of_the_process() -> None:
    store, wall = Store.in_memory(), MovableWall()
    desk = open_desk(store, wall)
    body = {"amount": 10_000, "source_exchange_shard": 0, "destination_exchange_shard": 2}
    accepted = typed(await desk.ann("POST", TRANSFER, json=body), ShardTransferAccepted)
    again = open_desk(store, wall)
    assert again.exchange.available_ud("ann", 2) == 10_001 * DOLLAR_UD
    found = ok(await again.ann("GET", f"{TRANSFER}s/{accepted.transfer_id}"))["transfer"]
    assert found["status"] == "applied"  # type: ignore[index]


async def test_a_transfer_that_cannot_be_covered_any_more_fails(desk: Desk) -> None:
    body = {"amount": 99_999_900, "source_exchange_shard": 0, "destination_exchange_shard": 2}
    await desk.ann("POST", TRANSFER, json=body)
    await desk.ann.place(ticker=BETWEEN, price="0.9900", count="100.00")
    desk.pass_time(0.1)
    (found,) = ok(await desk.ann("GET", f"{TRANSFER}s"))["transfers"]  # type: ignore[misc]
    assert found["status"] == "failed"
    assert desk.exchange.accounts["ann"].cash_ud[2] == 10_000 * DOLLAR_UD


async def test_there_is_one_subaccount(desk: Desk) -> None:
    base = "/portfolio/subaccounts"
    desk.world.limits.set_tier("ann", Tier.BASIC)
    status, body = refused(await desk.ann("POST", base, json={}))
    assert (status, body["error"]["code"]) == (  # type: ignore[index]
        403,
        "subaccount_creation_requires_advanced_api_usage_level",
    )
    desk.world.limits.upgrade("ann")
    status, body = refused(await desk.ann("POST", base, json={}))
    assert (status, body["error"]["code"]) == (403, "subaccounts_not_supported")  # type: ignore[index]
    balances = ok(await desk.ann("GET", f"{base}/balances"))["subaccount_balances"]
    assert [(b["subaccount_number"], b["exchange_index"], b["balance"]) for b in balances] == [  # type: ignore[index, union-attr]
        (0, 0, "10000.0000"),
        (0, 1, "0.0000"),
        (0, 2, "10000.0000"),
        (0, 3, "0.0000"),
    ]
    assert ok(await desk.ann("GET", f"{base}/transfers")) == {"transfers": [], "cursor": ""}
    configs = ok(await desk.ann("GET", f"{base}/netting"))["netting_configs"]
    assert {config["enabled"] for config in configs} == {True}  # type: ignore[index, union-attr]
    change = {"subaccount_number": 0, "enabled": True}
    assert ok(await desk.ann("PUT", f"{base}/netting", json=change)) == {}
    assert refused(await desk.ann("PUT", f"{base}/netting", json=change | {"enabled": False}))[0] == 400
    move = {"from_subaccount": 0, "to_subaccount": 1, "amount_cents": 5, "client_transfer_id": "x"}
    assert refused(await desk.ann("POST", f"{base}/transfer", json=move)) == (
        404,
        nested("not_found", "not found", "subaccount: got 1, wanted 0"),
    )


async def test_play_money_comes_by_deposits_and_never_leaves(desk: Desk) -> None:
    desk.exchange.deposit("ann", 2, 12_345_678)
    found = typed(await desk.ann("GET", "/portfolio/deposits"), DepositPage)
    assert [(row.amount_cents, row.status) for row in found.deposits] == [
        (1_234, "applied"),
        (1_000_000, "applied"),
        (1_000_000, "applied"),
    ]
    assert len({row.id for row in found.deposits}) == 3
    first = typed(await desk.ann("GET", "/portfolio/deposits?limit=1"), DepositPage)
    rest = typed(await desk.ann("GET", f"/portfolio/deposits?cursor={first.cursor}"), DepositPage)
    assert first.deposits + rest.deposits == found.deposits
    assert typed(await desk.ann("GET", "/portfolio/withdrawals"), WithdrawalPage).withdrawals == []
    answer = await desk.ann("GET", "/portfolio/deposits?limit=501")
    assert refused(answer) == (400, failed("GetDeposits", "Limit", "lte"))
