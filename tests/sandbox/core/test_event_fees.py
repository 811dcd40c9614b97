"""Fees of one event: changed for the fills that follow, set aside anew, taken back, kept."""

from __future__ import annotations

import pytest
from exchange_oracle import check, dump
from exchange_world import ASK, BID, NO_MAINTENANCE, limit, market, world

from engine.domain.fee import FeeSchedule, FeeType
from engine.domain.market import Event
from engine.domain.order import VenueOrderStatus
from engine.domain.units import DOLLAR_UD
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.feed import EventFeesChanged, OrderChanged
from engine.sandbox.core.listing import ListingError
from engine.sandbox.core.orders import UpdateReason

MAKERS = FeeType.QUADRATIC_WITH_MAKER_FEES
FUNDED = 3 * 1_000 * DOLLAR_UD


def traded(exchange: Exchange, ticker: str = "M") -> tuple[int, int]:
    """The taker's and the maker's fee of one contract at 50 cents."""
    maker = exchange.create_order("bob", limit(ASK, 5_000, 100, ticker)).order
    taker = exchange.create_order("ann", limit(BID, 5_000, 100, ticker)).order
    return taker.taker_fees_ud, maker.maker_fees_ud


def test_fills_after_a_change_are_charged_by_it_and_those_before_are_not() -> None:
    exchange = world("M", "N")
    resting = exchange.create_order("bob", limit(ASK, 5_000, 300, "N")).order
    assert traded(exchange) == (17_500, 0)
    exchange.update_event_fees("EV", MAKERS, 2_000_000)
    assert traded(exchange) == (35_000, 8_800)
    exchange.create_order("ann", limit(BID, 5_000, 100, "N"))
    assert resting.maker_fees_ud == 8_800
    exchange.update_event_fees("EV", None, 0)
    assert traded(exchange) == (0, 0)
    exchange.update_event_fees("EV", None, None)
    assert traded(exchange) == (17_500, 0)
    check(exchange, FUNDED)


def test_a_change_is_told_once() -> None:
    exchange = world()
    exchange.update_event_fees("EV", MAKERS, None)
    exchange.update_event_fees("EV", MAKERS, None)
    (change,) = exchange.drain()
    assert isinstance(change, EventFeesChanged)
    assert (change.event_ticker, change.fee_type, change.multiplier_millionths) == ("EV", MAKERS, None)
    assert exchange.fee_changes == [change]
    assert exchange.events["EV"].fee_type_override is MAKERS
    assert exchange.events_of("SER") == [exchange.events["EV"]]


def test_what_rests_sets_the_new_maker_fee_aside() -> None:
    exchange = world()
    exchange.create_order("ann", limit(BID, 5_000, 100))
    exchange.update_event_fees("EV", MAKERS, None)
    assert exchange.available_ud("ann", 0) == 1_000 * DOLLAR_UD - 500_000 - 4_400
    exchange.update_event_fees("EV", None, None)
    assert exchange.available_ud("ann", 0) == 1_000 * DOLLAR_UD - 500_000
    check(exchange, FUNDED)


def test_what_an_account_cannot_cover_any_more_is_canceled() -> None:
    exchange = world(cash_dollars=1)
    first = exchange.create_order("ann", limit(BID, 5_000, 100)).order
    second = exchange.create_order("ann", limit(BID, 5_000, 100)).order
    exchange.drain()
    exchange.update_event_fees("EV", MAKERS, 1_000_000)
    assert {first.status, second.status} == {VenueOrderStatus.CANCELED}
    reasons = {event.reason for event in exchange.drain() if isinstance(event, OrderChanged)}
    assert reasons == {UpdateReason.MARGIN}
    assert exchange.available_ud("ann", 0) == DOLLAR_UD


def test_a_market_listed_later_is_charged_like_its_event() -> None:
    exchange = world()
    exchange.update_event_fees("EV", None, 500_000)
    exchange.list_market(market("LATE"))
    assert traded(exchange, "LATE") == (8_800, 0)
    exchange.list_event(Event("EV2", "SER", "other", "", mutually_exclusive=False))
    exchange.list_market(market("OTHER", event="EV2"))
    assert traded(exchange, "OTHER") == (17_500, 0)


def test_fees_that_cannot_be_are_refused() -> None:
    exchange = world()
    before = dump(exchange)
    with pytest.raises(ListingError, match="event NONE: not listed"):
        exchange.update_event_fees("NONE", None, None)
    with pytest.raises(ListingError, match="got -1 millionths, wanted 0 or more"):
        exchange.update_event_fees("EV", None, -1)
    assert dump(exchange) == before


def test_a_change_is_restored_with_its_history() -> None:
    exchange = world(fees=FeeSchedule(multiplier_millionths=500_000))
    exchange.update_event_fees("EV", MAKERS, None)
    rows = exchange.take_changes().rows
    exchange.update_event_fees("EV", None, 3_000_000)
    rows += exchange.take_changes().rows
    restored = Exchange.restore(rows, NO_MAINTENANCE)
    assert dump(restored) == dump(exchange)
    assert restored.fee_changes == exchange.fee_changes
    assert traded(restored) == traded(exchange) == (52_500, 0)
    restored.update_event_fees("EV", None, None)
    assert len({change.fee_change_id for change in restored.fee_changes}) == 3
