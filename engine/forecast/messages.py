"""The bodies of ``/forecast`` and ``/signal``. Names the predecessor had are kept; ours stand beside them."""

from __future__ import annotations

import msgspec

from engine.forecast.model import LONGEST_HORIZON
from engine.forecast.series import Asked
from engine.forecast.units import Unit

MOST_SERIES = 2_000
LONGEST_SERIES = 16_384
SIGNAL_HORIZON = 6
SIGNAL_THRESHOLD = 2.0
FORECAST_HORIZON = 10


class ForecastAsked(msgspec.Struct, frozen=True):
    series: Asked
    horizon: int
    unit: Unit


class MarketAsked(msgspec.Struct, frozen=True):
    """Prices in cents; ``prices`` None where the market could not be read, its ticker as far as it could."""

    ticker: str
    series_ticker: str = ""
    prices: list[float | None] | None = None
    current_price: float | None = None


class SignalAsked(msgspec.Struct, frozen=True):
    markets: tuple[MarketAsked, ...]
    horizon: int = SIGNAL_HORIZON
    signal_threshold: float = SIGNAL_THRESHOLD


class ForecastAnswer(msgspec.Struct, frozen=True):
    """One entry a series in every list, None where its status has no forecast. Points are medians;
    ``quantiles[series][step]`` are the deciles. ``pred_last`` is the predecessor's."""

    pred_last: list[float | None]
    points: list[list[float] | None]
    quantiles: list[list[list[float]] | None]
    statuses: list[str]
    filled: list[int]
    model: str
    weights_sha256: str | None
    is_baseline: bool
    is_pinned: bool
    elapsed_ms: float
    ok: bool = True


class PackedAnswer(msgspec.Struct, frozen=True):
    """The same without text: ``quantiles`` is little-endian float32 (series, horizon, 9), NaN where a status
    has no forecast."""

    quantiles: bytes
    horizon: int
    statuses: list[str]
    filled: list[int]
    model: str
    weights_sha256: str | None
    is_baseline: bool
    is_pinned: bool
    elapsed_ms: float
    ok: bool = True


class Signal(msgspec.Struct, frozen=True):
    """Prices in cents of YES, two decimals."""

    ticker: str
    series_ticker: str
    current_price: float
    forecast_mean: float
    forecast_next: float
    forecast_end: float
    direction: str
    side: str | None
    magnitude: float
    point_forecast: list[float]
    tp_cents: int
    sl_cents: int
    confidence: str
    quantiles: list[list[float]]
    status: str


class MarketStatus(msgspec.Struct, frozen=True):
    ticker: str
    status: str
    filled: int


class SignalAnswer(msgspec.Struct, frozen=True):
    """``statuses`` in the order of the request, one a market, signal or not."""

    signals: list[Signal]
    skipped: int
    elapsed_ms: float
    statuses: list[MarketStatus]
    model: str
    weights_sha256: str | None
    is_baseline: bool
    is_pinned: bool
    ok: bool = True


class Health(msgspec.Struct, frozen=True):
    """``model_loaded`` is the predecessor's: true only of a model with weights. ``notes`` say what is not
    computed as it should be, for example shapes without a CUDA graph."""

    ok: bool
    model_loaded: bool
    model: str
    weights_sha256: str | None
    is_baseline: bool
    is_pinned: bool
    device: str
    warm: bool
    queue: int
    max_context: int
    max_horizon: int = LONGEST_HORIZON
    notes: tuple[str, ...] = ()
