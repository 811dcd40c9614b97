"""Needs put into as few requests as the exchange takes: a hundred markets and 10,000 candlesticks at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from collectors.candles.coverage import Need
from engine.kalshi.rest.candles import MOST_BATCH_MARKETS, MOST_BATCH_PERIODS, MOST_PERIODS

_SPARE_PERIODS = 1
"""The exchange does not say whether it counts a period that is begun."""


class Request(msgspec.Struct, frozen=True):
    """One request. ``is_batch``: of several markets of the live tier; else of one, wherever it is."""

    needs: tuple[Need, ...]
    start_s: int
    end_s: int
    is_batch: bool

    def cost(self, step_s: int) -> int:
        """How many requests it will take."""
        if self.is_batch:
            return 1
        return max(1, -(-self.needs[0].periods(step_s) // (MOST_PERIODS - 1)))


def requests_of(live: Iterable[Need], alone: Iterable[Need], step_s: int) -> list[Request]:
    """``live`` needs share requests where that pays; those ``alone`` (of the historical tier) cannot."""
    found = [_single(need) for need in alone]
    waiting = sorted(live, key=lambda need: (need.start_s, need.end_s, need.leg.ticker))
    while waiting:
        size = _fitting(waiting, step_s)
        part, waiting = waiting[:size], waiting[size:]
        found.append(_single(part[0]) if size == 1 else _batch(part))
    return found


def _fitting(needs: Sequence[Need], step_s: int) -> int:
    """How many of the first needs one request can take; at least one."""
    end_s = needs[0].end_s
    start_s = needs[0].start_s
    for size, need in enumerate(needs[:MOST_BATCH_MARKETS]):
        end_s = max(end_s, need.end_s)
        periods = end_s // step_s - -(-start_s // step_s) + 1 + _SPARE_PERIODS
        if (size + 1) * periods > MOST_BATCH_PERIODS:
            return max(1, size)
    return min(len(needs), MOST_BATCH_MARKETS)


def _single(need: Need) -> Request:
    return Request((need,), need.start_s, need.end_s, is_batch=False)


def _batch(needs: Sequence[Need]) -> Request:
    start_s, end_s = min(need.start_s for need in needs), max(need.end_s for need in needs)
    return Request(tuple(needs), start_s, end_s, is_batch=True)
