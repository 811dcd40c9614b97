"""SCAN: the last scan of the forecaster: what it asked, what came of it, how well its bands did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from console.tui import numbers, roles
from console.tui.desk import Desk
from console.tui.panels import figures
from console.tui.panels.base import PanelState, Place, View
from console.tui.panels.model_words import (
    DOWN,
    LATE,
    NONE,
    OK,
    STATE_ROLES,
    age_text,
    hit_text,
    status_text,
)
from console.tui.panels.named import Named, named_rows
from console.tui.panels.states import Saying, saying_view, waiting, with_caveat
from engine.control.protocol import DESK
from engine.control.rows.forecasts import ScanRow
from engine.domain.forecast import ForecastSource, SeriesStatus
from engine.domain.units import SECOND_NS

_NO_SCAN = Saying(
    PanelState.EMPTY,
    "no scan has been made since the engine started",
    "wait a moment: the first comes within seconds; sparko config shows whether scans are on",
)
_WORDS = {
    OK: "ok",
    LATE: "LATE: forecasts are older than they may be",
    DOWN: "DOWN: nothing is forecast anew",
}
_ENTRIES = "entries that need a forecast are denied; exits and your own orders go on"


@dataclass(frozen=True, slots=True)
class ScanPanel:
    code: ClassVar[str] = "SCAN"
    name: ClassVar[str] = "the forecaster's last scan"

    def view(self, desk: Desk, place: Place) -> View:
        scan = desk.replica.scan
        saying = waiting(desk, DESK, "the scan") or (_NO_SCAN if scan.state == NONE else None)
        age_s = max(0, desk.now_ns - scan.at_ns) / SECOND_NS if scan.at_ns else desk.age_s(DESK)
        if saying is not None:
            return saying_view("SCAN", saying, place.width, desk.age_s(DESK))
        rows = named_rows(_lines(desk, scan), place.width)
        title = "SCAN" if scan.state == OK else f"SCAN {scan.state.upper()}"
        return with_caveat(View(title, rows, (None,) * len(rows), age_s), desk, DESK, place.width)


def forecaster_lines(desk: Desk) -> Iterator[Named]:
    """The forecaster in a line, as ENG tells it."""
    scan = desk.replica.scan
    if scan.state == NONE:
        yield Named("forecaster", "no scan yet", roles.LABEL)
        return
    label = "" if scan.source is None else f", {scan.source.label}"
    when = f", scan {age_text(desk.now_ns - scan.at_ns)} ago" if scan.at_ns else ""
    problem = f": {scan.problem}" if scan.problem else ""
    yield Named("forecaster", f"{scan.state}{label}{when}{problem}", _role(scan))


def _lines(desk: Desk, scan: ScanRow) -> Iterator[Named]:
    problem = f"; {scan.problem}" if scan.problem else ""
    yield Named("state", _WORDS.get(scan.state, scan.state) + problem, _role(scan))
    if scan.state != OK:
        yield Named("so", _ENTRIES, roles.WARNING)
    yield _made_by(scan.source)
    at = f"{numbers.clock(scan.at_ns)} ET" if scan.at_ns else figures.UNKNOWN
    yield Named("at", f"{at}, took {_elapsed(scan.elapsed_ms)}")
    if scan.next_ns:
        yield Named("next", f"in {numbers.countdown(scan.next_ns - desk.now_ns)}")
    yield Named("markets", f"{scan.markets:,} looked at, {scan.forecasts:,} have a forecast")
    yield Named("asked anew", f"{scan.asked:,}; the others had no new candle and keep theirs")
    yield Named("candles", f"{scan.candle_requests:,} requests to the exchange")
    yield from _skipped(scan)
    yield Named("band held", hit_text(scan), _hit_role(scan))


def _made_by(source: ForecastSource | None) -> Named:
    if source is None:
        return Named("made by", figures.UNKNOWN, roles.LABEL)
    if source.is_baseline:
        return Named("made by", f"{source.label}: a rule of thumb, no trained model")
    if not source.is_pinned:
        return Named("made by", f"{source.label}: weights that weights.lock does not name", roles.WARNING)
    return Named("made by", source.label)


def _skipped(scan: ScanRow) -> Iterator[Named]:
    """The most frequent first."""
    if not scan.skipped:
        yield Named("skipped", "none")
        return
    yield Named("skipped", f"{sum(scan.skipped.values()):,}, of which")
    for name, count in sorted(scan.skipped.items(), key=lambda item: (-item[1], item[0])):
        yield Named(f"  {count:,}", _reason(name), roles.LABEL)


def _reason(name: str) -> str:
    """A status in words; one that this console does not know, as the engine said it."""
    try:
        return status_text(SeriesStatus(name))
    except ValueError:
        return name.replace("_", " ")


def _elapsed(elapsed_ms: float) -> str:
    return f"{elapsed_ms:.0f} ms" if elapsed_ms < 10_000 else f"{elapsed_ms / 1_000:.1f} s"


def _role(scan: ScanRow) -> str:
    return STATE_ROLES.get(scan.state, roles.WARNING)


def _hit_role(scan: ScanRow) -> str:
    return roles.TEXT if scan.judged else roles.LABEL
