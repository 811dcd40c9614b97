"""Fees against the exchange's published table and recorded fills."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.fee import ACCUMULATION_CYCLE, FeeRounding, FeeSchedule, FeeType
from engine.domain.units import CENT_UD, complement

CENT_TABLE = {100: 7, 500: 34, 1_000: 63, 2_500: 132, 5_000: 175}
"""The published table: taker fee in cents of 100 contracts at a price in basis points."""

prices = st.integers(min_value=1, max_value=9_999)
counts = st.integers(min_value=1, max_value=1_000_000)
schedules = st.builds(
    FeeSchedule,
    fee_type=st.sampled_from(FeeType),
    multiplier_millionths=st.sampled_from([0, 500_000, 1_000_000]),
    rounding=st.sampled_from(FeeRounding),
)


@pytest.mark.parametrize(("price_bp", "fee_cents"), CENT_TABLE.items())
def test_the_published_table(price_bp: int, fee_cents: int) -> None:
    schedule = FeeSchedule(rounding=FeeRounding.CENT)
    assert schedule.fee_ud(price_bp, 10_000, is_taker=True) == fee_cents * CENT_UD


@pytest.mark.parametrize(("price_bp", "fee_ud"), [(5_200, 17_500), (9_900, 700)])
def test_fills_booked_by_api_accounts(price_bp: int, fee_ud: int) -> None:
    assert FeeSchedule().fee_ud(price_bp, 100, is_taker=True) == fee_ud


def test_makers_pay_only_where_the_series_says_so() -> None:
    assert FeeSchedule().fee_ud(5_000, 10_000, is_taker=False) == 0
    with_makers = FeeSchedule(fee_type=FeeType.QUADRATIC_WITH_MAKER_FEES)
    assert with_makers.fee_ud(5_000, 10_000, is_taker=False) == 437_500
    assert with_makers.fee_ud(5_000, 10_000, is_taker=True) == 1_750_000


def test_a_multiplier_scales_and_zero_waives() -> None:
    half = FeeSchedule(multiplier_millionths=500_000, rounding=FeeRounding.CENT)
    assert half.fee_ud(5_000, 10_000, is_taker=True) == 88 * CENT_UD
    assert FeeSchedule(multiplier_millionths=0).fee_ud(5_000, 10_000, is_taker=True) == 0


@settings(derandomize=True)
@given(schedule=schedules, price=prices, count=counts, is_taker=st.booleans())
def test_both_legs_pay_the_same(schedule: FeeSchedule, price: int, count: int, is_taker: bool) -> None:
    if schedule.fee_type is not FeeType.FLAT:
        assert schedule.fee_ud(price, count, is_taker=is_taker) == schedule.fee_ud(
            complement(price), count, is_taker=is_taker
        )


@settings(derandomize=True)
@given(schedule=schedules, price=prices, count=counts)
def test_a_fee_is_never_negative_nor_a_unit_too_high(schedule: FeeSchedule, price: int, count: int) -> None:
    unit = {FeeRounding.CENT: 10_000, FeeRounding.CENTICENT: 100, FeeRounding.ACCUMULATED: 100}
    fee = schedule.fee_ud(price, count, is_taker=True)
    exact = schedule.exact(price, count, is_taker=True)
    assert 0 <= fee * 10**14 - exact < unit[schedule.rounding] * 10**14


@settings(derandomize=True)
@given(price=prices, parts=st.lists(counts, min_size=1, max_size=20))
def test_accumulated_rounding_makes_splitting_free(price: int, parts: list[int]) -> None:
    schedule = FeeSchedule(rounding=FeeRounding.ACCUMULATED)
    exact = kept = booked = 0
    for count in parts:
        fee = schedule.fee_ud(price, count, is_taker=True, earlier_exact=exact)
        assert fee == schedule.fee_ud(price, count, is_taker=True, earlier_exact=kept)
        booked += fee
        exact += schedule.exact(price, count, is_taker=True)
        kept = exact % ACCUMULATION_CYCLE
    assert booked == schedule.fee_ud(price, sum(parts), is_taker=True)
