"""pykalshi 2.0.0, an independent client, unchanged, trades against the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from pykalshi import KalshiClient
from pykalshi.enums import CandlestickPeriod, MarketStatus, OrderStatus, TimeInForce
from pykalshi.exceptions import (
    AuthenticationError,
    InsufficientFundsError,
    KalshiAPIError,
    OrderRejectedError,
    ResourceNotFoundError,
)
from pykalshi.markets import Market
from running_sandbox import RunningSandbox

ONE = Decimal(1)


@pytest.fixture(scope="module")
def client(sandbox: RunningSandbox) -> Iterator[KalshiClient]:
    with KalshiClient(
        api_key_id=sandbox.key_id, private_key_path=sandbox.private_key_path, api_base=sandbox.rest
    ) as client:
        yield client


@pytest.fixture
def standing(sandbox: RunningSandbox) -> Iterator[RunningSandbox]:
    """The sandbox with its clock standing still, so that only we change its books."""
    sandbox.side_door("POST", "clock", pause=True)
    yield sandbox
    sandbox.side_door("POST", "clock", pause=False)


@pytest.fixture
def market(client: KalshiClient, standing: RunningSandbox) -> Market:
    """An open market with a two-sided book near the middle, with room to rest an order below."""
    for market in client.get_markets(status=MarketStatus.OPEN, series_ticker="KXBTCD", limit=200):
        bid, ask = Decimal(market.yes_bid_dollars), Decimal(market.yes_ask_dollars)
        if Decimal("0.2") < bid < ask < Decimal("0.8"):
            return market
    pytest.fail("no two-sided market near the middle in KXBTCD")


def exchange_time_s(sandbox: RunningSandbox) -> int:
    return int(str(sandbox.side_door("GET", "world")["now_ns"])) // 10**9


def balance(client: KalshiClient) -> Decimal:
    """What the client's account may spend, over all shards."""
    answer = client.get("/portfolio/balance")
    return sum((Decimal(shard["balance"]) for shard in answer["balance_breakdown"]), Decimal(0))


def test_lists_markets_events_and_series(client: KalshiClient) -> None:
    markets = client.get_markets(status=MarketStatus.OPEN, limit=1000, fetch_all=True)
    assert len(markets) >= 200
    assert len({m.ticker for m in markets}) == len(markets)
    event = client.get_event(markets[0].event_ticker, with_nested_markets=True)
    assert event.event_ticker == markets[0].event_ticker
    assert client.get_series(event.series_ticker).ticker == event.series_ticker
    assert markets[0].resolve_series_ticker() == event.series_ticker
    assert client.exchange.is_trading()


def test_pages_through_everything_once(client: KalshiClient) -> None:
    whole = {m.ticker for m in client.get_markets(status=MarketStatus.OPEN, limit=1000, fetch_all=True)}
    paged = [m.ticker for m in client.get_markets(status=MarketStatus.OPEN, limit=37, fetch_all=True)]
    assert len(paged) == len(set(paged))
    assert whole - set(paged) == set()


def test_reads_books_candles_and_trades(
    client: KalshiClient, market: Market, standing: RunningSandbox
) -> None:
    book = market.get_orderbook()
    assert Decimal(book.best_yes_bid) == Decimal(market.yes_bid_dollars)
    assert Decimal(book.best_yes_ask) == Decimal(market.yes_ask_dollars)
    shallow = market.get_orderbook(depth=1).orderbook
    assert len(shallow.yes_dollars) == len(shallow.no_dollars) == 1
    running = client.get_markets(status=MarketStatus.OPEN, series_ticker="KXHIGHNY")
    weather = max(
        (m for m in running if m.open_time == min(other.open_time for other in running)),
        key=lambda m: min(Decimal(m.yes_bid_dollars), ONE - Decimal(m.yes_bid_dollars)),
    )
    end = exchange_time_s(standing)
    candles = weather.get_candlesticks(end - 7_200, end, CandlestickPeriod.ONE_MINUTE).candlesticks
    assert len(candles) >= 10
    assert all(c.end_period_ts % 60 == 0 for c in candles)
    assert all(
        Decimal(c.yes_bid.low_dollars) <= Decimal(c.yes_bid.close_dollars) <= Decimal(c.yes_bid.high_dollars)
        for c in candles
    )
    for trade in client.get_trades(limit=50):
        assert Decimal(trade.yes_price_dollars) + Decimal(trade.no_price_dollars) == ONE


def test_an_order_rests_is_read_amended_decreased_and_canceled(
    client: KalshiClient, market: Market, standing: RunningSandbox
) -> None:
    before = balance(client)
    price = Decimal(market.yes_bid_dollars) - Decimal("0.05")
    order = client.portfolio.place_order(
        market.ticker, book_side="bid", count_fp="10.00", price_dollars=f"{price:.4f}", post_only=True
    )
    assert order.status is OrderStatus.RESTING
    assert balance(client) == before - 10 * price
    read = client.portfolio.get_order(order.order_id)
    assert (read.remaining_count_fp, Decimal(read.yes_price_dollars)) == ("10.00", price)
    assert order.order_id in {o.order_id for o in client.portfolio.get_orders(status=OrderStatus.RESTING)}
    lower = price - Decimal("0.01")
    order.amend(price_dollars=f"{lower:.4f}", count_fp="8.00")
    read.refresh()
    assert (read.remaining_count_fp, Decimal(read.yes_price_dollars)) == ("8.00", lower)
    order.decrease("3.00")
    read.refresh()
    assert read.remaining_count_fp == "5.00"
    assert balance(client) == before - 5 * lower
    order.cancel()
    read.refresh()
    assert read.status is OrderStatus.CANCELED
    assert balance(client) == before
    with pytest.raises(ResourceNotFoundError):
        client.portfolio.cancel_order(order.order_id)


def test_buying_no_fills_and_settles_to_the_cent(
    client: KalshiClient, market: Market, standing: RunningSandbox
) -> None:
    before = balance(client)
    yes_bid = Decimal(market.yes_bid_dollars)
    order = client.portfolio.place_order(
        market.ticker,
        book_side="ask",
        count_fp="4.00",
        price_dollars=f"{yes_bid:.4f}",
        time_in_force=TimeInForce.IOC,
    )
    assert order.status is OrderStatus.EXECUTED
    fills = client.portfolio.get_fills(order_id=order.order_id)
    filled = sum(Decimal(f.count_fp) for f in fills)
    assert filled == 4
    assert {f.book_side.value for f in fills} == {"ask"}
    cost = sum(Decimal(f.count_fp) * (ONE - Decimal(f.yes_price_dollars)) for f in fills)
    fees = sum(Decimal(f.fee_cost_dollars) for f in fills)
    assert fees > 0
    assert balance(client) == before - cost - fees
    position = next(p for p in client.portfolio.get_positions(fetch_all=True) if p.ticker == market.ticker)
    assert position.position_fp == "-4.00"
    assert Decimal(position.market_exposure_dollars) == cost
    assert Decimal(position.fees_paid_dollars) == fees

    standing.side_door("POST", "settle", ticker=market.ticker, value="0.0000")
    assert balance(client) == before - cost - fees + 4
    settlement = next(s for s in client.portfolio.get_settlements() if s.ticker == market.ticker)
    assert (settlement.market_result, settlement.no_count_fp, settlement.revenue) == ("no", "4.00", 400)
    assert client.get_market(market.ticker).result == "no"


def test_refusals_arrive_as_the_errors_the_client_knows(
    client: KalshiClient, market: Market, standing: RunningSandbox, tmp_path: Path
) -> None:
    portfolio = client.portfolio

    def bid(price: str, count: str = "1.00", **more: object) -> None:
        portfolio.place_order(market.ticker, book_side="bid", count_fp=count, price_dollars=price, **more)

    with pytest.raises(OrderRejectedError, match="invalid_price"):
        bid("0.4321")
    with pytest.raises(InsufficientFundsError):
        bid("0.9000", count="1000000.00", time_in_force=TimeInForce.IOC)
    with pytest.raises(KalshiAPIError, match="invalid_order") as refused:
        bid("0.9900", post_only=True)
    assert refused.value.response_body["error"]["details"] == "post only cross"
    with pytest.raises(ResourceNotFoundError):
        client.get_market("KXNOSUCH-26JAN01-T1")
    bid("0.0100", client_order_id="only-once")
    with pytest.raises(KalshiAPIError, match="order_already_exists"):
        bid("0.0100", client_order_id="only-once")
    foreign = KalshiClient(
        api_key_id="00000000-0000-4000-8000-000000000000",
        private_key_path=standing.private_key_path,
        api_base=standing.rest,
    )
    with foreign, pytest.raises(AuthenticationError):
        foreign.portfolio.get_balance()


def test_order_groups_and_cancel_in_batches(client: KalshiClient, market: Market) -> None:
    group = client.portfolio.create_order_group("50.00")
    assert client.portfolio.get_order_group(group.id).is_auto_cancel_enabled is True
    orders = client.portfolio.batch_place_orders(
        [
            {"ticker": market.ticker, "book_side": "bid", "price_dollars": "0.0200", "count_fp": "1.00"},
            {"ticker": market.ticker, "book_side": "bid", "price_dollars": "0.0300", "count_fp": "2.00"},
        ]
    )
    assert [o.status for o in orders] == [OrderStatus.RESTING] * 2
    canceled = client.portfolio.batch_cancel_orders([o.order_id for o in orders])
    # The client cannot tell a cancel from its answer's fields, so the orders are read again.
    assert {o.order_id for o in canceled} == {o.order_id for o in orders}
    assert {client.portfolio.get_order(o.order_id).status for o in orders} == {OrderStatus.CANCELED}
    client.portfolio.trigger_order_group(group.id)
    client.portfolio.reset_order_group(group.id)
