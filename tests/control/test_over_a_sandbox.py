"""A console on a whole engine that trades on a running sandbox: what it sees is what the engine has."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from live_engine import LiveClock, LiveEngine
from running_sandbox import RunningSandbox, sandbox_in
from wide_limits import WIDE_LIMITS

from engine.control.client import ControlClient
from engine.control.errors import QueryRefused
from engine.control.market_rows import market_row
from engine.control.money_rows import order_row
from engine.control.protocol import INDEX, LOG, WATCH, AnswerState, ControlCode, book_topic, tape_topic
from engine.control.queries import CandlesArgs, FactsArgs, FillsArgs, MarketsArgs, OrdersArgs, TradesArgs
from engine.control.replica import Replica
from engine.control.server import ControlServer
from engine.core.settings import EngineSettings
from engine.domain.command import CancelAll, ClosePosition, PlaceOrder
from engine.domain.order import Leg, OrderState, TimeInForce
from engine.kalshi.market_history import MarketHistory
from engine.ledger.queries import LedgerQueries

SETTINGS = EngineSettings(series=("KXHIGHNY", "KXBTC15M"), limits=WIDE_LIMITS)


START = "2026-11-20T15:00:00Z"
START_S = int(datetime.fromisoformat(START).timestamp())
"""Exchange time at which the sandbox begins; the engine's clock here is the machine's."""


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    folder = tmp_path_factory.mktemp("sandbox")
    with sandbox_in(folder, "--seed", "7", "--tier", "prestige", "--start", START) as running:
        yield running


@pytest.fixture
async def live(sandbox: RunningSandbox, tmp_path: Path) -> AsyncIterator[LiveEngine]:
    live = LiveEngine(sandbox, tmp_path / "ledger.sqlite", SETTINGS)
    runtime = await live.start()
    queries = LedgerQueries(tmp_path / "ledger.sqlite")
    server = ControlServer(
        runtime,
        queries,
        tmp_path / "engine.sock",
        LiveClock(0),
        reads=MarketHistory(live.client),
        board=live.board,
    )
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


def _most_traded(replica: Replica, series: str) -> str:
    """One with a past at any hour of the day: a strike that nobody believes in has no candles."""
    quotes = (quote for quote in replica.watch.quotes.values() if quote.ticker.startswith(series))
    return max(quotes, key=lambda quote: quote.volume_c or 0).ticker


async def test_what_the_exchange_says_of_a_market(live: LiveEngine, tmp_path: Path) -> None:
    async with asyncio.timeout(60), await ControlClient.connect(tmp_path / "engine.sock") as client:
        await client.subscribe(WATCH)
        await client.until(lambda replica: replica.watch.is_whole and bool(replica.watch.markets))
        ticker = next(name for name in client.replica.watch.markets if name.startswith("KXBTC15M"))
        (facts,) = (await client.query("facts", FactsArgs(ticker))).items
        assert facts.market.ticker == ticker
        assert facts.market.rules_primary
        assert facts.event.ticker == facts.market.event_ticker
        assert (facts.series_title, facts.index_id) == ("Bitcoin price up or down", "BRTI")
        weather = _most_traded(client.replica, "KXHIGHNY")
        candles = (await client.query("candles", CandlesArgs(weather, 60, START_S - 86_400, START_S))).items
        assert len(candles) > 3
        assert [candle.end_s for candle in candles] == sorted({candle.end_s for candle in candles})
        trades = (await client.query("trades", TradesArgs(weather), limit=20)).items
        assert 0 < len(trades) <= 20
        assert [trade.at_ns for trade in trades] == sorted((t.at_ns for t in trades), reverse=True)


async def test_prints_and_index_values_reach_a_console(
    live: LiveEngine, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    async with asyncio.timeout(60), await ControlClient.connect(tmp_path / "engine.sock") as client:
        for topic in (WATCH, INDEX):
            await client.subscribe(topic)
        await client.until(lambda replica: replica.watch.is_whole and "BRTI" in replica.indexes)
        first = client.replica.indexes["BRTI"]
        await client.until(lambda replica: replica.indexes["BRTI"].source_ns > first.source_ns)
        quote = next(
            quote
            for quote in client.replica.watch.quotes.values()
            if quote.is_fresh and quote.ask_bp is not None and 2_000 < quote.ask_bp < 8_000
        )
        await client.subscribe(tape_topic(quote.ticker))
        await client.until(lambda replica: quote.ticker in replica.tapes)
        order = PlaceOrder(
            "tape-1", quote.ticker, Leg.YES, True, quote.ask_bp + 200, 100, TimeInForce.IMMEDIATE_OR_CANCEL
        )
        assert (await client.command(order)).state is AnswerState.ACCEPTED
        await client.until(lambda replica: any(t.count_c == 100 for t in replica.tapes[quote.ticker]))
        taken = next(t for t in client.replica.tapes[quote.ticker] if t.count_c == 100)
        assert (taken.ticker, taken.taker) == (quote.ticker, Leg.YES)
        await client.unsubscribe(tape_topic(quote.ticker))
        assert quote.ticker not in client.replica.tapes


async def test_a_question_that_the_exchange_refuses(live: LiveEngine, tmp_path: Path) -> None:
    async with asyncio.timeout(60), await ControlClient.connect(tmp_path / "engine.sock") as client:
        for kind, args in (
            ("facts", FactsArgs("KXNONE-1")),
            ("candles", CandlesArgs("KXNONE-1", 7, 0, 60)),
            ("candles", CandlesArgs("KXNONE-1", 1, 0, 10**9)),
        ):
            with pytest.raises(QueryRefused) as refused:
                await client.query(kind, args)
            assert refused.value.code == ControlCode.NO_ANSWER
