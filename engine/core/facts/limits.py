"""Facts of limits and of breakers."""

from __future__ import annotations

from engine.core.breaker_record import BreakerCause
from engine.core.facts.fact import Fact
from engine.domain.units import Nanoseconds


class LimitSet(Fact, frozen=True, tag="limit_set"):
    """A limit of the risk gate, in its unit, from now on; whoever waited for a raise of it waits no more."""

    name: str
    value: int
    who: str
    reason: str
    at: Nanoseconds


class LimitRaiseAsked(Fact, frozen=True, tag="limit_raise_asked"):
    """A higher limit is wanted and acts ``wait_ns`` from now, if nobody asks for another one before."""

    name: str
    value: int
    who: str
    reason: str
    at: Nanoseconds
    wait_ns: Nanoseconds


class LimitsConfigured(Fact, frozen=True, tag="limits_configured"):
    """The limits that the configuration names, by name and in their units: what a later one is compared
    with."""

    values: dict[str, int]
    at: Nanoseconds


class BreakerTripped(Fact, frozen=True, tag="breaker_tripped"):
    """No entries from now on, for this cause. ``wait_ns`` from now it tries by itself; None: it waits for a
    resume. ``times`` counts how often in a row it opened."""

    cause: BreakerCause
    text: str
    at: Nanoseconds
    wait_ns: Nanoseconds | None = None
    times: int = 1


class BreakerReset(Fact, frozen=True, tag="breaker_reset"):
    """A breaker is closed again: by itself (``who`` engine), or by a person's resume."""

    cause: BreakerCause
    who: str
    reason: str
    at: Nanoseconds


class StreakCounted(Fact, frozen=True, tag="streak_counted"):
    """How many orders in a row the exchange refused, and how many were without an answer, from now on."""

    rejects: int
    unknowns: int
    at: Nanoseconds
