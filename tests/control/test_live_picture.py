"""What a client sees of an engine: the desk at once, other topics when it follows them."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from control_desk import ControlDesk
from core_bench import TICKER, a_fill, market

from engine.control.errors import ConnectionLost
from engine.control.limits import ControlLimits
from engine.control.protocol import LOG, WATCH, book_topic
from engine.domain.command import WatchMarkets
from engine.domain.feed import FillSeen, LifecycleKind, LifecycleSeen
from engine.domain.market import MarketStatus
from engine.domain.order import Leg, OrderState


async def test_the_desk_is_there_when_connect_returns(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path) as desk, await desk.connect(name="cli") as client:
        status = client.replica.desk.status
        assert status is not None
        assert status.venue == "sandbox"
        assert status.mode == "RUNNING"
        assert status.is_ready
        assert status.exchange.is_connected
        assert [feed.state for feed in status.feeds] == ["live"]
        assert client.replica.desk.cash is not None
        assert client.replica.desk.cash.cash_ud == 1_000_000_000
        assert client.hello.client.startswith("cli-")


async def test_an_order_is_in_the_picture_when_its_answer_comes(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path) as desk, await desk.connect() as client:
        answer = await client.command(desk.order(client_order_id="mine", leg=Leg.NO, price_bp=4_700))
        assert answer.order is not None
        assert answer.order.state is OrderState.RESTING
        row = client.replica.desk.orders["mine"]
        assert row == answer.order
        assert (row.leg, row.buys, row.price_bp) == (Leg.NO, True, 4_700)
        assert row.order_id == "v-mine"


async def test_a_fill_changes_order_position_and_value(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path) as desk, await desk.connect() as client:
        await client.command(desk.order(client_order_id="c1", count_c=500))
        desk.runtime.post(FillSeen(a_fill("t1", 300, client_order_id="c1"), 300, 0))
        await client.until(lambda replica: TICKER in replica.desk.positions)
        position = client.replica.desk.positions[TICKER]
        assert (position.leg, position.count_c, position.cost_ud) == (Leg.YES, 300, 1_500_000)
        assert position.unrealised_ud == 300 * 4_900 - 1_500_000
        assert client.replica.desk.orders["c1"].filled_c == 300
        assert [fill.trade_id for fill in client.replica.desk.fills] == ["t1"]
        desk.tick(delta_c=-9_900)
        await client.until(lambda replica: replica.desk.positions[TICKER].exit_ud is None)


async def test_the_watch_topic_has_markets_and_quotes(tmp_path: Path) -> None:
    tickers = [f"KXT-26NOV20-T{strike}" for strike in range(30, 60)]
    listed = [market(ticker) for ticker in tickers]
    async with ControlDesk(tmp_path, listed) as desk, await desk.connect() as client:
        await client.subscribe(WATCH)
        await client.until(lambda replica: replica.watch.is_whole and bool(replica.watch.markets))
        assert sorted(client.replica.watch.markets) == tickers
        assert client.replica.watch.quotes[TICKER].bid_bp == 4_900
        desk.tick(price_bp=5_000, delta_c=700)
        await client.until(lambda replica: replica.watch.quotes[TICKER].bid_bp == 5_000)
        assert client.replica.watch.quotes[TICKER].bid_c == 700


async def test_a_book_is_followed_level_by_level(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path) as desk, await desk.connect() as client:
        await client.subscribe(book_topic(TICKER))
        await client.until(lambda replica: TICKER in replica.books)
        book = client.replica.books[TICKER]
        assert book.is_fresh
        assert book.bids_down() == [(4_900, 10_000)]
        desk.tick(price_bp=4_800, delta_c=50)
        desk.tick(delta_c=-10_000)
        await client.until(lambda replica: replica.books[TICKER].bids == {4_800: 50})


async def test_the_log_tells_orders_and_denials(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path) as desk, await desk.connect() as client:
        await client.subscribe(LOG)
        await client.command(desk.order())
        denied = await client.command(desk.order(ticker="KXT-NONE"))
        assert denied.deny_code == "UNKNOWN_MARKET"
        await client.until(lambda replica: any(line.code == "UNKNOWN_MARKET" for line in replica.log))
        assert any(line.code == "ORDER" and line.ticker == TICKER for line in client.replica.log)
        numbers = [line.no for line in client.replica.log]
        assert numbers == list(range(1, len(numbers) + 1))


async def test_quotes_come_in_bundles_and_the_last_one_is_right(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path) as desk, await desk.connect() as client:
        await client.subscribe(WATCH)
        await client.until(lambda replica: bool(replica.watch.quotes))
        heard: list[str] = []
        client.listen(heard.append)
        began = time.monotonic()
        changes = 0
        while time.monotonic() - began < 1.0:
            desk.tick(delta_c=1)
            changes += 1
            await asyncio.sleep(0.002)
        took = time.monotonic() - began
        await client.until(lambda replica: replica.watch.quotes[TICKER].bid_c == 10_000 + changes)
        assert changes > 50
        assert heard.count(WATCH) <= 8 * took + 2


async def test_a_picture_that_cannot_be_told_begins_anew_and_the_engine_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with ControlDesk(tmp_path) as desk, await desk.connect() as client:
        with monkeypatch.context() as broken:
            broken.setattr("engine.control.pushed_topics.order_row", None)
            answer = asyncio.create_task(client.command(desk.order(client_order_id="c1"), command_id="q1"))
            await desk.until(lambda: "c1" in desk.engine.money.orders)
        assert (await answer).client_order_id == "c1"
        assert "could not be told" in caplog.text
        await client.until(lambda replica: "c1" in replica.desk.orders)
        assert client.replica.gaps == 0


async def test_a_watch_list_ends_with_its_last_client(tmp_path: Path) -> None:
    far = market("KXFAR-26NOV20-T1", series_ticker="KXFAR")
    async with ControlDesk(tmp_path, [market(), far]) as desk, await desk.connect() as looker:
        await looker.subscribe(WATCH)
        asker = await desk.connect()
        await asker.command(WatchMarkets((far.ticker,)))
        await looker.until(lambda replica: far.ticker in replica.watch.markets)
        await asker.close()
        await looker.until(lambda replica: far.ticker not in replica.watch.markets)
        assert TICKER in looker.replica.watch.markets


async def test_topics_are_bounded_and_left_again(tmp_path: Path) -> None:
    limits = ControlLimits(topics=3)
    async with ControlDesk(tmp_path, limits=limits) as desk, await desk.connect() as client:
        for topic in (WATCH, LOG, book_topic("K1"), "bok:K1"):
            await client.subscribe(topic)
        await client.until(lambda replica: len(client.troubles) == 2)
        assert [trouble.about for trouble in client.troubles] == [book_topic("K1"), "bok:K1"]
        await client.unsubscribe(WATCH)
        await client.subscribe(book_topic("K1"))
        await client.until(lambda replica: "K1" in replica.books)
        assert not client.replica.books["K1"].is_fresh
        assert client.replica.books["K1"].stale_reason == "not_streamed"
        assert client.replica.watch.markets == {}


async def test_a_client_is_not_left_waiting_for_an_answer_that_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with ControlDesk(tmp_path) as desk:
        client, other = await desk.connect(), await desk.connect()
        with monkeypatch.context() as broken:
            broken.setattr("engine.control.history.leg_row", None)
            with pytest.raises(ConnectionLost):
                await client.query("markets")
        assert "not served any more" in caplog.text
        assert (await other.query("markets")).items
        await other.close()


async def test_a_market_that_is_looked_at_stays_with_its_result(tmp_path: Path) -> None:
    far = market("KXFAR-26NOV20-T1", series_ticker="KXFAR")
    name = far.ticker
    async with ControlDesk(tmp_path, [market(), far]) as desk, await desk.connect() as looker:
        await looker.subscribe(WATCH)
        await looker.command(WatchMarkets((name,)))
        await looker.until(lambda replica: name in replica.watch.markets)
        for kind in (LifecycleKind.DETERMINED, LifecycleKind.SETTLED):
            desk.runtime.post(LifecycleSeen(kind=kind, ticker=name, settlement_bp=10_000, settled_ns=1))
        await looker.until(lambda replica: replica.watch.markets[name].status is MarketStatus.FINALIZED)
        await looker.command(WatchMarkets((name, TICKER)))
        assert name not in desk.engine.books
        assert looker.replica.watch.markets[name].settlement_bp == 10_000
        await looker.command(WatchMarkets(()))
        await looker.until(lambda replica: name not in replica.watch.markets)
