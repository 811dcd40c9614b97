"""Hours and days of a past that does not change any more, kept once they were made: making one takes long."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence

from engine.domain.candle import Candlestick
from engine.domain.units import SECOND_NS, Nanoseconds
from engine.sandbox.core.listing import MarketRecord

MOST_KEPT = 20_000
"""Candles, at some 700 bytes each."""
_SHORTEST_S = 3_600

ToldUntil = Callable[[MarketRecord], Nanoseconds]


class PastPeriods:
    """Periods that ended before ``told_until`` of their market, which were told and not lived; those asked
    for longest ago go first. Keeps nothing where ``is_final`` is false: more of such a past may still come.
    """

    def __init__(self, told_until: ToldUntil) -> None:
        self.is_final = True
        self._told_until = told_until
        self._kept: OrderedDict[tuple[str, int, int], tuple[Candlestick, ...]] = OrderedDict()

    def get(self, record: MarketRecord, period_s: int, end_s: int) -> tuple[Candlestick, ...] | None:
        key = (record.ticker, period_s, end_s)
        found = self._kept.get(key) if self.is_final else None
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def put(
        self, record: MarketRecord, period_s: int, end_s: int, made: Sequence[Candlestick]
    ) -> tuple[Candlestick, ...]:
        """Keeps what was made, if it may be kept, and gives it back."""
        whole = tuple(made)
        is_past = end_s * SECOND_NS <= self._told_until(record)
        if self.is_final and is_past and period_s >= _SHORTEST_S:
            self._kept[record.ticker, period_s, end_s] = whole
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return whole
