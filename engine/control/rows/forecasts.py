"""What models say of markets, and what the last scan came to. Prices are of the YES leg unless a row names a
leg.
"""

from __future__ import annotations

import msgspec

from engine.domain.forecast import Forecast, ForecastSource, SeriesStatus
from engine.domain.order import Leg
from engine.domain.units import Nanoseconds, PriceBp


class ModelRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What a model says of one market, short enough to be held for all: the last step before the close.

    ``median_bp`` is None where it could not be forecast; ``status`` says why. The whole forecast of a market
    is the topic ``forecast:TICKER``.
    """

    ticker: str
    source: ForecastSource
    status: SeriesStatus = SeriesStatus.OK
    made_at_ns: Nanoseconds = 0
    end_s: int = 0
    """Unix seconds at which that step ends."""
    median_bp: PriceBp | None = None
    low_bp: PriceBp | None = None
    """The 10 % quantile; ``high_bp`` is the 90 % one."""
    high_bp: PriceBp | None = None
    seen_bp: PriceBp | None = None
    """The last price that it saw."""
    move_bp: PriceBp | None = None
    """Median less the book's middle when the row was made: the signal's size and sign. None where the book
    has no middle that may be read."""
    confidence: str = ""
    edge_bp: PriceBp | None = None
    """Net of fees at the side that can be bought now; negative where neither pays. It is unproven until its
    verdict says otherwise."""
    edge_leg: Leg | None = None
    verdict: str = "unproven"


class ScanRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The last scan of the forecaster and whether what it said may be used.

    ``state`` is ``none`` (no scan yet), ``ok``, ``late`` (older than the stale guard allows) or ``down``;
    ``problem`` says why in one line. Entries that need a forecast are denied unless it is ``ok``.
    """

    state: str = "none"
    problem: str = ""
    source: ForecastSource | None = None
    at_ns: Nanoseconds = 0
    next_ns: Nanoseconds = 0
    """When the next one is due if the exchange's clock runs at its ordinary pace."""
    elapsed_ms: float = 0.0
    markets: int = 0
    asked: int = 0
    """Markets whose candles had changed, so that they were forecast anew; the others kept what they had."""
    forecasts: int = 0
    skipped: dict[str, int] = {}
    """Markets without a forecast, by status."""
    candle_requests: int = 0
    covered: int = 0
    """Of ``judged`` steps that have ended, how many prices lay within the 10 to 90 % band."""
    judged: int = 0


class ForecastRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """One market of a series, for the query ``forecasts``: a forecast that ends by the market's close, or why
    there is none."""

    ticker: str
    forecast: Forecast | None = None
    status: SeriesStatus | None = None
    now_bp: PriceBp | None = None
    """The book's middle, where it may be read."""


class ForecastRows(msgspec.Struct, frozen=True, tag="forecast", omit_defaults=True, kw_only=True):
    """One market's forecast, whole; None where there is none. ``status`` says why; None: not asked yet."""

    forecast: Forecast | None = None
    status: SeriesStatus | None = None
