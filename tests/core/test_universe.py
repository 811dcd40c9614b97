"""Which books the feed carries."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from core_bench import SERIES, START, CoreBench, a_fill, event_of, market, of, place

from engine.core.effects import ReadMarkets, SubmitOrder, WatchBooks
from engine.core.inputs import MarketsRead, Recovered
from engine.core.settings import EngineSettings
from engine.domain import command
from engine.domain.feed import (
    BookFresh,
    EventFeeSeen,
    FeedConnected,
    LifecycleKind,
    LifecycleSeen,
    TickerQuote,
)
from engine.domain.market import Market, MarketStatus, Strike, StrikeType
from engine.domain.price_grid import STRUCTURES
from engine.domain.units import HOUR_NS, MINUTE_NS, SECOND_NS


def leg(number: int, event: str = "A", **changes: Any) -> Market:
    strike = Strike(StrikeType.GREATER, floor=Decimal(number))
    ticker = f"{SERIES}-{event}-T{number:03}"
    return market(ticker, strike=strike, event_ticker=f"{SERIES}-{event}", **changes)


def quote(ticker: str, bid_bp: int | None, ask_bp: int | None) -> TickerQuote:
    return TickerQuote(ticker, None, bid_bp, ask_bp, 0, 0, None, 0, 0, START)


def read(*markets: Market, quotes: tuple[TickerQuote, ...] = (), series: str = SERIES) -> MarketsRead:
    events = tuple({m.event_ticker: event_of(m) for m in markets}.values())
    return MarketsRead(series, events, markets, True, quotes)


def started(**settings: Any) -> CoreBench:
    bench = CoreBench(EngineSettings(series=(SERIES,), **settings))
    bench.feed(Recovered("r1"), FeedConnected(1))
    return bench


def watched(bench: CoreBench) -> tuple[str, ...]:
    return of(bench.effects, WatchBooks)[-1].tickers


def test_the_legs_nearest_the_money_by_their_quotes() -> None:
    bench = started(legs_per_event=2)
    legs = [leg(number) for number in range(5)]
    prices = [(9_000, 9_200), (7_000, 7_200), (4_900, 5_100), (None, 4_500), (None, None)]
    quotes = tuple(quote(m.ticker, *p) for m, p in zip(legs, prices, strict=True))
    bench.feed(read(*legs, quotes=quotes))
    assert watched(bench) == (legs[2].ticker, legs[3].ticker)


def test_without_quotes_the_middle_of_the_strikes() -> None:
    bench = started(legs_per_event=3)
    bench.feed(read(*[leg(number) for number in range(9)]))
    assert watched(bench) == tuple(leg(number).ticker for number in (3, 4, 5))


def test_negative_strikes_are_in_order_too() -> None:
    bench = started(legs_per_event=1)
    legs = [leg(n) for n in (-20, -10, 5)]
    bench.feed(read(*legs))
    assert watched(bench) == (leg(-10).ticker,)


def test_each_event_has_its_own_legs_and_the_cap_takes_the_next_to_close() -> None:
    bench = started(legs_per_event=2, most_markets=3)
    soon = [leg(n, "SOON", close_ns=START + HOUR_NS) for n in range(3)]
    later = [leg(n, "LATER", close_ns=START + 2 * HOUR_NS) for n in range(3)]
    bench.feed(read(*later, *soon))
    assert len(watched(bench)) == 3
    assert len([t for t in watched(bench) if "SOON" in t]) == 2


def test_the_horizon_from_both_sides() -> None:
    bench = started()
    inside, outside, over = (
        leg(1, close_ns=START + 48 * HOUR_NS),
        leg(2, close_ns=START + 48 * HOUR_NS + 1),
        leg(3, close_ns=START),
    )
    bench.feed(read(inside, outside, over))
    assert watched(bench) == (inside.ticker,)


def test_held_working_and_watched_markets_are_carried_wherever_they_are() -> None:
    bench = CoreBench(EngineSettings(series=(SERIES,), legs_per_event=1))
    far = [leg(n, close_ns=START + 100 * HOUR_NS) for n in range(4)]
    near = leg(9, "B")
    bench.start(near, *far, fills=[a_fill("t1", 100, "v-x", ticker=far[0].ticker)])
    assert sorted(bench.engine.books) == sorted((near.ticker, far[0].ticker))
    bench.ask(command.WatchMarkets((far[1].ticker,)), who="dan")
    bench.ask(command.WatchMarkets((far[2].ticker,)), who="eve")
    assert {far[1].ticker, far[2].ticker} <= set(watched(bench))
    bench.ask(command.WatchMarkets((far[3].ticker,)), who="dan")
    assert far[1].ticker not in watched(bench), "a new list replaces the asker's last"
    bench.feed(BookFresh(far[3].ticker, ((4_900, 100),), ((5_100, 100),), None))
    assert of(bench.ask(place(ticker=far[3].ticker)).effects, SubmitOrder)
    bench.ask(command.WatchMarkets(()), who="dan")
    assert far[3].ticker in watched(bench), "an order works there"


def test_a_market_of_another_series_is_read_for_whoever_watches_it() -> None:
    bench = CoreBench()
    bench.start()
    bench.ask(command.WatchMarkets(("KXOTHER-1-T1",)))
    bench.run_for(SECOND_NS)
    assert of(bench.effects, ReadMarkets) == [ReadMarkets("KXOTHER")]
    bench.feed(read(market("KXOTHER-1-T1"), market("KXOTHER-1-T2"), series="KXOTHER"))
    assert "KXOTHER-1-T1" in watched(bench)
    assert "KXOTHER-1-T2" not in watched(bench)


def test_too_many_watched_markets_are_refused_with_the_number() -> None:
    bench = CoreBench(EngineSettings(series=(SERIES,), most_markets=2))
    bench.start()
    assert bench.answer(command.WatchMarkets(("A", "B", "C"))).deny_code == "TOO_MANY_MARKETS"


def test_refreshed_every_fifteen_minutes_of_exchange_time() -> None:
    bench = CoreBench()
    bench.start()
    bench.run_for(15 * MINUTE_NS - 1)
    assert of(bench.effects, ReadMarkets) == []
    bench.run_for(1)
    assert of(bench.effects, ReadMarkets) == [ReadMarkets(SERIES)]


def test_an_accelerated_exchange_refreshes_by_its_own_clock() -> None:
    """x600: fifteen minutes there are 1.5 s here; the pace is learned, and the wake comes in time."""
    bench = CoreBench()
    bench.start()
    begun = bench.at
    for _ in range(2_000):
        assert bench.last is not None
        assert bench.last.next_wake_mono is not None
        pause = max(1, bench.last.next_wake_mono - bench.mono)
        bench.mono += pause
        bench.at += 600 * pause
        bench.feed(quote("other", None, None))
        if of(bench.effects, ReadMarkets):
            break
    assert 15 * MINUTE_NS <= bench.at - begun < 17 * MINUTE_NS


def test_lifecycle_events_refresh_at_most_every_few_seconds() -> None:
    bench = CoreBench()
    bench.start()
    for number in range(5):
        bench.feed(LifecycleSeen(kind=LifecycleKind.CREATED, ticker=f"{SERIES}-B-T{number}"))
    bench.run_for(20 * SECOND_NS)
    assert of(bench.effects, ReadMarkets) == [ReadMarkets(SERIES)]
    bench.feed(LifecycleSeen(kind=LifecycleKind.CREATED, ticker="KXELSE-B-T1"))
    bench.feed(LifecycleSeen(kind=LifecycleKind.CREATED, ticker=f"{SERIES}-B-T1", is_combo=True))
    bench.run_for(20 * SECOND_NS)
    assert len(of(bench.effects, ReadMarkets)) == 1


def test_lifecycle_changes_the_market_at_once() -> None:
    bench = CoreBench()
    bench.start()
    (ticker,) = bench.engine.markets
    step = bench.feed(LifecycleSeen(kind=LifecycleKind.DEACTIVATED, ticker=ticker))
    assert bench.engine.markets[ticker].status is MarketStatus.INACTIVE
    assert step.touched == (ticker,)
    bench.feed(LifecycleSeen(kind=LifecycleKind.ACTIVATED, ticker=ticker))
    bench.feed(LifecycleSeen(kind=LifecycleKind.CLOSE_DATE_UPDATED, ticker=ticker, close_ns=START + 1))
    grid = STRUCTURES["deci_cent"]
    bench.feed(LifecycleSeen(kind=LifecycleKind.PRICE_LEVEL_STRUCTURE_UPDATED, ticker=ticker, grid=grid))
    after = bench.engine.markets[ticker]
    assert (after.status, after.close_ns, after.grid) == (MarketStatus.ACTIVE, START + 1, grid)


def test_a_listing_from_before_it_was_paid_brings_no_market_back() -> None:
    bench = CoreBench()
    bench.start()
    ((ticker, before),) = bench.engine.markets.items()
    bench.feed(LifecycleSeen(kind=LifecycleKind.SETTLED, ticker=ticker, settled_ns=START))
    bench.feed(read(before))
    assert bench.engine.markets[ticker].status is MarketStatus.FINALIZED


def test_a_change_of_fees_reads_the_listing_anew() -> None:
    bench = CoreBench()
    bench.start()
    bench.wait(10 * SECOND_NS)
    bench.feed(EventFeeSeen(f"{SERIES}-26NOV20", None, 2_000_000))
    bench.run_for(1)
    assert of(bench.effects, ReadMarkets) == [ReadMarkets(SERIES)]


def test_a_market_that_a_page_lacks_is_kept_until_a_while_after_its_close() -> None:
    bench = CoreBench()
    bench.start(market(close_ns=START + HOUR_NS))
    (ticker,) = bench.engine.markets
    bench.feed(read())
    assert ticker in bench.engine.books
    bench.run_for(2 * HOUR_NS)
    bench.feed(read())
    assert ticker in bench.engine.markets
    bench.run_for(1)
    bench.feed(read())
    assert (bench.engine.markets, bench.engine.books, bench.engine.events) == ({}, {}, {})
    assert watched(bench) == ()


def test_books_outside_of_the_universe_are_ignored() -> None:
    bench = CoreBench()
    bench.start()
    step = bench.feed(BookFresh("KXT-NONE-T1", ((1, 1),), (), None))
    assert step.touched == ()
    assert "KXT-NONE-T1" not in bench.engine.books
