"""Intervals that know how much was really observed."""

from __future__ import annotations

import random

import pytest

from engine.research.account.clustered import Cluster, clustered_share, mean_interval, wilson


@pytest.mark.parametrize(
    ("share", "observations", "low", "high"),
    [
        # Newcombe (1998), Statistics in Medicine 17, table I, method 3.
        (81 / 263, 263, 0.2553, 0.3662),
        (15 / 148, 148, 0.0624, 0.1605),
        (0 / 20, 20, 0.0000, 0.1611),
        (1 / 29, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_as_published(share: float, observations: int, low: float, high: float) -> None:
    found = wilson(share, observations)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_lone_observations_are_worth_themselves() -> None:
    clusters = [Cluster(1, 1)] * 81 + [Cluster(0, 1)] * 182
    share, interval = clustered_share(clusters)
    assert share == pytest.approx(81 / 263)
    assert interval.low == pytest.approx(0.2553, abs=0.001)
    assert interval.high == pytest.approx(0.3662, abs=0.001)


def test_what_one_event_decides_counts_once() -> None:
    """A hundred contracts of each of ten events know no more than one of each."""
    many, few = (clustered_share([Cluster(w * hit, w) for hit in (1, 0) * 5])[1] for w in (100, 1))
    assert many == pytest.approx(few)


def test_all_won_in_few_events_proves_little() -> None:
    share, interval = clustered_share([Cluster(500, 500)] * 3)
    assert share == 1
    assert interval == pytest.approx(wilson(1, 3))


def test_one_large_event_does_not_hide_behind_small_ones() -> None:
    """What weighs like one event is one, however many crumbs stand beside it."""
    _, interval = clustered_share([Cluster(1_000, 1_000)] + [Cluster(1, 1)] * 20)
    assert interval.low < 0.3


def test_intervals_cover_as_often_as_they_say() -> None:
    """Events of unequal size whose contracts win or lose together: 95 % means about 95 of 100."""
    draw, covered, rounds = random.Random(5), 0, 400
    for _ in range(rounds):
        clusters = []
        for _ in range(40):
            size = draw.randrange(1, 30)
            clusters.append(Cluster(size * (draw.random() < 0.3), size))
        interval = clustered_share(clusters)[1]
        covered += interval.low <= 0.3 <= interval.high
    assert 0.92 <= covered / rounds <= 0.99


def test_a_mean_needs_two() -> None:
    assert mean_interval([5]) is None
    found = mean_interval([-1, 1, -1, 1])
    assert found is not None
    assert found.low == pytest.approx(-found.high)
