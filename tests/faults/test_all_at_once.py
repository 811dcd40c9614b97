"""Every fault of a POST, once and all at once, against an engine on real sockets with a short time-out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from ground_truth import disagreements, truth_by_side_door
from live_engine import LiveEngine
from running_sandbox import RunningSandbox, start_sandbox

from engine.core.settings import EngineSettings, Limits
from engine.domain.command import PlaceOrder
from engine.domain.order import Leg, OrderState, TimeInForce
from engine.domain.units import DOLLAR_UD, MILLISECOND_NS
from engine.kalshi.settings import ClientSettings

SERIES = ("KXHIGHNY", "KXHIGHCHI", "KXBTCD")
ORDERS = "/portfolio/events/orders"
NOTHING_DONE = ("reset_before_accept", "408", "429", "500", "502", "503", "504", "2xx_without_order")
DONE = ("accept_then_reset", "accept_then_stall", "accept_then_503", "garbage_body")
DEPOSITS_UD = 20_000 * DOLLAR_UD
HEALTHY_S = 12
DOUBTFUL = (OrderState.INTENT, OrderState.SENT, OrderState.UNKNOWN)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[RunningSandbox]:
    options = ("--seed", "7", "--tier", "prestige", "--start", "2026-11-20T15:00:00Z")
    process, running = start_sandbox(tmp_path / "key", *options)
    yield running
    process.terminate()
    process.communicate(timeout=20)


@pytest.fixture
async def live(sandbox: RunningSandbox, tmp_path: Path) -> AsyncIterator[LiveEngine]:
    settings = EngineSettings(series=SERIES, limits=Limits(order_loss_ud=100 * DOLLAR_UD))
    client = ClientSettings(post_timeout_ns=800 * MILLISECOND_NS)
    engine = LiveEngine(sandbox, tmp_path / "ledger.sqlite", settings, client)
    await engine.start()
    yield engine
    await engine.stop()


def orders(live: LiveEngine, count: int) -> list[PlaceOrder]:
    """Half to trade at once, half to rest, in different markets, on both legs."""
    assert live.runtime is not None
    views = sorted(live.runtime.engine.books.items())
    open_books = [
        (ticker, view.book.best_bid_bp, view.book.best_ask_bp)
        for ticker, view in views
        if view.is_fresh and view.book.is_two_sided and 1_500 < (view.book.best_bid_bp or 0) < 8_500
    ]
    made = []
    for number in range(count):
        ticker, bid_bp, ask_bp = open_books[number % len(open_books)]
        leg, trades = (Leg.YES, Leg.NO)[number % 2], number % 4 < 2
        touch_bp = ask_bp if leg is Leg.YES else 10_000 - bid_bp
        made.append(
            PlaceOrder(
                f"order-{number}",
                ticker,
                leg,
                buys=True,
                price_bp=touch_bp if trades else 1_000,
                count_c=300,
                time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL if trades else TimeInForce.GOOD_TILL_CANCELED,
                again=True,
                far=True,
            )
        )
    return made


@pytest.mark.slow
async def test_each_fault_once_and_nothing_is_doubled_or_in_doubt(
    live: LiveEngine, sandbox: RunningSandbox
) -> None:
    assert live.runtime is not None
    engine = live.runtime.engine

    def see(path: str) -> dict[str, Any]:
        return sandbox.side_door("GET", path)

    effects = [*NOTHING_DONE, *DONE]
    wanted = orders(live, len(effects))
    rules = [{"method": "POST", "path": ORDERS, "times": 1, "effect": effect} for effect in effects]
    await asyncio.to_thread(sandbox.side_door, "POST", "faults", rules=rules)
    answers = await asyncio.gather(*(live.ask(order) for order in wanted))
    began = time.monotonic()
    assert [answer.client_order_id for answer in answers] == [order.client_order_id for order in wanted]
    left = (await asyncio.to_thread(see, "faults"))["rules"]
    assert [rule["times"] for rule in left] == [0] * len(effects)

    def doubts() -> list[str]:
        return [name for name, record in engine.money.orders.items() if record.state in DOUBTFUL]

    assert len(doubts()) >= 6
    await live.until(lambda: not doubts() and not engine.in_doubt, seconds=HEALTHY_S)
    assert time.monotonic() - began < HEALTHY_S
    exclusive = frozenset(name for name, event in engine.events.items() if event.mutually_exclusive)
    wrong = ["not compared"]
    for _ in range(20):
        truth = await asyncio.to_thread(truth_by_side_door, see, exclusive)
        wrong = disagreements(engine.money, truth, DEPOSITS_UD)
        if not wrong:
            break
        # Books move on: a resting order may have traded a moment ago.
        await asyncio.sleep(0.5)
    assert wrong == []
    assert len(truth.orders) >= len(effects) - 2
    assert any(order.filled_c for order in truth.orders)
    assert any(record.sends == 2 for record in engine.money.orders.values())
