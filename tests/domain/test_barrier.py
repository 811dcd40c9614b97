"""The chance of the take profit before the stop."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from engine.domain.barrier import first_at_top_thousandths


def band(median_bp: int, half_bp: int) -> tuple[int, ...]:
    return tuple(median_bp + half_bp * (at - 4) // 4 for at in range(9))


@pytest.mark.parametrize(
    ("up_bp", "down_bp", "expected"), [(1_000, 1_000, 500), (3_000, 1_000, 250), (1_000, 3_000, 750)]
)
def test_without_drift_it_is_the_share_of_the_distances(up_bp: int, down_bp: int, expected: int) -> None:
    assert first_at_top_thousandths(band(5_000, 1_000), 5_000, up_bp, down_bp) == expected


def test_drift_moves_it_and_the_ends_are_certain() -> None:
    even = first_at_top_thousandths(band(5_000, 1_000), 5_000, 1_000, 1_000)
    up = first_at_top_thousandths(band(5_400, 1_000), 5_000, 1_000, 1_000)
    assert even is not None
    assert up is not None
    assert up > even
    assert first_at_top_thousandths(band(9_000, 4), 5_000, 1_000, 1_000) == 1_000
    assert first_at_top_thousandths(band(1_000, 4), 5_000, 1_000, 1_000) == 0


@pytest.mark.parametrize(("half_bp", "up_bp", "down_bp"), [(0, 100, 100), (100, 0, 100), (100, 100, 0)])
def test_what_has_no_answer_has_none(half_bp: int, up_bp: int, down_bp: int) -> None:
    assert first_at_top_thousandths(band(5_000, half_bp), 5_000, up_bp, down_bp) is None


WALKS, STEPS_A_HORIZON = 4_000, 2_000
NINETIETH = NormalDist().inv_cdf(0.9)


def walked(drift_bp: float, deviation_bp: float, up_bp: int, down_bp: int) -> float:
    """The share of walks that meet the upper end first, in steps that are small beside the distances."""
    draw = np.random.default_rng(6)
    places, undecided = np.zeros(WALKS), np.ones(WALKS, dtype=bool)
    wins = 0
    while undecided.any():
        steps = draw.normal(drift_bp / STEPS_A_HORIZON, deviation_bp / STEPS_A_HORIZON**0.5, undecided.sum())
        places[undecided] += steps
        wins += int((undecided & (places >= up_bp)).sum())
        undecided &= (places > -down_bp) & (places < up_bp)
    return wins / WALKS


@pytest.mark.parametrize(
    ("drift_bp", "half_bp", "up_bp", "down_bp"),
    [(300, 1_000, 900, 600), (-600, 1_500, 1_000, 500), (0, 800, 400, 700), (500, 2_000, 2_000, 300)],
)
def test_it_is_what_walks_do(drift_bp: int, half_bp: int, up_bp: int, down_bp: int) -> None:
    """Whose mean and width at the horizon are the band's. Three standard errors are 0.024 at most."""
    expected = first_at_top_thousandths(band(5_000 + drift_bp, half_bp), 5_000, up_bp, down_bp)
    assert expected is not None
    assert abs(walked(drift_bp, half_bp / NINETIETH, up_bp, down_bp) - expected / 1_000) < 0.03


@pytest.mark.parametrize("drift_bp", [-700, -1, 0, 1, 250])
def test_the_two_ends_share_what_there_is(drift_bp: int) -> None:
    """TP first on one leg is SL first on the other: with the band and the distances turned round it is the
    rest of one, to a thousandth."""
    up = first_at_top_thousandths(band(5_000 + drift_bp, 900), 5_000, 800, 300)
    down = first_at_top_thousandths(band(5_000 - drift_bp, 900), 5_000, 300, 800)
    assert up is not None
    assert down is not None
    assert abs(up + down - 1_000) <= 1
