"""Facts of orders that wait for a price, a time or a key: conditions and load slots."""

from __future__ import annotations

import msgspec

from engine.core.facts.fact import Fact
from engine.domain.trigger import ConditionState, ConditionTerms, Ticket
from engine.domain.units import Nanoseconds


class ConditionSet(Fact, frozen=True, tag="condition_set"):
    """A condition is watched from now on. It ends with its market, at ``closes_ns`` as far as is known.

    ``is_primed``: the other side of its level was seen, or was not asked for.
    """

    condition_id: str
    terms: ConditionTerms
    closes_ns: Nanoseconds
    is_primed: bool
    at: Nanoseconds


class ConditionMoved(Fact, frozen=True, tag="condition_moved"):
    """What became of a condition. FIRED names its order, or in ``cause`` why there is none; ``numbers`` are
    what was looked at then: the value, the level, the book."""

    condition_id: str
    state: ConditionState
    at: Nanoseconds
    is_primed: bool = False
    client_order_id: str = ""
    cause: str = ""
    numbers: dict[str, int | str] = msgspec.field(default_factory=dict)


class LoadSet(Fact, frozen=True, tag="load_set"):
    """A slot holds a ticket from now on; None: it is empty, for ``cause``."""

    slot: int
    ticket: Ticket | None
    at: Nanoseconds
    expires_ns: Nanoseconds | None = None
    cause: str = ""


class LoadFired(Fact, frozen=True, tag="load_fired"):
    """A slot's ticket became an order, and the slot is empty."""

    slot: int
    client_order_id: str
    at: Nanoseconds
