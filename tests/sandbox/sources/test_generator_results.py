"""How generated events end: results that agree with the published index, at any speed, after any stop."""

from __future__ import annotations

import time
from collections import defaultdict
from decimal import Decimal

from generated_world import FRIDAY, World, active, check_book

from engine.domain.market import MarketStatus, Outcome
from engine.domain.units import CONTRACT_BP, SECOND_NS
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.feed import (
    IndexValue,
    LifecycleEvent,
    MarketChanged,
)
from engine.sandbox.sources.generator.options import GeneratorOptions
from engine.sandbox.sources.generator.source import Generator


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
