"""The baselines against their formulas written out for one series, and on walks whose odds are known."""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import NormalDist

import numpy as np
import pytest

from engine.forecast.baselines import BASELINES, baseline
from engine.forecast.series import prepare
from engine.forecast.units import Unit

SERIES = [3.0, 4.5, 4.0, 6.0, 5.5, 7.0, 6.5]
SCORE_90 = NormalDist().inv_cdf(0.9)


def _forecast(name: str, series: list[list[float]], horizon: int, period: int = 24, context: int = 16):
    model = baseline(name, period)
    prepared = prepare(series, Unit.PLAIN, context, model.shortest)
    return model.forecast(prepared.values, prepared.lengths, horizon)


def test_ewma_is_a_walk_from_the_last_value() -> None:
    found = _forecast("ewma", [SERIES], 4)[0]
    changes = [b - a for a, b in pairwise(SERIES)]
    weights = [0.94**age for age in range(len(changes))][::-1]
    variance = sum(w * c * c for w, c in zip(weights, changes, strict=True)) / sum(weights)
    for step in range(4):
        assert found[step, 4] == pytest.approx(6.5)
        assert found[step, 8] == pytest.approx(6.5 + SCORE_90 * math.sqrt(variance * (step + 1)), rel=1e-5)
        assert found[step, 0] + found[step, 8] == pytest.approx(13.0, rel=1e-5)


def test_drift_goes_on_along_the_line_from_first_to_last() -> None:
    found = _forecast("drift", [SERIES], 3)[0]
    slope = (6.5 - 3.0) / 6
    changes = [b - a for a, b in pairwise(SERIES)]
    variance = sum((c - slope) ** 2 for c in changes) / 5
    for step in (1, 2, 3):
        spread = SCORE_90 * math.sqrt(variance * step * (1 + step / 6))
        assert found[step - 1, 4] == pytest.approx(6.5 + slope * step, rel=1e-5)
        assert found[step - 1, 8] == pytest.approx(6.5 + slope * step + spread, rel=1e-5)


def test_seasonal_says_what_was_one_period_ago() -> None:
    series = [1.0, 5.0, 9.0, 2.0, 5.0, 8.0, 1.0, 6.0, 9.5]
    found = _forecast("seasonal", [series], 4, period=3)[0]
    assert found[:, 4].tolist() == [1.0, 6.0, 9.5, 1.0]
    changes = [series[i] - series[i - 3] for i in range(3, 9)]
    variance = sum(c * c for c in changes) / 6
    assert found[2, 8] == pytest.approx(9.5 + SCORE_90 * math.sqrt(variance), rel=1e-5)
    assert found[3, 8] == pytest.approx(1.0 + SCORE_90 * math.sqrt(2 * variance), rel=1e-5)


@pytest.mark.parametrize("name", BASELINES)
def test_room_before_a_series_changes_nothing(name: str) -> None:
    tight = _forecast(name, [SERIES], 5, period=2, context=7)
    roomy = _forecast(name, [SERIES, SERIES[1:]], 5, period=2, context=64)
    np.testing.assert_allclose(tight[0], roomy[0], rtol=1e-5)


@pytest.mark.parametrize("name", ["ewma", "drift"])
def test_eight_of_ten_ends_of_walks_are_in_the_band(name: str) -> None:
    """Walks in log odds; the band of a decaying mean is a little too narrow, hence the lower bound."""
    draw = np.random.default_rng(4)
    walks = draw.normal(scale=0.1, size=(2000, 130)).cumsum(axis=1)
    prices = 1 / (1 + np.exp(-walks))
    model = baseline(name)
    prepared = prepare(list(prices[:, :124]), Unit.DOLLARS, 128)
    found = Unit.DOLLARS.from_model(model.forecast(prepared.values, prepared.lengths, 6))
    inside = (found[:, 5, 0] < prices[:, 129]) & (prices[:, 129] < found[:, 5, 8])
    assert 0.76 < inside.mean() < 0.83


@pytest.mark.parametrize(("name", "period"), [("arima", 24), ("seasonal", 1), ("seasonal", 129)])
def test_what_there_is_not(name: str, period: int) -> None:
    with pytest.raises(ValueError, match=r"wanted 2 to 128|there are ewma"):
        baseline(name, period)


def test_a_history_shorter_than_two_seasons_is_too_short() -> None:
    model = baseline("seasonal", 4)
    assert prepare([SERIES], Unit.PLAIN, 16, model.shortest).statuses[0].value == "too_short"
    assert prepare([[*SERIES, 7.0]], Unit.PLAIN, 16, model.shortest).statuses[0].value == "ok"
