"""The strikes of an event, each with the part of the number line on which it pays."""

from __future__ import annotations

import math
from decimal import Decimal

import msgspec

from engine.domain.market import Strike, StrikeType
from engine.sandbox.sources.generator.grammar import band_label, millions_label, tail_label


class Rung(msgspec.Struct, frozen=True):
    """One market of a ladder: YES pays when the settlement value lies in ``[low, high)``.

    ``low`` and ``high`` are model numbers between two values that can occur, so strictness does not matter.
    """

    label: str
    strike: Strike
    low: float = -math.inf
    high: float = math.inf


def bands(centre: float, *, width: Decimal, rungs: int, gap: Decimal) -> tuple[Rung, ...]:
    """``rungs - 2`` bands of ``width`` around ``centre`` with an open end on either side: exactly one pays.

    ``gap`` is what a cap lies below the next floor.
    """
    inner = rungs - 2
    low = width * (round(Decimal(centre) / width) - inner // 2)
    top = low + width * inner
    edge = float(gap) / 2
    edges = [float(low + width * k) - edge for k in range(inner + 1)]
    middle = [
        Rung(
            band_label(floor, floor + width - gap),
            Strike(StrikeType.BETWEEN, floor, floor + width - gap),
            edges[k],
            edges[k + 1],
        )
        for k, floor in enumerate(low + width * k for k in range(inner))
    ]
    below = Rung(tail_label(low), Strike(StrikeType.LESS, cap=low), high=edges[0])
    above = Rung(tail_label(top - gap), Strike(StrikeType.GREATER, floor=top - gap), low=edges[-1])
    return (below, *middle, above)


def thresholds(centre: float, *, width: Decimal, rungs: int, gap: Decimal) -> tuple[Rung, ...]:
    """``rungs`` levels a ``width`` apart around ``centre``, each "above".

    A strike lies ``gap`` below its round level.
    """
    first = round(Decimal(centre) / width) - rungs // 2
    levels = [width * (first + k) for k in range(rungs)]
    return tuple(
        Rung(
            tail_label(level - gap),
            Strike(StrikeType.GREATER, floor=level - gap),
            low=float(level) - float(gap) / 2,
        )
        for level in levels
    )


def temperatures(centre: float) -> tuple[Rung, ...]:
    """Four bands of two whole degrees and two open ends: ``T83``, ``B83.5`` to ``B89.5``, ``T90``."""
    low = Decimal(round(centre) - 4)
    top = low + 7
    middle = tuple(
        Rung(
            band_label(low + 2 * k, low + 2 * k + 1),
            Strike(StrikeType.BETWEEN, low + 2 * k, low + 2 * k + 1),
            float(low) + 2 * k - 0.5,
            float(low) + 2 * k + 1.5,
        )
        for k in range(4)
    )
    below = Rung(tail_label(low), Strike(StrikeType.LESS, cap=low), high=float(low) - 0.5)
    above = Rung(tail_label(top), Strike(StrikeType.GREATER, floor=top), low=float(top) + 0.5)
    return (below, *middle, above)


def millions(centre: float, *, rungs: int) -> tuple[Rung, ...]:
    """Levels 50,000 travellers apart: ``A2.30``."""
    step = Decimal(50_000)
    first = round(Decimal(centre) / step) - rungs // 2
    strikes = [step * (first + k) for k in range(rungs)]
    return tuple(
        Rung(millions_label(s), Strike(StrikeType.GREATER, floor=s), low=float(s) + 0.5) for s in strikes
    )


def target(label: str, price: Decimal | None) -> tuple[Rung, ...]:
    """The single market of an up-or-down event; a tie pays YES. Without a price it is not known yet."""
    strike = Strike(StrikeType.GREATER_OR_EQUAL, floor=price)
    return (Rung(label, strike, low=math.nan if price is None else float(price) - 0.005),)
