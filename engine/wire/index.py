"""Published index values, passed through from CF Benchmarks."""

from __future__ import annotations

from engine.wire.shape import ABSENT, MaybeText, Shape


class IndexPoint(Shape, frozen=True, kw_only=True):
    """``time`` in unix milliseconds, ``value`` a decimal text."""

    time: int
    value: str


class IndexPoints(Shape, frozen=True, kw_only=True):
    serverTime: MaybeText = ABSENT
    payload: list[IndexPoint]


class IndexValuesAnswer(Shape, frozen=True, kw_only=True):
    """``GET /cfbenchmarks/values?id=BRTI``: CF Benchmarks' own answer under ``data``."""

    data: IndexPoints
