"""The chance of the take profit before the stop."""

from __future__ import annotations

import random

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


def test_it_is_what_walks_do() -> None:
    """Steps that are small beside the distances, whose mean and width are the band's."""
    rng, steps, deviation, drift = random.Random(6), 400, 1_000 / 1.2815515655446004, 300
    wins = 0
    for _ in range(1_500):
        price = 0.0
        while -600 < price < 900:
            price += rng.gauss(drift / steps, deviation / steps**0.5)
        wins += price >= 900
    expected = first_at_top_thousandths(band(5_300, 1_000), 5_000, 900, 600)
    assert expected is not None
    assert abs(wins / 1_500 - expected / 1_000) < 0.05
