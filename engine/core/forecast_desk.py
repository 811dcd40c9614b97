"""What the core knows of forecasts: the last of each market, who makes them, and whether they may be used."""

from __future__ import annotations

from engine.core.denial import Denial, DenyCode
from engine.core.inputs import ForecastLost, ForecastReady
from engine.domain.forecast import DECILES, Forecast, ForecastSource, SeriesStatus
from engine.domain.units import SECOND_NS, Nanoseconds, PriceBp

MOST_PERIODS_OLD = 2
"""Whole steps that may have gone by since the end of what a forecast saw."""


class ForecastDesk:
    """``heard_mono`` is when the last scan came, None before the first; ``problem`` why there is none now."""

    def __init__(self, stale_ns: Nanoseconds) -> None:
        self.by_ticker: dict[str, Forecast] = {}
        self.absent: dict[str, SeriesStatus] = {}
        """Markets that were asked for and have none."""
        self.source: ForecastSource | None = None
        self.heard_mono: Nanoseconds | None = None
        self.problem = ""
        self._stale_ns = stale_ns

    @property
    def is_there(self) -> bool:
        """Whether there is a forecaster at all, well or not."""
        return self.heard_mono is not None or bool(self.problem)

    def ready(self, event: ForecastReady, mono: Nanoseconds) -> None:
        """What a scan does not tell anew stays as it was."""
        self.source, self.heard_mono, self.problem = event.source, mono, event.problem
        for forecast in event.forecasts:
            self.by_ticker[forecast.ticker] = forecast
            self.absent.pop(forecast.ticker, None)
        for none in event.absent:
            self.by_ticker.pop(none.ticker, None)
            self.absent[none.ticker] = none.status
        for ticker in event.gone:
            self.by_ticker.pop(ticker, None)
            self.absent.pop(ticker, None)

    def lost(self, event: ForecastLost) -> None:
        self.problem = event.reason or "no reason is told"

    def refusal(self, mono: Nanoseconds) -> Denial | None:
        """Why nothing that needs a forecast may be done now."""
        if self.problem:
            return Denial(DenyCode.FORECAST_DOWN, f"forecaster: {self.problem}")
        if self.heard_mono is None:
            return Denial(DenyCode.FORECAST_DOWN, "forecaster: no scan has come yet")
        age_ns = mono - self.heard_mono
        if age_ns <= self._stale_ns:
            return None
        age_s, most_s = age_ns // SECOND_NS, self._stale_ns // SECOND_NS
        text = f"forecaster: the last scan is {age_s} s old, wanted at most {most_s}"
        return Denial(DenyCode.FORECAST_STALE, text, {"age_ns": age_ns, "limit_ns": self._stale_ns})

    def fresh(self, ticker: str, at: Nanoseconds, mono: Nanoseconds) -> Forecast | None:
        """A market's forecast if it may be acted on."""
        forecast = self.by_ticker.get(ticker)
        if forecast is None or self.refusal(mono) is not None or is_old(forecast, at):
            return None
        return forecast


def is_old(forecast: Forecast, at: Nanoseconds) -> bool:
    """Whether what it saw ended too long ago, by the exchange's clock."""
    return at // SECOND_NS - forecast.context_end_s > MOST_PERIODS_OLD * forecast.step_s


def decile_of(key: str) -> int | None:
    """The place of a quantile in thousandths (``"100"``) among the deciles; None if it is none of them."""
    return next((at for at, level in enumerate(DECILES) if key == str(level * 10)), None)


def last_before_close(forecast: Forecast, close_ns: Nanoseconds, decile: int) -> PriceBp | None:
    """That quantile at the last step that ends by the market's close."""
    kept = forecast.until(close_ns // SECOND_NS)
    return kept.deciles_bp[-1][decile] if kept.horizon else None
