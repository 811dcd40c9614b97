"""History from the ledger and listings from the engine, page by page."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from control_desk import ControlDesk
from core_bench import SERIES, TICKER, a_fill, market

from engine.control.client import ControlClient
from engine.control.errors import QueryRefused
from engine.control.limits import ControlLimits
from engine.control.protocol import ControlCode
from engine.control.queries import (
    KINDS,
    Args,
    EventArgs,
    FillsArgs,
    ForecastsArgs,
    JournalArgs,
    MarketsArgs,
    OrderArgs,
    OrdersArgs,
    PositionsArgs,
    SettlementsArgs,
    WhyArgs,
)
from engine.control.rows.account import FillRow, PositionRow
from engine.control.rows.markets import EventRow, LegRow
from engine.control.rows.orders import OrderRow
from engine.domain.command import CancelAll
from engine.domain.feed import FillSeen
from engine.domain.order import OrderState

TICKERS = [f"KXT-26NOV20-T{strike}" for strike in range(30, 60)]


async def all_pages(client: ControlClient, kind: str, args: Args | None = None, limit: int = 7) -> list[Any]:
    found: list[Any] = []
    cursor = None
    while True:
        page = await client.query(kind, args, cursor, limit)
        found += page.items
        assert len(page.items) <= limit
        cursor = page.cursor
        if cursor is None:
            return found


async def test_orders_fills_and_journal_come_from_the_ledger(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path) as desk, await desk.connect() as client:
        for number in range(20):
            await client.command(
                desk.order(client_order_id=f"c{number}", price_bp=100 * (20 + number), far=True)
            )
        desk.runtime.post(FillSeen(a_fill("t1", 50, order_id="v-c3", client_order_id="c3"), 50, 0))
        await client.until(lambda replica: bool(replica.desk.fills))
        await client.command(CancelAll())
        orders = await all_pages(client, "orders")
        assert [order.client_order_id for order in orders] == [f"c{n}" for n in reversed(range(20))]
        assert all(isinstance(order, OrderRow) for order in orders)
        (partly,) = (await client.query("order", OrderArgs("v-c3"))).items
        assert (partly.client_order_id, partly.booked_c, partly.booked_ud) == ("c3", 50, 250_000)
        (fill,) = (await client.query("fills", FillsArgs(ticker=TICKER))).items
        assert isinstance(fill, FillRow)
        assert (fill.trade_id, fill.client_order_id, fill.owner) == ("t1", "c3", "manual")
        history = await all_pages(client, "journal", JournalArgs(subject="c3"))
        assert "order_intended" in {entry.kind for entry in history}
        assert [entry.seq for entry in history] == sorted((entry.seq for entry in history), reverse=True)
        assert history[-1].fact["terms"]["client_order_id"] == "c3"
        (run,) = (await client.query("runs")).items
        assert run.ended_ns is None
        assert (await client.query("settlements", SettlementsArgs(since_ns=0))).items == ()


async def test_orders_are_selected_by_state(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path) as desk, await desk.connect() as client:
        await client.command(desk.order(client_order_id="rests"))
        await client.command(desk.order(client_order_id="ends", price_bp=4_000))
        await client.command(CancelAll())
        await client.until(lambda replica: len(replica.desk.ended) == 2)
        await client.command(desk.order(client_order_id="later", price_bp=4_100))
        resting = await client.query("orders", OrdersArgs(states=(OrderState.RESTING,)))
        assert [order.client_order_id for order in resting.items] == ["later"]


async def test_markets_event_and_positions_come_from_the_engine(tmp_path: Path) -> None:
    listed = [market(ticker, title=f"Above {ticker[-2:]}") for ticker in TICKERS]
    async with ControlDesk(tmp_path, listed) as desk, await desk.connect() as client:
        desk.runtime.post(FillSeen(a_fill("t1", 300), 300, 0))
        await client.until(lambda replica: TICKER in replica.desk.positions)
        markets = await all_pages(client, "markets", MarketsArgs(series=SERIES))
        assert [leg.market.ticker for leg in markets] == TICKERS
        assert all(isinstance(leg, LegRow) and leg.quote.bid_bp == 4_900 for leg in markets)
        (one,) = (await client.query("markets", MarketsArgs(text="above 42"))).items
        assert one.market.ticker == "KXT-26NOV20-T42"
        (event,) = (await client.query("event", EventArgs("KXT-26NOV20"))).items
        assert isinstance(event, EventRow)
        assert event.mutually_exclusive
        assert [leg.market.ticker for leg in event.legs] == TICKERS
        held = {leg.market.ticker: leg.position for leg in event.legs if leg.position is not None}
        assert held == {TICKER: client.replica.desk.positions[TICKER]}
        (position,) = (await client.query("positions", PositionsArgs())).items
        assert isinstance(position, PositionRow)


async def test_a_query_that_cannot_be_is_refused_with_its_code(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path) as desk, await desk.connect() as client:
        for kind, args, cursor, code in (
            ("weather", None, None, ControlCode.UNKNOWN_QUERY),
            ("orders", EventArgs("E"), None, ControlCode.BAD_ARGS),
            ("order", None, None, ControlCode.BAD_ARGS),
            ("order", OrderArgs("nobody"), None, ControlCode.NOT_FOUND),
            ("event", EventArgs("KXNONE"), None, ControlCode.NOT_FOUND),
            ("orders", None, "'; DROP TABLE orders", ControlCode.BAD_CURSOR),
        ):
            with pytest.raises(QueryRefused) as refusal:
                await client.query(kind, args, cursor)
            assert refusal.value.code == code


async def test_queries_beyond_the_limit_are_refused_and_the_others_answered(tmp_path: Path) -> None:
    limits = ControlLimits(queries=2)
    async with ControlDesk(tmp_path, limits=limits) as desk, await desk.connect() as client:
        found = await asyncio.gather(*(client.query("runs") for _ in range(30)), return_exceptions=True)
        refused = [error for error in found if isinstance(error, QueryRefused)]
        assert {error.code for error in refused} == {ControlCode.TOO_MANY_QUERIES}
        assert 2 <= len(found) - len(refused) < 30
        assert (await client.query("runs")).items


async def test_every_kind_of_query_is_answered(tmp_path: Path) -> None:
    needed: dict[str, Args] = {
        "order": OrderArgs("c1"),
        "event": EventArgs("KXT-26NOV20"),
        "why": WhyArgs("c1"),
        "forecasts": ForecastsArgs("KXT"),
    }
    async with ControlDesk(tmp_path) as desk, await desk.connect() as client:
        await client.command(desk.order(client_order_id="c1"))
        for kind in KINDS.keys() - {"facts", "candles", "trades"}:
            await client.query(kind, needed.get(kind))
