"""Intervals for what comes in clusters: all that one event decides counts as about one observation.

A proportion is a ratio of sums over clusters; its variance is the between-cluster one of survey sampling
(Cochran, Sampling Techniques, ratio estimators), and the Wilson interval is taken at the effective number of
observations that this variance stands for (Korn and Graubard, 1998), never more than the clusters weigh.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import NamedTuple

Z_95 = 1.959963984540054


class Interval(NamedTuple):
    low: float
    high: float


class Cluster(NamedTuple):
    """``hits`` of ``weight`` in one cluster; 0 <= hits <= weight, weight above 0."""

    hits: float
    weight: float


def wilson(share: float, observations: float, z: float = Z_95) -> Interval:
    """The score interval of a proportion (Wilson, 1927); from 0 to 1 without observations."""
    if observations <= 0:
        return Interval(0.0, 1.0)
    spread = z * z / observations
    centre = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / observations + spread / (4 * observations))
    return Interval(max(0.0, centre - half), min(1.0, centre + half))


def clustered_share(clusters: Collection[Cluster]) -> tuple[float, Interval]:
    """The share of all weight that hit, and its interval. Raises ValueError without clusters."""
    if not clusters:
        raise ValueError("clusters: got none, wanted at least 1")
    weight = math.fsum(cluster.weight for cluster in clusters)
    share = min(1.0, math.fsum(cluster.hits for cluster in clusters) / weight)
    return share, wilson(share, _effective(clusters, share, weight))


def _effective(clusters: Collection[Cluster], share: float, weight: float) -> float:
    """Observations that the clusters are worth; at most Kish's effective number of clusters."""
    most = weight * weight / math.fsum(cluster.weight**2 for cluster in clusters)
    count = len(clusters)
    spread = math.fsum((cluster.hits - share * cluster.weight) ** 2 for cluster in clusters)
    if count < 2 or spread <= 0:
        return most
    variance = count / (count - 1) * spread / (weight * weight)
    return min(most, share * (1 - share) / variance)


def mean_interval(values: Sequence[int], z: float = Z_95) -> Interval | None:
    """Of the mean of independent values, by the normal law; None for fewer than two."""
    count = len(values)
    if count < 2:
        return None
    mean = math.fsum(values) / count
    variance = math.fsum((value - mean) ** 2 for value in values) / (count - 1)
    half = z * math.sqrt(variance / count)
    return Interval(mean - half, mean + half)
