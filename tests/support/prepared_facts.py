"""Facts of conditions and loaded tickets in an order in which the core could have written them."""

from __future__ import annotations

import random

from engine.core.changes import Change
from engine.core.facts.prepared import ConditionMoved, ConditionSet, LoadFired, LoadSet
from engine.core.money import MoneyState
from engine.domain.order import Leg
from engine.domain.plan import PlanTerms, Target
from engine.domain.trigger import ConditionState, ConditionTerms, Crossing, Source, Ticket, Trigger

_STATES = tuple(ConditionState)


def prepared_fact(chance: random.Random, state: MoneyState, number: int, now: int) -> Change:
    """One more; ``number`` was given out once."""
    kind, names = chance.randrange(5), list(state.conditions)
    if kind < 2 and names:
        return _moved(chance, chance.choice(names), number, now)
    if kind < 3:
        trigger = Trigger(chance.choice(tuple(Source)), Crossing.AT_OR_BELOW, 4_200, key="BRTI")
        terms = ConditionTerms(trigger, _ticket(chance), chance.choice((None, now + 60)), ("another",))
        return ConditionSet(f"condition-{number}", terms, now + 900, chance.random() < 0.5, now)
    slot = chance.randint(1, 9)
    if kind < 4:
        return LoadSet(slot, chance.choice((None, _ticket(chance))), now, chance.choice((None, now + 60)))
    return LoadFired(slot, f"load-{number}", now)


def _moved(chance: random.Random, name: str, number: int, now: int) -> ConditionMoved:
    return ConditionMoved(
        name,
        chance.choice(_STATES),
        now,
        is_primed=chance.random() < 0.5,
        client_order_id=chance.choice(("", f"{name}-o")),
        cause=chance.choice(("", "COLLAR: price")),
        numbers={"value": number, "level": "42.5"},
    )


def _ticket(chance: random.Random) -> Ticket:
    plan = chance.choice((None, PlanTerms(take_profit=Target(2_000), stop_loss=Target(600, is_level=True))))
    return Ticket("KXBTCD-26AUG2117-T110000", Leg.NO, True, chance.randint(1, 900), 6_000, plan=plan)
