"""Collateral, netting, reserves, exclusive events, settlement and transfers, worked out by hand."""

from __future__ import annotations

import pytest
from exchange_oracle import check
from exchange_world import ASK, BID, CLOSE_NS, NO_MAINTENANCE, limit, world

from engine.domain.fee import FeeSchedule
from engine.domain.market import MarketStatus, Outcome
from engine.domain.order import SelfTradePrevention
from engine.domain.units import CENT_UD, DOLLAR_UD, SECOND_NS
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.feed import LifecycleEvent, MarketChanged, PositionChanged
from engine.sandbox.core.lifecycle import LifecycleError
from engine.sandbox.core.money import AccountExists
from engine.sandbox.core.refusal import Refusal
from engine.sandbox.core.rows import Kind

FREE = FeeSchedule(multiplier_millionths=0)
CASH_UD = 1_000 * DOLLAR_UD
DEPOSITED_UD = 3 * CASH_UD


def trade(
    exchange: Exchange, buyer: str, seller: str, price_bp: int, count_c: int, ticker: str = "M"
) -> None:
    """The seller rests, the buyer takes."""
    exchange.create_order(seller, limit(ASK, price_bp, count_c, ticker))
    exchange.create_order(buyer, limit(BID, price_bp, count_c, ticker))


def available(exchange: Exchange, account_id: str) -> int:
    return exchange.available_ud(account_id, 0) - CASH_UD


def settle(exchange: Exchange, ticker: str, value_bp: int) -> None:
    if exchange.markets[ticker].market.status is MarketStatus.ACTIVE:
        exchange.close_now(ticker)
    exchange.determine(ticker, value_bp)
    exchange.settle_now(ticker)
    check(exchange, DEPOSITED_UD)


def test_yes_costs_its_price_and_no_the_rest_of_the_dollar() -> None:
    exchange = world(fees=FREE)
    trade(exchange, "ann", "bob", 7_000, 1_000)
    assert (available(exchange, "ann"), available(exchange, "bob")) == (-7 * DOLLAR_UD, -3 * DOLLAR_UD)
    check(exchange, DEPOSITED_UD)


def test_buying_no_while_long_yes_reduces_the_position() -> None:
    exchange = world(fees=FREE)
    trade(exchange, "ann", "bob", 7_000, 1_000)
    trade(exchange, "cat", "ann", 8_000, 400)
    assert exchange.accounts["ann"].position_c("M") == 600
    assert available(exchange, "ann") == -7 * DOLLAR_UD + 3_200_000
    held = exchange.accounts["ann"].holdings["M"]
    assert (held.cost_ud, held.realised_ud) == (6 * 700_000, 4 * 100_000)
    check(exchange, DEPOSITED_UD)


def test_a_closing_order_needs_no_money() -> None:
    exchange = world(fees=FREE, cash_dollars=7)
    trade(exchange, "ann", "bob", 7_000, 1_000)
    assert exchange.available_ud("ann", 0) == 0
    exchange.create_order("ann", limit(ASK, 9_900, 1_000))
    assert exchange.available_ud("ann", 0) == 0
    with pytest.raises(Refusal) as refusal:
        exchange.create_order("ann", limit(ASK, 100, 1_100))
    assert refusal.value.code == "insufficient_balance"


def test_a_closing_fee_may_be_owed() -> None:
    """The way out is open to an account without a cent; only its fee makes it owe."""
    exchange = world(cash_dollars=100)
    exchange.create_order("bob", limit(ASK, 5_000, 10_000))
    exchange.create_order("bob", limit(BID, 100, 20_000))
    paid_ud = 10_000 * 5_000 + 1_750_000
    exchange.transfer("ann", 0, 1, 100 * DOLLAR_UD - paid_ud)
    exchange.create_order("ann", limit(BID, 5_000, 10_000))
    assert exchange.available_ud("ann", 0) == 0
    exchange.create_order("ann", limit(ASK, 9_900, 9_000))
    exchange.create_order("cat", limit(BID, 9_900, 100))
    exchange.transfer("ann", 0, 2, exchange.available_ud("ann", 0))
    closing = limit(ASK, 100, 300, self_trade_prevention=SelfTradePrevention.MAKER)
    exchange.create_order("ann", closing)
    fee_ud = exchange.fills_of("ann")[-1].fee_ud
    assert exchange.available_ud("ann", 0) == 300 * 100 - fee_ud


def test_resting_orders_reserve_each_side_in_its_own_prices() -> None:
    exchange = world(fees=FREE)
    exchange.create_order("ann", limit(BID, 3_000, 1_000))
    assert available(exchange, "ann") == -3 * DOLLAR_UD
    exchange.create_order("ann", limit(ASK, 9_000, 1_000))
    assert available(exchange, "ann") == -4 * DOLLAR_UD
    exchange.cancel_all("ann")
    assert available(exchange, "ann") == 0


def test_an_exclusive_event_returns_collateral_at_the_fill() -> None:
    """No on two legs of which at most one pays: one dollar covers both."""
    exchange = world("M", "N", exclusive=True, fees=FREE)
    trade(exchange, "ann", "bob", 6_000, 1_000, "M")
    assert available(exchange, "bob") == -4 * DOLLAR_UD
    trade(exchange, "ann", "bob", 3_000, 1_000, "N")
    assert available(exchange, "bob") == -10 * DOLLAR_UD + 6 * DOLLAR_UD + 3 * DOLLAR_UD
    check(exchange, DEPOSITED_UD)


def test_a_short_that_comes_to_stand_out_needs_less_for_its_closing_bid() -> None:
    """Closing the largest short makes the next one the largest: its own closing bid is then partly free."""
    exchange = world("M", "N", exclusive=True, fees=FREE)
    trade(exchange, "bob", "ann", 6_000, 1_000, "M")
    trade(exchange, "bob", "ann", 3_000, 800, "N")
    exchange.create_order("ann", limit(BID, 2_000, 800, "N"))
    assert exchange.accounts["ann"].reserved_ud[0] == 800 * 2_000
    exchange.create_order("bob", limit(ASK, 7_000, 1_000, "M"))
    exchange.create_order("ann", limit(BID, 7_000, 1_000, "M"))
    assert exchange.accounts["ann"].reserved_ud[0] == 0
    check(exchange, DEPOSITED_UD)


@pytest.mark.parametrize("order", [("M", "N", "O"), ("O", "M", "N"), ("N", "O", "M")])
@pytest.mark.parametrize("values", [{"M": 10_000, "N": 0, "O": 0}, {"M": 2_500, "N": 2_500, "O": 5_000}])
def test_no_order_of_settlements_takes_more_than_an_account_has(
    order: tuple[str, ...], values: dict[str, int]
) -> None:
    exchange = world("M", "N", "O", exclusive=True, fees=FREE)
    trade(exchange, "ann", "bob", 6_000, 1_000, "M")
    trade(exchange, "ann", "bob", 3_000, 800, "N")
    trade(exchange, "ann", "bob", 1_000, 500, "O")
    received_ud = 1_000 * 6_000 + 800 * 3_000 + 500 * 1_000
    exchange.transfer("bob", 0, 1, exchange.available_ud("bob", 0))
    for ticker in order:
        settle(exchange, ticker, values[ticker])
        assert exchange.accounts["bob"].cash_ud[0] >= 0
    owed_ud = 1_000 * values["M"] + 800 * values["N"] + 500 * values["O"]
    assert sum(exchange.accounts["bob"].cash_ud.values()) == CASH_UD + received_ud - owed_ud
    assert exchange.accounts["ann"].cash_ud[0] == CASH_UD - received_ud + owed_ud


def test_an_exclusive_event_never_pays_more_than_a_dollar() -> None:
    exchange = world("M", "N", exclusive=True)
    exchange.close_now("M")
    exchange.close_now("N")
    exchange.determine("M", 7_000)
    with pytest.raises(LifecycleError, match="3000 bp left to pay"):
        exchange.determine("N", 3_001)
    exchange.determine("N", 3_000)


def test_orders_that_are_covered_without_shared_collateral_stay() -> None:
    """Ann's bid closes a short that stood out by ten dollars; after another leg paid, less is released."""
    exchange = world("M", "N", exclusive=True, fees=FREE)
    trade(exchange, "bob", "ann", 6_000, 1_000, "M")
    closing = exchange.create_order("ann", limit(BID, 5_000, 1_000, "M")).order
    exchange.transfer("ann", 0, 1, exchange.available_ud("ann", 0))
    settle(exchange, "N", 6_000)
    assert exchange.accounts["ann"].cash_ud[0] == 6 * DOLLAR_UD
    assert closing.remaining_c == 1_000
    exchange.transfer("ann", 0, 1, exchange.available_ud("ann", 0))
    assert exchange.available_ud("ann", 0) == 0


def test_uncovered_orders_go_with_margin_cancel() -> None:
    exchange = world("M", "N", exclusive=True, fees=FREE)
    trade(exchange, "bob", "ann", 6_000, 1_000, "M")
    closing = exchange.create_order("ann", limit(BID, 5_900, 1_000, "M")).order
    exchange.transfer("ann", 0, 1, exchange.available_ud("ann", 0))
    settle(exchange, "N", 1_000)
    assert closing.last_update_reason == "MarginCancel"
    assert exchange.available_ud("ann", 0) == DOLLAR_UD


@pytest.mark.parametrize(
    ("value_bp", "outcome"), [(10_000, Outcome.YES), (0, Outcome.NO), (3_333, Outcome.SCALAR)]
)
def test_settlement_pays_the_value_to_both_legs(value_bp: int, outcome: Outcome) -> None:
    exchange = world()
    trade(exchange, "ann", "bob", 7_000, 1_050)
    exchange.drain()
    settle(exchange, "M", value_bp)
    (mine,) = exchange.settlements_of("ann")
    (theirs,) = exchange.settlements_of("bob")
    assert (mine.outcome, mine.settlement_bp, mine.revenue_ud) == (outcome, value_bp, 1_050 * value_bp)
    assert (mine.yes_count_c, mine.yes_cost_ud, mine.no_count_c) == (1_050, 1_050 * 7_000, 0)
    assert theirs.revenue_ud == 1_050 * (10_000 - value_bp)
    assert exchange.accounts["ann"].position_c("M") == 0
    told = [event for event in exchange.drain() if isinstance(event, MarketChanged | PositionChanged)]
    assert {event.account_id for event in told if isinstance(event, PositionChanged)} == {"ann", "bob"}
    assert told[-1] == MarketChanged("M", LifecycleEvent.SETTLED, exchange.now_ns, outcome, value_bp)


def test_the_timer_pays_and_a_dispute_stops_it() -> None:
    exchange = world(fees=FREE)
    trade(exchange, "ann", "bob", 7_000, 1_000)
    exchange.advance(CLOSE_NS)
    exchange.determine("M", 10_000, "79177.08")
    exchange.advance(CLOSE_NS + 59 * SECOND_NS)
    exchange.dispute("M")
    exchange.advance(CLOSE_NS + 600 * SECOND_NS)
    assert exchange.markets["M"].market.status is MarketStatus.DISPUTED
    exchange.amend_result("M", 0, "79000.00")
    assert exchange.next_due_ns() == CLOSE_NS + 660 * SECOND_NS
    exchange.advance(CLOSE_NS + 660 * SECOND_NS)
    market = exchange.markets["M"].market
    assert (market.status, market.settlement_bp) == (MarketStatus.FINALIZED, 0)
    assert (market.expiration_value, market.settled_ns) == ("79000.00", CLOSE_NS + 660 * SECOND_NS)
    assert available(exchange, "bob") == 7 * DOLLAR_UD


def test_cash_of_one_shard_does_not_pay_on_another() -> None:
    exchange = world(cash_dollars=1)
    exchange.transfer("ann", 0, 2, 60 * CENT_UD)
    assert (exchange.available_ud("ann", 0), exchange.available_ud("ann", 2)) == (400_000, 600_000)
    with pytest.raises(Refusal, match=r"exchange_index 0: needed 0.50, had 0.40"):
        exchange.create_order("ann", limit(BID, 5_000, 100))
    exchange.deposit("ann", 0, 10 * CENT_UD)
    exchange.create_order("ann", limit(BID, 5_000, 100))


def test_only_available_cash_moves() -> None:
    exchange = world(cash_dollars=1)
    exchange.create_order("ann", limit(BID, 5_000, 100))
    for amount_ud in (500_001, 0, -1):
        with pytest.raises(Refusal):
            exchange.transfer("ann", 0, 1, amount_ud)
    with pytest.raises(Refusal, match="wanted one of 0, 1, 2, 3"):
        exchange.transfer("ann", 0, 9, 1)
    exchange.transfer("ann", 0, 1, 500_000)
    assert exchange.available_ud("ann", 0) == 0


def test_an_account_is_opened_once() -> None:
    exchange = world()
    with pytest.raises(AccountExists):
        exchange.open_account("ann", {0: 1})
    assert exchange.accounts["ann"].cash_ud[0] == CASH_UD


def test_deposits_are_kept_over_a_restore_each_written_once() -> None:
    exchange = world(cash_dollars=1)
    rows = exchange.take_changes().rows
    exchange.deposit("ann", 2, 25 * CENT_UD)
    later = exchange.take_changes().rows
    assert [row.key for row in later if row.kind is Kind.DEPOSIT] == ["ann|1"]
    restored = Exchange.restore([*rows, *later], NO_MAINTENANCE)
    assert restored.accounts["ann"].deposits == exchange.accounts["ann"].deposits
    assert [(brought.exchange_index, brought.amount_ud) for brought in restored.accounts["ann"].deposits] == [
        (0, DOLLAR_UD),
        (2, 25 * CENT_UD),
    ]
    assert not [row for row in restored.take_changes().rows if row.kind is Kind.DEPOSIT]
