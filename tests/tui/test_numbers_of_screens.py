"""Numbers as they are read, and rows measured in cells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.tui import numbers
from console.tui.cells import clip, clip_row, pad, plain, right, row_width, width_of
from engine.domain.units import SECOND_NS


@pytest.mark.parametrize(
    ("price_bp", "text"),
    [(None, "-"), (0, "0"), (5_700, "57"), (5_720, "57.2"), (5_725, "57.25"), (5, "0.05"), (-150, "-1.5")],
)
def test_prices_in_cents(price_bp: int | None, text: str) -> None:
    assert numbers.cents(price_bp) == text


@pytest.mark.parametrize(
    ("amount_ud", "signed", "text"),
    [
        (None, False, "-"),
        (1_204_500_000, False, "1,204.50"),
        (4_100_000, True, "+4.10"),
        (-4_104_999, True, "-4.10"),
        (-4_105_000, False, "-4.11"),
        (-4_999, True, "0.00"),
        (0, True, "0.00"),
    ],
)
def test_money_to_the_cent(amount_ud: int | None, signed: bool, text: str) -> None:
    assert numbers.dollars(amount_ud, signed=signed) == text


@pytest.mark.parametrize(
    ("count_c", "text"), [(None, "-"), (1_000, "10"), (1_025, "10.25"), (1_050, "10.5"), (-120_000, "-1,200")]
)
def test_contracts(count_c: int | None, text: str) -> None:
    assert numbers.contracts(count_c) == text


@pytest.mark.parametrize(
    ("count_c", "text"),
    [
        (None, "-"),
        (95_000, "950"),
        (999_900, "9999"),
        (1_230_000, "12.3k"),
        (410_000_000, "4.1M"),
        (99_999_900, "999.9k"),
        (99_999_999_900, "999.9M"),
        (10**15, "10000.0G"),
    ],
)
def test_volumes_in_few_cells(count_c: int | None, text: str) -> None:
    assert numbers.short_count(count_c) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "-"), (-1, "0.0s"), (0.44, "0.4s"), (9.94, "9.9s"), (9.96, "9s"), (59.9, "59s"), (60, "1m"),
     (3_600, "1h"), (200_000, "2d")],
)  # fmt: skip
def test_ages(seconds: float | None, text: str) -> None:
    assert numbers.age(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-5, "0:00"), (9, "0:09"), (845, "14:05"), (12_000, "3:20:00"), (187_200, "2d 04h")],
)
def test_countdowns(seconds: int, text: str) -> None:
    assert numbers.countdown(seconds * SECOND_NS) == text


def test_the_clock_is_eastern_in_winter_and_in_summer() -> None:
    assert numbers.clock(1_795_273_200 * SECOND_NS) == "10:00:00"
    assert numbers.clock(1_784_728_800 * SECOND_NS) == "10:00:00"
    assert numbers.day(1_795_273_200 * SECOND_NS) == "21 Nov"


texts = st.text(max_size=12) | st.sampled_from(("市場", "a市b場c", "💵10", "é́e"))


@given(texts, st.integers(0, 15))
def test_padding_is_exact_and_clipping_fits(text: str, width: int) -> None:
    assert width_of(pad(text, width)) == width
    assert width_of(right(text, width)) == width
    assert width_of(clip(text, width)) <= width
    assert row_width(clip_row(((text, "text"), (text, "label")), width)) <= width


def test_clipped_text_says_so() -> None:
    assert clip("settlement", 6) == "settl…"
    assert clip("市場市場", 4) == "市…"
    assert plain(clip_row((("市場", "text"), ("x", "label")), 3)) == "市 "
