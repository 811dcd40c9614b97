"""A condition as the money state keeps it, and what its facts make of it."""

from __future__ import annotations

import msgspec

from engine.core.facts.prepared import ConditionMoved, ConditionSet
from engine.core.row import Row
from engine.domain.trigger import ConditionState, ConditionTerms
from engine.domain.units import Nanoseconds

LIVE = (ConditionState.ARMED, ConditionState.DISABLED)
ENDED_KEPT = 100
"""Conditions that fired, expired or were canceled, kept to be shown; the journal keeps all."""


class ConditionRecord(msgspec.Struct, frozen=True, gc=False):
    """``is_primed`` says that its next look at or through the level fires: the other side was seen since it
    was armed, or was not asked for. ``closes_ns`` is when its market closed as far as was known at first."""

    condition_id: str
    terms: ConditionTerms
    state: ConditionState
    created_at: Nanoseconds
    closes_ns: Nanoseconds
    is_primed: bool
    ended_at: Nanoseconds | None = None
    client_order_id: str = ""
    cause: str = ""
    numbers: dict[str, int | str] = {}
    """What was looked at when it fired."""

    @property
    def is_live(self) -> bool:
        return self.state in LIVE


def condition_set(conditions: dict[str, ConditionRecord], change: ConditionSet) -> list[Row]:
    record = ConditionRecord(
        change.condition_id,
        change.terms,
        ConditionState.ARMED,
        change.at,
        change.closes_ns,
        change.is_primed,
    )
    conditions[change.condition_id] = record
    return [Row("condition", change.condition_id, record)]


def condition_moved(conditions: dict[str, ConditionRecord], change: ConditionMoved) -> list[Row]:
    """A removed one leaves; of those that ended the oldest leave when there are many."""
    name = change.condition_id
    if change.state is ConditionState.REMOVED:
        del conditions[name]
        return [Row("condition", name, None)]
    record = conditions[name] = msgspec.structs.replace(
        conditions[name],
        state=change.state,
        is_primed=change.is_primed,
        ended_at=None if change.state in LIVE else change.at,
        client_order_id=change.client_order_id,
        cause=change.cause,
        numbers=change.numbers,
    )
    rows = [Row("condition", name, record)]
    return rows if record.is_live else [*rows, *_forget_oldest(conditions)]


def _forget_oldest(conditions: dict[str, ConditionRecord]) -> list[Row]:
    ended = [name for name, record in conditions.items() if not record.is_live]
    leaving = ended[: max(0, len(ended) - ENDED_KEPT)]
    for name in leaving:
        del conditions[name]
    return [Row("condition", name, None) for name in leaving]
