"""A generated world at work: what is listed, how it is quoted, how it ends, and that it is reproducible."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
from generated_world import FRIDAY, World, fingerprint

from engine.domain.market import MarketStatus, Outcome
from engine.domain.order import BookSide, OrderRequest
from engine.domain.units import CONTRACT_BP, DOLLAR_UD, SECOND_NS
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.feed import (
    BookChanged,
    FeedEvent,
    IndexValue,
    LifecycleEvent,
    MarketChanged,
    Traded,
)
from engine.sandbox.core.listing import MarketRecord
from engine.sandbox.sources.generator.desk import Desk
from engine.sandbox.sources.generator.options import GeneratorOptions, InvalidOption
from engine.sandbox.sources.generator.scenario import SCENARIOS, UnknownScenario
from engine.sandbox.sources.generator.source import Generator

ROOT = Path(__file__).resolve().parents[3]
ACTIVE = MarketStatus.ACTIVE


def active(exchange: Exchange) -> list[MarketRecord]:
    return [record for record in exchange.markets.values() if record.market.status is ACTIVE]


def check_book(record: MarketRecord) -> None:
    levels = record.levels
    assert not levels.is_crossed, record.ticker
    for price_bp in (*levels.bids, *levels.asks):
        assert record.market.grid.accepts(price_bp), (record.ticker, price_bp)


def desks(world: World, series: str | None = None) -> list[Desk]:
    """The open markets as the makers see them, of all series or of one."""
    events = world.generator.live_events
    return [d for e in events if series in (None, e.plan.family.series.ticker) for d in e.desks]


def mid_bp(record: MarketRecord) -> float | None:
    bid, ask = record.levels.best_bid_bp, record.levels.best_ask_bp
    return None if bid is None or ask is None else (bid + ask) / 2


@pytest.fixture(scope="module")
def opened() -> World:
    return World()


def test_it_is_ready_within_three_seconds() -> None:
    started = time.process_time()
    World()
    assert time.process_time() - started < 3.0


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


def test_an_hour_ends_as_the_published_index_says() -> None:
    """Every event that closes gets the result that the index, as it was published, gives it."""
    world = World(start_s=FRIDAY // 3_600 * 3_600 + 3_500)
    hour_s = FRIDAY // 3_600 * 3_600 + 3_600
    ticks: dict[tuple[str, int], IndexValue] = {}
    determined: list[MarketChanged] = []
    for event in world.run(200.0, step_s=0.5):
        if isinstance(event, IndexValue):
            ticks[event.index_id, event.at_ns // SECOND_NS] = event
        elif isinstance(event, MarketChanged) and event.event is LifecycleEvent.DETERMINED:
            determined.append(event)
    for index_id in ("BRTI", "ETHUSD_RTI"):
        minute = [Decimal(ticks[index_id, at].value) for at in range(hour_s - 60, hour_s)]
        last = ticks[index_id, hour_s - 1]
        assert last.window_size == 60
        assert last.window_average == last.average_60s
        assert abs(Decimal(last.average_60s) - sum(minute) / 60) <= Decimal("0.005")
        assert ticks[index_id, hour_s].window_average is None
    events = defaultdict(list)
    for change in determined:
        events[world.exchange.markets[change.ticker].event_ticker].append(change)
    assert {event.split("-")[0] for event in events} == {"KXBTC", "KXBTCD", "KXBTC15M", "KXETH"}
    for event_ticker, changes in events.items():
        index_id = "ETHUSD_RTI" if event_ticker.startswith("KXETH") else "BRTI"
        published = ticks[index_id, hour_s - 1].window_average
        assert published is not None
        for change in changes:
            market = world.exchange.markets[change.ticker].market
            assert market.expiration_value == published
            assert (change.outcome is Outcome.YES) is market.strike.holds(Decimal(published))
            assert market.status is MarketStatus.FINALIZED


def test_a_quarter_opens_with_the_average_of_the_minute_before_as_its_target() -> None:
    quarter_s = FRIDAY // 900 * 900 + 900
    world = World(start_s=quarter_s - 70, series=("KXBTC15M",))
    coming = next(
        record for record in world.exchange.markets.values() if record.market.open_ns == quarter_s * SECOND_NS
    )
    assert coming.market.status is MarketStatus.INITIALIZED
    assert coming.market.strike.floor is None
    assert coming.market.yes_sub_title == "Target price: TBD"
    feed = world.live(72.0, step_s=0.5)
    last = [e for e in feed if isinstance(e, IndexValue) and e.index_id == "BRTI"]
    published = next(e.window_average for e in last if e.at_ns == (quarter_s - 1) * SECOND_NS)
    assert published is not None
    assert coming.market.strike.floor == Decimal(published)
    assert coming.market.yes_sub_title == f"Target Price: ${Decimal(published):,}"
    assert any(
        isinstance(e, MarketChanged)
        and e.ticker == coming.ticker
        and e.event is LifecycleEvent.METADATA_UPDATED
        for e in feed
    )
    assert coming.levels.is_two_sided
    assert coming.market.strike.holds(Decimal(published))


def test_a_day_at_high_speed_ends_every_event_that_closes() -> None:
    world = World()
    statuses: dict[str, set[LifecycleEvent]] = defaultdict(set)
    for event in world.run(26 * 3_600, step_s=600.0):
        if isinstance(event, MarketChanged):
            statuses[event.ticker].add(event.event)
    late = world.now_s - 20 * 60
    paid: dict[str, int] = defaultdict(int)
    for record in world.exchange.markets.values():
        market = record.market
        if market.close_ns < late * SECOND_NS and not market.series_ticker.startswith("KXHIGH"):
            assert market.status is MarketStatus.FINALIZED, market.ticker
        if market.status is MarketStatus.FINALIZED:
            paid[record.event_ticker] += market.settlement_bp or 0
        check_book(record)
    for event_ticker, total in paid.items():
        if world.exchange.events[event_ticker].mutually_exclusive:
            assert total == CONTRACT_BP, event_ticker
    whole = {LifecycleEvent.CREATED, LifecycleEvent.DETERMINED, LifecycleEvent.SETTLED}
    assert sum(seen >= whole for seen in statuses.values()) > 2_000
    assert 400 <= len(active(world.exchange)) <= 900


def test_a_jump_of_days_lists_what_was_missed_as_settled() -> None:
    world = World()
    world.live(3 * 86_400, step_s=3 * 86_400)
    world.live(1.0)
    assert 400 <= len(active(world.exchange)) <= 900
    stuck = [
        r.ticker
        for r in world.exchange.markets.values()
        if r.market.status is MarketStatus.CLOSED and r.market.close_ns < (world.now_s - 86_400) * SECOND_NS
    ]
    assert not stuck


def test_a_long_step_costs_about_as_much_as_a_short_one() -> None:
    world = World()
    world.live(60.0, step_s=6.0)

    def cost(step_s: float) -> float:
        started = time.process_time()
        world.live(40 * step_s, step_s=step_s)
        return time.process_time() - started

    short, long_ = cost(6.0), cost(60.0)
    assert long_ < 6 * short + 0.2


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


def test_a_market_determined_by_hand_keeps_its_result() -> None:
    world = World(start_s=FRIDAY // 3_600 * 3_600 + 3_590)
    exchange = world.exchange
    world.live(11.0, step_s=0.5)
    lowest = next(
        r
        for r in exchange.markets.values()
        if r.market.status is MarketStatus.CLOSED and r.ticker.startswith("KXBTC-")
    )
    exchange.determine(lowest.ticker, CONTRACT_BP, "by hand")
    world.live(30.0, step_s=0.5)
    results = [r.market.settlement_bp for r in exchange.markets_of(lowest.event_ticker)]
    assert lowest.market.expiration_value == "by hand"
    assert sum(result or 0 for result in results) == CONTRACT_BP
    assert None not in results


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


def test_a_restored_exchange_is_taken_up_where_it_stopped() -> None:
    world = World()
    world.live(30.0, step_s=0.5)
    before = set(world.exchange.markets)
    restored = Exchange.restore(world.exchange.take_changes().rows)
    generator = Generator(GeneratorOptions(seed=3))
    restored.advance(restored.now_ns + 7_200 * SECOND_NS)
    generator.open(restored)
    assert before <= set(restored.markets)
    for _ in range(40):
        to_ns = restored.now_ns + SECOND_NS // 2
        generator.advance(restored, to_ns)
        restored.advance(to_ns)
    stuck = [
        r.ticker
        for r in restored.markets.values()
        if r.market.status is MarketStatus.CLOSED
        and r.market.close_ns < restored.now_ns - 600 * SECOND_NS
        and r.ticker.startswith("KXBTC")
    ]
    assert not stuck
    assert 400 <= len(active(restored)) <= 900
    assert sum(r.levels.is_two_sided for r in active(restored)) > 100


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
