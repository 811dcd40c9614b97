"""Strikes resolve by the exchange's strictness; lives of markets and orders have no way back."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.domain.market import (
    FILTER_STATUSES,
    NEXT_STATUSES,
    CannotResolve,
    InvalidSettlement,
    MarketStatus,
    Outcome,
    Strike,
    StrikeType,
    outcome_of,
)
from engine.domain.order import (
    NEXT_STATES,
    TERMINAL_STATES,
    WORKING_STATES,
    BookSide,
    Leg,
    OrderState,
    book_order,
)


@pytest.mark.parametrize(
    ("strike", "value", "holds"),
    [
        (Strike(StrikeType.GREATER, floor=Decimal("86749.99")), "86749.99", False),
        (Strike(StrikeType.GREATER, floor=Decimal("86749.99")), "86750", True),
        (Strike(StrikeType.GREATER_OR_EQUAL, floor=Decimal("84336.47")), "84336.47", True),
        (Strike(StrikeType.LESS, cap=Decimal(83)), "83", False),
        (Strike(StrikeType.LESS, cap=Decimal(83)), "82", True),
        (Strike(StrikeType.LESS_OR_EQUAL, cap=Decimal(83)), "83", True),
        (Strike(StrikeType.BETWEEN, floor=Decimal(83), cap=Decimal(84)), "83", True),
        (Strike(StrikeType.BETWEEN, floor=Decimal(83), cap=Decimal(84)), "84", True),
        (Strike(StrikeType.BETWEEN, floor=Decimal(83), cap=Decimal(84)), "85", False),
    ],
)
def test_strictness_of_strikes(strike: Strike, value: str, holds: bool) -> None:
    assert strike.holds(Decimal(value)) is holds


@pytest.mark.parametrize(
    "strike",
    [Strike(StrikeType.GREATER), Strike(StrikeType.BETWEEN, floor=Decimal(1)), Strike(StrikeType.CUSTOM)],
)
def test_a_strike_without_its_numbers_resolves_nothing(strike: Strike) -> None:
    with pytest.raises(CannotResolve, match=strike.kind):
        strike.holds(Decimal(1))


def test_settlement_pays_any_value_between_the_legs() -> None:
    assert [outcome_of(v) for v in (0, 10_000, 4_250)] == [Outcome.NO, Outcome.YES, Outcome.SCALAR]
    for outside in (-1, 10_001):
        with pytest.raises(InvalidSettlement, match=str(outside)):
            outcome_of(outside)


def test_every_status_has_one_filter_word_and_finalized_is_the_end() -> None:
    words = [status for statuses in FILTER_STATUSES.values() for status in statuses]
    assert sorted(words) == sorted(MarketStatus)
    assert NEXT_STATUSES[MarketStatus.FINALIZED] == frozenset()
    assert set(NEXT_STATUSES) == set(MarketStatus)


def test_order_states_absorb_and_absent_reopens() -> None:
    assert {
        OrderState.FILLED,
        OrderState.CANCELED,
        OrderState.REJECTED,
        OrderState.EXPIRED,
    } == TERMINAL_STATES
    assert OrderState.RESTING in NEXT_STATES[OrderState.ABSENT]
    assert OrderState.REJECTED in NEXT_STATES[OrderState.UNKNOWN]
    assert OrderState.UNKNOWN in WORKING_STATES
    assert not WORKING_STATES & TERMINAL_STATES


@pytest.mark.parametrize("buys", [True, False])
@pytest.mark.parametrize("price_bp", [1, 4_300, 9_999])
def test_no_at_q_is_yes_at_the_complement(buys: bool, price_bp: int) -> None:
    assert book_order(Leg.NO, buys=buys, price_bp=price_bp) == book_order(
        Leg.YES, buys=not buys, price_bp=10_000 - price_bp
    )
    assert book_order(Leg.YES, buys=True, price_bp=price_bp) == (BookSide.BID, price_bp)
