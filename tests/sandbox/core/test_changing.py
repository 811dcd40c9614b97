"""Amending, decreasing and canceling."""

from __future__ import annotations

import pytest
from exchange_oracle import dump
from exchange_world import ASK, BID, CLOSE_NS, START_NS, limit, world

from engine.domain.order import TimeInForce, VenueOrderStatus
from engine.domain.units import DOLLAR_UD, SECOND_NS
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.refusal import Refusal

CASH_UD = 1_000 * DOLLAR_UD


def two_bids() -> tuple[Exchange, str, str]:
    """Ann is first at 50 cents with 10 contracts, Bob behind her with as many."""
    exchange = world()
    first = exchange.create_order("ann", limit(BID, 5_000, 1_000, client_order_id="a")).order
    second = exchange.create_order("bob", limit(BID, 5_000, 1_000)).order
    exchange.drain()
    return exchange, first.order_id, second.order_id


def test_a_smaller_size_keeps_the_place() -> None:
    exchange, first, second = two_bids()
    exchange.amend_order("ann", first, price_bp=5_000, count_c=600)
    assert exchange.queue_position_c("ann", first) == 0
    assert exchange.queue_position_c("bob", second) == 600
    assert exchange.available_ud("ann", 0) == CASH_UD - 6 * 500_000


def test_another_expiry_keeps_the_place() -> None:
    exchange, first, _ = two_bids()
    exchange.amend_order("ann", first, price_bp=5_000, count_c=1_000, expires_ns=START_NS + SECOND_NS)
    assert exchange.queue_position_c("ann", first) == 0
    exchange.amend_order("ann", first, price_bp=5_000, count_c=1_000, expires_ns=None)
    exchange.advance(START_NS + 10 * SECOND_NS)
    assert exchange.orders[first].status is VenueOrderStatus.RESTING


def test_a_moved_expiry_is_the_one_that_counts() -> None:
    exchange, first, _ = two_bids()
    for seconds in (60, 5):
        at_ns = START_NS + seconds * SECOND_NS
        exchange.amend_order("ann", first, price_bp=5_000, count_c=1_000, expires_ns=at_ns)
    exchange.advance(START_NS + 6 * SECOND_NS)
    assert exchange.orders[first].last_update_reason == "ExpiryCancel"


@pytest.mark.parametrize(("price_bp", "count_c"), [(5_000, 1_100), (4_900, 1_000)])
def test_a_larger_size_or_another_price_loses_the_place(price_bp: int, count_c: int) -> None:
    exchange, first, _ = two_bids()
    exchange.amend_order("ann", first, price_bp=price_bp, count_c=count_c)
    assert exchange.queue_position_c("ann", first) == 1_000
    assert exchange.available_ud("ann", 0) == CASH_UD - price_bp * count_c


def test_the_count_of_an_amendment_includes_what_is_filled() -> None:
    exchange, first, _ = two_bids()
    exchange.create_order("cat", limit(ASK, 5_000, 300))
    order = exchange.amend_order("ann", first, price_bp=5_000, count_c=500).order
    assert (order.initial_c, order.filled_c, order.remaining_c) == (500, 300, 200)
    with pytest.raises(Refusal, match="more than the 3 filled"):
        exchange.amend_order("ann", first, price_bp=5_000, count_c=300)


def test_another_price_may_match_at_once() -> None:
    exchange, first, _ = two_bids()
    exchange.create_order("cat", limit(ASK, 5_500, 400))
    placement = exchange.amend_order("ann", first, price_bp=5_600, count_c=1_000)
    assert [(fill.price_bp, fill.count_c, fill.is_taker) for fill in placement.fills] == [(5_500, 400, True)]
    assert (placement.order.filled_c, placement.order.remaining_c) == (400, 600)
    assert exchange.markets["M"].levels.bids == {5_600: 600, 5_000: 1_000}
    done = exchange.amend_order("ann", first, price_bp=5_600, count_c=401).order
    assert (done.remaining_c, done.status) == (1, VenueOrderStatus.RESTING)


def test_an_amended_post_only_order_may_not_cross() -> None:
    exchange = world()
    order = exchange.create_order("ann", limit(BID, 5_000, 100, post_only=True)).order
    exchange.create_order("bob", limit(ASK, 5_100, 100))
    before = dump(exchange)
    with pytest.raises(Refusal, match="post only cross"):
        exchange.amend_order("ann", order.order_id, price_bp=5_100, count_c=100)
    assert dump(exchange) == before


def test_an_amendment_that_cannot_be_paid_changes_nothing() -> None:
    exchange, first, _ = two_bids()
    before = dump(exchange)
    with pytest.raises(Refusal) as refusal:
        exchange.amend_order("ann", first, price_bp=5_000, count_c=300_000)
    assert refusal.value.code == "insufficient_balance"
    assert dump(exchange) == before


@pytest.mark.parametrize(
    "wrong", [{"ticker": "N"}, {"side": ASK}, {"client_order_id": "other"}, {"price_bp": 5_001}]
)
def test_an_amendment_must_name_the_order_as_it_is(wrong: dict[str, object]) -> None:
    exchange, first, _ = two_bids()
    before = dump(exchange)
    with pytest.raises(Refusal) as refusal:
        exchange.amend_order("ann", first, **({"price_bp": 5_000, "count_c": 900} | wrong))  # type: ignore[arg-type]
    assert refusal.value.status == 400
    assert dump(exchange) == before


def test_a_renamed_order_burns_both_names() -> None:
    exchange, first, _ = two_bids()
    exchange.amend_order("ann", first, price_bp=5_000, count_c=900, updated_client_order_id="b")
    assert exchange.orders[first].client_order_id == "b"
    for used in ("a", "b"):
        with pytest.raises(Refusal) as refusal:
            exchange.create_order("ann", limit(BID, 5_000, 100, client_order_id=used))
        assert refusal.value.code == "order_already_exists"
    with pytest.raises(Refusal) as refusal:
        exchange.amend_order("ann", first, price_bp=5_000, count_c=800, updated_client_order_id="a")
    assert refusal.value.code == "order_already_exists"


def test_decreasing_keeps_the_place_and_frees_money() -> None:
    exchange, first, second = two_bids()
    exchange.decrease_order("ann", first, reduce_by_c=400)
    exchange.decrease_order("ann", first, reduce_to_c=500)
    assert (exchange.orders[first].remaining_c, exchange.queue_position_c("bob", second)) == (500, 500)
    assert exchange.available_ud("ann", 0) == CASH_UD - 5 * 500_000
    order = exchange.decrease_order("ann", first, reduce_to_c=0)
    assert (order.status, order.last_update_reason) == (VenueOrderStatus.CANCELED, "Decrease")


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"reduce_by_c": 1, "reduce_to_c": 1},
        {"reduce_by_c": 0},
        {"reduce_by_c": -1},
        {"reduce_to_c": -1},
        {"reduce_to_c": 1_001},
    ],
)
def test_decreasing_wants_one_number_within_what_rests(asked: dict[str, int]) -> None:
    exchange, first, _ = two_bids()
    with pytest.raises(Refusal) as refusal:
        exchange.decrease_order("ann", first, **asked)
    assert refusal.value.code == "invalid_parameters"
    assert exchange.orders[first].remaining_c == 1_000


def test_canceling_gives_back_what_rested_once() -> None:
    exchange, first, second = two_bids()
    order, reduced_by_c = exchange.cancel_order("ann", first)
    assert (reduced_by_c, order.remaining_c, order.status) == (1_000, 0, VenueOrderStatus.CANCELED)
    assert exchange.available_ud("ann", 0) == CASH_UD
    for order_id in (first, second, "unknown"):
        with pytest.raises(Refusal) as refusal:
            exchange.cancel_order("ann", order_id)
        assert (refusal.value.status, refusal.value.code) == (404, "not_found")
    assert exchange.orders[second].remaining_c == 1_000


def test_cancel_all_takes_the_own_ones_only() -> None:
    exchange, first, second = two_bids()
    third = exchange.create_order("ann", limit(ASK, 6_000, 100)).order.order_id
    assert exchange.cancel_all("ann") == [first, third]
    assert exchange.cancel_all("ann") == []
    assert exchange.orders[second].remaining_c == 1_000


def test_nothing_goes_after_the_close_not_even_a_cancel() -> None:
    exchange, first, _ = two_bids()
    exchange.advance(CLOSE_NS)
    for request in (
        lambda: exchange.cancel_order("ann", first),
        lambda: exchange.decrease_order("ann", first, reduce_by_c=1),
        lambda: exchange.amend_order("ann", first, price_bp=5_000, count_c=900),
        lambda: exchange.create_order("ann", limit(BID, 5_000, 1, time_in_force=TimeInForce.FILL_OR_KILL)),
    ):
        with pytest.raises(Refusal) as refusal:
            request()
        assert refusal.value.code == "market_inactive"
    assert exchange.cancel_all("ann") == []
    exchange.advance(CLOSE_NS + SECOND_NS)
    assert exchange.orders[first].last_update_reason == "CloseCancel"


def test_the_queue_position_counts_everything_that_goes_first() -> None:
    exchange, _, second = two_bids()
    exchange.create_order("cat", limit(BID, 5_100, 50))
    exchange.create_order("cat", limit(BID, 4_900, 50))
    assert exchange.queue_position_c("bob", second) == 1_050
    with pytest.raises(Refusal):
        exchange.queue_position_c("ann", second)
