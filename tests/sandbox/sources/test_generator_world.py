"""A generated world at work: what is listed, how it is quoted, how it ends, and that it is reproducible."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
from generated_world import World, active, check_book, desks, fingerprint, mid_bp

from engine.domain.market import MarketStatus
from engine.domain.order import BookSide, OrderRequest
from engine.domain.units import CONTRACT_BP, DOLLAR_UD
from engine.sandbox.core.feed import (
    BookChanged,
    FeedEvent,
    Traded,
)
from engine.sandbox.sources.generator.options import GeneratorOptions, InvalidOption
from engine.sandbox.sources.generator.scenario import SCENARIOS, UnknownScenario
from engine.sandbox.sources.generator.source import Generator

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def opened() -> World:
    return World()


def test_a_sane_number_of_markets_is_open(opened: World) -> None:
    assert 450 <= len(active(opened.exchange)) <= 900
    counts = Counter(record.market.series_ticker for record in active(opened.exchange))
    assert set(counts) == set(opened.exchange.series)
    per_event = Counter(record.event_ticker for record in active(opened.exchange))
    assert max(per_event.values()) == 40


def test_full_ladders_are_as_long_as_the_exchanges() -> None:
    world = World(legs=None, series=("KXBTC", "KXETH", "KXINX"))
    per_event = Counter(record.event_ticker for record in active(world.exchange))
    assert {len_ for event, len_ in per_event.items() if event.startswith("KXBTC-")} == {188}
    assert {len_ for event, len_ in per_event.items() if event.startswith("KXETH-")} == {300}
    assert {len_ for event, len_ in per_event.items() if event.startswith("KXINX-")} == {30}


def test_shards_fees_grids_and_exclusivity_are_the_exchanges(opened: World) -> None:
    exchange = opened.exchange
    for record in active(exchange):
        market, series = record.market, exchange.series[record.market.series_ticker]
        crypto = series.ticker in {"KXBTC", "KXBTCD", "KXBTC15M", "KXETH"}
        assert market.exchange_index == (2 if crypto else 0)
        halved = series.ticker in {"KXINX", "KXNASDAQ100"}
        assert series.fees.multiplier_millionths == (500_000 if halved else 1_000_000)
        structure = "tapered_deci_cent" if series.ticker == "KXBTC15M" else "linear_cent"
        assert market.price_level_structure == structure
        exclusive = series.ticker not in {"KXBTCD", "KXBTC15M", "KXTSAW"}
        assert exchange.events[market.event_ticker].mutually_exclusive is exclusive
        assert market.rules_primary.startswith("If the ")
        assert market.rules_primary.endswith("then the market resolves to Yes.")


def test_past_events_are_listed_settled_with_one_winner(opened: World) -> None:
    exchange = opened.exchange
    paid: dict[str, int] = defaultdict(int)
    values: dict[str, set[str]] = defaultdict(set)
    for record in exchange.markets.values():
        market = record.market
        if market.status is not MarketStatus.FINALIZED:
            continue
        paid[record.event_ticker] += market.settlement_bp or 0
        values[record.event_ticker].add(market.expiration_value)
        won = market.strike.holds(Decimal(market.expiration_value.replace(",", "")))
        assert market.settlement_bp == (CONTRACT_BP if won else 0)
    assert {event.split("-")[0] for event in paid} == set(exchange.series)
    assert all(len(texts) == 1 for texts in values.values())
    for event_ticker, total in paid.items():
        if exchange.events[event_ticker].mutually_exclusive:
            assert total == CONTRACT_BP
    assert sum(event.startswith("KXBTC-") for event in paid) >= 23
    assert sum(event.startswith("KXHIGHNY-") for event in paid) >= 7


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_books_stay_uncrossed_on_the_grid_and_two_sided(scenario: str) -> None:
    world = World(scenario=scenario)
    for _ in range(6):
        world.live(5.0, step_s=0.5)
        for record in active(world.exchange):
            check_book(record)
        in_play = [d for d in desks(world) if 0.04 < d.fair < 0.96]
        missing = [d for d in in_play if mid_bp(world.exchange.markets[d.ticker]) is None]
        if scenario == "gappy":
            assert 0.1 < len(missing) / len(in_play) < 0.6
        else:
            assert not missing


def test_quotes_follow_the_fair_value() -> None:
    world = World()
    world.live(60.0, step_s=0.5)
    for event in world.generator.live_events:
        for desk, fair in zip(event.desks, event.plan.fair(world.now_s), strict=True):
            mid = mid_bp(world.exchange.markets[desk.ticker])
            if mid is not None:
                assert abs(mid - fair * CONTRACT_BP) < 700


def test_the_probabilities_of_an_exclusive_event_sum_to_one(opened: World) -> None:
    for event in opened.generator.live_events:
        if event.plan.family.is_exclusive:
            assert sum(event.plan.fair(opened.now_s)) == pytest.approx(1.0, abs=1e-9)


def test_one_seed_makes_one_world_in_any_process() -> None:
    code = "from generated_world import fingerprint; print(fingerprint(11))"
    made = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={
                **os.environ,
                "PYTHONHASHSEED": hash_seed,
                "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests/support")]),
            },
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "77")
    }
    assert made == {fingerprint(11) + "\n"}
    assert fingerprint(12) + "\n" not in made


def test_customers_who_quote_well_are_traded_with() -> None:
    world = World()
    exchange = world.exchange
    exchange.open_account("alice", {2: 1_000 * DOLLAR_UD})
    (desk,) = desks(world, "KXBTC15M")
    record = exchange.markets[desk.ticker]
    better = record.market.grid.up(record.levels.best_bid_bp or 0)
    assert better is not None
    exchange.create_order("alice", OrderRequest(desk.ticker, BookSide.BID, better, 10_000, "a"))
    world.live(120.0, step_s=0.5)
    assert sum(fill.count_c for fill in exchange.fills_of("alice")) > 0


def test_a_foolish_order_of_a_customer_is_picked_off_at_its_price() -> None:
    world = World()
    exchange = world.exchange
    exchange.open_account("bob", {2: 10_000 * DOLLAR_UD})
    desk = next(d for d in desks(world, "KXBTCD") if 0.5 < d.fair < 0.6)
    price_bp = round(desk.fair * 100) * 100 + 400
    exchange.create_order("bob", OrderRequest(desk.ticker, BookSide.BID, price_bp, 500_000, "b"))
    world.live(90.0, step_s=0.5)
    fills = exchange.fills_of("bob")
    assert sum(fill.count_c for fill in fills) == 500_000
    resting = [fill for fill in fills if not fill.is_taker]
    assert resting
    assert {fill.price_bp for fill in resting} == {price_bp}


def crypto_moves(feed: list[FeedEvent]) -> list[FeedEvent]:
    return [e for e in feed if isinstance(e, BookChanged | Traded) and e.ticker.startswith("KXBTC")]


def test_a_trading_pause_is_left_alone_and_quoting_resumes() -> None:
    world = World()
    exchange = world.exchange
    exchange.set_active(trading_active=False, exchange_index=2)
    paused = world.live(20.0, step_s=0.5)
    assert not crypto_moves(paused)
    exchange.set_active(trading_active=True, exchange_index=2)
    assert crypto_moves(world.live(20.0, step_s=0.5))


def test_fading_quotes_fall_steadily_in_many_markets() -> None:
    world = World(scenario="fading")
    watched = [
        d
        for e in world.generator.live_events
        if e.plan.slot.close_s - world.now_s > 4 * 3_600
        for d in e.desks
        if 0.2 < d.fair < 0.8
    ]
    before = [d.shown.price_bp - d.fair * CONTRACT_BP for d in watched]
    world.live(1_200.0, step_s=60.0)
    after = [d.shown.price_bp - d.fair * CONTRACT_BP for d in watched]
    moves = [now - then for now, then in zip(after, before, strict=True)]
    falling = [move for move in moves if move < -80]
    assert len(falling) > 0.4 * len(moves)


def test_the_summary_says_what_the_world_is(opened: World) -> None:
    summary = opened.generator.summary()
    assert summary.kind == "generator"
    assert summary.detail["seed"] == 3
    assert summary.detail["scenario"] == "calm"
    assert summary.detail["ladders"] == "40"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (GeneratorOptions(series=("KXBTC", "KXFOO")), "got KXFOO"),
        (GeneratorOptions(series=()), "got none"),
        (GeneratorOptions(legs=3), "got 3, wanted at least 6"),
    ],
)
def test_options_that_make_no_world_are_refused(options: GeneratorOptions, words: str) -> None:
    with pytest.raises(InvalidOption, match=words):
        Generator(options)


def test_an_unknown_scenario_is_refused() -> None:
    with pytest.raises(UnknownScenario):
        Generator(GeneratorOptions(scenario="stormy"))


def kinds(feed: list[FeedEvent]) -> Counter[str]:
    return Counter(type(event).__name__ for event in feed)


def test_something_happens_every_second() -> None:
    world = World()
    counts = kinds(world.live(30.0))
    assert counts["IndexValue"] == 60
    assert counts["Traded"] > 10
    assert counts["BookChanged"] > 500
