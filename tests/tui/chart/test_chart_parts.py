"""Axes, tags and bars of the chart."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from console.tui.chart.candles import bars_of
from console.tui.chart.model import Bar, ChartModel
from console.tui.chart.price_axis import PriceAxis, price_axis
from console.tui.chart.tags import apart, price_text
from console.tui.chart.time_axis import TimeAxis, time_axis
from console.tui.chart.trace import trace
from console.tui.numbers import EASTERN
from engine.domain.candle import Candlestick, Ohlc


@given(st.lists(st.integers(0, 30), max_size=12), st.integers(0, 20))
def test_tags_have_a_row_each_in_the_order_of_their_prices(wanted: list[int], more: int) -> None:
    wanted.sort()
    rows = len(wanted) + more
    found = apart(wanted, rows)
    assert all(0 <= row < rows for row in found)
    assert found == sorted(set(found))
    assert len(found) == len(wanted)


def test_tags_that_collide_stand_around_what_they_want() -> None:
    assert apart([2, 5, 5, 5, 9], 12) == [2, 4, 5, 6, 9]
    assert apart([0, 0, 0], 12) == [0, 1, 2]
    assert apart([11, 11, 11], 12) == [9, 10, 11]
    assert apart([3, 4, 5], 12) == [3, 4, 5]


def test_a_price_in_one_place_or_in_two() -> None:
    assert [price_text(price) for price in (6_100, 5_720, 5_725, 5_705, 0, 10_000)] == [
        "61.0", "57.2", "57.25", "57.05", "0.0", "100.0",
    ]  # fmt: skip


def test_a_dollar_on_a_hundred_and_one_dots_is_a_dot_for_a_cent() -> None:
    axis = PriceAxis(0, 10_000, 101)
    assert [axis.row(cents * 100) for cents in (0, 1, 50, 99, 100)] == [100, 99, 50, 1, 0]
    assert (axis.row(-500), axis.row(12_000)) == (100, 0)


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=8), st.integers(1, 200))
def test_every_price_of_the_data_is_inside_and_no_end_is_out_of_the_dollar(
    closes: list[int], dots: int
) -> None:
    axis = price_axis(ChartModel(), [(close, close) for close in closes], dots)
    assert all(axis.holds(close) for close in closes)
    assert 0 <= axis.low_bp < axis.high_bp <= 10_000
    assert all(0 <= axis.row(close) < dots for close in closes)


@given(st.integers(0, 2 * 10**9), st.integers(0, 10**8), st.integers(1, 300))
def test_the_window_is_in_the_picture_and_buckets_start_at_round_times(
    start_s: int, span_s: int, columns: int
) -> None:
    axis = time_axis(ChartModel(start_s=start_s, end_s=start_s + span_s), columns)
    assert axis is not None
    assert axis.columns == columns
    assert axis.column(start_s + span_s) == columns - 1
    if columns > 1:
        assert axis.column(start_s) is not None
    last, end = (
        datetime.fromtimestamp(at_s, UTC).astimezone(EASTERN)
        for at_s in (axis.end_s - axis.bucket_s, start_s + span_s)
    )
    assert 86_400 % axis.bucket_s == 0 or axis.bucket_s % 86_400 == 0
    if last.utcoffset() == end.utcoffset():
        assert (last.hour * 3_600 + last.minute * 60 + last.second) % axis.bucket_s == 0


def test_a_bucket_is_no_longer_than_it_may_be_and_the_left_falls_out() -> None:
    long = ChartModel(start_s=0, end_s=100 * 3_600, most_bucket_s=60)
    short = ChartModel(start_s=0, end_s=600, most_bucket_s=60)
    axes = time_axis(long, 50), time_axis(short, 50)
    assert [axis and axis.bucket_s for axis in axes] == [60, 15]
    assert [axis and axis.column(0) is None for axis in axes] == [True, False]


def test_bars_of_several_columns_hold_their_close() -> None:
    axis = TimeAxis(0, 60, 10)
    strokes = trace((Bar(0, 180, 10, 90, 50), Bar(180, 360, 60, 60, 60)), axis)
    assert [drawn for _, drawn in sorted(strokes.items())] == [
        (50, 50), (10, 90), (50, 50), (50, 60), (60, 60), (60, 60),
    ]  # fmt: skip


def test_bars_of_one_column_are_one_range_and_a_gap_is_not_joined() -> None:
    axis = TimeAxis(0, 60, 3)
    strokes = trace((Bar(0, 20, 10, 20, 15), Bar(20, 40, 30, 40, 35), Bar(130, 150, 80, 80, 80)), axis)
    assert strokes == {0: (10, 40), 2: (80, 80)}


def candle(end_s: int, price: Ohlc, bid: int | None = None, ask: int | None = None) -> Candlestick:
    sides = Ohlc(close_bp=bid), Ohlc(close_bp=ask)
    return Candlestick(end_s, *sides, price, None, None, 0, 0)


def test_a_candle_is_its_trades_else_the_middle_else_missing() -> None:
    none = Ohlc()
    bars = bars_of(
        (
            candle(60, Ohlc(5_000, 5_200, 4_900, 5_100), 4_000, 4_200),
            candle(120, none, 4_000, 4_200),
            candle(180, none, 0, 4_200),
            candle(240, none, 4_000, 10_000),
            candle(300, none),
        ),
        60,
    )
    assert bars == (Bar(0, 60, 4_900, 5_200, 5_100), Bar(60, 120, 4_100, 4_100, 4_100))
