"""The engine trades on a running sandbox and owns exactly what the exchange says it owns."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest
from fault_bench import CLIENT, OPTIONS
from fault_bench import SETTINGS as FAULT_SETTINGS
from live_engine import LiveEngine
from running_sandbox import RunningSandbox, sandbox_in
from wide_limits import WIDE_LIMITS

from engine.core.denial import DenyCode
from engine.core.engine import Engine
from engine.core.facts.orders import OrderMoved
from engine.core.settings import EngineSettings
from engine.domain.command import ClosePosition, PlaceOrder
from engine.domain.order import Leg, OrderState, TimeInForce
from engine.kalshi.settings import ClientSettings

SETTINGS = EngineSettings(series=("KXHIGHNY", "KXHIGHCHI"), limits=WIDE_LIMITS)
QUICK = ClientSettings(post_timeout_ns=1_000_000_000)
SHORT = msgspec.structs.replace(SETTINGS, timings=FAULT_SETTINGS.timings)
"""An outcome is looked up after tenths of seconds; with the engine's own times it is in the histories."""
FAULTS = (
    "reset_before_accept",
    "accept_then_reset",
    "accept_then_stall",
    "accept_then_503",
    "408",
    "500",
    "502",
    "504",
    "2xx_without_order",
    "garbage_body",
)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    folder = tmp_path_factory.mktemp("sandbox")
    with sandbox_in(folder, *OPTIONS) as running:
        yield running


@pytest.fixture
async def live(sandbox: RunningSandbox, tmp_path: Path) -> AsyncIterator[LiveEngine]:
    live = LiveEngine(sandbox, tmp_path / "ledger.sqlite", SETTINGS, QUICK)
    await live.start()
    yield live
    await live.stop()


@pytest.fixture
async def quick(sandbox: RunningSandbox, tmp_path: Path) -> AsyncIterator[LiveEngine]:
    live = LiveEngine(sandbox, tmp_path / "ledger.sqlite", SHORT, CLIENT)
    await live.start()
    yield live
    await live.stop()


def near_the_middle(engine: Engine) -> tuple[str, int]:
    """A market whose ask leaves room on both sides, that nobody holds, and that ask."""
    held = engine.money.positions
    return next(
        (ticker, view.book.best_ask_bp)
        for ticker, view in sorted(engine.books.items())
        if view.is_fresh and ticker not in held
        if view.book.best_ask_bp is not None and 1_000 <= view.book.best_ask_bp <= 4_000
    )


def buy(client_order_id: str, ticker: str, price_bp: int) -> PlaceOrder:
    return PlaceOrder(
        client_order_id,
        ticker,
        Leg.YES,
        buys=True,
        price_bp=price_bp,
        count_c=200,
        time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL,
        again=True,
    )


def truth(sandbox: RunningSandbox) -> dict[str, list[dict[str, str]]]:
    """The exchange's orders of ours by client order id."""
    orders: dict[str, list[dict[str, str]]] = {}
    for order in sandbox.side_door("GET", "orders")["orders"]:  # type: ignore[attr-defined]
        orders.setdefault(order["client_order_id"], []).append(order)
    return orders


async def test_an_order_fills_is_held_and_is_closed(live: LiveEngine, sandbox: RunningSandbox) -> None:
    assert live.runtime is not None
    engine = live.runtime.engine
    ticker, ask_bp = near_the_middle(engine)
    answer = await live.ask(buy("first", ticker, ask_bp))
    assert (answer.deny_code, answer.client_order_id) == ("", "first")
    await live.until(lambda: engine.money.orders["first"].state is OrderState.FILLED)
    assert engine.money.positions[ticker].position.count_c == 200
    assert (await live.ask(ClosePosition("second", ticker))).deny_code == ""
    await live.until(lambda: engine.money.positions[ticker].position.count_c == 0)
    exact = {name: orders[0]["taker_fees_dollars"] for name, orders in truth(sandbox).items()}
    for name in ("first", "second"):
        assert f"{engine.money.orders[name].fees_ud / 1_000_000:.6f}" == f"{float(exact[name]):.6f}"


async def test_a_bad_order_is_denied_with_its_numbers_and_nothing_is_sent(
    live: LiveEngine, sandbox: RunningSandbox
) -> None:
    assert live.runtime is not None
    ticker, ask_bp = near_the_middle(live.runtime.engine)
    known = set(truth(sandbox))
    unknown = await live.ask(buy("bad-1", "KXNOSUCH-26JAN01-T1", ask_bp))
    off_grid = await live.ask(buy("bad-2", ticker, ask_bp + 1))
    assert unknown.deny_code == DenyCode.UNKNOWN_MARKET
    assert off_grid.deny_code != ""
    assert str(ask_bp // 100) in off_grid.text
    assert set(truth(sandbox)) == known


@pytest.mark.parametrize("effect", FAULTS)
async def test_no_fault_doubles_or_forgets_an_order(
    quick: LiveEngine, sandbox: RunningSandbox, effect: str
) -> None:
    live = quick
    assert live.runtime is not None
    engine = live.runtime.engine
    ticker, ask_bp = near_the_middle(engine)
    rule = {"method": "POST", "path": "/portfolio/events/orders", "times": 1, "effect": effect}
    sandbox.side_door("POST", "faults", rules=[rule])
    name = f"fault-{effect}"
    await live.ask(buy(name, ticker, ask_bp))
    await live.until(
        lambda: (
            engine.money.orders[name].state in (OrderState.FILLED, OrderState.CANCELED, OrderState.ABSENT)
            and not engine.in_doubt
        ),
        seconds=15,
    )
    await live.until(lambda: engine.money.orders[name].filled_c == engine.money.orders[name].venue_filled_c)
    at_exchange = truth(sandbox).get(name, [])
    assert len(at_exchange) <= 1
    filled_c = sum(round(float(order["fill_count_fp"]) * 100) for order in at_exchange)
    assert engine.money.orders[name].filled_c == filled_c


async def test_a_restart_knows_what_it_owns(sandbox: RunningSandbox, tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    first = LiveEngine(sandbox, path, SETTINGS, QUICK)
    runtime = await first.start()
    ticker, ask_bp = near_the_middle(runtime.engine)
    await first.ask(buy("before", ticker, ask_bp))
    await first.until(lambda: runtime.engine.money.orders["before"].state is OrderState.FILLED)
    held = runtime.engine.money.positions[ticker]
    await first.stop(graceful=False)

    second = LiveEngine(sandbox, path, SETTINGS, QUICK)
    again = await second.start()
    assert again.engine.money.positions[ticker] == held
    assert again.engine.money.orders["before"].state is OrderState.FILLED
    assert second.ledger.verify().is_sound
    moves: list[OrderMoved] = []
    end = again.subscribe(lambda step: moves.extend(c for c in step.changes if isinstance(c, OrderMoved)))
    await second.stop()
    end()
    assert moves == []
