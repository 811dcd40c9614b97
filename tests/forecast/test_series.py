"""What becomes of each series before a model sees it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.forecast import SeriesStatus
from engine.forecast.series import prepare
from engine.forecast.units import Unit


@pytest.mark.parametrize(
    ("series", "unit", "status"),
    [
        ([1.0, 2.0, 3.0], Unit.PLAIN, SeriesStatus.OK),
        ([1.0, 2.0], Unit.PLAIN, SeriesStatus.TOO_SHORT),
        ([1.0, None, 2.0], Unit.PLAIN, SeriesStatus.TOO_SHORT),
        ([1.0, None, 2.0, 3.0], Unit.PLAIN, SeriesStatus.FILLED),
        ([None, 1.0, 2.0, 3.0], Unit.PLAIN, SeriesStatus.OK),
        ([1.0, 2.0, 3.0, math.nan], Unit.PLAIN, SeriesStatus.FILLED),
        ([4.0, 4.0, 4.0], Unit.PLAIN, SeriesStatus.CONSTANT),
        ([4.0, None, 4.0, 4.0], Unit.PLAIN, SeriesStatus.CONSTANT),
        ([1.0, math.inf, 2.0], Unit.PLAIN, SeriesStatus.NOT_FINITE),
        ([1.0, 1e300, 2.0], Unit.PLAIN, SeriesStatus.NOT_FINITE),
        ([0.0, 100.0, 50.0], Unit.CENTS, SeriesStatus.OK),
        ([0.0, 100.5, 50.0], Unit.CENTS, SeriesStatus.OUT_OF_RANGE),
        ([-0.5, 99.0, 50.0], Unit.CENTS, SeriesStatus.OUT_OF_RANGE),
        ([0.2, 1.1, 0.5], Unit.DOLLARS, SeriesStatus.OUT_OF_RANGE),
        ([0.0, 0.05, 0.0], Unit.CENTS, SeriesStatus.CONSTANT),
        ([], Unit.CENTS, SeriesStatus.EMPTY),
        ([None, math.nan], Unit.CENTS, SeriesStatus.ALL_MISSING),
        (None, Unit.CENTS, SeriesStatus.UNREADABLE),
    ],
)
def test_status(series: list[float | None] | None, unit: Unit, status: SeriesStatus) -> None:
    prepared = prepare([series], unit, 64)
    assert prepared.statuses == (status,)
    assert len(prepared.values) == len(prepared.lengths) == len(prepared.index) == int(status.has_forecast)


def test_gaps_as_the_library_fills_them_and_the_start_cut_off() -> None:
    prepared = prepare([[None, 1.0, None, None, 4.0, 5.0, None]], Unit.PLAIN, 8)
    assert prepared.values.tolist() == [[0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 5.0]]
    assert (prepared.lengths.tolist(), prepared.filled) == ([6], (3,))


def test_only_the_last_numbers_of_a_long_series_count() -> None:
    prepared = prepare([[math.inf, *map(float, range(20))]], Unit.PLAIN, 4)
    assert prepared.values.tolist() == [[16.0, 17.0, 18.0, 19.0]]


def test_the_callers_lists_are_left_as_they_were() -> None:
    series = [[1.0, None, 3.0, 4.0], [2.0, 2.0]]
    rows = np.array([[np.nan, 1.0, 2.0, 4.0]], dtype=np.float32)
    prepare(series, Unit.PLAIN, 8)
    prepare(list(rows), Unit.PLAIN, 8)
    assert series == [[1.0, None, 3.0, 4.0], [2.0, 2.0]]
    assert np.isnan(rows[0, 0])


@pytest.mark.parametrize("unit", Unit)
@pytest.mark.parametrize("width", [5, 8, 11])
def test_a_matrix_is_looked_at_where_it_lies_and_found_as_its_rows_are(unit: Unit, width: int) -> None:
    """Shorter than the context, as long, and longer; read-only, as the bytes of a request are."""
    draw = np.random.default_rng(4)
    drawn = draw.uniform(0.1, 0.9, size=(40, width)).astype(np.float32)
    drawn[draw.uniform(size=drawn.shape) < 0.3] = np.nan
    drawn[3], drawn[4, -1] = 0.5, np.inf
    rows = np.frombuffer(drawn.tobytes(), dtype="<f4").reshape(drawn.shape)
    found, expected = prepare(rows, unit, 8), prepare(list(rows), unit, 8)
    assert (found.statuses, found.filled) == (expected.statuses, expected.filled)
    assert {SeriesStatus.OK, SeriesStatus.FILLED, SeriesStatus.CONSTANT, SeriesStatus.NOT_FINITE} <= set(
        found.statuses
    )
    for name in ("values", "lengths", "index"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


_numbers = st.none() | st.floats(width=32) | st.floats()


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.lists(st.none() | st.lists(_numbers, max_size=40), max_size=6), st.sampled_from(list(Unit)))
def test_whatever_comes_each_series_has_one_status_and_rows_are_numbers(
    series: list[list[float | None] | None], unit: Unit
) -> None:
    prepared = prepare(series, unit, 32)
    assert len(prepared.statuses) == len(prepared.filled) == len(series)
    live = [i for i, status in enumerate(prepared.statuses) if status.has_forecast]
    assert prepared.index.tolist() == live
    assert np.isfinite(prepared.values).all()
    for row, length in zip(prepared.values, prepared.lengths, strict=True):
        assert 3 <= length <= 32
        assert row[32 - length :].max() > row[32 - length :].min()


def test_prices_come_back_inside_their_range_however_far_the_model_goes() -> None:
    far = np.array([-1e9, -3.0, 0.0, 3.0, 1e9], dtype=np.float32)
    for unit, highest in ((Unit.CENTS, 100.0), (Unit.DOLLARS, 1.0)):
        found = unit.from_model(far)
        assert found[0] > 0.0 and found[-1] < highest
        assert (np.diff(found) > 0).all()
        np.testing.assert_allclose(unit.from_model(unit.to_model(found)), found, atol=0.0011 * highest)
