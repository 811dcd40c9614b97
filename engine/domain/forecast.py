"""Forecasts of prices as every part of the house holds them: deciles, who made them, and from what."""

from __future__ import annotations

from enum import Enum

import msgspec

from engine.domain.units import CONTRACT_BP, Nanoseconds, PriceBp, complement

DECILES = (10, 20, 30, 40, 50, 60, 70, 80, 90)
"""The levels of every forecast, in percent: those that TimesFM 2.5 is trained on."""
MEDIAN = DECILES.index(50)
LOWEST_BP: PriceBp = 1
HIGHEST_BP: PriceBp = CONTRACT_BP - 1
"""No quantile of a price leaves (0, 1): a market that trades is not decided."""


class SeriesStatus(Enum):
    """What became of one series of a request. Only ``OK`` and ``FILLED`` have a forecast."""

    OK = "ok"
    FILLED = "filled"
    """Gaps inside were interpolated or the last price was held; the count says how many."""
    TOO_SHORT = "too_short"
    EMPTY = "empty"
    ALL_MISSING = "all_missing"
    CONSTANT = "constant"
    """Every price is the same: a band would have no width, so none is given."""
    NOT_FINITE = "not_finite"
    OUT_OF_RANGE = "out_of_range"
    UNREADABLE = "unreadable"
    FAILED = "failed"
    """The model gave something that is no number."""

    @property
    def has_forecast(self) -> bool:
        return self in (SeriesStatus.OK, SeriesStatus.FILLED)


class ForecastSource(msgspec.Struct, frozen=True):
    """Who made a forecast. A baseline has no weights; they are pinned if ``weights.lock`` names them."""

    model: str
    is_baseline: bool
    weights_sha256: str | None = None
    is_pinned: bool = False

    @property
    def label(self) -> str:
        """As it stands beside every forecast: ``BASELINE ewma``, ``timesfm-2.5 3f2a91c0``, or UNPINNED."""
        if self.is_baseline:
            return f"BASELINE {self.model}"
        name = f"{self.model} {(self.weights_sha256 or '')[:8]}".rstrip()
        return name if self.is_pinned else f"{name} UNPINNED"


class Forecast(msgspec.Struct, frozen=True):
    """The YES price of one market over the steps to come, in deciles that never cross.

    ``deciles_bp[step]`` has nine prices in 1..9,999, lowest first. ``context_end_s`` is the end of the last
    candle it saw (unix seconds), ``step_s`` the length of a step, ``filled`` how many prices were filled in.
    """

    ticker: str
    source: ForecastSource
    made_at_ns: Nanoseconds
    context_end_s: int
    step_s: int
    deciles_bp: tuple[tuple[PriceBp, ...], ...]
    filled: int = 0
    last_bp: PriceBp | None = None
    """The last price that it saw."""

    @property
    def horizon(self) -> int:
        return len(self.deciles_bp)

    def median_bp(self, step: int) -> PriceBp:
        """``step`` counts from 0, the first period after the context."""
        return self.deciles_bp[step][MEDIAN]

    def mean_bp(self, steps: int) -> PriceBp:
        """The mean of the medians of its first ``steps`` steps, half a basis point up."""
        medians = sum(self.median_bp(step) for step in range(steps))
        return (2 * medians + steps) // (2 * steps)

    def band_bp(self, step: int) -> tuple[PriceBp, PriceBp]:
        """The 10 % and the 90 % quantile, which hold 80 % of outcomes if the model is calibrated."""
        return self.deciles_bp[step][0], self.deciles_bp[step][-1]

    def end_s(self, step: int) -> int:
        """When that step's period ends, unix seconds."""
        return self.context_end_s + (step + 1) * self.step_s

    def age_ns(self, now_ns: Nanoseconds) -> Nanoseconds:
        """How long ago it was made; never negative, whatever the clocks say."""
        return max(now_ns - self.made_at_ns, 0)

    def until(self, close_s: int) -> Forecast:
        """The same with the steps that end after the market's close cut off: a band ends at the close."""
        kept = (close_s - self.context_end_s) // self.step_s
        if kept >= self.horizon:
            return self
        return msgspec.structs.replace(self, deciles_bp=self.deciles_bp[: max(kept, 0)])

    def of_no(self) -> Forecast:
        """The NO leg: each quantile's complement in the opposite order. Nothing is forecast twice."""
        turned = tuple(tuple(complement(price) for price in reversed(step)) for step in self.deciles_bp)
        return msgspec.structs.replace(self, deciles_bp=turned)


class NoForecast(msgspec.Struct, frozen=True):
    """A market that was asked for and has none, with the reason."""

    ticker: str
    status: SeriesStatus
