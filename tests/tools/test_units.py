"""What is typed becomes exact integers or one line; what is printed has the fixed units."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.tools.failure import WrongUsage
from console.tools.units import (
    average_cents,
    cents_number,
    count_number,
    iso,
    parse_count,
    parse_price,
)


@pytest.mark.parametrize(
    ("text", "count_c"), [("10", 1_000), ("0.25", 25), ("1.50", 150), ("0.01", 1), ("1e2", 10_000)]
)
def test_counts(text: str, count_c: int) -> None:
    assert parse_count("--count", text) == count_c


def test_nothing_is_rounded_before_it_is_looked_at() -> None:
    almost = "0.9999999999999999999999999999999999"
    with pytest.raises(WrongUsage, match=r"wanted at most two decimals, such as 0\.99 or 1"):
        parse_count("--count", almost)
    with pytest.raises(WrongUsage, match=r"wanted at most two decimals of a cent"):
        parse_price("--price", "57.0000000000000000000000000000000001")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("0", "--count: got 0, wanted more than 0"),
        ("-3", "--count: got -3, wanted more than 0"),
        ("1.005", "--count: got 1.005, wanted at most two decimals, such as 1 or 1.01"),
        ("0.001", "--count: got 0.001, wanted at most two decimals, such as 0.01"),
        ("1e15", "--count: got 1e15, wanted contracts such as 10 or 0.25"),
    ],
)
def test_counts_that_no_order_has(text: str, line: str) -> None:
    with pytest.raises(WrongUsage) as failure:
        parse_count("--count", text)
    assert (str(failure.value), failure.value.code) == (line, 2)


@pytest.mark.parametrize(
    "text", ["ten", "", "nan", "inf", "1,000", "0x10", "1_0", "\N{FULLWIDTH DIGIT FIVE}", "1e-2000000"]
)
def test_what_is_no_number_is_wrong_usage(text: str) -> None:
    with pytest.raises(WrongUsage) as failure:
        parse_count("--count", text)
    assert str(failure.value) == f"--count: got {text!r}, wanted contracts such as 10 or 0.25"
    with pytest.raises(WrongUsage, match=r"wanted cents such as 57 or 57\.2"):
        parse_price("--price", text)


@pytest.mark.parametrize(
    ("text", "price_bp"), [("57", 5_700), ("57.2", 5_720), ("0.01", 1), ("99.99", 9_999)]
)
def test_prices(text: str, price_bp: int) -> None:
    assert parse_price("--price", text) == price_bp


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("0", "--price: got 0, wanted cents above 0 and below 100"),
        ("100", "--price: got 100, wanted cents above 0 and below 100"),
        ("-5", "--price: got -5, wanted cents above 0 and below 100"),
        ("57.205", "--price: got 57.205, wanted at most two decimals of a cent, such as 57.2 or 57.21"),
    ],
)
def test_prices_that_no_market_has(text: str, line: str) -> None:
    with pytest.raises(WrongUsage) as failure:
        parse_price("--price", text)
    assert (str(failure.value), failure.value.code) == (line, 2)


@given(st.integers(1, 9_999))
@settings(derandomize=True, max_examples=200)
def test_a_price_survives_print_and_parse(price_bp: int) -> None:
    assert parse_price("--price", str(cents_number(price_bp))) == price_bp


@given(st.integers(1, 10**11))
@settings(derandomize=True, max_examples=200)
def test_a_count_survives_print_and_parse(count_c: int) -> None:
    assert parse_count("--count", str(count_number(count_c))) == count_c


def test_numbers_of_json() -> None:
    assert cents_number(None) is None
    assert (cents_number(5_700), cents_number(5_725)) == (57, 57.25)
    assert (count_number(1_000), count_number(1_050)) == (10, 10.5)
    assert average_cents(0, 0) is None
    assert average_cents(3 * 5_700 + 5_800, 4) == 57.25
    assert average_cents(5_700 * 2 + 5_800, 3) == 57.3333


@pytest.mark.parametrize(
    ("at_ns", "text"),
    [
        (None, None),
        (1_795_186_800_000_000_000, "2026-11-20T15:00:00Z"),
        (1_795_186_800_123_456_789, "2026-11-20T15:00:00.123456Z"),
    ],
)
def test_times_are_iso_in_utc(at_ns: int | None, text: str | None) -> None:
    assert iso(at_ns) == text
