"""WHY: the last verdicts on a market or of an order, newest first; that of the cursor with every gate.

Columns go in this order when it gets narrow: strategy, text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from console.tui import numbers, roles
from console.tui.cells import Row, Span, width_of
from console.tui.desk import Desk
from console.tui.lookups import Decisions
from console.tui.panels import figures
from console.tui.panels.base import PanelState, Place, View
from console.tui.panels.labels import market_label
from console.tui.panels.model_words import arrow, tenths
from console.tui.panels.sheet import Column, Sheet, fit
from console.tui.panels.states import RETRIES, Saying, dimmed, paragraph, saying_view, with_caveat
from engine.control.protocol import DESK
from engine.domain.decision import EXIT, PASS, TAKE, DecisionRow, GateRow
from engine.domain.units import SECOND_NS

COLUMNS = (
    Column("time", "time ET", 8, is_text=True),
    Column("verdict", "what", 4, is_text=True),
    Column("code", "first no", 18, is_text=True, most=24),
    Column("strategy", "by", 18, rank=2, is_text=True, most=24),
    Column("text", "", 12, rank=1, is_text=True, most=80),
)
GATES = (
    Column("indent", "", 2, is_text=True),
    Column("passed", "", 2, is_text=True),
    Column("code", "gate", 14, is_text=True, most=26),
    Column("got", "got", 12, is_text=True, most=40),
    Column("wanted", "wanted", 12, is_text=True, most=40),
)
_AGAIN = "asked again by itself; press i on another row, or : and another code"
_INDENT = "   "
_LEAST_FOR_GATES = 96
_NOTHING = Saying(
    PanelState.EMPTY,
    "no market is loaded",
    "press Enter on a market in WATCH, or i on a position or an order to see why it was made",
)


@dataclass(frozen=True, slots=True)
class WhyPanel:
    code: ClassVar[str] = "WHY"
    name: ClassVar[str] = "why it was done or left"

    def view(self, desk: Desk, place: Place) -> View:
        found = desk.decisions.get(desk.why)
        title = f"WHY {_subject(desk)}".rstrip()
        saying = _saying(desk, found)
        if saying is not None or found is None:
            return saying_view(title, saying or _NOTHING, place.width)
        sheet = fit(COLUMNS, place.width)
        pairs = [(None, sheet.header()), *_pairs(found, sheet, place)]
        rows, keys = tuple(row for _, row in pairs), tuple(key for key, _ in pairs)
        age_s = max(0, desk.now_ns - found.fetched_ns) / SECOND_NS
        return with_caveat(
            View(title, rows, keys, age_s, header_rows=1, since_ns=found.fetched_ns), desk, DESK, place.width
        )


def _subject(desk: Desk) -> str:
    """What the verdicts are about, as people call it."""
    order = desk.replica.desk.orders.get(desk.why) or desk.replica.desk.ended.get(desk.why)
    if order is not None:
        return f"order {order.client_order_id[:8]} {market_label(desk.market(order.ticker), order.ticker)}"
    return market_label(desk.market(desk.why), desk.why) if desk.why else ""


def _saying(desk: Desk, found: Decisions | None) -> Saying | None:
    if not desk.why:
        return _NOTHING
    if found is not None:
        return None if found.rows else _none_of(desk)
    if not desk.is_attached:
        return Saying(PanelState.OFFLINE, f"no engine: {desk.lost_text}", RETRIES)
    failure = desk.failure("why", desk.why)
    if failure:
        return Saying(PanelState.ERROR, f"no decisions: {failure}", _AGAIN)
    return Saying(PanelState.LOADING, "loading the decisions", "this takes a moment; press ? for the keys")


def _none_of(desk: Desk) -> Saying:
    """Who decides is told, so that nobody waits for a strategy that is off."""
    stages = () if desk.status is None else desk.status.strategies
    told = ", ".join(f"{row.name} {row.stage.upper()}" for row in stages) or "no strategy is installed"
    if any(row.stage != "off" for row in stages):
        advice = f"{told}; it decides on a market after each scan: press S for the scan"
    else:
        advice = f"{told}; type sparko strategies in a shell to switch one to shadow or money"
    return Saying(PanelState.EMPTY, "no strategy has decided on this", advice)


def _pairs(found: Decisions, sheet: Sheet, place: Place) -> Iterator[tuple[str | None, Row]]:
    ids = [row.decision_id for row in found.rows]
    opened = place.cursor if place.cursor in ids else ids[0]
    for decision in found.rows:
        yield decision.decision_id, sheet.line(_cells(decision))
        if decision.decision_id == opened:
            for row in _numbers_of(decision, sheet, place.width):
                yield None, row
            for row in _gates(decision, place.width):
                yield None, row


def _cells(decision: DecisionRow) -> dict[str, Span]:
    is_take = decision.verdict == TAKE
    role = roles.TEXT if decision.verdict == PASS else roles.ACCENT
    return {
        "time": (numbers.clock(decision.at_ns), roles.LABEL),
        "verdict": (decision.verdict, role),
        "code": (decision.code or ("all passed" if is_take else ""), role),
        "strategy": (f"{decision.strategy} {decision.stage}".strip(), roles.LABEL),
        "text": (decision.text, roles.LABEL),
    }


def _numbers_of(decision: DecisionRow, sheet: Sheet, width: int) -> Iterator[Row]:
    """What it was about to do and the forecast that it was made of; what its own row had no room for and no
    gate tells."""
    said = [_order_text(decision), _forecast_text(decision)]
    if not decision.gates and width_of(decision.text) > sheet.width_of("text"):
        said.append(decision.text)
    if "strategy" not in sheet.names:
        said.insert(0, f"by {decision.strategy}, stage {decision.stage}")
    if decision.client_order_id:
        said.append(f"order {decision.client_order_id}")
    elif decision.verdict == TAKE and decision.stage.lower() == "shadow":
        said.append("in shadow: nothing was sent")
    for text in filter(None, said):
        yield from paragraph(text, roles.TEXT, width, _INDENT)


def _order_text(decision: DecisionRow) -> str:
    if decision.leg is None or not decision.count_c:
        return ""
    verb = "sell" if decision.verdict == EXIT else "buy"
    parts = [f"{verb} {numbers.contracts(decision.count_c)} {decision.leg.upper()}"]
    if decision.price_bp is not None:
        parts[0] += f" at {numbers.cents(decision.price_bp)}c"
    if decision.stake_ud:
        parts.append(f"stake ${numbers.dollars(decision.stake_ud)}")
    for word, price_bp in (("TP", decision.take_profit_bp), ("SL", decision.stop_loss_bp)):
        if price_bp is not None:
            parts.append(f"{word} {numbers.cents(price_bp)}")
    return ", ".join(parts)


def _forecast_text(decision: DecisionRow) -> str:
    if decision.forecast_bp is None:
        return decision.model
    to = f" (mean to {numbers.clock(decision.ends_s * SECOND_NS)[:5]})" if decision.ends_s else ""
    parts = [f"forecast {tenths(decision.forecast_bp)}{to}"]
    if decision.current_bp is not None:
        origin = "the book" if decision.is_from_book else "the price seen"
        parts.append(f"from {tenths(decision.current_bp)} ({origin})")
    if decision.move_bp is not None:
        parts.append(f"move {figures.price_change(decision.move_bp, 1)}{arrow(decision.move_bp).strip()}")
    if decision.confidence:
        parts.append(f"confidence {decision.confidence}")
    return ", ".join(parts) + (f"; {decision.model}" if decision.model else "")


def _gates(decision: DecisionRow, width: int) -> Iterator[Row]:
    if not decision.gates:
        return
    if width < _LEAST_FOR_GATES:
        for gate in decision.gates:
            yield from _gate_lines(gate, width)
        return
    sheet = fit(GATES, width)
    yield dimmed(sheet.header())
    for gate in decision.gates:
        yield sheet.line(_gate_cells(gate))


def _gate_lines(gate: GateRow, width: int) -> Iterator[Row]:
    """Where columns would cut the numbers short."""
    word, role = ("ok", roles.LABEL) if gate.passed else ("NO", roles.WARNING)
    numbers_told = ", ".join(
        f"{name} {text}" for name, text in (("got", gate.got), ("wanted", gate.wanted)) if text
    )
    yield from paragraph(f"{word} {gate.code}: {numbers_told}", role, width, _INDENT)


def _gate_cells(gate: GateRow) -> dict[str, Span]:
    word, role = ("ok", roles.LABEL) if gate.passed else ("NO", roles.WARNING)
    text = roles.LABEL if gate.passed else roles.TEXT
    return {
        "passed": (word, role),
        "code": (gate.code, text if gate.passed else role),
        "got": (gate.got, roles.TEXT),
        "wanted": (gate.wanted, text),
    }
