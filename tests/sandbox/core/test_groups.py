"""Order groups: the limit of a rolling fifteen seconds."""

from __future__ import annotations

import pytest
from exchange_world import ASK, BID, START_NS, limit, world

from engine.domain.order import VenueOrderStatus
from engine.domain.units import SECOND_NS
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.feed import GroupChanged, GroupEvent
from engine.sandbox.core.refusal import Refusal


def grouped(limit_c: int = 500) -> tuple[Exchange, str, list[str]]:
    """Ann's group with two orders of five contracts each."""
    exchange = world()
    group_id = exchange.create_group("ann", limit_c).order_group_id
    orders = [
        exchange.create_order("ann", limit(ASK, price_bp, 500, order_group_id=group_id)).order.order_id
        for price_bp in (5_000, 5_100)
    ]
    exchange.drain()
    return exchange, group_id, orders


def group_events(exchange: Exchange) -> list[GroupEvent]:
    return [event.event for event in exchange.drain() if isinstance(event, GroupChanged)]


def test_up_to_the_limit_nothing_happens_past_it_all_is_canceled() -> None:
    exchange, group_id, orders = grouped()
    exchange.create_order("bob", limit(BID, 5_000, 500))
    assert group_events(exchange) == []
    exchange.create_order("bob", limit(BID, 5_100, 1))
    assert group_events(exchange) == [GroupEvent.TRIGGERED]
    assert exchange.orders[orders[1]].status is VenueOrderStatus.CANCELED
    assert exchange.groups[group_id].order_ids == set()
    with pytest.raises(Refusal, match="was triggered, wanted a reset"):
        exchange.create_order("ann", limit(ASK, 5_000, 100, order_group_id=group_id))


def test_the_window_rolls() -> None:
    exchange, group_id, _ = grouped()
    exchange.create_order("bob", limit(BID, 5_000, 500))
    exchange.advance(START_NS + 15 * SECOND_NS - 1)
    assert exchange.groups[group_id].matched_c == 500
    exchange.advance(START_NS + 15 * SECOND_NS)
    exchange.create_order("bob", limit(BID, 5_100, 500))
    assert not exchange.groups[group_id].is_triggered
    assert exchange.groups[group_id].matched_c == 500


def test_a_reset_group_takes_orders_and_counts_from_zero() -> None:
    exchange, group_id, _ = grouped(100)
    exchange.create_order("bob", limit(BID, 5_000, 101))
    exchange.reset_group("ann", group_id)
    exchange.create_order("ann", limit(ASK, 5_000, 500, order_group_id=group_id))
    exchange.create_order("bob", limit(BID, 5_000, 100))
    assert not exchange.groups[group_id].is_triggered
    assert group_events(exchange) == [GroupEvent.TRIGGERED, GroupEvent.RESET]


def test_the_rest_of_a_taker_that_went_over_does_not_rest() -> None:
    exchange, group_id, _ = grouped(100)
    exchange.create_order("bob", limit(BID, 4_900, 200))
    order = exchange.create_order("ann", limit(ASK, 4_900, 300, order_group_id=group_id)).order
    assert (order.filled_c, order.remaining_c, order.status) == (200, 0, VenueOrderStatus.CANCELED)
    assert exchange.markets["M"].levels.asks == {}


def test_a_lower_limit_may_trigger_at_once() -> None:
    exchange, group_id, orders = grouped()
    exchange.create_order("bob", limit(BID, 5_000, 400))
    exchange.limit_group("ann", group_id, 300)
    assert exchange.groups[group_id].is_triggered
    assert exchange.orders[orders[0]].remaining_c == 0


def test_deleting_and_triggering_by_hand_cancel() -> None:
    exchange, group_id, orders = grouped()
    exchange.trigger_group("ann", group_id)
    assert [exchange.orders[order_id].remaining_c for order_id in orders] == [0, 0]
    exchange.reset_group("ann", group_id)
    last = exchange.create_order("ann", limit(ASK, 5_000, 100, order_group_id=group_id)).order
    exchange.delete_group("ann", group_id)
    assert last.status is VenueOrderStatus.CANCELED
    assert group_id not in exchange.groups
    assert group_events(exchange) == [GroupEvent.TRIGGERED, GroupEvent.RESET, GroupEvent.DELETED]


@pytest.mark.parametrize("limit_c", [0, 99, 100_000 * 100 + 1])
def test_limits_outside_the_exchanges_are_refused(limit_c: int) -> None:
    exchange, group_id, _ = grouped()
    for request in (
        lambda: exchange.create_group("ann", limit_c),
        lambda: exchange.limit_group("ann", group_id, limit_c),
    ):
        with pytest.raises(Refusal) as refusal:
            request()
        assert refusal.value.code == "invalid_parameters"


def test_a_group_belongs_to_its_account_and_shard() -> None:
    exchange, group_id, _ = grouped()
    with pytest.raises(Refusal) as refusal:
        exchange.reset_group("bob", group_id)
    assert refusal.value.status == 404
    elsewhere = exchange.create_group("ann", 100, 2).order_group_id
    with pytest.raises(Refusal, match="group is on 2, M on 0"):
        exchange.create_order("ann", limit(ASK, 5_000, 100, order_group_id=elsewhere))
