"""Listings, grids, fees, pauses and results come from the other exchange, and from nowhere else."""

from __future__ import annotations

import pytest
from exchange_world import BID, CLOSE_NS, limit
from mirror_bench import EVENT, SERIES, MirrorBench, sheet

from engine.domain.fee import FeeType
from engine.domain.feed import EventFeeSeen, LifecycleKind, LifecycleSeen
from engine.domain.market import MarketStatus, Outcome
from engine.domain.order import TimeInForce, VenueOrderStatus
from engine.domain.price_grid import STRUCTURES
from engine.domain.units import DAY_NS, DOLLAR_UD, SECOND_NS
from engine.domain.venue import EventSheet
from engine.sandbox.core.refusal import Refusal
from engine.sandbox.sources.upstream.words import SeriesTold, StatusTold

IOC = TimeInForce.IMMEDIATE_OR_CANCEL


@pytest.fixture
def bench() -> MirrorBench:
    made = MirrorBench()
    made.show({4_900: 1_000}, {5_100: 3_000})
    return made


def closed(bench: MirrorBench) -> None:
    """By the clock; a position of ten contracts is held."""
    bench.order(BID, 5_100, 1_000, time_in_force=IOC)
    bench.tick(after_ns=CLOSE_NS - bench.now_ns + 2 * SECOND_NS)


def decided(status: MarketStatus, settlement_bp: int, ticker: str = "M") -> object:
    result = {10_000: Outcome.YES, 0: Outcome.NO}.get(settlement_bp, Outcome.SCALAR)
    return sheet(ticker, status=status, status_text=status.value, result=result, settlement_bp=settlement_bp)


def test_figures_of_before_are_taken_over(bench: MirrorBench) -> None:
    record = bench.exchange.markets["M"]
    assert (record.last_trade_bp, record.volume_c, record.volume_24h_c) == (5_000, 12_300, 2_400)
    assert record.told_open_interest_c == 5_000


def test_closed_stays_closed_until_the_other_exchange_determines(bench: MirrorBench) -> None:
    closed(bench)
    bench.tick(after_ns=3 * DAY_NS)
    assert bench.status() is MarketStatus.CLOSED
    bench.tell(decided(MarketStatus.DETERMINED, 10_000))  # type: ignore[arg-type]
    assert bench.status() is MarketStatus.DETERMINED
    bench.tick(after_ns=DAY_NS)
    assert bench.status() is MarketStatus.DETERMINED, "it pays when the other one has paid"
    before_ud = bench.exchange.available_ud("ann", 0)
    bench.tell(decided(MarketStatus.FINALIZED, 10_000))  # type: ignore[arg-type]
    assert bench.status() is MarketStatus.FINALIZED
    assert bench.exchange.available_ud("ann", 0) - before_ud == 10 * DOLLAR_UD


def test_a_result_that_is_disputed_and_amended_is_so_here(bench: MirrorBench) -> None:
    closed(bench)
    for status, value_bp in (
        (MarketStatus.DETERMINED, 10_000),
        (MarketStatus.DISPUTED, 10_000),
        (MarketStatus.AMENDED, 0),
        (MarketStatus.FINALIZED, 0),
    ):
        bench.tell(decided(status, value_bp))  # type: ignore[arg-type]
        assert (bench.status(), bench.exchange.markets["M"].market.settlement_bp) == (status, value_bp)
    assert bench.exchange.settlements_of("ann")[0].revenue_ud == 0


def test_an_early_result_closes_first_and_a_fraction_pays_a_fraction(bench: MirrorBench) -> None:
    bench.order(BID, 5_100, 1_000, time_in_force=IOC)
    bench.tell(decided(MarketStatus.FINALIZED, 2_500))  # type: ignore[arg-type]
    assert bench.status() is MarketStatus.FINALIZED
    assert bench.exchange.settlements_of("ann")[0].revenue_ud == 10 * DOLLAR_UD // 4


def test_a_result_without_a_value_waits_and_is_counted(bench: MirrorBench) -> None:
    closed(bench)
    bench.tell(sheet("M", status=MarketStatus.DETERMINED, result=Outcome.SCALAR, settlement_bp=None))
    assert bench.status() is MarketStatus.CLOSED
    assert any("without a value" in text for text in bench.mirror.catalogue.troubles)


def test_which_results_are_still_missing_is_told(bench: MirrorBench) -> None:
    closed(bench)
    assert bench.mirror.undecided(bench.exchange, all_of_them=False) == ("M",)
    assert bench.mirror.undecided(bench.exchange, all_of_them=True) == ("M", "N")
    bench.mirror.hear(LifecycleSeen(kind=LifecycleKind.DETERMINED, ticker="N"))
    bench.tick()
    assert bench.mirror.undecided(bench.exchange, all_of_them=False) == ("N", "M")


def test_a_market_that_stops_over_there_stops_here(bench: MirrorBench) -> None:
    bench.mirror.hear(LifecycleSeen(kind=LifecycleKind.DEACTIVATED, ticker="M"))
    bench.tick()
    with pytest.raises(Refusal):
        bench.exchange.create_order("ann", limit(BID, 5_100, 100))
    bench.mirror.hear(LifecycleSeen(kind=LifecycleKind.ACTIVATED, ticker="M"))
    bench.tick()
    assert bench.shown() == ({4_900: 1_000}, {5_100: 3_000})


def test_pauses_are_the_other_exchanges(bench: MirrorBench) -> None:
    bench.mirror.hear(StatusTold({0: (True, False)}))
    bench.tick()
    with pytest.raises(Refusal):
        bench.exchange.create_order("ann", limit(BID, 5_100, 100))
    bench.show({}, {5_500: 100})
    bench.mirror.hear(StatusTold({0: (True, True)}))
    bench.tick()
    assert bench.shown() == ({}, {5_500: 100})


def test_no_maintenance_of_our_own() -> None:
    bench = MirrorBench()
    bench.list_markets("L", close_ns=CLOSE_NS + 14 * DAY_NS)
    bench.tick()
    for _ in range(8 * 24):
        bench.tick(after_ns=DAY_NS // 24)
        assert all(status.trading_active for status in bench.exchange.statuses.values())


def test_another_close_is_another_close_here(bench: MirrorBench) -> None:
    bench.tell(sheet("M", close_ns=CLOSE_NS - 3_600 * SECOND_NS))
    bench.tick(after_ns=CLOSE_NS - 3_599 * SECOND_NS - bench.now_ns)
    assert (bench.status("M"), bench.status("N")) == (MarketStatus.CLOSED, MarketStatus.ACTIVE)


def test_another_grid_cancels_what_is_off_it_and_shows_the_book_on_it(bench: MirrorBench) -> None:
    fine = STRUCTURES["deci_cent"]
    bench.tell(sheet("M", price_level_structure="their_own", grid=fine))
    bench.show({4_910: 100}, {5_090: 100})
    assert bench.shown() == ({4_910: 100}, {5_090: 100})
    off, on = bench.order(BID, 4_110, 100), bench.order(BID, 4_100, 100)
    bench.tell(sheet("M"))
    assert (off.status, on.status) == (VenueOrderStatus.CANCELED, VenueOrderStatus.RESTING)
    assert bench.shown() == ({4_100: 100}, {})


def test_fees_of_the_other_exchange_are_charged(bench: MirrorBench) -> None:
    bench.mirror.hear(EventFeeSeen(EVENT.ticker, "quadratic", 0))
    bench.tick()
    bench.order(BID, 5_100, 1_000, time_in_force=IOC)
    assert bench.exchange.fills_of("ann")[0].fee_ud == 0
    told = EventSheet(EVENT, "test", "", FeeType.FLAT, 2_000_000, (sheet("M"),))
    bench.mirror.hear(SeriesTold(SERIES, (told,)))
    bench.tick()
    fees = bench.exchange.markets["M"].market.fees
    assert (fees.fee_type, fees.multiplier_millionths) == (FeeType.FLAT, 2_000_000)


def test_what_has_ended_or_cannot_be_read_is_not_listed(bench: MirrorBench) -> None:
    bench.list_markets("E1", status=MarketStatus.FINALIZED, settlement_bp=0)
    bench.list_markets("E2", strike=None)
    bench.list_markets("E3", close_ns=bench.now_ns - 1)
    bench.list_markets("E4", is_combo=True)
    bench.tick()
    assert sorted(bench.exchange.markets) == ["M", "N"]


def test_listing_again_changes_nothing(bench: MirrorBench) -> None:
    bench.exchange.take_changes()
    bench.list_markets("M", "N")
    bench.tick()
    changed = {row.kind.value for row in bench.exchange.take_changes().rows}
    assert changed <= {"meta"}


def test_what_is_not_open_over_there_is_not_open_here(bench: MirrorBench) -> None:
    bench.list_markets("L", status=MarketStatus.INITIALIZED)
    bench.tick()
    assert bench.status("L") is MarketStatus.INACTIVE
    bench.tell(sheet("L"))
    assert bench.status("L") is MarketStatus.ACTIVE


def test_terms_that_cannot_be_taken_over_do_not_keep_back_the_state(bench: MirrorBench) -> None:
    bench.tell(sheet("M", price_level_structure="their_own", grid=STRUCTURES["deci_cent"]))
    order = bench.order(BID, 4_110, 100)
    bench.mirror.hear(StatusTold({0: (False, False)}))
    bench.tell(sheet("M", status=MarketStatus.INACTIVE))
    assert any(text.startswith("terms: ") for text in bench.mirror.catalogue.troubles)
    assert (order.status, bench.status()) == (VenueOrderStatus.RESTING, MarketStatus.INACTIVE)
    bench.mirror.hear(StatusTold({0: (True, True)}))
    bench.tell(sheet("M", status=MarketStatus.INACTIVE))
    assert (order.status, order.last_update_reason) == (VenueOrderStatus.CANCELED, "HaltCancel")
