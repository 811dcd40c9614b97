"""The historical tier: what is older than the cutoff is there, and only there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rest_world import BETWEEN, COIN, START_S, WEATHER_DAY, Desk, nested, ok, open_desk, refused, typed
from small_world import Client

from engine.domain.units import DAY_NS, SECOND_NS
from engine.wire.markets import (
    EventPage,
    HistoricalCandlesticks,
    HistoricalCutoff,
    MarketAnswer,
    MarketPage,
    TradePage,
)
from engine.wire.orders import OrderPage
from engine.wire.portfolio import FillPage, PositionPage

DAYS_91 = 91 * 86_400


@pytest.fixture
async def aged() -> Desk:
    """A market traded and settled, and a coin market settled; then ninety-one days pass."""
    desk = open_desk()
    await desk.trade(count="2.00")
    await desk.trade(ticker=COIN, price="0.5000")
    for ticker, value in ((BETWEEN, 10_000), (COIN, 0)):
        desk.exchange.close_now(ticker)
        desk.exchange.determine(ticker, value)
        desk.exchange.settle_now(ticker)
    desk.pass_time(DAYS_91)
    return desk


async def test_the_cutoff_is_ninety_days_back(desk: Desk) -> None:
    found = typed(await desk.anyone("GET", "/historical/cutoff"), HistoricalCutoff)
    assert found.market_settled_ts == found.orders_updated_ts == "2026-06-23T14:13:20Z"


async def test_nothing_recent_is_historical(desk: Desk) -> None:
    await desk.trade()
    for path, key in (
        ("markets", "markets"),
        ("fills", "fills"),
        ("orders", "orders"),
        ("positions", "market_positions"),
        ("trades", "trades"),
    ):
        assert ok(await desk.ann("GET", f"/historical/{path}"))[key] == []
    missing = (404, nested("not_found", "not found", f"historical market: got {BETWEEN}"))
    assert refused(await desk.anyone("GET", f"/historical/markets/{BETWEEN}")) == missing
    query = f"start_ts={START_S}&end_ts={START_S}&period_interval=1"
    assert refused(await desk.anyone("GET", f"/historical/markets/{BETWEEN}/candlesticks?{query}")) == missing


async def test_markets_move_to_the_historical_tier(aged: Desk) -> None:
    page = typed(await aged.anyone("GET", "/historical/markets"), MarketPage)
    assert {market.ticker for market in page.markets} == {BETWEEN, COIN}
    live = typed(await aged.anyone("GET", "/markets"), MarketPage)
    assert not {market.ticker for market in live.markets} & {BETWEEN, COIN}
    assert (await aged.anyone("GET", f"/markets/{BETWEEN}")).status_code == 404
    one = typed(await aged.anyone("GET", f"/historical/markets/{BETWEEN}"), MarketAnswer).market
    assert (one.status, one.result) == ("finalized", "yes")
    events = typed(
        await aged.anyone("GET", f"/events?with_nested_markets=true&tickers={WEATHER_DAY}"), EventPage
    )
    nested_tickers = {market.ticker for market in events.events[0].markets or []}
    assert BETWEEN not in nested_tickers


async def tier(client: Client, path: str, kind: type, key: str, historical: bool) -> list[object]:
    root = "/historical" if historical else ("/markets" if path == "trades" else "/portfolio")
    return getattr(typed(await client("GET", f"{root}/{path}"), kind), key)  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("path", "kind", "key"),
    [
        ("orders", OrderPage, "orders"),
        ("fills", FillPage, "fills"),
        ("positions", PositionPage, "market_positions"),
        ("trades", TradePage, "trades"),
    ],
)
async def test_what_an_account_did_moves_too(aged: Desk, path: str, kind: type, key: str) -> None:
    assert len(await tier(aged.ann, path, kind, key, historical=True)) == 2
    assert await tier(aged.ann, path, kind, key, historical=False) == []


async def test_historical_candles_keep_nulls_and_unsuffixed_keys(aged: Desk, recordings: Path) -> None:
    minute = START_S // 60 * 60
    query = f"start_ts={minute - 60}&end_ts={minute + 60}&period_interval=1"
    path = f"/historical/markets/{COIN}/candlesticks?{query}"
    assert len(typed(await aged.anyone("GET", path), HistoricalCandlesticks).candlesticks) == 3
    untraded = ok(await aged.anyone("GET", f"/historical/markets/{BETWEEN}/candlesticks?{query}"))
    recorded = json.loads((recordings / "rest/candlesticks_historical_tier_excerpt.json").read_text())
    ours, theirs = untraded["candlesticks"][0], recorded["candlesticks"][0]  # type: ignore[index]
    assert {name: set(part) for name, part in ours.items() if isinstance(part, dict)} == {
        name: set(part) for name, part in theirs.items() if isinstance(part, dict)
    }
    assert set(ours) == set(theirs)
    assert ours["price"]["previous"] is None


async def test_the_window_can_be_set(desk: Desk) -> None:
    application = desk.anyone.http._transport.app  # type: ignore[attr-defined]
    application.state.live_window_ns = DAY_NS
    found = typed(await desk.anyone("GET", "/historical/cutoff"), HistoricalCutoff)
    assert found.trades_created_ts == "2026-09-20T14:13:20Z"
    assert desk.exchange.now_ns == START_S * SECOND_NS
