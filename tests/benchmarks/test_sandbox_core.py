"""How many orders a second the sandbox core accepts and matches, in CPU time, best of five."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest
from exchange_world import ASK, BID, world

from engine.domain.order import OrderRequest
from engine.sandbox.core.exchange import Exchange

WANTED_A_SECOND = 30_000
ORDERS = 20_000
ROUNDS = 5


def orders() -> list[tuple[str, OrderRequest]]:
    """A buyer and a seller around one price: about half of the orders trade when they arrive."""
    rng = random.Random(1)
    stream = []
    for number in range(ORDERS):
        side = rng.choice((BID, ASK))
        price_bp = 5_000 + rng.randint(-15, 15) * 100
        request = OrderRequest("M", side, price_bp, 1_000, client_order_id=f"order-{number}")
        stream.append(("ann" if side is BID else "bob", request))
    return stream


def played(exchange: Exchange, stream: list[tuple[str, OrderRequest]], *, saves: bool) -> None:
    """Places every order; drains the feed every thousand, and takes the changes if they are to be saved."""
    for number, (account_id, request) in enumerate(stream):
        exchange.create_order(account_id, request)
        if number % 1_000 == 999:
            exchange.drain()
            if saves:
                exchange.take_changes()


@pytest.mark.parametrize("saves", [False, True], ids=["matching", "matching-and-change-rows"])
def test_orders_a_second(benchmark: Callable[..., object], saves: bool) -> None:
    stream = orders()
    best_s = float("inf")
    exchange = world(cash_dollars=100_000_000)

    def once() -> None:
        nonlocal best_s, exchange
        exchange = world(cash_dollars=100_000_000)
        started = time.process_time()
        played(exchange, stream, saves=saves)
        best_s = min(best_s, time.process_time() - started)

    benchmark.pedantic(once, rounds=ROUNDS)  # type: ignore[attr-defined]
    takers = sum(1 for order in exchange.orders.values() if order.taker_cost_ud)
    assert 0.35 < takers / ORDERS < 0.65
    a_second = ORDERS / best_s
    benchmark.extra_info["orders_a_second_cpu"] = round(a_second)  # type: ignore[attr-defined]
    benchmark.extra_info["trades"] = exchange.markets["M"].trade_count  # type: ignore[attr-defined]
    print(f"\n{a_second:,.0f} orders/s, {exchange.markets['M'].trade_count:,} trades of {ORDERS:,} orders")
    if not saves:
        assert a_second >= WANTED_A_SECOND
