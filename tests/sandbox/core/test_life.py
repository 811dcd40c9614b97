"""Listing, the life of a market by the clock and by hand, pauses and maintenance."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from exchange_world import ASK, BID, CLOSE_NS, NO_MAINTENANCE, START_NS, limit, market, world
from msgspec.structs import replace

from engine.domain.market import Event, MarketStatus, Strike, StrikeType
from engine.domain.order import VenueOrderStatus
from engine.domain.units import HOUR_NS, SECOND_NS
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.feed import EventListed, LifecycleEvent, MarketChanged, StatusChanged
from engine.sandbox.core.lifecycle import LifecycleError
from engine.sandbox.core.listing import ListingError
from engine.sandbox.core.refusal import Refusal
from engine.sandbox.core.rules import ExchangeRules, Maintenance


def lifecycle_events(exchange: Exchange) -> list[LifecycleEvent]:
    return [event.event for event in exchange.drain() if isinstance(event, MarketChanged)]


def test_listing_tells_and_refuses_what_is_listed_or_unknown() -> None:
    exchange = world()
    exchange.list_event(Event("E2", "SER", "two", "", mutually_exclusive=False))
    exchange.list_market(market("X", event="E2"))
    assert [type(event) for event in exchange.drain()] == [EventListed, MarketChanged]
    assert [record.ticker for record in exchange.markets_of("E2")] == ["X"]
    assert [event.ticker for event in exchange.events_of("SER")] == ["EV", "E2"]
    for listing in (
        lambda: exchange.list_event(Event("E2", "SER", "two", "", mutually_exclusive=False)),
        lambda: exchange.list_event(Event("E3", "NONE", "", "", mutually_exclusive=False)),
        lambda: exchange.list_market(market("X")),
        lambda: exchange.list_market(market("Y", event="NONE")),
        lambda: exchange.list_market(replace(market("Y"), exchange_index=2)),
        lambda: exchange.list_market(replace(market("Y"), status=MarketStatus.FINALIZED)),
    ):
        with pytest.raises(ListingError):
            listing()
    assert exchange.drain() == []


@pytest.mark.parametrize(
    ("open_in", "close_in", "status"),
    [
        (-HOUR_NS, HOUR_NS, MarketStatus.ACTIVE),
        (HOUR_NS, 2 * HOUR_NS, MarketStatus.INITIALIZED),
        (-HOUR_NS, -1, MarketStatus.CLOSED),
    ],
)
def test_a_listed_market_is_where_the_clock_says(open_in: int, close_in: int, status: MarketStatus) -> None:
    exchange = world()
    new = replace(market("X"), open_ns=START_NS + open_in, close_ns=START_NS + close_in)
    assert exchange.list_market(new).market.status is status


def test_the_clock_opens_and_closes_without_a_message() -> None:
    exchange = world()
    record = exchange.list_market(replace(market("X"), open_ns=START_NS + HOUR_NS))
    exchange.drain()
    with pytest.raises(Refusal, match="X: initialized"):
        exchange.create_order("ann", limit(BID, 5_000, 100, "X"))
    assert exchange.next_due_ns() == START_NS + HOUR_NS
    exchange.advance(START_NS + HOUR_NS)
    assert record.market.status is MarketStatus.ACTIVE
    order = exchange.create_order("ann", limit(BID, 5_000, 100, "X")).order
    exchange.advance(CLOSE_NS)
    assert record.market.status is MarketStatus.CLOSED
    assert order.status is VenueOrderStatus.RESTING
    exchange.advance(CLOSE_NS + SECOND_NS)
    assert order.last_update_reason == "CloseCancel"
    assert lifecycle_events(exchange) == []


def test_one_long_step_is_the_same_as_many_short_ones() -> None:
    results = []
    for steps in (1, 1_000):
        exchange = world("M", "N")
        exchange.create_order("ann", limit(BID, 5_000, 100, expires_ns=START_NS + 77 * SECOND_NS))
        exchange.create_order("ann", limit(ASK, 6_000, 100, "N"))
        exchange.drain()
        for step in range(1, steps + 1):
            exchange.advance(START_NS + 3 * HOUR_NS * step // steps)
        results.append((exchange.drain(), exchange.now_ns))
    assert results[0] == results[1]


def test_time_never_goes_back() -> None:
    exchange = world()
    exchange.advance(START_NS - HOUR_NS)
    assert exchange.now_ns == START_NS


def test_closing_early_and_moving_the_close() -> None:
    exchange = world("M", "N")
    exchange.close_now("M")
    exchange.update_close("N", CLOSE_NS + HOUR_NS)
    exchange.advance(CLOSE_NS + 10)
    assert exchange.markets["M"].market.status is MarketStatus.CLOSED
    assert exchange.markets["M"].market.close_ns == START_NS
    assert exchange.markets["N"].market.status is MarketStatus.ACTIVE
    exchange.advance(CLOSE_NS + HOUR_NS)
    assert exchange.markets["N"].market.status is MarketStatus.CLOSED
    assert lifecycle_events(exchange) == [LifecycleEvent.CLOSE_DATE_UPDATED] * 2
    with pytest.raises(LifecycleError):
        exchange.update_close("N", CLOSE_NS + 5 * HOUR_NS)


def test_reactivation_cancels_what_rested() -> None:
    exchange = world()
    first = exchange.create_order("ann", limit(BID, 5_000, 100)).order
    second = exchange.create_order("ann", limit(BID, 5_000, 100)).order
    exchange.deactivate("M")
    with pytest.raises(Refusal, match="inactive"):
        exchange.create_order("ann", limit(BID, 5_000, 100))
    exchange.cancel_order("ann", first.order_id)
    assert second.status is VenueOrderStatus.RESTING
    exchange.activate("M")
    assert (second.status, second.last_update_reason) == (VenueOrderStatus.CANCELED, "HaltCancel")
    assert exchange.available_ud("ann", 0) == exchange.accounts["ann"].cash_ud[0]
    exchange.create_order("ann", limit(BID, 5_000, 100))
    assert lifecycle_events(exchange) == [LifecycleEvent.DEACTIVATED, LifecycleEvent.ACTIVATED]


def test_results_only_where_they_fit() -> None:
    exchange = world()
    for step in (
        lambda: exchange.determine("M", 10_000),
        lambda: exchange.settle_now("M"),
        lambda: exchange.dispute("M"),
        lambda: exchange.amend_result("M", 0),
        lambda: exchange.activate("M"),
    ):
        with pytest.raises(LifecycleError):
            step()
    exchange.close_now("M")
    exchange.drain()
    exchange.determine("M", 0)
    with pytest.raises(LifecycleError):
        exchange.determine("M", 10_000)
    exchange.advance(exchange.now_ns + 60 * SECOND_NS)
    assert lifecycle_events(exchange) == [LifecycleEvent.DETERMINED, LifecycleEvent.SETTLED]
    with pytest.raises(LifecycleError):
        exchange.amend_result("M", 10_000)


def test_a_finer_grid_keeps_resting_orders_a_coarser_one_must_fit_them() -> None:
    exchange = world()
    order = exchange.create_order("ann", limit(BID, 5_000, 100)).order
    exchange.update_grid("M", "deci_cent")
    exchange.create_order("ann", limit(BID, 4_990, 100))
    assert order.status is VenueOrderStatus.RESTING
    with pytest.raises(ListingError, match="4990 bp"):
        exchange.update_grid("M", "linear_cent")
    with pytest.raises(ListingError, match="wanted one of"):
        exchange.update_grid("M", "banded")


def test_a_strike_may_come_late() -> None:
    exchange = world()
    strike = Strike(StrikeType.GREATER_OR_EQUAL, floor=Decimal("79177.08"))
    exchange.update_strike("M", strike, yes_sub_title="Target $79,177.08")
    assert exchange.markets["M"].market.strike == strike
    assert exchange.markets["M"].market.no_sub_title == "no"
    assert lifecycle_events(exchange) == [LifecycleEvent.METADATA_UPDATED]


def test_a_trading_pause_still_lets_orders_out() -> None:
    exchange = world()
    kept = exchange.create_order("ann", limit(BID, 5_000, 100)).order
    halted = exchange.create_order("ann", limit(BID, 5_000, 100, cancel_on_pause=True)).order
    exchange.set_active(trading_active=False, exchange_index=0)
    assert halted.last_update_reason == "HaltCancel"
    for request in (
        lambda: exchange.create_order("ann", limit(BID, 5_000, 100)),
        lambda: exchange.amend_order("ann", kept.order_id, price_bp=5_000, count_c=50),
    ):
        with pytest.raises(Refusal) as refusal:
            request()
        assert (refusal.value.status, refusal.value.code) == (503, "trading_paused")
    exchange.decrease_order("ann", kept.order_id, reduce_by_c=40)
    exchange.cancel_order("ann", kept.order_id)
    exchange.set_active(trading_active=True)
    assert exchange.create_order("ann", limit(BID, 5_000, 100)).order.remaining_c == 100


def test_an_exchange_pause_stops_every_change() -> None:
    exchange = world()
    order = exchange.create_order("ann", limit(BID, 5_000, 100)).order
    group_id = exchange.create_group("ann", 100).order_group_id
    exchange.set_active(exchange_active=False, exchange_index=0)
    for request in (
        lambda: exchange.create_order("ann", limit(BID, 5_000, 100)),
        lambda: exchange.amend_order("ann", order.order_id, price_bp=5_000, count_c=50),
        lambda: exchange.decrease_order("ann", order.order_id, reduce_by_c=1),
        lambda: exchange.cancel_order("ann", order.order_id),
        lambda: exchange.transfer("ann", 0, 1, 1),
        lambda: exchange.create_group("ann", 100),
        lambda: exchange.reset_group("ann", group_id),
    ):
        with pytest.raises(Refusal) as refusal:
            request()
        assert (refusal.value.status, refusal.value.code) == (503, "exchange_paused")
    assert exchange.cancel_all("ann") == []
    assert exchange.statuses[1].exchange_active


MAINTAINED = ExchangeRules()


def eastern(day: int, hour: int) -> int:
    """An hour of November 2026 in Eastern Standard Time (UTC - 5)."""
    return int(datetime(2026, 11, day, hour + 5, tzinfo=UTC).timestamp()) * SECOND_NS


def test_trading_stops_thursday_from_three_to_five_eastern() -> None:
    exchange = Exchange(world_id="w", now_ns=eastern(18, 12), rules=MAINTAINED)
    assert exchange.next_due_ns() == eastern(19, 3)
    exchange.advance(eastern(19, 4))
    assert [exchange.statuses[shard].trading_active for shard in (0, 1, 2, 3)] == [False] * 4
    assert exchange.statuses[0].exchange_active
    assert exchange.statuses[0].resumes_ns == eastern(19, 5)
    exchange.advance(eastern(19, 5))
    assert exchange.statuses[0].trading_active
    assert exchange.next_due_ns() == eastern(26, 3)
    told = [event for event in exchange.drain() if isinstance(event, StatusChanged)]
    assert [(event.trading_active, event.at_ns) for event in told] == [
        *[(False, eastern(19, 3))] * 4,
        *[(True, eastern(19, 5))] * 4,
    ]


def test_an_exchange_started_within_maintenance_is_paused() -> None:
    exchange = Exchange(world_id="w", now_ns=eastern(19, 4), rules=MAINTAINED)
    assert not exchange.statuses[0].trading_active
    restored = Exchange.restore(exchange.take_changes().rows, MAINTAINED)
    assert not restored.statuses[0].trading_active
    restored.advance(eastern(19, 5))
    assert restored.statuses[0].trading_active


def test_maintenance_leaves_alone_what_was_paused_or_resumed_by_hand() -> None:
    exchange = Exchange(world_id="w", now_ns=eastern(18, 12), rules=MAINTAINED)
    exchange.set_active(trading_active=False, exchange_index=1)
    exchange.advance(eastern(19, 4))
    exchange.set_active(trading_active=True, exchange_index=2)
    restored = Exchange.restore(exchange.take_changes().rows, MAINTAINED)
    for either in (exchange, restored):
        assert [either.statuses[shard].trading_active for shard in (0, 1, 2, 3)] == [
            False,
            False,
            True,
            False,
        ]
        either.advance(eastern(19, 6))
        assert [either.statuses[shard].trading_active for shard in (0, 1, 2, 3)] == [True, False, True, True]


def test_a_restore_without_a_schedule_does_not_stay_paused() -> None:
    exchange = Exchange(world_id="w", now_ns=eastern(19, 4), rules=MAINTAINED)
    restored = Exchange.restore(exchange.take_changes().rows, NO_MAINTENANCE)
    assert restored.statuses[0].trading_active


def test_the_window_follows_daylight_saving_time() -> None:
    """Thursday before and after the clocks went back on 1 November 2026."""
    utc = [datetime(2026, 10, 29, 7, tzinfo=UTC), datetime(2026, 11, 5, 8, tzinfo=UTC)]
    for start in utc:
        start_ns = int(start.timestamp()) * SECOND_NS
        assert Maintenance().window_after(start_ns - 24 * HOUR_NS) == (start_ns, start_ns + 2 * HOUR_NS)
        assert Maintenance().window_after(start_ns + 2 * HOUR_NS)[0] > start_ns + 6 * 24 * HOUR_NS
