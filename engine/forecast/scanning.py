"""One scan: candles of all markets brought up to date, what moved forecast in one request, the rest kept."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.domain.forecast import Forecast, NoForecast, SeriesStatus
from engine.domain.market import Market
from engine.domain.units import HOUR_NS, SECOND_NS, Nanoseconds
from engine.forecast.candle_cache import CandleCache, Wanted
from engine.forecast.errors import ForecastError
from engine.forecast.forecaster import Forecaster, PriceHistory
from engine.forecast.price_input import history_of
from engine.ports import BatchCandles, MarketReadFailed

MINUTE, HOUR = 1, 60
SHORT_LIFE_NS = 26 * HOUR_NS
"""A market that lives at most so long is looked at in minutes, one that lives longer in hours."""
MINUTES_AHEAD = 60
"""The least horizon of minutes where the period is chosen by itself."""


@dataclass(frozen=True)
class ScanSettings:
    """``period_min`` 0: by the market's life. ``horizon`` and ``context`` count periods."""

    period_min: int = 0
    horizon: int = 12
    context: int = 512
    deadline_s: float = 10.0


@dataclass
class Scan:
    """What a scan found. ``forecasts`` and ``absent`` are what was asked anew; ``skipped`` counts all."""

    at_ns: Nanoseconds
    markets: int = 0
    asked: int = 0
    held: int = 0
    """Markets with a forecast, new or kept."""
    forecasts: list[Forecast] = field(default_factory=list)
    absent: list[NoForecast] = field(default_factory=list)
    gone: tuple[str, ...] = ()
    skipped: dict[str, int] = field(default_factory=dict)
    candle_requests: int = 0
    elapsed_ms: float = 0.0
    problem: str = ""
    """Why it did not come to its end; one line."""


class Scanning:
    """Keeps what it was told of each market until that market's next period is over."""

    def __init__(self, forecaster: Forecaster, reads: BatchCandles, settings: ScanSettings) -> None:
        self._forecaster = forecaster
        self._settings = settings
        self._caches = {
            period: CandleCache(reads, period, settings.context)
            for period in ((settings.period_min,) if settings.period_min else (MINUTE, HOUR))
        }
        self._known: dict[str, tuple[int, SeriesStatus]] = {}
        """Of each market the end of what was forecast from, and what came of it."""

    async def scan(self, markets: Sequence[Market], now_ns: Nanoseconds) -> Scan:
        """A scan with a problem has found what came before it; the rest is asked for again."""
        began = time.perf_counter()
        found = Scan(now_ns, len(markets))
        by_period: dict[int, list[Market]] = {period: [] for period in self._caches}
        for market in markets:
            by_period[self.period_of(market)].append(market)
        found.gone = self._forget({market.ticker for market in markets})
        try:
            for period, group in by_period.items():
                await self._scan_group(period, group, now_ns, found)
        except (MarketReadFailed, ForecastError) as error:
            found.problem = str(error) or type(error).__name__
        # Where nothing was due nobody was asked, and what is known may be all there is for an hour.
        found.problem = found.problem or self._forecaster.problem
        statuses = [status for _, status in self._known.values()]
        found.held = sum(status.has_forecast for status in statuses)
        found.problem = found.problem or _nonsense(statuses.count(SeriesStatus.FAILED), found.held)
        found.skipped = dict(Counter(s.value for s in statuses if not s.has_forecast))
        found.elapsed_ms = (time.perf_counter() - began) * 1_000
        return found

    def period_of(self, market: Market) -> int:
        if self._settings.period_min:
            return self._settings.period_min
        return MINUTE if market.close_ns - market.open_ns <= SHORT_LIFE_NS else HOUR

    def price_at(self, ticker: str, end_s: int) -> int | None:
        for cache in self._caches.values():
            price_bp = cache.price_at(ticker, end_s)
            if price_bp is not None:
                return price_bp
        return None

    def _forget(self, wanted: set[str]) -> tuple[str, ...]:
        gone = tuple(ticker for ticker in self._known if ticker not in wanted)
        for ticker in gone:
            del self._known[ticker]
        return gone

    async def _scan_group(self, period: int, group: list[Market], now_ns: Nanoseconds, found: Scan) -> None:
        cache, now_s = self._caches[period], now_ns // SECOND_NS
        try:
            await cache.refresh([Wanted(m.ticker, m.open_ns // SECOND_NS) for m in group], now_s)
        finally:
            found.candle_requests += cache.requests
        end_s = cache.last_end_s(now_s)
        histories = [
            history_of(
                market.ticker, cache.prices(market.ticker), end_s, cache.step_s, self._settings.context
            )
            for market in group
            if self._is_due(market.ticker, end_s)
        ]
        if histories:
            await self._ask(histories, self._horizon(period), now_ns, found)

    def _is_due(self, ticker: str, end_s: int) -> bool:
        """What failed is asked for again: that is no word of the market's own."""
        known_s, status = self._known.get(ticker, (0, SeriesStatus.FAILED))
        return known_s != end_s or status is SeriesStatus.FAILED

    def _horizon(self, period: int) -> int:
        is_chosen = not self._settings.period_min and period == MINUTE
        return max(self._settings.horizon, MINUTES_AHEAD) if is_chosen else self._settings.horizon

    async def _ask(
        self, histories: list[PriceHistory], horizon: int, now_ns: Nanoseconds, found: Scan
    ) -> None:
        answers = await self._forecaster.forecast(histories, horizon, self._settings.deadline_s, now_ns)
        found.asked += len(histories)
        for history, answer in zip(histories, answers, strict=True):
            if isinstance(answer, Forecast):
                found.forecasts.append(answer)
                status = SeriesStatus.FILLED if answer.filled else SeriesStatus.OK
            else:
                found.absent.append(answer)
                status = answer.status
            self._known[history.ticker] = (history.end_s, status)


def _nonsense(failed: int, held: int) -> str:
    """Of a forecaster that answers, but mostly with what cannot be a forecast."""
    if failed <= held:
        return ""
    what = "no numbers, or quantiles out of order"
    return f"{failed} markets were answered with no forecast ({what}), {held} with one"
