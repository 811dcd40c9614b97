"""Every method of the adapter against the running sandbox, over real sockets: nothing unknown, nothing lost.

The adapter and the sandbox share the wire's Structs, so this proves behaviour (paths, verbs, signatures,
queries, pages, outcomes), not shapes; those are proven by recorded bodies and by foreign clients.
"""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime

import httpx
import pytest
from adapter_desk import bid, client_of, sandbox_orders
from running_sandbox import RunningSandbox

from engine.domain.order import BookSide, TimeInForce, VenueOrderStatus
from engine.domain.units import DAY_NS, HOUR_NS, SECOND_NS
from engine.domain.venue import MarketSheet
from engine.kalshi.budget_queue import Lane
from engine.kalshi.client import KalshiClient, Reads
from engine.kalshi.errors import RequestRefused
from engine.kalshi.hosts import endpoint_of
from engine.kalshi.outcome import (
    AlreadyExists,
    Answered,
    Gone,
    OutcomeUnknown,
    Refused,
    UnknownCause,
)
from engine.kalshi.rate_budget import BucketName
from engine.kalshi.rest.candles import Period
from engine.kalshi.settings import ClientSettings

ORDERS = "/portfolio/events/orders"


async def test_the_exchange_and_the_account(client: KalshiClient, reads: Reads) -> None:
    status = await reads.exchange.status()
    assert status.exchange_active
    schedule = await reads.exchange.schedule()
    assert schedule.standard_hours
    assert await reads.exchange.user_data_ns() > 0
    limits = await reads.account.limits()
    assert client.budget.queue(BucketName.WRITE).bucket.refill_rate == limits.write.refill_rate
    assert (await reads.account.endpoint_costs()).default_cost == 10
    known_to_ms = client.offset.uncertainty_ms
    assert known_to_ms is not None
    assert abs(client.offset.offset_ms) <= known_to_ms + 1, "both run on this machine"
    assert isinstance(await client.writes.account.upgrade(), Answered | Refused)


def test_an_answer_carries_the_second_of_its_own(sandbox: RunningSandbox) -> None:
    """Asked until a second begins: a header that is made once a second is late by any part of one."""
    first, before = int(time.time()), time.time()
    with httpx.Client() as asking:
        while int(before) == first:
            before = time.time()
            answer = asking.get(f"{sandbox.rest}/exchange/status")
    told = parsedate_to_datetime(answer.headers["date"]).timestamp()
    assert int(before) <= told <= time.time()
    assert len(answer.headers.get_list("date")) == 1


async def test_series_and_events(sandbox: RunningSandbox, reads: Reads) -> None:
    page = await reads.series.all()
    assert {"KXBTCD", "KXHIGHNY"} <= {series.ticker for series in page.items}
    assert page.rejected == ()
    one = await reads.series.one("KXBTCD")
    assert one.fees.multiplier_millionths == 1_000_000
    await reads.series.fee_changes(show_historical=True)
    assert await reads.events.fee_changes().collect() == []
    sheets = await reads.events.list(series_ticker="KXHIGHNY", with_nested_markets=True).collect()
    assert sheets
    assert len(sheets[0].markets) == 6
    sandbox.side_door("POST", "fees", event_ticker=sheets[0].event.ticker, fee_multiplier=0.5)
    (change,) = await reads.events.fee_changes(event_ticker=sheets[0].event.ticker).collect()
    assert (change.fee_multiplier_override, change.series_ticker) == (0.5, "KXHIGHNY")
    event = await reads.events.one(sheets[0].event.ticker)
    assert event.fees(await reads.series.one("KXHIGHNY")).multiplier_millionths == 500_000
    assert {sheet.ticker for sheet in event.markets} == {sheet.ticker for sheet in sheets[0].markets}
    await reads.events.metadata(sheets[0].event.ticker)
    listed = event.markets[0].listed(event.event, event.fees(await reads.series.one("KXHIGHNY")))
    assert listed is not None
    assert listed.series_ticker == "KXHIGHNY"


async def test_markets_and_books(reads: Reads, market: MarketSheet) -> None:
    small = [sheet.ticker async for sheet in reads.markets.list(series_ticker="KXBTCD", limit=7)]
    large = await reads.markets.list(series_ticker="KXBTCD").collect()
    assert sorted(small) == sorted(sheet.ticker for sheet in large)
    assert (await reads.markets.one(market.ticker)).ticker == market.ticker
    book = await reads.markets.orderbook(market.ticker)
    assert (book.best_bid_bp, book.best_ask_bp) == (market.quote.bid_bp, market.quote.ask_bp)
    assert not book.is_crossed
    top = await reads.markets.orderbook(market.ticker, depth=1)
    assert (len(top.bids), top.best_bid_bp) == (1, book.best_bid_bp)
    tickers = [sheet.ticker for sheet in large[:120]]
    books = await reads.markets.orderbooks(tickers)
    assert set(books) == set(tickers)
    assert (await reads.both_tiers.market(market.ticker)).ticker == market.ticker
    with pytest.raises(RequestRefused) as refusal:
        await reads.markets.one("KXNONE-1")
    assert (refusal.value.status, refusal.value.error.code) == (404, "not_found")


async def test_trades_and_candlesticks(reads: Reads, market: MarketSheet) -> None:
    now_ns = await reads.exchange.user_data_ns()
    end_s = now_ns // SECOND_NS
    start_s = end_s - 6 * 3_600
    event = await reads.events.one(market.event_ticker)
    series = event.event.series_ticker
    one = await reads.candles.one(series, market.ticker, start_s=start_s, end_s=end_s, period=Period.MINUTE)
    assert [candle.end_s for candle in one] == sorted({candle.end_s for candle in one})
    batch = await reads.candles.batch([market.ticker], start_s=start_s, end_s=end_s, period=Period.MINUTE)
    assert batch[market.ticker] == one
    whole = await reads.candles.event(
        series, market.event_ticker, start_s=start_s, end_s=end_s, period=Period.HOUR
    )
    assert market.ticker in whole.by_ticker
    assert (
        await reads.both_tiers.candles(
            series, market.ticker, start_s=start_s, end_s=end_s, period=Period.MINUTE
        )
        == one
    )
    both = await reads.both_tiers.trades(ticker=market.ticker, from_ns=now_ns - DAY_NS, to_ns=now_ns)
    live = await reads.trades.list(ticker=market.ticker, from_ns=now_ns - DAY_NS, limit=50).collect()
    assert {trade.trade_id for trade in both} <= {trade.trade_id for trade in live}
    assert [trade.at_ns for trade in both] == sorted(trade.at_ns for trade in both)


async def test_the_historical_tier(reads: Reads) -> None:
    cutoff = await reads.historical.cutoff()
    assert cutoff.trades_created_ns > 0
    settled = await reads.historical.markets(series_ticker="KXBTCD", limit=50).page()
    for sheet in settled.items[:1]:
        assert (await reads.historical.market(sheet.ticker)).ticker == sheet.ticker
        end_s = sheet.close_ns // SECOND_NS
        await reads.historical.candles(sheet.ticker, start_s=end_s - 3_600, end_s=end_s, period=Period.MINUTE)
    await reads.historical.trades(to_ns=cutoff.trades_created_ns, limit=5).page()
    for listing in (reads.historical.fills(), reads.historical.orders(), reads.historical.positions()):
        assert await listing.collect() == []


async def test_index_values(reads: Reads) -> None:
    (*_, last) = await reads.indexes.values("BRTI")
    assert last.value > 1_000


async def test_an_order_from_placing_to_cancel(
    sandbox: RunningSandbox, client: KalshiClient, reads: Reads, market: MarketSheet
) -> None:
    request = bid(market, expires_ns=await reads.exchange.user_data_ns() + HOUR_NS)
    placed = await client.writes.orders.create(request)
    assert isinstance(placed, Answered), placed
    order_id = placed.value.order_id
    assert (placed.value.filled_c, placed.value.remaining_c) == (0, 500)
    assert isinstance(await client.writes.orders.create(request), AlreadyExists)
    order = await reads.portfolio.order(order_id)
    assert (order.price_bp, order.remaining_c, order.status) == (100, 500, VenueOrderStatus.RESTING)
    assert order.expires_ns is not None
    assert await reads.portfolio.queue_position_c(order_id) >= 0
    positions = await reads.portfolio.queue_positions(tickers=[market.ticker])
    assert order_id in {row.order_id for row in positions}
    assert await reads.portfolio.resting_value_ud() >= 50_000
    resting = await reads.portfolio.orders(ticker=market.ticker, status="resting").collect()
    assert order_id in {row.order_id for row in resting}
    amended = await client.writes.orders.amend(
        order_id, ticker=market.ticker, side=BookSide.BID, price_bp=200, total_c=400, expires_ns=None
    )
    assert isinstance(amended, Answered), amended
    decreased = await client.writes.orders.decrease(order_id, market.ticker, reduce_by_c=100)
    assert isinstance(decreased, Answered), decreased
    assert decreased.value.remaining_c == 300
    order = await reads.portfolio.order(order_id)
    assert (order.price_bp, order.remaining_c, order.expires_ns) == (200, 300, None)
    canceled = await client.writes.orders.cancel(order_id, market.ticker)
    assert isinstance(canceled, Answered), canceled
    assert canceled.value.reduced_by_c == 300
    assert isinstance(await client.writes.orders.cancel(order_id, market.ticker), Gone)
    assert len(sandbox_orders(sandbox, request.client_order_id)) == 1
    assert order_id in {row.order_id for row in await reads.both_tiers.orders(ticker=market.ticker)}


async def test_a_fill_reaches_position_balance_and_fills(
    client: KalshiClient, reads: Reads, market: MarketSheet
) -> None:
    before = await reads.portfolio.balance()
    ask_bp = market.quote.ask_bp
    assert ask_bp is not None
    take = bid(market, ask_bp, 100, time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL)
    placed = await client.writes.orders.create(take)
    assert isinstance(placed, Answered), placed
    assert placed.value.filled_c == 100
    assert placed.value.average_price_ud == ask_bp * 100
    (fill,) = await reads.portfolio.fills(order_id=placed.value.order_id).collect()
    assert (fill.price_bp, fill.count_c, fill.is_taker) == (ask_bp, 100, True)
    (position,) = await reads.portfolio.positions(ticker=market.ticker).collect()
    assert position.count_c == 100
    assert await reads.portfolio.event_positions(event_ticker=market.event_ticker).collect()
    after = await reads.portfolio.balance()
    assert before.cash_ud - after.cash_ud == fill.price_bp * fill.count_c + fill.fee_ud
    both = await reads.both_tiers.fills(
        ticker=market.ticker, from_ns=fill.at_ns, to_ns=fill.at_ns + SECOND_NS
    )
    assert both == [fill]
    bid_bp = market.quote.bid_bp
    assert bid_bp is not None
    out = bid(
        market,
        bid_bp,
        100,
        side=BookSide.ASK,
        reduce_only=True,
        time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL,
    )
    closed = await client.writes.orders.create(out)
    assert isinstance(closed, Answered), closed
    assert closed.value.filled_c == 100


async def test_batches(client: KalshiClient, market: MarketSheet) -> None:
    requests = [bid(market, price) for price in (100, 200, 300)]
    requests.append(bid(market, 55))  # off the grid
    outcomes = await client.writes.batches.create(requests)
    assert [type(outcome) for outcome in outcomes] == [Answered, Answered, Answered, Refused], outcomes
    placed = [outcome.value.order_id for outcome in outcomes if isinstance(outcome, Answered)]
    again = await client.writes.batches.create(requests[:1])
    assert isinstance(again[0], AlreadyExists)
    ended = await client.writes.batches.cancel(
        [*((o, market.ticker) for o in placed), ("none", market.ticker)]
    )
    assert [type(outcome) for outcome in ended] == [Answered, Answered, Answered, Gone], ended


async def test_cancel_all(client: KalshiClient, reads: Reads, market: MarketSheet) -> None:
    assert isinstance(await client.writes.orders.create(bid(market)), Answered)
    assert await reads.portfolio.orders(status="resting").collect()
    assert await client.writes.orders.cancel_all() == Answered(None, 204)
    assert await reads.portfolio.orders(status="resting").collect() == []
    assert await client.writes.orders.cancel_all() == Answered(None, 204)


async def test_order_groups(client: KalshiClient, reads: Reads, market: MarketSheet) -> None:
    writes = client.writes.order_groups
    created = await writes.create(1_000, exchange_index=market.exchange_index)
    assert isinstance(created, Answered), created
    group_id = created.value
    placed = await client.writes.orders.create(bid(market, order_group_id=group_id))
    assert isinstance(placed, Answered), placed
    group = await reads.order_groups.one(group_id)
    assert (group.order_ids, group.contracts_limit_c) == ((placed.value.order_id,), 1_000)
    assert group_id in {row.order_group_id for row in await reads.order_groups.all()}
    assert isinstance(await writes.limit(group_id, 2_000), Answered)
    assert (await reads.order_groups.one(group_id)).contracts_limit_c == 2_000
    assert isinstance(await writes.trigger(group_id), Answered)
    assert (await reads.portfolio.order(placed.value.order_id)).status is VenueOrderStatus.CANCELED
    assert isinstance(await writes.reset(group_id), Answered)
    assert isinstance(await writes.delete(group_id), Answered)
    assert group_id not in {row.order_group_id for row in await reads.order_groups.all()}


async def test_money(client: KalshiClient, reads: Reads) -> None:
    await reads.portfolio.deposits().collect()
    await reads.portfolio.withdrawals().collect()
    await reads.portfolio.settlements().collect()
    before = (await reads.portfolio.balance()).by_shard_ud
    moved = await client.writes.transfers.between_shards(0, 2, 1_000_000)
    assert isinstance(moved, Answered), moved
    for _ in range(20):
        after = (await reads.portfolio.balance()).by_shard_ud
        if after != before:
            break
        await client.clock.sleep(SECOND_NS // 10)
    assert after[2] - before.get(2, 0) == 1_000_000
    assert before[0] - after[0] == 1_000_000


@pytest.mark.parametrize(
    ("effect", "kind", "arrived"),
    [
        ("reset_before_accept", OutcomeUnknown, 0),
        ("accept_then_reset", OutcomeUnknown, 1),
        ("accept_then_503", OutcomeUnknown, 1),
        ("408", OutcomeUnknown, 0),
        ("429", Refused, 0),
        ("500", OutcomeUnknown, 0),
        ("502", OutcomeUnknown, 0),
        ("503", OutcomeUnknown, 0),
        ("504", OutcomeUnknown, 0),
        ("2xx_without_order", OutcomeUnknown, None),
        ("garbage_body", OutcomeUnknown, None),
    ],
)
async def test_faults_are_told_apart_and_nothing_is_sent_twice(
    sandbox: RunningSandbox,
    market: MarketSheet,
    effect: str,
    kind: type,
    arrived: int | None,
) -> None:
    """What the adapter calls unknown is either there once or not at all, whichever the exchange says."""
    rule = {"method": "POST", "path": ORDERS, "times": 1, "effect": effect}
    sandbox.side_door("POST", "faults", rules=[rule])
    request = bid(market)
    async with client_of(sandbox) as client:
        outcome = await client.writes.orders.create(request)
        assert isinstance(outcome, kind), outcome
        found = sandbox_orders(sandbox, request.client_order_id)
        assert len(found) == arrived if arrived is not None else len(found) <= 1
        # The same id again settles it: taken before, or taken now, and one order in the end.
        again = await client.writes.orders.create(request)
        assert isinstance(again, AlreadyExists if found else Answered), again
        assert len(sandbox_orders(sandbox, request.client_order_id)) == 1


async def test_a_stall_times_out_as_unknown(sandbox: RunningSandbox, market: MarketSheet) -> None:
    rule = {"method": "POST", "path": ORDERS, "times": 1, "effect": "accept_then_stall"}
    sandbox.side_door("POST", "faults", rules=[rule])
    settings = ClientSettings(post_timeout_ns=SECOND_NS)
    async with client_of(sandbox, settings) as quick:
        request = bid(market)
        outcome = await quick.writes.orders.create(request)
    assert isinstance(outcome, OutcomeUnknown)
    assert outcome.cause is UnknownCause.TIMEOUT
    assert len(sandbox_orders(sandbox, request.client_order_id)) == 1


async def test_reads_survive_what_they_may(
    sandbox: RunningSandbox, reads: Reads, market: MarketSheet
) -> None:
    for effect in ("429", "500", "503", "504", "accept_then_reset", "garbage_body"):
        rule = {"method": "GET", "path": f"/markets/{market.ticker}", "times": 1, "effect": effect}
        sandbox.side_door("POST", "faults", rules=[rule])
        assert (await reads.markets.one(market.ticker)).ticker == market.ticker


async def test_a_foreign_key_is_refused(sandbox: RunningSandbox) -> None:
    from kalshi_clients import credentials

    async with KalshiClient(endpoint_of(sandbox.rest, sandbox.ws), credentials()) as stranger:
        with pytest.raises(RequestRefused) as refusal:
            await stranger.reads(Lane.RECONCILE).portfolio.balance()
    assert (refusal.value.status, refusal.value.error.details) == (401, "NOT_FOUND")
