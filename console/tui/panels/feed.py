"""FEED: where what the engine knows comes from: the exchange's stream and the sources of the collectors.

Columns go in this order when it gets narrow: dropped, restarts, rate. What is not well says why in a line
under it, and in full under the cursor.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from console.tui import numbers, roles
from console.tui.cells import Row, clip
from console.tui.desk import Desk
from console.tui.panels import figures
from console.tui.panels.base import PanelState, Place, View
from console.tui.panels.sheet import Column, Sheet, fit
from console.tui.panels.states import Saying, paragraph, saying_view, waiting, with_caveat
from engine.control.protocol import DESK
from engine.control.rows.outside import SourceRow
from engine.control.rows.status import FeedRow, StatusRow
from engine.domain.units import SECOND_NS

COLUMNS = (
    Column("name", "source", 14, is_text=True, most=32),
    Column("state", "state", 5, is_text=True),
    Column("age", "age", 5),
    Column("rate", "per s", 7, rank=1),
    Column("restarts", "anew", 5, rank=2),
    Column("dropped", "dropped", 8, rank=3),
)
_ROLES = {
    "live": roles.TEXT,
    "stale": roles.WARNING,
    "down": roles.URGENT,
    "lost": roles.URGENT,
    "off": roles.LABEL,
}
_UNTOLD = Saying(PanelState.LOADING, "the engine has not told its state yet", "wait a moment; q leaves")
_NO_COLLECTOR = (
    "No collector runs beside the engine. [collectors.spot] in the home's config.toml has the prices of "
    "bitcoin and ether collected; weather, index, tsa and news are others, candles the past of whole series. "
    "The engine reads it at its start."
)
_SIM = "On SIM the markets are simulated; what collectors tell of the real world does not move them."
_SO = "Strategies that need a source that is not live enter nothing, and conditions on spot wait for it."


@dataclass(frozen=True, slots=True)
class FeedPanel:
    code: ClassVar[str] = "FEED"
    name: ClassVar[str] = "feeds and their ages"

    def view(self, desk: Desk, place: Place) -> View:
        status = desk.status
        saying = waiting(desk, DESK, "the feeds") or (_UNTOLD if status is None else None)
        if saying is not None or status is None:
            return saying_view("FEED", saying or _UNTOLD, place.width, desk.age_s(DESK))
        sheet = fit(COLUMNS, place.width)
        pairs = [(None, sheet.header()), *_pairs(status, sheet, place)]
        states = [*(feed.state for feed in status.feeds), *(source.state for source in status.sources)]
        ill = sum(map(_is_ill, states))
        title = f"FEED {ill} not live" if ill else "FEED"
        rows, keys = tuple(row for _, row in pairs), tuple(key for key, _ in pairs)
        view = View(title, rows, keys, desk.engine_age_s, header_rows=1)
        return with_caveat(view, desk, DESK, place.width)


def _pairs(status: StatusRow, sheet: Sheet, place: Place) -> Iterator[tuple[str | None, Row]]:
    for feed in status.feeds:
        yield feed.name, sheet.line(_common(feed))
    for source in status.sources:
        yield source.name, sheet.line(_common(source) | _counts(source))
        for row in _note(source, place.width, is_whole=source.name == place.cursor):
            yield None, row
    for text, role in _remarks(status):
        for row in paragraph(text, role, place.width):
            yield None, row


def _note(source: SourceRow, width: int, *, is_whole: bool) -> tuple[Row, ...]:
    rows = paragraph(source.note, _ROLES.get(source.state, roles.WARNING), width, "   ")
    if is_whole or len(rows) < 2:
        return rows
    return (((clip(f"   {source.note}", width), rows[0][0][1]),),)


def _remarks(status: StatusRow) -> Iterator[tuple[str, str]]:
    if not status.sources:
        yield _NO_COLLECTOR, roles.LABEL
        return
    if any(_is_ill(source.state) for source in status.sources):
        yield _SO, roles.WARNING
    if status.venue == "sandbox":
        yield _SIM, roles.LABEL


def _common(feed: FeedRow | SourceRow) -> dict[str, tuple[str, str]]:
    role = _ROLES.get(feed.state, roles.WARNING)
    age = figures.UNKNOWN if feed.age_ns is None else numbers.age(feed.age_ns / SECOND_NS)
    return {
        "name": (feed.name, roles.TEXT if feed.state != "off" else roles.LABEL),
        "state": (feed.state.upper(), role),
        "age": (age, role),
    }


def _counts(source: SourceRow) -> dict[str, tuple[str, str]]:
    return {
        "rate": (_rate_text(source.rate), roles.TEXT if source.rate else roles.LABEL),
        "restarts": (f"{source.restarts}", roles.WARNING if source.restarts else roles.LABEL),
        "dropped": (f"{source.dropped:,}", roles.WARNING if source.dropped else roles.LABEL),
    }


def _rate_text(rate: float | None) -> str:
    """What is asked seldom had nothing in the last minute: ``0``, and no 0.00 that may be anything."""
    if rate is None:
        return figures.UNKNOWN
    return "0" if rate == 0 else "<0.01" if rate < 0.005 else f"{rate:,.2f}"


def _is_ill(state: str) -> bool:
    return state not in ("live", "off")
