"""A plan as the money state keeps it, and what its facts make of it."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import TYPE_CHECKING

import msgspec

from engine.core.row import Row
from engine.domain.order import Leg
from engine.domain.plan import PlanState, PlanTerms
from engine.domain.units import CountC, Nanoseconds, PriceBp

if TYPE_CHECKING:
    from engine.core.facts.plans import PlanMoved, PlanRetired, PlanSet


class PlanRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """The plan of a market's position, or the last one that it had. Prices are of ``leg``, the leg held.

    ``entry_bp`` is the average price from which distances count; it follows the fills of ``entry``, the order
    that brought the plan. Deadlines that run in monotonic time are kept as the exchange time at which they
    were written down and what was left then: ``set_at`` with ``grace_ns``, ``low_at`` with ``low_ns``.
    """

    ticker: str
    leg: Leg
    owner: str
    terms: PlanTerms
    count_c: CountC
    """What is guarded: the whole position."""
    entry_bp: PriceBp
    entry: str
    opened_at: Nanoseconds
    """Exchange time of the first opening fill."""
    set_at: Nanoseconds
    grace_ns: Nanoseconds = 0
    state: PlanState = PlanState.GUARDING
    is_leaving: bool = False
    """It is decided that the position ends, for ``cause``; orders follow each other until it has."""
    cause: str = ""
    text: str = ""
    best_bp: PriceBp | None = None
    """The best price seen for the size held, as far as it was written down."""
    low_at: Nanoseconds | None = None
    """When the first of the two looks of a stop found the price at it or through it."""
    low_ns: Nanoseconds = 0
    """Monotonic time left then until the second look."""
    retirement: str = ""

    @property
    def is_live(self) -> bool:
        return self.state is not PlanState.RETIRED


def plan_set(plans: MutableMapping[str, PlanRecord], change: PlanSet) -> list[Row]:
    record = plans[change.ticker] = PlanRecord(
        ticker=change.ticker,
        leg=change.leg,
        owner=change.owner,
        terms=change.terms,
        count_c=change.count_c,
        entry_bp=change.entry_bp,
        entry=change.entry,
        opened_at=change.opened_at,
        set_at=change.at,
        grace_ns=change.grace_ns,
    )
    return [Row("plan", change.ticker, record)]


def plan_moved(plans: MutableMapping[str, PlanRecord], change: PlanMoved) -> list[Row]:
    record = plans[change.ticker] = msgspec.structs.replace(
        plans[change.ticker],
        state=change.state,
        count_c=change.count_c,
        entry_bp=change.entry_bp,
        is_leaving=change.is_leaving,
        cause=change.cause,
        text=change.text,
        best_bp=change.best_bp,
        low_at=change.low_at,
        low_ns=change.low_ns,
    )
    return [Row("plan", change.ticker, record)]


def plan_retired(plans: MutableMapping[str, PlanRecord], change: PlanRetired) -> list[Row]:
    """It stays to be known: a later fill of its entry must not bring back what was dropped."""
    record = plans[change.ticker] = msgspec.structs.replace(
        plans[change.ticker],
        state=PlanState.RETIRED,
        count_c=0,
        is_leaving=False,
        text=change.text,
        low_at=None,
        low_ns=0,
        retirement=change.why.value,
    )
    return [Row("plan", change.ticker, record)]
