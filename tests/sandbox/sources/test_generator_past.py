"""The told past: sparse candles and prints that agree with each other and run into the living present."""

from __future__ import annotations

import pytest
from generated_world import FRIDAY, World

from engine.domain.market import MarketStatus
from engine.domain.units import CONTRACT_BP, SECOND_NS
from engine.sandbox.sources.generator.desk import Desk


@pytest.fixture(scope="module")
def world() -> World:
    return World()


def liveliest(world: World, series: str) -> Desk:
    found = [d for e in world.generator.live_events if e.plan.family.series.ticker == series for d in e.desks]
    return min(found, key=lambda desk: abs(desk.fair - 0.5))


@pytest.mark.parametrize("series", ["KXBTC", "KXBTCD", "KXBTC15M", "KXETH", "KXINX", "KXHIGHNY"])
def test_history_runs_into_the_live_quotes(world: World, series: str) -> None:
    desk = liveliest(world, series)
    candles = world.generator.history(world.exchange, desk.ticker, FRIDAY - 7_200, FRIDAY)
    last, levels = candles[-1], world.exchange.markets[desk.ticker].levels
    assert levels.best_bid_bp is not None
    assert levels.best_ask_bp is not None
    assert last.yes_bid.close_bp is not None
    assert last.yes_ask.close_bp is not None
    assert abs(last.yes_bid.close_bp - levels.best_bid_bp) <= 600
    assert abs(last.yes_ask.close_bp - levels.best_ask_bp) <= 600


def test_candles_are_sparse_aligned_and_within_the_asked_span(world: World) -> None:
    desk = liveliest(world, "KXTSAW")
    start_s = FRIDAY - 3 * 86_400
    candles = world.generator.history(world.exchange, desk.ticker, start_s, FRIDAY)
    ends = [candle.end_s for candle in candles]
    assert ends == sorted(set(ends))
    assert all(end % 60 == 0 and start_s <= end <= FRIDAY for end in ends)
    assert 50 < len(ends) < 0.9 * 3 * 1_440


def test_candles_and_prints_tell_the_same_story(world: World) -> None:
    desk = liveliest(world, "KXHIGHNY")
    start_s, end_s = FRIDAY - 3_600, FRIDAY - 600
    candles = world.generator.history(world.exchange, desk.ticker, start_s + 60, end_s)
    prints = world.generator.past_trades(world.exchange, desk.ticker, start_s, end_s - 1)
    assert [p.at_ns for p in prints] == sorted(p.at_ns for p in prints)
    assert len({p.trade_id for p in prints}) == len(prints) > 3
    assert sum(candle.volume_c for candle in candles) == sum(p.count_c for p in prints)
    previous = None
    for candle in candles:
        low, high = (candle.end_s - 60) * SECOND_NS, candle.end_s * SECOND_NS
        inside = [p.price_bp for p in prints if low <= p.at_ns < high]
        if previous is not None:
            assert candle.previous_bp == previous
        if inside:
            bar = candle.price
            assert (bar.open_bp, bar.high_bp, bar.low_bp, bar.close_bp) == (
                inside[0],
                max(inside),
                min(inside),
                inside[-1],
            )
            previous = inside[-1]
        else:
            assert candle.price.close_bp is None
            assert candle.mean_bp is None


def test_bars_hold_together_and_prices_are_valid(world: World) -> None:
    for series in ("KXBTC15M", "KXHIGHLAX", "KXETH"):
        desk = liveliest(world, series)
        grid = world.exchange.markets[desk.ticker].market.grid
        interest = 0
        for candle in world.generator.history(world.exchange, desk.ticker, FRIDAY - 86_400, FRIDAY):
            for bar in (candle.yes_bid, candle.yes_ask):
                assert bar.low_bp is not None
                assert bar.high_bp is not None
                assert bar.low_bp <= (bar.open_bp or 0) <= bar.high_bp
                assert bar.close_bp in (0, CONTRACT_BP) or grid.accepts(bar.close_bp or 0)
            assert (candle.yes_bid.close_bp or 0) < (candle.yes_ask.close_bp or 0)
            assert candle.open_interest_c >= interest
            interest = candle.open_interest_c


def test_the_past_does_not_depend_on_how_it_is_asked(world: World) -> None:
    desk = liveliest(world, "KXHIGHNY")
    ask = world.generator.history
    whole = ask(world.exchange, desk.ticker, FRIDAY - 7_200, FRIDAY)
    halves = [
        *ask(world.exchange, desk.ticker, FRIDAY - 7_200, FRIDAY - 3_601),
        *ask(world.exchange, desk.ticker, FRIDAY - 3_600, FRIDAY),
    ]
    assert whole == halves
    again = World()
    assert again.generator.history(again.exchange, desk.ticker, FRIDAY - 7_200, FRIDAY) == whole


def test_the_past_ends_where_the_run_began() -> None:
    world = World(series=("KXBTC15M", "KXHIGHNY"))
    desk = liveliest(world, "KXHIGHNY")
    world.live(600.0, step_s=60.0)
    candles = world.generator.history(world.exchange, desk.ticker, FRIDAY - 3_600, world.now_s)
    assert max(candle.end_s for candle in candles) <= FRIDAY
    prints = world.generator.past_trades(world.exchange, desk.ticker, FRIDAY - 3_600, world.now_s)
    assert max(p.at_ns for p in prints) < FRIDAY * SECOND_NS


def test_a_settled_market_has_a_past_that_leads_to_its_result(world: World) -> None:
    checked = 0
    for record in world.exchange.markets.values():
        market = record.market
        if market.series_ticker != "KXBTC15M" or market.status is not MarketStatus.FINALIZED:
            continue
        close_s = market.close_ns // SECOND_NS
        candles = world.generator.history(world.exchange, record.ticker, close_s - 900, close_s + 600)
        assert candles
        assert candles[-1].end_s <= close_s
        assert candles[0].end_s > market.open_ns // SECOND_NS
        bid, ask = candles[-1].yes_bid.close_bp, candles[-1].yes_ask.close_bp
        assert bid is not None
        assert ask is not None
        checked += ((bid + ask) / 2 > CONTRACT_BP / 2) == (market.settlement_bp == CONTRACT_BP)
    assert checked > 150


def test_no_past_before_the_opening_or_for_unknown_markets(world: World) -> None:
    desk = liveliest(world, "KXBTC15M")
    opened_s = world.exchange.markets[desk.ticker].market.open_ns // SECOND_NS
    assert not world.generator.history(world.exchange, desk.ticker, opened_s - 7_200, opened_s)
    assert not world.generator.history(world.exchange, "KXNONE-1", FRIDAY - 60, FRIDAY)
    assert not world.generator.past_trades(world.exchange, "KXNONE-1", FRIDAY - 60, FRIDAY)
