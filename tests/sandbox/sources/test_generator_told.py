"""The figures that a generated world begins with are the sums of the past that it tells."""

from __future__ import annotations

import pytest
from exchange_oracle import check_book
from generated_world import FRIDAY, World, active

from engine.domain.market import MarketStatus
from engine.domain.units import DAY_NS, HOUR_NS, SECOND_NS
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.listing import MarketRecord
from engine.sandbox.core.past import NO_PAST
from engine.sandbox.sources.generator.options import ALL_SERIES
from engine.sandbox.sources.generator.source import Generator

START_S = FRIDAY + 47
"""Not on a whole minute: the minute that runs is not told."""


@pytest.fixture(scope="module", params=["calm", "gappy"])
def world(request: pytest.FixtureRequest) -> World:
    return World(start_s=START_S, scenario=request.param)


def sample(exchange: Exchange, series: str) -> list[MarketRecord]:
    """Some markets of a series, of every status, the most traded ones among them."""
    found = [
        r for r in exchange.markets.values() if r.market.series_ticker == series and r.past is not NO_PAST
    ]
    found.sort(key=lambda record: -record.volume_c)
    by_status: dict[MarketStatus, list[MarketRecord]] = {}
    for record in found:
        by_status.setdefault(record.market.status, []).append(record)
    return [record for records in by_status.values() for record in (*records[:2], *records[-1:])]


@pytest.mark.parametrize("series", ALL_SERIES)
def test_volume_and_last_trade_are_those_of_the_told_candles_and_prints(world: World, series: str) -> None:
    exchange, generator = world.exchange, world.generator
    records = sample(exchange, series)
    assert any(record.volume_c for record in records)
    for record in records:
        candles = generator.history(exchange, record.ticker, 0, 2 * START_S)
        prints = generator.past_trades(exchange, record.ticker, 0, 2 * START_S)
        lived_c = sum(trade.count_c for trade in record.trades)  # makers that met as they began to quote
        assert sum(candle.volume_c for candle in candles) == record.volume_c - lived_c
        assert sum(trade.count_c for trade in prints) == record.past.volume_c == record.volume_c - lived_c
        assert len({trade.trade_id for trade in prints}) == len(prints)
        if prints:
            last = prints[-1]
            assert (record.past.last_trade_bp, record.past.last_trade_c) == (last.price_bp, last.count_c)
            if not lived_c:
                assert (record.last_trade_bp, record.last_trade_c) == (last.price_bp, last.count_c)
            assert last.at_ns < record.past.until_ns <= exchange.now_ns
            worth_ud = sum(trade.price_bp * trade.count_c for trade in prints)
            told_ud = record.past.dollar_volume_ud
            # Told at the fair prices of whole blocks, so it is right only over many trades.
            off_bp = abs(told_ud - worth_ud) / record.past.volume_c
            assert off_bp <= (1_500 if len(prints) > 100 else 4_000)
        else:
            assert (record.past.last_trade_bp, record.past.dollar_volume_ud) == (None, 0)


@pytest.mark.parametrize("series", ALL_SERIES)
def test_open_interest_goes_on_from_the_last_candle_and_never_exceeds_what_was_traded(
    world: World, series: str
) -> None:
    for record in sample(world.exchange, series):
        candles = world.generator.history(world.exchange, record.ticker, 0, 2 * START_S)
        for candle in candles:
            assert candle.open_interest_c <= record.volume_c
        if record.market.status is MarketStatus.FINALIZED:
            assert record.open_interest_c == 0
        elif candles:
            assert record.told_open_interest_c == candles[-1].open_interest_c


@pytest.mark.parametrize("series", ALL_SERIES)
def test_the_figures_of_the_day_are_those_of_the_told_day(world: World, series: str) -> None:
    exchange, generator = world.exchange, world.generator
    day_start_ns = (exchange.now_ns // (300 * SECOND_NS) - 287) * 300 * SECOND_NS
    for record in sample(exchange, series):
        start_s = day_start_ns // SECOND_NS
        prints = generator.past_trades(exchange, record.ticker, start_s, START_S)
        assert record.volume_24h_c == sum(trade.count_c for trade in (*prints, *record.trades))
        market = record.market
        if market.open_ns >= day_start_ns:
            if market.status is MarketStatus.ACTIVE:
                assert (record.previous_yes_bid_bp, record.previous_price_bp) == (None, None)
            continue
        if market.status is not MarketStatus.ACTIVE:
            continue
        (candle,) = generator.history(exchange, record.ticker, start_s, start_s) or [None]
        if candle is not None:
            assert (record.previous_yes_bid_bp or 0) == candle.yes_bid.close_bp
            assert (record.previous_yes_ask_bp or 10_000) == candle.yes_ask.close_bp
        before = generator.past_trades(exchange, record.ticker, 0, start_s - 1)
        assert record.previous_price_bp == (before[-1].price_bp if before else None)


def test_a_day_later_the_told_day_is_over() -> None:
    world = World(series=("KXHIGHNY", "KXTSAW"))
    told = {record.ticker: record.volume_c for record in active(world.exchange)}
    assert all(world.exchange.markets[ticker].volume_24h_c for ticker in told if told[ticker] > 10_000_00)
    world.exchange.advance(world.exchange.now_ns + DAY_NS + HOUR_NS)
    for ticker, volume_c in told.items():
        record = world.exchange.markets[ticker]
        assert (record.volume_24h_c, record.volume_c) == (0, volume_c)


def test_what_is_lived_is_added_to_what_was_told() -> None:
    world = World(series=("KXBTC15M", "KXBTCD", "KXHIGHNY"))
    told = {ticker: record.past for ticker, record in world.exchange.markets.items()}
    world.live(120.0, step_s=1.0)
    traded = 0
    for ticker, record in world.exchange.markets.items():
        if ticker not in told or record.market.status is not MarketStatus.ACTIVE:
            continue
        past = told[ticker]
        held = sum(max(0, account.position_c(ticker)) for account in world.exchange.accounts.values())
        assert record.open_interest_c == past.open_interest_c + held
        assert record.volume_c == past.volume_c + sum(trade.count_c for trade in record.trades)
        check_book(record)
        traded += len(record.trades)
    assert traded > 10


def test_a_restored_world_tells_the_same_past_and_nothing_of_its_own_time() -> None:
    world = World(start_s=START_S, series=("KXBTC15M", "KXBTCD", "KXHIGHNY"))
    record = max(active(world.exchange), key=lambda r: (r.market.series_ticker == "KXHIGHNY", r.volume_c))
    ask = (record.ticker, START_S - 7_200, START_S + 7_200)
    told = world.generator.past_trades(world.exchange, *ask)
    candles = world.generator.history(world.exchange, *ask)
    assert told
    world.live(1_200.0, step_s=20.0)
    restored = Exchange.restore(world.exchange.take_changes().rows)
    again = Generator(world.generator.options)
    again.open(restored)
    assert again.past_trades(restored, *ask) == told
    assert again.history(restored, *ask) == candles
    later = restored.markets[record.ticker]
    assert (later.volume_c, later.volume_24h_c) == (
        world.exchange.markets[record.ticker].volume_c,
        world.exchange.markets[record.ticker].volume_24h_c,
    )
    born = [r for r in restored.markets.values() if r.market.open_ns > START_S * SECOND_NS]
    assert born
    assert not any(again.past_trades(restored, r.ticker, 0, 2 * START_S) for r in born)


def test_events_that_were_slept_through_are_told_whole() -> None:
    world = World(series=("KXBTC15M",))
    world.live(7_200.0, step_s=7_200.0)
    missed = [
        record
        for record in world.exchange.markets.values()
        if record.market.created_ns > FRIDAY * SECOND_NS and record.market.status is MarketStatus.FINALIZED
    ]
    assert len(missed) > 3
    for record in missed:
        assert record.past.until_ns == record.market.close_ns
        candles = world.generator.history(world.exchange, record.ticker, 0, 2 * START_S)
        assert sum(candle.volume_c for candle in candles) == record.volume_c > 0
