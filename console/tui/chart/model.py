"""What a price chart shows, in basis points and unix seconds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from engine.domain.units import PriceBp


class Bar(NamedTuple):
    """Prices from ``start_s`` up to, not including, ``end_s``. Bars of a chart ascend and do not overlap;
    where one starts later than the last ended, nothing is known in between."""

    start_s: int
    end_s: int
    low_bp: PriceBp
    high_bp: PriceBp
    close_bp: PriceBp


class LevelKind(StrEnum):
    """Decides a level's line and role."""

    TAKE_PROFIT = "take_profit"
    STOP_LOSS = "stop_loss"
    ENTRY = "entry"
    LAST = "last"
    """The last price: a tag without a line."""
    ORDER = "order"
    """A resting order of one's own."""
    CONDITION = "condition"


class Level(NamedTuple):
    """A price with a line over the chart and a tag at the right, such as ``TP 61.0``.

    ``note`` follows the price in the tag, such as the price of the other leg.
    """

    kind: LevelKind
    price_bp: PriceBp
    tag: str = ""
    note: str = ""


class ForecastPoint(NamedTuple):
    at_s: int
    low_bp: PriceBp
    """The 10 % quantile."""
    median_bp: PriceBp
    high_bp: PriceBp
    """The 90 % quantile."""


@dataclass(frozen=True, slots=True)
class ChartModel:
    """``start_s`` to ``end_s`` is the time that must fit; None: what bars, forecast and ``now_s`` span.

    ``points`` of the forecast ascend; the first is where it starts. ``close_s`` is when the market closes:
    ruled where it falls into the window. A column of dots covers at most ``most_bucket_s`` seconds: what then
    does not fit is left out at the left; a forecast may take a third of the width then, and what is later is
    left out at the right. ``is_forecast_old``: the band is what was last said, and is drawn so.

    ``levels`` come in order of importance: where room is short, the last tags are left out.
    """

    bars: tuple[Bar, ...] = ()
    levels: tuple[Level, ...] = ()
    points: tuple[ForecastPoint, ...] = ()
    start_s: int | None = None
    end_s: int | None = None
    now_s: int | None = None
    close_s: int | None = None
    most_bucket_s: int | None = None
    is_forecast_old: bool = False
