"""Prices of many markets, of which only what can have changed is asked again.

A period that is over does not change; one that is not over is not used. A market is asked for whole once, and
from then on only for the periods that have ended since.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.domain.eastern import eastern_midnight_ns
from engine.domain.units import SECOND_NS, PriceBp
from engine.forecast.price_input import DAY_S, place_s, price_of
from engine.ports import BatchCandles

SETTLED_S = 2
"""After its end, before a period is asked for: the exchange takes a moment to write it."""
AT_ONCE = 100
"""Markets of one question."""
MOST_PERIODS = 9_000
"""Markets times periods of one question; the exchange answers 10,000."""


@dataclass(frozen=True)
class Wanted:
    """A market from ``open_s`` on, unix seconds."""

    ticker: str
    open_s: int


@dataclass
class _Shelf:
    """``through_s`` is the end of the last period that was asked for; ``prices`` by place."""

    through_s: int
    prices: dict[int, PriceBp | None] = field(default_factory=dict)


class CandleCache:
    """Of one length of period. Raises MarketReadFailed, and keeps what it got until then."""

    def __init__(self, reads: BatchCandles, period_min: int, context: int) -> None:
        self.step_s = period_min * 60
        self._reads = reads
        self._period_min = period_min
        self._context = context
        self._shelves: dict[str, _Shelf] = {}
        self.requests = 0
        """Questions of the last refresh."""

    def last_end_s(self, now_s: int) -> int:
        """The end of the last period that is over and written."""
        written_s = now_s - SETTLED_S
        if self.step_s == DAY_S:
            return eastern_midnight_ns(written_s * SECOND_NS) // SECOND_NS
        return written_s // self.step_s * self.step_s

    def price_at(self, ticker: str, end_s: int) -> PriceBp | None:
        """Of the period that ends then; None while there is none."""
        return self.prices(ticker).get(place_s(end_s, self.step_s))

    def prices(self, ticker: str) -> dict[int, PriceBp | None]:
        """By the place of their period."""
        shelf = self._shelves.get(ticker)
        return {} if shelf is None else shelf.prices

    async def refresh(self, wanted: Sequence[Wanted], now_s: int) -> None:
        """Also forgets markets that are not wanted any more."""
        end_s = self.last_end_s(now_s)
        self.requests = 0
        names = {one.ticker for one in wanted}
        for ticker in [ticker for ticker in self._shelves if ticker not in names]:
            del self._shelves[ticker]
        for part, start_s in self._parts(wanted, end_s):
            self.requests += 1
            found = await self._reads.batch_candles(part, self._period_min, start_s, end_s)
            for ticker in part:
                shelf = self._shelves.setdefault(ticker, _Shelf(end_s))
                shelf.prices.update(
                    (place_s(candle.end_s, self.step_s), price_of(candle))
                    for candle in found.get(ticker, ())
                    if candle.end_s <= end_s
                )
                shelf.through_s = end_s
                self._trim(shelf, end_s)

    def _trim(self, shelf: _Shelf, end_s: int) -> None:
        oldest_s = end_s - self._context * self.step_s
        for at in [at for at in shelf.prices if at <= oldest_s]:
            del shelf.prices[at]

    def _parts(self, wanted: Sequence[Wanted], end_s: int) -> list[tuple[tuple[str, ...], int]]:
        """Markets that begin at about the same time together, each part with its start."""
        starts: list[tuple[int, str]] = []
        for one in wanted:
            shelf = self._shelves.get(one.ticker)
            first_s = max(one.open_s, end_s - (self._context - 1) * self.step_s)
            start_s = first_s if shelf is None else shelf.through_s + 1
            if start_s <= end_s:
                starts.append((start_s, one.ticker))
        starts.sort()
        parts = []
        while starts:
            periods = (end_s - starts[0][0]) // self.step_s + 1
            size = max(1, min(AT_ONCE, MOST_PERIODS // periods))
            parts.append((tuple(ticker for _, ticker in starts[:size]), starts[0][0]))
            del starts[:size]
        return parts
