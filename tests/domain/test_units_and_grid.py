"""Units print as people read them; grids accept what price_ranges say."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.price_grid import STRUCTURES, InvalidGrid, PriceGrid, PriceRange
from engine.domain.units import cents, complement, contracts, dollars

GRIDS = sorted(STRUCTURES)
prices = st.integers(min_value=-10, max_value=10_010)


@pytest.mark.parametrize(
    ("bp", "text"), [(5720, "57.2"), (5700, "57"), (1, "0.01"), (0, "0"), (10_000, "100")]
)
def test_prices_read_in_cents(bp: int, text: str) -> None:
    assert cents(bp) == text


def test_counts_and_money_read_plainly() -> None:
    assert [contracts(1_000), contracts(1_050), contracts(1)] == ["10", "10.5", "0.01"]
    assert [dollars(17_500), dollars(-2_500_000), dollars(0), dollars(1)] == [
        "0.0175",
        "-2.50",
        "0.00",
        "0.000001",
    ]


def test_the_tapered_grid_is_fine_at_the_edges_and_coarse_between() -> None:
    grid = STRUCTURES["tapered_deci_cent"]
    assert grid.accepts(10)
    assert grid.accepts(990)
    assert grid.accepts(1_000)
    assert not grid.accepts(1_010)
    assert grid.accepts(9_000)
    assert grid.accepts(9_010)
    assert (grid.lowest_bp, grid.highest_bp) == (10, 9_990)
    assert (grid.up(990), grid.up(1_000), grid.down(9_010)) == (1_000, 1_100, 9_000)
    assert grid.explain(1_010) == "got 10.1, wanted 10 or 11"
    assert grid.explain(0) == "got 0, wanted 0.1 to 99.9"


@pytest.mark.parametrize("name", GRIDS)
def test_zero_and_a_dollar_are_no_order_prices(name: str) -> None:
    grid = STRUCTURES[name]
    assert not grid.accepts(0)
    assert not grid.accepts(10_000)


@settings(derandomize=True, max_examples=300)
@given(name=st.sampled_from(GRIDS), price=prices)
def test_neighbours_are_valid_and_nearest(name: str, price: int) -> None:
    grid = STRUCTURES[name]
    low, high = grid.floor(price), grid.ceil(price)
    if grid.accepts(price):
        assert low == high == price
    if low is not None:
        assert grid.accepts(low)
        assert low <= price or price > grid.highest_bp
    if high is not None:
        assert grid.accepts(high)
        assert high >= price
    if low is not None and high is not None and low < high:
        assert not any(grid.accepts(p) for p in range(low + 1, high))
    assert grid.accepts(grid.nearest(price))


@settings(derandomize=True, max_examples=300)
@given(name=st.sampled_from(GRIDS), price=prices)
def test_the_no_leg_sees_the_mirrored_grid(name: str, price: int) -> None:
    grid = STRUCTURES[name]
    assert grid.mirrored().accepts(complement(price)) == grid.accepts(price)


@pytest.mark.parametrize(
    "ranges",
    [(), ((0, 0, 100),), ((0, 10_000, 0),), ((0, 10_000, 300),), ((0, 1_000, 10), (2_000, 10_000, 100))],
)
def test_ranges_that_are_no_grid_are_refused(ranges: tuple[tuple[int, int, int], ...]) -> None:
    with pytest.raises(InvalidGrid, match="price_ranges"):
        PriceGrid(tuple(PriceRange(*part) for part in ranges))
