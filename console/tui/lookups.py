"""What a desk looks up beside the pictures that the engine pushes: facts, candles, trades, verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from console.tui.clocks import DeskClock
from console.tui.fetched import Asker, Fetcher, What
from engine.control.queries import Args, CandlesArgs, FactsArgs, NoArgs, TradesArgs, WhyArgs
from engine.control.rows.markets import FactsRow, TradeRow
from engine.domain.candle import Candlestick
from engine.domain.decision import DecisionRow
from engine.domain.units import MINUTE_NS, SECOND_NS, Nanoseconds
from engine.domain.xray import Xray

PERIODS_MIN = (1, 60, 1440)
"""The periods in which the exchange keeps candles."""
CANDLES_KEPT = 480
TRADES_KEPT = 200
DECISIONS_KEPT = 30
_SOONEST_REFRESH_NS = 5 * SECOND_NS
_AFTER_PERIOD_NS = 2 * SECOND_NS
_DECISIONS_EACH_NS = 10 * SECOND_NS
_RESULTS_EACH_NS = 15 * SECOND_NS


class CandleSeries(msgspec.Struct, frozen=True):
    """Candles of one market, oldest first, as they were at ``fetched_ns`` (exchange time)."""

    ticker: str
    period_min: int
    candles: tuple[Candlestick, ...]
    fetched_ns: Nanoseconds


class Decisions(msgspec.Struct, frozen=True):
    """Verdicts on one market or of one order, newest first, as they were at ``fetched_ns``."""

    rows: tuple[DecisionRow, ...]
    fetched_ns: Nanoseconds


class Results(msgspec.Struct, frozen=True):
    """The account's own results; None: its history was never imported."""

    row: Xray | None


class Lookups:
    """``facts`` and ``trades`` are by market, ``candles`` by market and minutes of one, ``decisions`` by what
    was asked about: a market or an order. They fill by :meth:`pump`; ``changed`` is called when they have."""

    def __init__(
        self,
        asker: Asker,
        clock: DeskClock,
        now_ns: Callable[[], Nanoseconds],
        ours: Callable[[Nanoseconds], Nanoseconds],
        changed: Callable[[], None],
    ) -> None:
        self.facts: dict[str, FactsRow] = {}
        self.candles: dict[tuple[str, int], CandleSeries] = {}
        self.trades: dict[str, tuple[TradeRow, ...]] = {}
        """The last ones that the exchange remembers, newest first."""
        self.decisions: dict[str, Decisions] = {}
        self.xray: dict[str, Results] = {}
        """The account's own, under an empty name."""
        self._now_ns = now_ns
        self._ours = ours
        self._fetcher = Fetcher(asker, clock, self._plan, self._keep, changed)

    def failure(self, kind: str, ticker: str, period_min: int = 0) -> str:
        """Why facts, candles or trades are not there; empty while nothing went wrong."""
        return self._fetcher.failure(What(kind, ticker, period_min))

    def is_asked(self, kind: str, ticker: str, period_min: int = 0) -> bool:
        """Whether facts, candles or trades were asked for and have not been answered once."""
        return self._fetcher.is_asked(What(kind, ticker, period_min))

    def pump(self, wanted: Iterable[What]) -> None:
        """Starts the queries that are due."""
        self._fetcher.pump(wanted)

    def forget(self) -> None:
        """Everything is to be looked up anew: the engine was lost and may know more now."""
        self._fetcher.forget()

    async def stop(self) -> None:
        await self._fetcher.stop()

    def _plan(self, what: What) -> tuple[Args, int]:
        if what.kind == "facts":
            return FactsArgs(what.ticker), 1
        if what.kind == "trades":
            return TradesArgs(what.ticker), TRADES_KEPT
        if what.kind == "why":
            return WhyArgs(what.ticker), DECISIONS_KEPT
        if what.kind == "xray":
            return NoArgs(), 1
        end_s = self._now_ns() // SECOND_NS
        start_s = end_s - CANDLES_KEPT * what.period_min * 60
        return CandlesArgs(what.ticker, what.period_min, start_s, end_s), CANDLES_KEPT

    def _keep(self, what: What, items: tuple[Any, ...]) -> Nanoseconds | None:
        if what.kind == "facts":
            self.facts.update((row.market.ticker, row) for row in items)
            return None
        if what.kind == "trades":
            self.trades[what.ticker] = items
            return None
        if what.kind == "xray":
            self.xray[what.ticker] = Results(items[0] if items else None)
            return _RESULTS_EACH_NS
        now = self._now_ns()
        if what.kind == "why":
            self.decisions[what.ticker] = Decisions(items, now)
            return _DECISIONS_EACH_NS
        key = (what.ticker, what.period_min)
        before = self.candles.get(key)
        self.candles[key] = CandleSeries(what.ticker, what.period_min, items, now)
        period_ns = what.period_min * MINUTE_NS
        if before is not None and before.fetched_ns == now:
            return period_ns  # the exchange's clock stands still: no period ends
        return max(_SOONEST_REFRESH_NS, self._ours(period_ns - now % period_ns) + _AFTER_PERIOD_NS)
