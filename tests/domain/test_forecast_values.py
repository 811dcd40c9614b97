"""Forecasts as values: the band's end, the other leg, the label; and the table of signals at its bounds."""

from __future__ import annotations

import pytest

from engine.domain.forecast import DECILES, Forecast, ForecastSource
from engine.domain.forecast_signal import (
    FIRST_RELEASE,
    LATER,
    OUTSIDE,
    Confidence,
    Direction,
    ExitLevels,
    confidence,
    direction,
    exit_levels,
)

TIMESFM = ForecastSource("timesfm-2.5-200m", False, "3f2a91c0" + "0" * 56, True)
STEPS = tuple(tuple(4000 + 100 * step + 10 * level for level in DECILES) for step in range(4))
FORECAST = Forecast("T", TIMESFM, 5_000, 7200, 3600, STEPS)


def test_label_says_baseline_and_unpinned() -> None:
    assert TIMESFM.label == "timesfm-2.5-200m 3f2a91c0"
    assert (
        ForecastSource("timesfm-2.5-200m", False, "3f2a91c0ff").label == "timesfm-2.5-200m 3f2a91c0 UNPINNED"
    )
    assert ForecastSource("ewma", True).label == "BASELINE ewma"


def test_median_band_ends_and_age() -> None:
    assert FORECAST.median_bp(2) == 4700
    assert FORECAST.band_bp(0) == (4100, 4900)
    assert FORECAST.end_s(0) == 10_800
    assert FORECAST.age_ns(6_500) == 1_500
    assert FORECAST.age_ns(1) == 0


@pytest.mark.parametrize(
    ("close_s", "kept"), [(7200 + 4 * 3600, 4), (7200 + 4 * 3600 - 1, 3), (10_800, 1), (10_799, 0), (0, 0)]
)
def test_a_band_ends_at_the_close(close_s: int, kept: int) -> None:
    cut = FORECAST.until(close_s)
    assert cut.deciles_bp == STEPS[:kept]


def test_no_is_the_complement_and_twice_is_the_same() -> None:
    turned = FORECAST.of_no()
    assert turned.band_bp(0) == (5100, 5900)
    assert turned.median_bp(2) == 5300
    assert turned.of_no() == FORECAST


@pytest.mark.parametrize(
    ("forecast_bp", "current_bp", "expected", "side"),
    [
        (5001, 5000, Direction.UP, "yes"),
        (4999, 5000, Direction.DOWN, "no"),
        (5000, 5000, Direction.FLAT, None),
        (None, 5000, Direction.FLAT, None),
        (5000, None, Direction.FLAT, None),
    ],
)
def test_ties_and_missing_are_flat(
    forecast_bp: int | None, current_bp: int | None, expected: Direction, side: str | None
) -> None:
    assert direction(forecast_bp, current_bp) is expected
    assert expected.side == side


@pytest.mark.parametrize(
    ("series", "bounds"),
    [
        ("KXHIGHNY", (500, 1000, 2000)),
        ("KXINX", (500, 1000, 2000)),
        ("", (500, 1000, 2000)),
        ("KXBTCD", (800, 2000, 4000)),
        ("KXETH", (800, 2000, 4000)),
    ],
)
def test_confidence_at_each_bound(series: str, bounds: tuple[int, int, int]) -> None:
    levels = [Confidence.LOW, Confidence.MEDIUM, Confidence.MEDIUM_HIGH, Confidence.HIGH]
    for bound, below, at in zip(bounds, levels, levels[1:], strict=False):
        assert confidence(series, bound - 1) is below
        assert confidence(series, bound) is at
    assert confidence(series, 0) is Confidence.LOW


FIRST = {
    "KXHIGHLAX": ((20, 3), (20, 3), (20, 3), (30, 2)),
    "KXINX": ((30, 5), (50, 2), (50, 8), (50, 10)),
    "KXBTC": ((50, 10), (50, 5), (50, 10), (50, 10)),
    "KXETHD": ((50, 10), (50, 5), (50, 10), (50, 10)),
}
SPLIT = {
    "KXBTC": ((40, 8), (50, 8), (50, 10), (50, 12), (60, 15), (70, 15)),
    "KXETH": ((40, 10), (50, 10), (50, 12), (50, 15), (60, 15), (70, 18)),
}


@pytest.mark.parametrize(
    ("table", "series", "cents", "rows"),
    [(FIRST_RELEASE, series, (2, 5, 10, 20, 100), rows) for series, rows in FIRST.items()]
    + [(LATER, series, (2, 5, 10, 20, 40, 70, 100), rows) for series, rows in SPLIT.items()]
    + [(LATER, series, (2, 5, 10, 20, 100), FIRST[series]) for series in ("KXHIGHLAX", "KXINX")],
)
def test_each_row_of_the_table_from_its_bound_to_just_before_the_next(table, series, cents, rows) -> None:
    for low, high, (tp, sl) in zip(cents, cents[1:], rows, strict=False):
        expected = ExitLevels(tp, sl)
        assert exit_levels(series, low * 100, table) == expected
        assert exit_levels(series, high * 100 - 1, table) == expected
    assert exit_levels(series, cents[0] * 100 - 1, table) == OUTSIDE
    assert exit_levels(series, cents[-1] * 100, table) == OUTSIDE


def test_an_unknown_series_has_the_default() -> None:
    assert exit_levels("KXTSA", 600) == OUTSIDE == ExitLevels(20, 5)
