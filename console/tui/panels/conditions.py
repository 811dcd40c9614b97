"""COND: orders that wait for a price, an index or a time; those that are armed first, the others dimmed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from console.tui import numbers, roles
from console.tui.cells import Row, Span
from console.tui.desk import Desk
from console.tui.panels import figures
from console.tui.panels.base import PanelState, Place, View
from console.tui.panels.labels import market_label
from console.tui.panels.sheet import Column, Sheet, fit
from console.tui.panels.states import Saying, dimmed, paragraph, saying_view, waiting, with_caveat
from engine.control.condition_sight import waits_for
from engine.control.protocol import DESK
from engine.control.rows.orders import ConditionRow
from engine.domain.trigger import ConditionState
from engine.domain.trigger_text import text_of_ticket, text_of_trigger
from engine.domain.units import SECOND_NS, Nanoseconds

COLUMNS = (
    Column("state", "state", 8, is_text=True),
    Column("when", "when", 12, is_text=True, most=28),
    Column("do", "then", 16, is_text=True, most=26),
    Column("market", "market", 12, rank=1, is_text=True, most=34),
    Column("expiry", "expires", 7, rank=2),
    Column("id", "id", 8, rank=3, is_text=True, most=16),
)
_EMPTY = Saying(
    PanelState.EMPTY,
    "no conditional orders",
    "press Y or N, then Enter and i: the ticket waits for what you type; in a shell: sparko cond add --help",
)
_ROLES = {
    ConditionState.ARMED: roles.ACCENT,
    ConditionState.FIRED: roles.OWN,
    ConditionState.DISABLED: roles.LABEL,
}
_LIVE = (ConditionState.ARMED, ConditionState.DISABLED)


@dataclass(frozen=True, slots=True)
class ConditionsPanel:
    code: ClassVar[str] = "COND"
    name: ClassVar[str] = "conditional orders"

    def view(self, desk: Desk, place: Place) -> View:
        conditions = desk.replica.desk.conditions
        saying = waiting(desk, DESK, "conditional orders") or (None if conditions else _EMPTY)
        if saying is not None:
            return saying_view("COND", saying, place.width, desk.age_s(DESK))
        armed = sum(row.state is ConditionState.ARMED for row in conditions.values())
        sheet = fit(COLUMNS, place.width)
        pairs = [(None, sheet.header()), *_pairs(desk, sheet, place.width)]
        rows, keys = tuple(row for _, row in pairs), tuple(key for key, _ in pairs)
        waits = sum(_waits(desk, row) != "" for row in conditions.values())
        title = f"COND {armed} armed" + (f", {waits} blind" if waits else "")
        view = View(title, rows, keys, desk.age_s(DESK), header_rows=1, topic=DESK)
        return with_caveat(view, desk, DESK, place.width)


def _pairs(desk: Desk, sheet: Sheet, width: int) -> Iterator[tuple[str | None, Row]]:
    for row in sorted(desk.replica.desk.conditions.values(), key=_order):
        line = sheet.line(_cells(desk, row))
        yield row.condition_id, line if row.state in _LIVE else dimmed(line)
        if "market" not in sheet.names:
            ticker = row.terms.ticket.ticker
            label = market_label(desk.market(ticker), ticker)
            for note in paragraph(label, roles.LABEL, width, "  ┆ "):
                yield None, note
        if row.cause and row.state is not ConditionState.ARMED:
            for note in paragraph(row.cause, roles.LABEL, width, "  ┆ "):
                yield None, note
        for note in paragraph(_waits(desk, row), roles.WARNING, width, "  ┆ "):
            yield None, note


def _waits(desk: Desk, row: ConditionRow) -> str:
    """Why it cannot fire although its engine is there; empty while it may."""
    if not desk.is_attached or desk.is_silent:
        return ""
    return waits_for(desk.replica, row, desk.now_ns, desk.wall_ns, _age)


def _age(age_ns: Nanoseconds) -> str:
    return numbers.age(numbers.stepped(age_ns / SECOND_NS))


def _order(row: ConditionRow) -> tuple[bool, int, str]:
    """Live ones first in the order they were made, then the ended, newest first."""
    is_live = row.state in _LIVE
    when = row.created_ns if is_live else -(row.ended_ns or row.created_ns)
    return not is_live, when, row.condition_id


def _cells(desk: Desk, row: ConditionRow) -> dict[str, Span]:
    terms = row.terms
    expiry = figures.UNKNOWN
    if terms.expires_ns is not None and row.state in _LIVE:
        expiry = numbers.countdown(terms.expires_ns - desk.now_ns)
    ticker = terms.ticket.ticker
    return {
        "state": (row.state.upper(), _ROLES.get(row.state, roles.TEXT)),
        "when": (text_of_trigger(terms.trigger), roles.TEXT),
        "do": (text_of_ticket(terms.ticket), roles.TEXT),
        "market": (market_label(desk.market(ticker), ticker), roles.TEXT),
        "expiry": (expiry, roles.LABEL),
        "id": (row.condition_id, roles.LABEL),
    }
