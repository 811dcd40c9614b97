"""Rows of conditions and loaded tickets, made of the engine's money state."""

from __future__ import annotations

from collections.abc import Iterable

from engine.control.rows.orders import ConditionRow, LoadRow
from engine.core.money import MoneyState
from engine.core.row import Row
from engine.core.triggers.condition_record import ConditionRecord
from engine.core.triggers.conditions import UNSEEN
from engine.core.triggers.load_record import LoadRecord
from engine.domain.order import Leg
from engine.domain.trigger import ConditionState, ConditionTerms, Crossing, Source, Ticket, Trigger

_LONGEST_CAUSE = 160
_GONE = ConditionTerms(Trigger(Source.TIME, Crossing.AT_OR_ABOVE, 0), Ticket("", Leg.YES, True, 0, 0))
"""The terms of a row that only says that its condition has left."""


def condition_row(record: ConditionRecord) -> ConditionRow:
    waits = record.state is ConditionState.ARMED and not record.is_primed
    return ConditionRow(
        condition_id=record.condition_id,
        terms=record.terms,
        state=record.state,
        created_ns=record.created_at,
        ended_ns=record.ended_at,
        client_order_id=record.client_order_id,
        cause=UNSEEN if waits else record.cause[:_LONGEST_CAUSE],
    )


def load_row(record: LoadRecord) -> LoadRow:
    return LoadRow(slot=record.slot, ticket=record.ticket, expires_ns=record.expires_ns)


def moved_conditions(rows: Iterable[Row]) -> tuple[ConditionRow, ...]:
    """The last row of each condition that a step touched."""
    moved: dict[str, ConditionRow] = {}
    for row in rows:
        if row.kind == "condition":
            moved[row.key] = _gone(row.key) if row.value is None else condition_row(row.value)
    return tuple(moved.values())


def moved_loads(rows: Iterable[Row]) -> tuple[LoadRow, ...]:
    moved: dict[str, LoadRow] = {}
    for row in rows:
        if row.kind == "load":
            moved[row.key] = LoadRow(slot=int(row.key)) if row.value is None else load_row(row.value)
    return tuple(moved.values())


def shown_conditions(money: MoneyState, ended: int) -> tuple[ConditionRow, ...]:
    """All that are armed or disabled, and the newest of those that ended, at most so many; oldest first."""
    over = [name for name, record in money.conditions.items() if not record.is_live]
    left_out = frozenset(over[: max(0, len(over) - ended)])
    return tuple(condition_row(r) for name, r in money.conditions.items() if name not in left_out)


def all_loads(money: MoneyState) -> tuple[LoadRow, ...]:
    """By slot."""
    return tuple(load_row(money.loads[slot]) for slot in sorted(money.loads))


def _gone(condition_id: str) -> ConditionRow:
    return ConditionRow(condition_id=condition_id, terms=_GONE, state=ConditionState.REMOVED, created_ns=0)
