"""The in-process exchange behaves as one behind sockets: the same outcomes for the same faults."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sim_crowd import SERIES, Crowd, crowd_plan
from sim_desk import ACCOUNT, SimDesk

from engine.domain.feed import BookFresh, FeedConnected, FeedLost
from engine.domain.order import BookSide, OrderRequest, TimeInForce
from engine.domain.units import SECOND_NS
from engine.kalshi.budget_queue import Lane
from engine.kalshi.outcome import Answered, NotSent, OutcomeUnknown, Refused
from engine.kalshi.stream.machine import StreamMachine
from engine.sandbox.server.faults import FaultRule
from engine.sandbox.sim.loop import running_loop, simulate

TICKER = f"{SERIES}-0000-T0"
ORDERS = "/portfolio/events/orders"


def order(name: str, **changes: Any) -> OrderRequest:
    fields: dict[str, Any] = {
        "ticker": TICKER,
        "side": BookSide.BID,
        "price_bp": 100,
        "count_c": 300,
        "client_order_id": name,
    }
    return OrderRequest(**(fields | changes))


def placed(desk: SimDesk) -> list[str]:
    return [order.client_order_id for order in desk.exchange.world.exchange.orders.values()]


@pytest.mark.parametrize(
    ("effect", "kind", "count", "seconds"),
    [
        ("reset_before_accept", OutcomeUnknown, 0, 0),
        ("accept_then_reset", OutcomeUnknown, 1, 0),
        ("accept_then_stall", OutcomeUnknown, 1, 5),
        ("accept_then_503", OutcomeUnknown, 1, 0),
        ("408", OutcomeUnknown, 0, 0),
        ("429", Refused, 0, 0),
        ("500", OutcomeUnknown, 0, 0),
        ("502", OutcomeUnknown, 0, 0),
        ("503", OutcomeUnknown, 0, 0),
        ("504", OutcomeUnknown, 0, 0),
        ("2xx_without_order", OutcomeUnknown, 0, 0),
        ("garbage_body", OutcomeUnknown, 1, 0),
    ],
)
def test_each_fault_of_a_post(effect: str, kind: type, count: int, seconds: int) -> None:
    async def main() -> None:
        desk = SimDesk(1)
        async with desk.client() as client:
            desk.fault(FaultRule(effect, "POST", ORDERS))
            began = running_loop().now_ns
            outcome = await client.writes.orders.create(order("one"))
            assert isinstance(outcome, kind), outcome
            assert (running_loop().now_ns - began) // SECOND_NS == seconds
            assert placed(desk) == ["one"] * count
        assert desk.exchange.crashes == []

    simulate(main())


def test_no_process_no_request() -> None:
    async def main() -> None:
        desk = SimDesk(1)
        async with desk.client() as client:
            desk.exchange.kill()
            assert isinstance(await client.writes.orders.create(order("one")), NotSent)
            desk.exchange.start()
            assert isinstance(await client.writes.orders.create(order("one")), Answered)
            assert placed(desk) == ["one"]

    simulate(main())


def test_a_kill_at_any_instant_of_a_request_leaves_it_unknown_and_at_most_once() -> None:
    outcomes: set[tuple[str, int]] = set()

    async def main(after_s: float) -> None:
        desk = SimDesk(3)
        async with desk.client() as client:
            running_loop().call_later(after_s, desk.exchange.kill)
            outcome = await client.writes.orders.create(order("one"))
            if isinstance(outcome, Answered):
                # It was answered before the kill.
                await asyncio.sleep(0.1)
            desk.exchange.start()
            assert isinstance(outcome, Answered | OutcomeUnknown)
            outcomes.add((type(outcome).__name__, len(placed(desk))))

    for step in range(30):
        simulate(main(step * 0.002 + 0.000_5))
    assert outcomes == {("OutcomeUnknown", 0), ("OutcomeUnknown", 1), ("Answered", 1)}


def test_a_request_may_be_carried_out_after_its_client_gave_up() -> None:
    async def main() -> None:
        desk = SimDesk(1)
        async with desk.client() as client:
            desk.fault(FaultRule("delay:7000", "POST", ORDERS))
            assert isinstance(await client.writes.orders.create(order("one")), OutcomeUnknown)
            assert placed(desk) == []
            await asyncio.sleep(3)
            assert placed(desk) == ["one"]

    simulate(main())


def test_the_stream_keeps_the_exchanges_books_through_drops_and_kills() -> None:
    async def main() -> None:
        desk = SimDesk(5)
        seen: list[Any] = []
        client = desk.client()
        machine = StreamMachine(seen.append, desk.clock.monotonic_ns, client.drift)
        feed = desk.feed(machine, client)
        tickers = list(desk.exchange.world.exchange.markets)
        machine.want_books(tickers)
        running = asyncio.create_task(feed.run())
        await asyncio.sleep(30)
        for effect in ("ws_gap", "ws_duplicate", "ws_reorder", "ws_stale_snapshot", "ws_drop"):
            desk.fault(FaultRule(effect, channel="orderbook_delta", times=3))
            await asyncio.sleep(40)
        desk.exchange.kill()
        await asyncio.sleep(20)
        desk.exchange.start()
        await asyncio.sleep(60)
        desk.exchange.kill()
        desk.exchange.start()
        await asyncio.sleep(60.05)
        world = desk.exchange.world
        for ticker in tickers:
            book = machine.books.book(ticker)
            assert book is not None
            assert book == world.exchange.markets[ticker].levels
        assert sum(isinstance(event, FeedConnected) for event in seen) >= 4
        assert sum(isinstance(event, FeedLost) for event in seen) >= 3
        assert any(isinstance(event, BookFresh) for event in seen)
        await feed.stop()
        await running
        await client.aclose()
        assert desk.exchange.crashes == []

    simulate(main())


def test_a_hundred_orders_on_a_day_of_virtual_time_are_in_the_account() -> None:
    async def main() -> tuple[int, int]:
        desk = SimDesk(9, plan=crowd_plan(Crowd(9, step_ns=60 * SECOND_NS)), tick_s=30)
        async with desk.client() as client:
            portfolio = client.reads(Lane.RECONCILE).portfolio
            for number in range(100):
                side = desk.chance.choice((BookSide.BID, BookSide.ASK))
                price_bp = 9_000 if side is BookSide.BID else 1_000
                request = order(
                    f"o-{number}", side=side, price_bp=price_bp, time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL
                )
                assert isinstance(await client.writes.orders.create(request), Answered)
                await asyncio.sleep(864)
            fills = await portfolio.fills().collect()
            account = desk.exchange.world.exchange.accounts[ACCOUNT]
            assert {fill.trade_id for fill in fills} == {fill.trade_id for fill in account.fills}
            return len(fills), running_loop().now_ns

    fills, ended_ns = simulate(main())
    assert fills >= 100
    assert ended_ns > 86_400 * SECOND_NS
    assert (fills, ended_ns) == simulate(main())
