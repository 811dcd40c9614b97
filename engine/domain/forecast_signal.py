"""What a forecast move means to the first release of the predecessor: direction, confidence, TP and SL.

Source: the predecessor's ``/signal`` and its table of the first release; later values are the named preset
``LATER``. Moves are in basis points of a dollar (100 bp = 1 cent), bounds are ``lowest <= move < highest``.
"""

from __future__ import annotations

from enum import Enum

import msgspec

from engine.domain.units import CENT_BP, PriceBp


class Direction(Enum):
    UP = "UP"
    DOWN = "DOWN"
    FLAT = "FLAT"
    """A tie, or nothing to compare: never taken for a call."""

    @property
    def side(self) -> str | None:
        """The leg that gains: ``yes``, ``no``, or None."""
        return {Direction.UP: "yes", Direction.DOWN: "no"}.get(self)


class Confidence(Enum):
    LOW = "low"
    MEDIUM = "medium"
    MEDIUM_HIGH = "medium-high"
    HIGH = "high"


class ExitLevels(msgspec.Struct, frozen=True):
    """Distances from the entry, in cents, as the predecessor's table has them."""

    tp_cents: int
    sl_cents: int


class Bucket(msgspec.Struct, frozen=True):
    """The exits for moves of ``lowest_cents <= move < highest_cents``."""

    lowest_cents: int
    highest_cents: int
    exits: ExitLevels


OUTSIDE = ExitLevels(20, 5)
"""For a move outside every bucket, and for a series that no prefix names."""

_CRYPTO = ("KXBTC", "KXETH")
_LEVELS = ((20, Confidence.HIGH), (10, Confidence.MEDIUM_HIGH), (5, Confidence.MEDIUM))
_CRYPTO_LEVELS = ((40, Confidence.HIGH), (20, Confidence.MEDIUM_HIGH), (8, Confidence.MEDIUM))


def _buckets(bounds: tuple[int, ...], *exits: tuple[int, int]) -> tuple[Bucket, ...]:
    edges = zip(bounds, bounds[1:], exits, strict=False)
    return tuple(Bucket(low, high, ExitLevels(tp, sl)) for low, high, (tp, sl) in edges)


_FIRST_BOUNDS = (2, 5, 10, 20, 100)
_SPLIT_BOUNDS = (2, 5, 10, 20, 40, 70, 100)
_WEATHER = _buckets(_FIRST_BOUNDS, (20, 3), (20, 3), (20, 3), (30, 2))
_INDEX = _buckets(_FIRST_BOUNDS, (30, 5), (50, 2), (50, 8), (50, 10))
_BITCOIN = _buckets(_FIRST_BOUNDS, (50, 10), (50, 5), (50, 10), (50, 10))

Table = tuple[tuple[str, tuple[Bucket, ...]], ...]
FIRST_RELEASE: Table = (("KXHIGH", _WEATHER), ("KXINX", _INDEX), ("KXBTC", _BITCOIN), ("KXETH", _BITCOIN))
"""By prefix of the series. ETH has BTC's values: the predecessor copied them."""
LATER: Table = (
    ("KXHIGH", _WEATHER),
    ("KXINX", _INDEX),
    ("KXBTC", _buckets(_SPLIT_BOUNDS, (40, 8), (50, 8), (50, 10), (50, 12), (60, 15), (70, 15))),
    ("KXETH", _buckets(_SPLIT_BOUNDS, (40, 10), (50, 10), (50, 12), (50, 15), (60, 15), (70, 18))),
)


def direction(forecast_bp: PriceBp | None, current_bp: PriceBp | None) -> Direction:
    """FLAT for a tie and where either is missing."""
    if forecast_bp is None or current_bp is None or forecast_bp == current_bp:
        return Direction.FLAT
    return Direction.UP if forecast_bp > current_bp else Direction.DOWN


def confidence(series: str, move_bp: PriceBp) -> Confidence:
    """By the size of the move alone: 20, 10 and 5 cents; 40, 20 and 8 for crypto."""
    levels = _CRYPTO_LEVELS if series.startswith(_CRYPTO) else _LEVELS
    for cents, level in levels:
        if move_bp >= cents * CENT_BP:
            return level
    return Confidence.LOW


def exit_levels(series: str, move_bp: PriceBp, table: Table = FIRST_RELEASE) -> ExitLevels:
    """TP and SL for a forecast move of a series; ``OUTSIDE`` where the table has nothing."""
    for prefix, buckets in table:
        if series.startswith(prefix):
            return _in(buckets, move_bp)
    return OUTSIDE


def _in(buckets: tuple[Bucket, ...], move_bp: PriceBp) -> ExitLevels:
    for bucket in buckets:
        if bucket.lowest_cents * CENT_BP <= move_bp < bucket.highest_cents * CENT_BP:
            return bucket.exits
    return OUTSIDE
