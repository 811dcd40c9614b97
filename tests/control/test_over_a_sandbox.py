"""A console on a whole engine that trades on a running sandbox: what it sees is what the engine has."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from live_engine import LiveClock, LiveEngine
from running_sandbox import RunningSandbox, start_sandbox

from engine.control.client import ControlClient
from engine.control.market_rows import market_row
from engine.control.money_rows import order_row
from engine.control.protocol import LOG, WATCH, AnswerState, book_topic
from engine.control.queries import FillsArgs, MarketsArgs, OrdersArgs
from engine.control.server import ControlServer
from engine.core.settings import EngineSettings
from engine.domain.command import CancelAll, ClosePosition, PlaceOrder
from engine.domain.order import Leg, OrderState, TimeInForce
from engine.ledger.queries import LedgerQueries

SETTINGS = EngineSettings(series=("KXHIGHNY",))


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    folder = tmp_path_factory.mktemp("sandbox")
    process, running = start_sandbox(
        folder, "--seed", "7", "--tier", "prestige", "--start", "2026-11-20T15:00:00Z"
    )
    yield running
    process.terminate()
    process.wait(timeout=20)
    if process.stdout is not None:
        process.stdout.close()


@pytest.fixture
async def live(sandbox: RunningSandbox, tmp_path: Path) -> AsyncIterator[LiveEngine]:
    live = LiveEngine(sandbox, tmp_path / "ledger.sqlite", SETTINGS)
    runtime = await live.start()
    queries = LedgerQueries(tmp_path / "ledger.sqlite")
    server = ControlServer(runtime, queries, tmp_path / "engine.sock", LiveClock(0))
    await server.start()
    yield live
    await server.stop()
    await live.stop()
    await queries.close()


async def test_trading_through_the_socket(live: LiveEngine, tmp_path: Path) -> None:
    assert live.runtime is not None
    engine = live.runtime.engine
    async with (
        asyncio.timeout(60),
        await ControlClient.connect(tmp_path / "engine.sock", name="cli") as client,
    ):
        for topic in (WATCH, LOG):
            await client.subscribe(topic)
        await client.until(lambda replica: replica.watch.is_whole and bool(replica.watch.markets))
        assert client.replica.watch.markets == {
            name: market_row(engine.markets[name]) for name in engine.books
        }
        quote = next(
            quote
            for quote in client.replica.watch.quotes.values()
            if quote.ask_bp is not None and quote.bid_bp is not None and 2_000 < quote.ask_bp < 8_000
        )
        ticker, ask_bp = quote.ticker, quote.ask_bp
        assert ask_bp is not None
        await client.subscribe(book_topic(ticker))
        taken = await client.command(
            PlaceOrder("taken", ticker, Leg.YES, True, ask_bp, 100, TimeInForce.IMMEDIATE_OR_CANCEL)
        )
        rested = await client.command(PlaceOrder("rested", ticker, Leg.YES, True, 100, 100, far=True))
        assert (taken.state, rested.state) == (AnswerState.ACCEPTED, AnswerState.ACCEPTED)
        assert rested.order is not None
        assert rested.order.state is OrderState.RESTING
        await client.until(lambda replica: ticker in replica.desk.positions or "taken" in replica.desk.ended)
        await client.until(lambda replica: ticker in replica.desk.positions)
        held = client.replica.desk.positions[ticker]
        assert (held.leg, held.count_c, held.owner) == (Leg.YES, 100, "manual")
        assert client.replica.desk.orders["rested"] == order_row(engine.money.orders["rested"])
        closed = await client.command(ClosePosition("closed", ticker))
        assert closed.state is AnswerState.ACCEPTED
        await client.command(CancelAll())
        await client.until(lambda replica: not replica.desk.orders and ticker not in replica.desk.positions)
        assert live.runtime.engine.money.positions[ticker].position.count_c == 0
        fills = (await client.query("fills", FillsArgs(ticker=ticker))).items
        assert {fill.client_order_id for fill in fills} == {"taken", "closed"}
        orders = (await client.query("orders", OrdersArgs(ticker=ticker))).items
        assert [order.client_order_id for order in orders] == ["closed", "rested", "taken"]
        legs = (await client.query("markets", MarketsArgs(streamed=True), limit=500)).items
        assert {leg.market.ticker for leg in legs} == set(engine.books)
        assert client.replica.gaps == 0
        assert client.replica.books[ticker].is_fresh
        assert {"ORDER", "FILL", "CANCELED"} <= {line.code for line in client.replica.log}
