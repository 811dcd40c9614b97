"""Figures from before the exchange ran: told once, shown with what happens here, kept, never anyone's."""

from __future__ import annotations

import random

import pytest
from exchange_oracle import check, dump
from exchange_world import ASK, BID, NO_MAINTENANCE, START_NS, limit, market, world
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.domain.market import MarketStatus
from engine.domain.units import DAY_NS, DOLLAR_UD, HOUR_NS, MINUTE_NS
from engine.sandbox.core.day_window import STEP_NS, DayStep
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.listing import ListingError
from engine.sandbox.core.past import Past

NOW = START_NS // STEP_NS
TOLD = Past(
    START_NS,
    last_trade_bp=4_200,
    last_trade_c=150,
    volume_c=10_000,
    dollar_volume_ud=41_000_000,
    open_interest_c=4_000,
    day=(
        DayStep(NOW - 200, 1_000, (3_900, 4_100, 4_000)),
        DayStep(NOW - 100, 2_000, (4_400, 4_600, 4_500)),
        DayStep(NOW, 500),
    ),
)


def remembering(past: Past = TOLD) -> Exchange:
    exchange = world()
    exchange.update_close("M", START_NS + 3 * DAY_NS)
    exchange.remember("M", past)
    return exchange


def test_the_figures_begin_where_the_past_ends() -> None:
    record = remembering().markets["M"]
    assert (record.last_trade_bp, record.last_trade_c) == (4_200, 150)
    assert (record.volume_c, record.volume_24h_c, record.dollar_volume_ud) == (10_000, 3_500, 41_000_000)
    assert (record.open_interest_c, record.trades) == (4_000, type(record.trades)())
    assert (record.previous_yes_bid_bp, record.previous_yes_ask_bp, record.previous_price_bp) == (
        3_900,
        4_100,
        4_000,
    )


def test_what_happens_here_is_added_to_what_was_told() -> None:
    exchange = remembering()
    record = exchange.markets["M"]
    exchange.create_order("ann", limit(BID, 5_000, 300))
    exchange.create_order("bob", limit(ASK, 5_000, 300))
    assert (record.volume_c, record.volume_24h_c, record.last_trade_bp) == (10_300, 3_800, 5_000)
    assert record.dollar_volume_ud == 41_000_000 + 300 * 5_000
    assert (record.open_interest_c, record.told_open_interest_c) == (4_300, 4_000)
    exchange.create_order("ann", limit(ASK, 5_000, 300))
    exchange.create_order("bob", limit(BID, 5_000, 300))
    assert record.open_interest_c == 4_000
    check(exchange, 3 * 1_000 * DOLLAR_UD)


def test_the_told_day_leaves_the_figures_of_the_day_part_by_part() -> None:
    exchange = remembering()
    record = exchange.markets["M"]
    exchange.quote("mm", "M", [(4_800, 100)], [(5_200, 100)])
    exchange.advance(START_NS + 24 * HOUR_NS - 199 * STEP_NS)
    assert (record.volume_24h_c, record.previous_yes_bid_bp) == (2_500, 4_400)
    exchange.advance(START_NS + 24 * HOUR_NS - 99 * STEP_NS)
    assert (record.volume_24h_c, record.previous_price_bp) == (500, 4_200)
    exchange.advance(START_NS + 24 * HOUR_NS + 5 * MINUTE_NS)
    assert (record.volume_24h_c, record.volume_c, record.previous_yes_bid_bp) == (0, 10_000, 4_800)


def test_the_open_interest_that_was_told_ends_with_the_payment() -> None:
    exchange = remembering()
    exchange.close_now("M")
    exchange.determine("M", 10_000)
    assert exchange.markets["M"].open_interest_c == 4_000
    before = {name: dict(account.cash_ud) for name, account in exchange.accounts.items()}
    exchange.settle_now("M")
    record = exchange.markets["M"]
    assert (record.open_interest_c, record.told_open_interest_c, record.volume_c) == (0, 0, 10_000)
    assert before == {name: dict(account.cash_ud) for name, account in exchange.accounts.items()}


def test_a_market_that_was_settled_before_has_no_open_interest() -> None:
    exchange = world()
    ended = replace(market("OLD"), status=MarketStatus.FINALIZED, settlement_bp=0, settled_ns=START_NS)
    exchange.list_market(ended)
    exchange.remember("OLD", TOLD)
    record = exchange.markets["OLD"]
    assert (record.open_interest_c, record.volume_c, record.last_trade_bp) == (0, 10_000, 4_200)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"until_ns": START_NS + 1}, "until_ns: got"),
        ({"volume_c": -1}, "figures: got -1"),
        ({"last_trade_bp": None}, "last_trade_bp: got None with a volume of 10000"),
        ({"volume_c": 0, "open_interest_c": 0}, "last_trade_bp: got 4200 with a volume of 0"),
        ({"open_interest_c": 10_001}, "open_interest_c: got 10001, wanted at most 10000"),
        ({"volume_c": 3_400, "open_interest_c": 0}, "day: got a volume of 3500, wanted at most 3400"),
        ({"day": (DayStep(NOW, 1), DayStep(NOW - 1, 1))}, "wanted them ascending"),
    ],
)
def test_a_past_that_cannot_be_is_refused_and_changes_nothing(changed: dict[str, object], words: str) -> None:
    exchange = world()
    before = dump(exchange)
    with pytest.raises(ListingError, match=words):
        exchange.remember("M", replace(TOLD, **changed))
    assert dump(exchange) == before


def test_a_past_comes_once_and_first() -> None:
    exchange = remembering()
    with pytest.raises(ListingError, match="begun already"):
        exchange.remember("M", TOLD)
    exchange = world()
    exchange.quote("mm", "M", [(4_000, 100)], [])
    with pytest.raises(ListingError, match="begun already"):
        exchange.remember("M", TOLD)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), steps=st.integers(0, 30))
def test_a_past_is_restored_with_what_came_after_it(seed: int, steps: int) -> None:
    rng = random.Random(seed)
    exchange = remembering()
    rows = exchange.take_changes().rows
    for _ in range(steps):
        exchange.advance(exchange.now_ns + rng.choice((0, 1, 40, 300)) * MINUTE_NS)
        side = rng.choice((BID, ASK))
        exchange.print_trade("M", rng.randrange(1, 100) * 100, rng.randrange(1, 900), side)
        rows += exchange.take_changes().rows
    restored = Exchange.restore(rows, NO_MAINTENANCE)
    assert dump(restored) == dump(exchange)
    for by_h in (5, 12, 20):
        exchange.advance(exchange.now_ns + by_h * HOUR_NS)
        restored.advance(restored.now_ns + by_h * HOUR_NS)
        assert dump(restored) == dump(exchange)
