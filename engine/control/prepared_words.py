"""What a line of the log says of conditions and loaded tickets."""

from __future__ import annotations

from typing import TypeAlias

from engine.core.facts.prepared import ConditionMoved, ConditionSet, LoadFired, LoadSet
from engine.core.money import MoneyState
from engine.domain.trigger import ConditionState, ConditionTerms
from engine.domain.trigger_text import text_of_ticket, text_of_trigger

Prepared: TypeAlias = ConditionSet | ConditionMoved | LoadSet | LoadFired
_TOLD_BY_ALERT = (ConditionState.FIRED, ConditionState.EXPIRED)
_EXPIRED = "expired"


def prepared_words(change: Prepared, money: MoneyState) -> tuple[str, str, str] | None:
    """Code, text and market; None for what an alert tells, or nobody wants to know."""
    match change:
        case ConditionSet():
            text = f"{change.condition_id} armed: {condition_words(change.terms)}"
            return "COND", text, change.terms.ticket.ticker
        case ConditionMoved():
            return _moved(change, money)
        case LoadSet():
            return _loaded(change)
        case LoadFired():
            return "LOAD", f"load {change.slot} fired: {change.client_order_id}", ""


def condition_words(terms: ConditionTerms) -> str:
    """``yes_bid<=42: buy no 10 @ 60``."""
    return f"{text_of_trigger(terms.trigger)}: {text_of_ticket(terms.ticket)}"


def _loaded(change: LoadSet) -> tuple[str, str, str] | None:
    ticket = change.ticket
    if ticket is not None:
        return "LOAD", f"load {change.slot} holds {text_of_ticket(ticket)}", ticket.ticker
    if change.cause == _EXPIRED:
        return None
    return "LOAD", f"load {change.slot} is empty: {change.cause}", ""


def _moved(change: ConditionMoved, money: MoneyState) -> tuple[str, str, str] | None:
    is_first_sight = change.state is ConditionState.ARMED and change.is_primed
    if change.state in _TOLD_BY_ALERT or is_first_sight:
        return None
    record = money.conditions.get(change.condition_id)
    cause = f": {change.cause}" if change.cause else ""
    text = f"{change.condition_id} {change.state}{cause}"
    return "COND", text, "" if record is None else record.terms.ticket.ticker
