"""Fixed point loses nothing and guesses nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.wire.fixed_point import (
    FixedPointError,
    count_c,
    count_text,
    money_text,
    money_ud,
    price_bp,
    price_text,
)

integers = st.integers(-(10**15), 10**15)


@settings(derandomize=True)
@given(value=integers)
def test_texts_and_integers_are_inverse(value: int) -> None:
    assert price_bp(price_text(value)) == value
    assert count_c(count_text(value)) == value
    assert money_ud(money_text(value)) == value


@pytest.mark.parametrize(
    ("text", "bp"),
    [("0.4700", 4700), ("0.47", 4700), ("1.0000", 10_000), ("0.0001", 1), ("0.470000", 4700), ("0", 0)],
)
def test_prices(text: str, bp: int) -> None:
    assert price_bp(text) == bp


@pytest.mark.parametrize(
    ("text", "hundredths"), [("3.00", 300), ("-54.00", -5400), ("0.01", 1), ("965300.19", 96530019)]
)
def test_counts(text: str, hundredths: int) -> None:
    assert count_c(text) == hundredths


@pytest.mark.parametrize(
    "text", ["", "0.47001", "1e-2", " 0.47", "0.47\n", "NaN", "0,47", "٣", ".5", "5.", "+1", "0x1"]
)
def test_what_is_no_price_is_refused(text: str) -> None:
    with pytest.raises(FixedPointError, match="price"):
        price_bp(text)


@pytest.mark.parametrize("value", [None, 0.47, 47, b"0.47"])
def test_only_text_is_a_price(value: object) -> None:
    with pytest.raises(FixedPointError, match="in a string"):
        price_bp(value)  # type: ignore[arg-type]


def test_four_places_never_drop_a_digit() -> None:
    assert money_text(98_018_600, places=4) == "98.0186"
    with pytest.raises(FixedPointError, match="multiple of 100"):
        money_text(98_018_601, places=4)
