"""What a model says of a market, as cells and words: a number that may be read, one that is old, or why there
is none."""

from __future__ import annotations

from console.tui import numbers, roles
from console.tui.cells import Span
from console.tui.desk import Desk
from console.tui.panels import figures
from engine.control.rows.forecasts import ModelRow, ScanRow
from engine.control.rows.markets import MarketRow
from engine.domain.forecast import SeriesStatus
from engine.domain.market import MarketStatus
from engine.domain.order import Leg
from engine.domain.units import SECOND_NS, Nanoseconds, PriceBp

NONE, OK, LATE, DOWN = "none", "ok", "late", "down"
"""The states of a scan."""
PROVEN = "PASS"
"""The verdict from which on an edge is told as one."""
_DECIMALS = 1
"""A quantile need not lie on a grid of prices: tenths of a cent say enough."""
_SHORT = {
    SeriesStatus.TOO_SHORT: "short",
    SeriesStatus.EMPTY: "empty",
    SeriesStatus.ALL_MISSING: "gaps",
    SeriesStatus.CONSTANT: "flat",
    SeriesStatus.NOT_FINITE: "bad",
    SeriesStatus.OUT_OF_RANGE: "bad",
    SeriesStatus.UNREADABLE: "bad",
    SeriesStatus.FAILED: "failed",
}
_LONG = {
    SeriesStatus.OK: "forecast",
    SeriesStatus.FILLED: "forecast, gaps were filled",
    SeriesStatus.TOO_SHORT: "too few candles yet",
    SeriesStatus.EMPTY: "no candles",
    SeriesStatus.ALL_MISSING: "no candle has a price",
    SeriesStatus.CONSTANT: "the price never moved",
    SeriesStatus.NOT_FINITE: "a price is not a number",
    SeriesStatus.OUT_OF_RANGE: "a price outside 0 to 100",
    SeriesStatus.UNREADABLE: "prices cannot be read",
    SeriesStatus.FAILED: "the model failed on it",
}
_BANNER = {LATE: (" FCST LATE ", roles.WARNING), DOWN: (" FCST DOWN ", roles.URGENT)}
STATE_ROLES = {NONE: roles.LABEL, OK: roles.TEXT, LATE: roles.WARNING, DOWN: roles.URGENT}


def has_models(desk: Desk) -> bool:
    """Whether a forecaster was ever heard of, so that its columns are worth their room."""
    return bool(desk.replica.watch.models) or desk.replica.scan.state != NONE


def is_current(desk: Desk) -> bool:
    """Whether models may be read as of now: the engine speaks and its last scan is neither late nor down."""
    return desk.is_attached and not desk.is_silent and desk.replica.scan.state == OK


def model_of(desk: Desk, market: MarketRow) -> ModelRow | None:
    """What a model says of a market that trades; of one that does not, nothing is to come."""
    if market.status is not MarketStatus.ACTIVE:
        return None
    return desk.replica.watch.models.get(market.ticker)


def is_over(row: ModelRow, now_ns: Nanoseconds) -> bool:
    """Whether the time that it looks forward to has passed."""
    return row.end_s * SECOND_NS <= now_ns


def banner_word(scan: ScanRow) -> Span | None:
    """Told only when what should be there is not."""
    return _BANNER.get(scan.state)


def status_text(status: SeriesStatus) -> str:
    return _LONG[status]


def model_span(row: ModelRow | None, *, is_fresh: bool) -> Span:
    """The median in cents with the way it moves; a word where there is none."""
    if row is None:
        return figures.UNKNOWN, roles.LABEL
    if row.median_bp is None:
        return _SHORT.get(row.status, figures.UNKNOWN), roles.LABEL
    text = figures.price(row.median_bp, _DECIMALS) + arrow(row.move_bp)
    return (text, figures.tone(row.move_bp or 0)) if is_fresh else (figures.OLD + text, roles.STALE)


def arrow(move_bp: PriceBp | None) -> str:
    """One cell, so that numbers stay under each other."""
    if not move_bp:
        return " "
    return "▲" if move_bp > 0 else "▼"


def edge_span(row: ModelRow | None, *, is_fresh: bool) -> Span:
    """Net of fees at the side that can be bought now, with that side; the verdict while it is not proven."""
    if row is None or row.median_bp is None or row.edge_bp is None:
        return figures.UNKNOWN, roles.LABEL
    if row.verdict != PROVEN:
        return row.verdict or figures.UNKNOWN, roles.LABEL
    side = "" if row.edge_leg is None else ("Y " if row.edge_leg is Leg.YES else "N ")
    text = side + figures.price_change(row.edge_bp, _DECIMALS)
    return (text, figures.tone(row.edge_bp)) if is_fresh else (figures.OLD + text, roles.STALE)


def band_text(low_bp: PriceBp | None, high_bp: PriceBp | None) -> str:
    """``51.0-63.4``."""
    if low_bp is None or high_bp is None:
        return figures.UNKNOWN
    return f"{tenths(low_bp)}-{tenths(high_bp)}"


def tenths(price_bp: PriceBp | None) -> str:
    return figures.price(price_bp, _DECIMALS)


def age_text(span_ns: Nanoseconds) -> str:
    """In whole seconds: an age that changes eight times a second is bytes for nothing."""
    seconds = max(span_ns, 0) // SECOND_NS
    return f"{seconds}s" if seconds < 60 else numbers.age(float(seconds))


def hit_text(scan: ScanRow) -> str:
    """How often prices came to lie within the 10 to 90 % band, of which 80 % should."""
    if not scan.judged:
        return "not judged yet"
    return f"{scan.covered * 100 // scan.judged}% of {scan.judged:,} (80% wanted)"
