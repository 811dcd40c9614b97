"""Orders that arrive: matching, times in force, refusals, self-trade prevention, fees."""

from __future__ import annotations

import pytest
from exchange_oracle import dump
from exchange_world import ASK, BID, CLOSE_NS, START_NS, limit, world

from engine.domain.fee import FeeRounding, FeeSchedule, FeeType
from engine.domain.order import SelfTradePrevention, TimeInForce, VenueOrderStatus
from engine.domain.units import DOLLAR_UD, SECOND_NS
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.feed import BookChanged, Filled, OrderChanged, PositionChanged, Traded
from engine.sandbox.core.refusal import Refusal

IOC, FOK = TimeInForce.IMMEDIATE_OR_CANCEL, TimeInForce.FILL_OR_KILL
RESTING, EXECUTED, CANCELED = VenueOrderStatus.RESTING, VenueOrderStatus.EXECUTED, VenueOrderStatus.CANCELED


def refused(exchange: Exchange, account_id: str, *args: object, **options: object) -> Refusal:
    """The refusal of an order that must be refused, and must change nothing."""
    before = dump(exchange)
    with pytest.raises(Refusal) as caught:
        exchange.create_order(account_id, limit(*args, **options))  # type: ignore[arg-type]
    assert dump(exchange) == before
    assert exchange.drain() == []
    return caught.value


def test_price_goes_before_time_and_the_maker_names_the_price() -> None:
    exchange = world()
    early = exchange.create_order("ann", limit(ASK, 5_200, 100)).order
    exchange.create_order("cat", limit(ASK, 5_200, 100))
    better = exchange.create_order("cat", limit(ASK, 5_100, 100)).order
    exchange.drain()
    placement = exchange.create_order("bob", limit(BID, 5_500, 150))
    assert [(fill.price_bp, fill.count_c) for fill in placement.fills] == [(5_100, 100), (5_200, 50)]
    assert (better.status, early.filled_c, early.remaining_c) == (EXECUTED, 50, 50)
    assert placement.order.status is EXECUTED
    assert exchange.markets["M"].levels.asks == {5_200: 150}


def test_the_feed_tells_a_trade_to_everyone_and_each_fill_to_its_owner() -> None:
    exchange = world()
    maker = exchange.create_order("ann", limit(ASK, 5_000, 300, client_order_id="mine")).order
    exchange.drain()
    taker = exchange.create_order("bob", limit(BID, 5_000, 100)).order
    book, trade, *private = exchange.drain()
    assert book == BookChanged("M", ASK, 5_000, -100, 2, START_NS, "ann", "mine")
    assert isinstance(trade, Traded)
    assert (trade.price_bp, trade.count_c, trade.taker_side) == (5_000, 100, BID)
    fills = [event for event in private if isinstance(event, Filled)]
    assert [(f.account_id, f.order_id, f.is_taker, f.post_position_c, f.fee_ud) for f in fills] == [
        ("ann", maker.order_id, False, -100, 0),
        ("bob", taker.order_id, True, 100, 17_500),
    ]
    changed = [event for event in private if isinstance(event, OrderChanged)]
    assert [(event.order_id, event.reason) for event in changed] == [
        (maker.order_id, "Trade"),
        (taker.order_id, "Trade"),
    ]
    assert {event.account_id for event in private if isinstance(event, PositionChanged)} == {"ann", "bob"}


def test_good_till_canceled_rests_what_is_left() -> None:
    exchange = world()
    exchange.create_order("ann", limit(ASK, 5_000, 100))
    order = exchange.create_order("bob", limit(BID, 5_000, 250)).order
    assert (order.status, order.filled_c, order.remaining_c) == (RESTING, 100, 150)
    assert exchange.markets["M"].levels.bids == {5_000: 150}


def test_immediate_or_cancel_leaves_nothing_resting() -> None:
    exchange = world()
    exchange.create_order("ann", limit(ASK, 5_000, 100))
    order = exchange.create_order("bob", limit(BID, 5_000, 250, time_in_force=IOC)).order
    assert (order.status, order.filled_c, order.remaining_c) == (CANCELED, 100, 0)
    unmatched = exchange.create_order("bob", limit(BID, 4_000, 250, time_in_force=IOC)).order
    assert (unmatched.status, unmatched.filled_c, unmatched.remaining_c) == (CANCELED, 0, 0)
    assert exchange.markets["M"].levels.bids == {}


def test_fill_or_kill_fills_all_or_burns_its_id() -> None:
    exchange = world()
    exchange.create_order("ann", limit(ASK, 5_000, 100))
    request = limit(BID, 5_000, 101, time_in_force=FOK, client_order_id="once")
    with pytest.raises(Refusal) as killed:
        exchange.create_order("bob", request)
    assert (killed.value.status, killed.value.code) == (409, "fill_or_kill_insufficient_resting_volume")
    assert exchange.markets["M"].levels.asks == {5_000: 100}
    exchange.drain()
    again = refused(exchange, "bob", BID, 5_000, 100, time_in_force=FOK, client_order_id="once")
    assert (again.status, again.code) == (409, "order_already_exists")
    filled = exchange.create_order("bob", limit(BID, 5_000, 100, time_in_force=FOK)).order
    assert filled.status is EXECUTED


@pytest.mark.parametrize(
    ("options", "status", "code", "details"),
    [
        ({"price_bp": 5_050}, 400, "invalid_price", "price: got 50.5, wanted 50 or 51"),
        ({"price_bp": 0}, 400, "invalid_price", "price: got 0, wanted 1 to 99"),
        ({"price_bp": 10_000}, 400, "invalid_price", "price: got 100, wanted 1 to 99"),
        ({"count_c": 0}, 400, "invalid_parameters", "count: got 0, wanted at least 0.01"),
        ({"ticker": "X"}, 404, "not_found", "market: got X"),
        ({"exchange_index": 2}, 404, "not_found", "exchange_index: got 2, M is on 0"),
        ({"reduce_only": True}, 400, "invalid_order", "reduce_only: wanted immediate_or_cancel"),
        (
            {"post_only": True, "time_in_force": IOC},
            400,
            "invalid_order",
            "post_only: wanted good_till_canceled",
        ),
        (
            {"expires_ns": CLOSE_NS, "time_in_force": IOC},
            400,
            "invalid_order",
            "expiration_time: wanted good_till_canceled",
        ),
        (
            {"client_order_id": "a b"},
            400,
            "invalid_parameters",
            "client_order_id: got 3 characters, wanted at most 64 of [-\\w:+=/]",
        ),
        ({"client_order_id": "taken"}, 409, "order_already_exists", "client_order_id: got taken"),
        ({"order_group_id": "none"}, 404, "not_found", "order_group_id: got none"),
        ({"price_bp": 5_000, "post_only": True}, 400, "invalid_order", "post only cross"),
        (
            {"count_c": 400_000},
            400,
            "insufficient_balance",
            "exchange_index 0: needed 1600.00, had 999.80",
        ),
    ],
)
def test_refusals_say_the_numbers_and_change_nothing(
    options: dict[str, object], status: int, code: str, details: str
) -> None:
    exchange = world()
    exchange.create_order("bob", limit(ASK, 5_000, 100))
    exchange.create_order("ann", limit(BID, 2_000, 100, client_order_id="taken"))
    exchange.drain()
    given = {"price_bp": 4_000, "count_c": 100} | options
    refusal = refused(exchange, "ann", BID, given.pop("price_bp"), given.pop("count_c"), **given)
    assert (refusal.status, refusal.code, refusal.details) == (status, code, details)


def test_an_expiry_in_the_past_is_refused() -> None:
    refusal = refused(world(), "ann", BID, 5_000, 100, expires_ns=START_NS)
    assert (refusal.code, refusal.status) == ("invalid_parameters", 400)


def test_an_unknown_account_is_refused() -> None:
    assert refused(world(), "eve", BID, 5_000, 100).code == "user_not_found"


def test_a_used_client_id_is_answered_first_so_that_a_retry_learns_the_truth() -> None:
    """After a time-out the same body is sent again; that the market closed meanwhile must not hide that the
    first was accepted."""
    exchange = world()
    exchange.create_order("ann", limit(BID, 5_000, 100, client_order_id="a"))
    exchange.close_now("M")
    exchange.drain()
    assert refused(exchange, "ann", BID, 5_000, 100, client_order_id="a").code == "order_already_exists"
    assert refused(exchange, "ann", BID, 5_000, 100, client_order_id="b").code == "market_inactive"


def test_an_order_expires_at_its_time() -> None:
    exchange = world()
    order = exchange.create_order("ann", limit(BID, 5_000, 100, expires_ns=START_NS + 5 * SECOND_NS)).order
    assert exchange.next_due_ns() == START_NS + 5 * SECOND_NS
    exchange.advance(START_NS + 5 * SECOND_NS - 1)
    assert order.status is RESTING
    exchange.advance(START_NS + 60 * SECOND_NS)
    assert (order.status, order.last_update_reason) == (CANCELED, "ExpiryCancel")
    assert order.updated_ns == START_NS + 5 * SECOND_NS
    assert exchange.available_ud("ann", 0) == 1_000 * DOLLAR_UD


def test_the_taker_stops_at_its_own_order() -> None:
    exchange = world()
    own = exchange.create_order("ann", limit(ASK, 5_100, 100)).order
    exchange.create_order("bob", limit(ASK, 5_000, 100))
    order = exchange.create_order("ann", limit(BID, 5_200, 300)).order
    assert (order.status, order.filled_c, order.last_update_reason) == (CANCELED, 100, "SelfTradeCancel")
    assert own.status is RESTING


def test_the_own_maker_is_canceled_and_matching_goes_on() -> None:
    exchange = world()
    own = exchange.create_order("ann", limit(ASK, 5_000, 100)).order
    exchange.create_order("bob", limit(ASK, 5_100, 100))
    maker = SelfTradePrevention.MAKER
    placement = exchange.create_order("ann", limit(BID, 5_200, 300, self_trade_prevention=maker))
    assert (own.status, own.last_update_reason) == (CANCELED, "SelfTradeCancel")
    assert [fill.price_bp for fill in placement.fills] == [5_100]
    assert placement.order.remaining_c == 200


def test_reduce_only_is_capped_by_the_position() -> None:
    exchange = world()
    exchange.create_order("bob", limit(ASK, 5_000, 100))
    exchange.create_order("ann", limit(BID, 5_000, 100))
    exchange.create_order("bob", limit(BID, 4_900, 500))
    order = exchange.create_order("ann", limit(ASK, 4_900, 300, time_in_force=IOC, reduce_only=True)).order
    assert (order.initial_c, order.filled_c, order.status) == (100, 100, EXECUTED)
    printed = len(exchange.markets[order.ticker].trades)
    nothing = exchange.create_order("ann", limit(ASK, 4_900, 300, time_in_force=IOC, reduce_only=True))
    none = nothing.order
    assert (none.filled_c, none.status, none.last_update_reason) == (0, CANCELED, "ReduceOnlyCancel")
    assert (nothing.fills, len(exchange.markets[order.ticker].trades)) == ([], printed)


@pytest.mark.parametrize(
    ("rounding", "fees"),
    [
        (FeeRounding.CENT, [20_000, 20_000]),
        (FeeRounding.CENTICENT, [17_500, 17_500]),
        (FeeRounding.ACCUMULATED, [17_500, 17_500]),
    ],
)
def test_takers_pay_the_schedule(rounding: FeeRounding, fees: list[int]) -> None:
    exchange = world(fees=FeeSchedule(rounding=rounding))
    exchange.create_order("bob", limit(ASK, 5_000, 100))
    exchange.create_order("cat", limit(ASK, 5_000, 100))
    placement = exchange.create_order("ann", limit(BID, 5_000, 200))
    assert [fill.fee_ud for fill in placement.fills] == fees
    assert placement.order.taker_fees_ud == sum(fees) == exchange.fees_ud[0]
    assert exchange.available_ud("ann", 0) == 1_000 * DOLLAR_UD - DOLLAR_UD - sum(fees)


def test_makers_pay_only_where_the_series_says_so_and_the_fee_is_set_aside() -> None:
    exchange = world(fees=FeeSchedule(FeeType.QUADRATIC_WITH_MAKER_FEES))
    order = exchange.create_order("ann", limit(BID, 5_000, 100)).order
    assert exchange.available_ud("ann", 0) == 1_000 * DOLLAR_UD - 500_000 - 4_400
    exchange.create_order("bob", limit(ASK, 5_000, 100))
    assert order.maker_fees_ud == 4_400
    assert exchange.available_ud("ann", 0) == 1_000 * DOLLAR_UD - 500_000 - 4_400


def test_splitting_an_order_costs_nothing_where_the_total_is_rounded() -> None:
    exchange = world(fees=FeeSchedule(rounding=FeeRounding.ACCUMULATED))
    for _ in range(7):
        exchange.create_order("bob", limit(ASK, 5_000, 3))
    split = exchange.create_order("ann", limit(BID, 5_000, 21)).order
    exchange.create_order("bob", limit(ASK, 5_000, 21))
    whole = exchange.create_order("ann", limit(BID, 5_000, 21)).order
    assert split.taker_fees_ud == whole.taker_fees_ud
