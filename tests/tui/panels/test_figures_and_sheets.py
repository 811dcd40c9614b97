"""Numbers in columns, and columns in any width."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.tui import roles
from console.tui.cells import plain, row_width
from console.tui.panels import figures
from console.tui.panels.labels import common_title, outcome_label
from console.tui.panels.sheet import Column, fit, merged
from engine.control.rows.markets import MarketRow
from engine.domain.market import MarketStatus

COLUMNS = (
    Column("name", "name", 6, is_text=True, most=12),
    Column("bid", "bid", 5),
    Column("ask", "ask", 5, rank=1),
    Column("vol", "vol", 5, rank=2),
)


@pytest.mark.parametrize(
    ("price_bp", "decimals", "text"),
    [
        (5_720, 1, "57.2"),
        (5_700, 1, "57.0"),
        (5_700, 0, "57"),
        (5, 2, "0.05"),
        (-250, 1, "-2.5"),
        (5_725, 1, "57.3"),
        (10_000, 1, "100.0"),
        (None, 1, "-"),
    ],
)
def test_a_price(price_bp: int | None, decimals: int, text: str) -> None:
    assert figures.price(price_bp, decimals) == text


def test_a_column_has_the_decimals_that_its_prices_need() -> None:
    assert figures.places((5_700, None, 100)) == 0
    assert figures.places((5_700, 5_710)) == 1
    assert figures.places((5_701, 5_710)) == 2


@pytest.mark.parametrize(
    ("count_c", "text"),
    [
        (None, "-"),
        (0, "0"),
        (25, ".25"),
        (120_000, "1,200"),
        (1_204_000, "12.0k"),
        (99_999_900, "999k"),
        (331_000_000, "3.31M"),
        (10**13, "100G"),
    ],
)
def test_a_count_in_five_cells(count_c: int | None, text: str) -> None:
    assert figures.short_count(count_c) == text
    assert len(text) <= 5


@given(st.integers(0, 10**14))
def test_any_count_fits_five_cells_and_is_never_told_as_more(count_c: int) -> None:
    text = figures.short_count(count_c)
    assert len(text) <= 5
    scale = {"k": 10**3, "M": 10**6, "G": 10**9}.get(text[-1], 1)
    told = float(text.rstrip("kMG").replace(",", "")) * scale
    assert told <= count_c / 100 * (1 + 1e-12)
    assert (told == 0) == (count_c == 0)


def test_whole_counts_leave_room_for_parts() -> None:
    assert figures.count(1_000, True) == "10   "
    assert figures.count(1_025, True) == "10.25"
    assert figures.count(1_000, False) == "10"


def test_means_and_fees_are_rounded_to_the_nearest() -> None:
    assert figures.mean_price(1_000_000, 300) == "33.3"
    assert figures.mean_price(2_000_000, 300) == "66.7"
    assert figures.mean_price(None, 300) == "-"
    assert figures.mean_price(100, 0) == "-"
    assert figures.fee(175_000) == "0.1750"
    assert figures.fee(-49) == "0.0000"


def test_columns_go_by_rank_and_text_takes_what_is_left() -> None:
    assert fit(COLUMNS, 40).names == {"name", "bid", "ask", "vol"}
    assert fit(COLUMNS, 40).width_of("name") == 12
    assert fit(COLUMNS, 23).names == {"name", "bid", "ask"}
    assert fit(COLUMNS, 12).names == {"name", "bid"}


@given(st.integers(1, 60), st.text(max_size=30), st.text(max_size=12))
def test_a_line_fits_any_width(width: int, name: str, bid: str) -> None:
    row = fit(COLUMNS, width).line({"name": (name, roles.TEXT), "bid": (bid, roles.YES)})
    assert row_width(row) <= width


def test_numbers_stand_under_each_other() -> None:
    sheet = fit(COLUMNS, 40)
    lines = [plain(sheet.line({"bid": (text, roles.TEXT)})) for text in ("7.5", "57.0", "100.0")]
    assert len({line.index(".") for line in lines}) == 1


def test_neighbours_of_one_role_are_one_span() -> None:
    assert merged((("a", "x"), ("", "y"), ("b", "x"), ("c", "y"))) == (("ab", "x"), ("c", "y"))


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ("$95,000 or above", "≥ $95,000"),
        ("49° or below", "≤ 49°"),
        ("$73,200 to 73,299.99", "$73,200–73,299.99"),
        ("Target Price: $76,538.36", "$76,538.36"),
        ("", "T50"),
    ],
)
def test_an_outcome_is_called_by_its_bound(said: str, label: str) -> None:
    market = MarketRow(
        ticker="KXT-26NOV20-T50",
        event_ticker="KXT-26NOV20",
        series_ticker="KXT",
        title="",
        yes_sub_title=said,
        status=MarketStatus.ACTIVE,
        close_ns=0,
    )
    assert outcome_label(market) == label


def test_an_event_without_a_title_is_called_by_what_its_markets_share() -> None:
    assert common_title(("Will it rain?", "Will it rain?")) == "Will it rain?"
    assert common_title(("Will it be 49 today?", "Will it be 50 today?")) == "Will it be …"
