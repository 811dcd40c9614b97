"""The plan of a position while it is being written, as pure functions from key to draft.

A plan takes risk away, so it needs no arming; Enter sends what is on the surface once it was seen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from console.tui.ticket.entry_state import DEAD_NS
from engine.control.rows.account import PositionRow
from engine.control.rows.orders import PlanRow
from engine.domain.bad_text import BadText
from engine.domain.command import DropPlan, SetPlan
from engine.domain.plan import PlanTerms
from engine.domain.plan_text import parse_target, text_of_target
from engine.domain.units import MINUTE_NS, Nanoseconds, cents

Body: TypeAlias = SetPlan | DropPlan


class PlanField(StrEnum):
    """In the order in which tab goes through them."""

    TAKE_PROFIT = "TP"
    STOP_LOSS = "SL"
    DISASTER = "disaster"
    TRAILING = "trailing"
    HOLD = "time stop"


_FIELDS = tuple(PlanField)
_MAY_BE = {
    PlanField.TRAILING: re.compile(r"\d{0,2}(\.\d{0,2})?", re.ASCII),
    PlanField.HOLD: re.compile(r"\d{0,5}", re.ASCII),
}
_TARGET = re.compile(r"[+-]?\d{0,3}(\.\d{0,2})?c?", re.ASCII)
_TYPED = frozenset("0123456789+-.c")


@dataclass(frozen=True, slots=True)
class PlanDraft:
    """``texts`` are the fields as typed, in the order of :class:`PlanField`. ``is_dropping``: Enter drops the
    plan that there is."""

    position: PositionRow
    texts: tuple[str, ...] = ("",) * len(_FIELDS)
    takes: bool = False
    to_settlement: bool = False
    had_plan: bool = False
    at: PlanField = PlanField.TAKE_PROFIT
    is_dropping: bool = False
    note: str = ""
    shown_ns: Nanoseconds | None = None

    def text(self, field: PlanField) -> str:
        return self.texts[_FIELDS.index(field)]

    def terms(self) -> PlanTerms:
        """Raises BadText."""
        profit, stop = self.text(PlanField.TAKE_PROFIT), self.text(PlanField.STOP_LOSS)
        disaster = self.text(PlanField.DISASTER)
        return PlanTerms(
            take_profit=parse_target(profit, "TP") if profit else None,
            takes=self.takes,
            stop_loss=parse_target(stop, "SL") if stop else None,
            disaster=parse_target(disaster, "disaster") if disaster else None,
            trailing_bp=_distance_bp(self.text(PlanField.TRAILING)),
            hold_ns=_minutes_ns(self.text(PlanField.HOLD)),
            to_settlement=self.to_settlement,
        )


@dataclass(frozen=True, slots=True)
class PlanReply:
    """``draft`` None: the surface closes; ``body`` is to be sent."""

    draft: PlanDraft | None
    body: Body | None = None


def draft_of(position: PositionRow, plan: PlanRow | None) -> PlanDraft:
    """What guards the position now, to be changed."""
    if plan is None:
        return PlanDraft(position)
    terms = plan.terms
    texts = (
        "" if terms.take_profit is None else text_of_target(terms.take_profit),
        "" if terms.stop_loss is None else text_of_target(terms.stop_loss),
        "" if terms.disaster is None else text_of_target(terms.disaster),
        "" if terms.trailing_bp is None else cents(terms.trailing_bp),
        "" if terms.hold_ns is None else str(terms.hold_ns // MINUTE_NS),
    )
    return PlanDraft(position, texts, terms.takes, terms.to_settlement, had_plan=True)


def painted(draft: PlanDraft, mono_ns: Nanoseconds) -> PlanDraft:
    return draft if draft.shown_ns is not None else replace(draft, shown_ns=mono_ns)


def press(draft: PlanDraft, key: str, mono_ns: Nanoseconds) -> PlanReply:
    if key == "escape":
        return PlanReply(replace(draft, is_dropping=False, note="") if draft.is_dropping else None)
    if draft.shown_ns is None or mono_ns - draft.shown_ns < DEAD_NS:
        return PlanReply(draft)
    if key == "enter":
        return _entered(draft)
    return PlanReply(_edited(replace(draft, is_dropping=False, note=""), key))


def _entered(draft: PlanDraft) -> PlanReply:
    ticker = draft.position.ticker
    if draft.is_dropping:
        return PlanReply(None, DropPlan(ticker))
    try:
        terms = draft.terms()
    except BadText as error:
        return PlanReply(replace(draft, note=str(error)))
    if terms.is_empty:
        return PlanReply(replace(draft, note="nothing is set: type TP or SL, h holds to payout, d drops"))
    return PlanReply(None, SetPlan(ticker, terms))


def _edited(draft: PlanDraft, key: str) -> PlanDraft:
    match key:
        case "tab" | "down":
            return _moved(draft, 1)
        case "shift+tab" | "up":
            return _moved(draft, -1)
        case "o":
            return replace(draft, takes=not draft.takes)
        case "h":
            return replace(draft, to_settlement=not draft.to_settlement)
        case "d" if draft.had_plan:
            return replace(draft, is_dropping=True, note="Enter drops the plan; Esc keeps it")
        case "d":
            return replace(draft, note="there is no plan to drop")
        case "backspace":
            return _typed(draft, draft.text(draft.at)[:-1])
        case _ if key in _TYPED:
            return _typed(draft, draft.text(draft.at) + key)
    return replace(draft, note=f"{key} does nothing here; tab, digits, + and -, o, h, d, Enter, Esc")


def _moved(draft: PlanDraft, steps: int) -> PlanDraft:
    return replace(draft, at=_FIELDS[(_FIELDS.index(draft.at) + steps) % len(_FIELDS)])


def _typed(draft: PlanDraft, text: str) -> PlanDraft:
    if _MAY_BE.get(draft.at, _TARGET).fullmatch(text) is None:
        wanted = {PlanField.TRAILING: "cents such as 5", PlanField.HOLD: "minutes such as 90"}
        said = wanted.get(draft.at, "+20, -10, or a level such as 72 or 0.6c")
        return replace(draft, note=f"{draft.at.value}: wanted {said}")
    at = _FIELDS.index(draft.at)
    return replace(draft, texts=(*draft.texts[:at], text, *draft.texts[at + 1 :]))


def _distance_bp(text: str) -> int | None:
    """Cents, as a distance."""
    if not text:
        return None
    target = parse_target(f"+{text}c", "trailing")
    return target.bp


def _minutes_ns(text: str) -> Nanoseconds | None:
    if not text:
        return None
    if int(text) == 0:
        raise BadText("time stop", text, "minutes above 0")
    return int(text) * MINUTE_NS
