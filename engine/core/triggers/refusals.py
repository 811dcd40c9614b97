"""Why a condition is not taken, or not changed."""

from __future__ import annotations

from engine.core.denial import Denial, DenyCode
from engine.core.desk import Desk
from engine.core.triggers.condition_record import ConditionRecord
from engine.core.triggers.sight import Value, number
from engine.core.triggers.validity import ORDER_SUFFIX, unfit_id, unfit_terms
from engine.domain.command import AddCondition
from engine.domain.trigger import ConditionTerms
from engine.domain.trigger_text import text_of_trigger


def live_conditions(desk: Desk) -> list[ConditionRecord]:
    """Armed and disabled ones, oldest first."""
    return [record for record in desk.money.conditions.values() if record.is_live]


def unfit_condition(desk: Desk, body: AddCondition) -> Denial | None:
    name, most, conditions = body.condition_id, desk.settings.most_conditions, desk.money.conditions
    refused = unfit_id(name)
    if refused is not None:
        return refused
    if name in conditions or name + ORDER_SUFFIX in desk.money.orders:
        text = f"condition_id: {name} was used before; an id names one condition for ever"
        return Denial(DenyCode.ID_USED, text)
    if len(live_conditions(desk)) >= most:
        text = f"conditions: {most} are armed or disabled, which is the most; remove one first"
        return Denial(DenyCode.TOO_MANY_CONDITIONS, text, {"limit": most})
    refused = unfit_terms(desk, body.terms)
    for other in body.terms.cancels:
        if refused is None:
            record = conditions.get(other)
            refused = not_found(other) if record is None else None if record.is_live else over(record)
    return refused


def already_true(terms: ConditionTerms, value: Value) -> Denial:
    text = f"trigger: {text_of_trigger(terms.trigger)} is so already; say now to mean it"
    return Denial(DenyCode.ALREADY_TRUE, text, {"value": number(value), "level": terms.trigger.level})


def not_found(name: str) -> Denial:
    return Denial(DenyCode.CONDITION_NOT_FOUND, f"condition: got {name[:80]}, which is none of this engine")


def over(record: ConditionRecord) -> Denial:
    text = f"condition {record.condition_id}: is {record.state} already"
    return Denial(DenyCode.CONDITION_ENDED, text, {"state": record.state.value})
