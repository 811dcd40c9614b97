"""The forecast of the loaded market on the chart: its band, and the line that says what made it and when."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from console.tui import numbers, roles
from console.tui.cells import Row
from console.tui.chart.model import Bar, ForecastPoint
from console.tui.chart.trace import between
from console.tui.desk import Desk
from console.tui.panels import figures
from console.tui.panels.event_head import joined
from console.tui.panels.model_words import (
    DOWN,
    LATE,
    NONE,
    age_text,
    band_text,
    is_current,
    status_text,
    tenths,
)
from engine.control.protocol import forecast_topic
from engine.domain.forecast import Forecast
from engine.domain.market import MarketStatus
from engine.domain.units import SECOND_NS, PriceBp

_STEPS_BEHIND = 5
"""So many steps may have passed since the last price that a forecast saw before that is told."""


class Shown(NamedTuple):
    """``points`` of the band, none where nothing is to be drawn; ``is_old``: drawn as what was last said."""

    points: tuple[ForecastPoint, ...] = ()
    is_old: bool = False


def shown_forecast(desk: Desk, bars: Sequence[Bar], close_s: int | None) -> Shown:
    """That of the loaded market up to its close; one whose whole time has passed is not drawn."""
    forecast = desk.replica.forecasts.get(desk.loaded)
    if forecast is None or not _is_open(desk):
        return Shown()
    seen_bp = forecast.last_bp
    from_bp = price_at(bars, forecast.context_end_s) if seen_bp is None else seen_bp
    points = points_of(forecast, from_bp, close_s)
    if len(points) < 2 or points[-1].at_s * SECOND_NS <= desk.now_ns:
        return Shown()
    return Shown(points, not _is_fresh(desk))


def price_at(bars: Sequence[Bar], at_s: int) -> PriceBp | None:
    """The last close at or before a time: where a band opens."""
    return next((bar.close_bp for bar in reversed(bars) if bar.end_s <= at_s), None)


def points_of(forecast: Forecast, from_bp: PriceBp | None, close_s: int | None) -> tuple[ForecastPoint, ...]:
    """The end of each step, after the price from which it starts; nothing lies after the close. A step that
    the close cuts ends there, on the straight line."""
    points = []
    if from_bp is not None:
        points.append(ForecastPoint(forecast.context_end_s, from_bp, from_bp, from_bp))
    for step in range(forecast.horizon):
        low_bp, high_bp = forecast.band_bp(step)
        points.append(ForecastPoint(forecast.end_s(step), low_bp, forecast.median_bp(step), high_bp))
    return tuple(points) if close_s is None else _until(points, close_s)


def _until(points: Sequence[ForecastPoint], close_s: int) -> tuple[ForecastPoint, ...]:
    kept = [point for point in points if point.at_s <= close_s]
    cut = next((pair for pair in pairwise(points) if pair[0].at_s < close_s < pair[1].at_s), None)
    return (*kept, between(*cut, close_s)) if cut is not None else tuple(kept)


def legend(desk: Desk, shown: Shown, width: int) -> Row | None:
    """What made the band and when; why there is none or why it is old. None where no forecaster is known or
    the market does not trade."""
    scan, forecast = desk.replica.scan, desk.replica.forecasts.get(desk.loaded)
    if not _is_open(desk):
        return None
    if forecast is None:
        return _without(desk, width)
    age = age_text(forecast.age_ns(desk.now_ns))
    made: Row = ((forecast.source.label, roles.WARNING if _is_doubtful(forecast) else roles.TEXT),)
    if not shown.points:
        return joined((made, ((f"made {age} ago, over", roles.LABEL),)), width, "  ")
    end = shown.points[-1]
    at = numbers.clock(end.at_s * SECOND_NS)[:5]
    values: Row = (
        (f"{at} ", roles.LABEL),
        (tenths(end.median_bp), roles.TEXT),
        (f" [{band_text(end.low_bp, end.high_bp)}]", roles.LABEL),
    )
    if not shown.is_old:
        return joined((made, _ages(desk, forecast, age), values), width, "  ")
    old: Row = ((f"{figures.OLD}{age} {_state_word(desk)}", roles.WARNING),)
    problem: Row = ((scan.problem if scan.state in (LATE, DOWN) else "", roles.LABEL),)
    return joined((old, ((forecast.source.label, roles.STALE),), values, problem), width, "  ")


def _ages(desk: Desk, forecast: Forecast, age: str) -> Row:
    """When it was made, and where the prices that it saw end if that is long before."""
    behind_s = desk.now_ns // SECOND_NS - forecast.context_end_s
    if behind_s <= _STEPS_BEHIND * forecast.step_s:
        return ((age, roles.LABEL),)
    return ((age, roles.LABEL), (f" from prices up to {age_text(behind_s * SECOND_NS)} ago", roles.WARNING))


def _without(desk: Desk, width: int) -> Row | None:
    scan, status = desk.replica.scan, desk.replica.forecast_statuses.get(desk.loaded)
    if scan.state == NONE:
        return None
    if scan.state in (LATE, DOWN):
        said = ": ".join(part for part in (_state_word(desk), scan.problem) if part)
        return joined((((f"no forecast: {said}", roles.WARNING),),), width)
    label = "" if scan.source is None else f" ({scan.source.label})"
    why = "not asked for yet" if status is None else status_text(status)
    return joined((((f"no forecast{label}: {why}", roles.LABEL),),), width)


def _state_word(desk: Desk) -> str:
    state = desk.replica.scan.state
    return f"FORECASTER {state.upper()}" if state in (LATE, DOWN) else "OLD"


def _is_open(desk: Desk) -> bool:
    market = desk.market(desk.loaded)
    return market is None or market.status is MarketStatus.ACTIVE


def _is_fresh(desk: Desk) -> bool:
    return is_current(desk) and not desk.is_stale(forecast_topic(desk.loaded))


def _is_doubtful(forecast: Forecast) -> bool:
    """Weights that nobody pinned."""
    return not forecast.source.is_baseline and not forecast.source.is_pinned
