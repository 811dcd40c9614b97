"""Orders prepared for later: by a condition that the engine watches, or by a key that a person presses."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from engine.domain.order import Leg, TimeInForce
from engine.domain.plan import PlanTerms
from engine.domain.units import CountC, Nanoseconds, PriceBp


class Source(StrEnum):
    """What a condition looks at. Prices are of the trigger's leg, in basis points; SPOT is an index value in
    hundredths of its unit; TIME is exchange time in nanoseconds; FORECAST a quantile of the leg's price."""

    BID = "bid"
    ASK = "ask"
    LAST = "last"
    MID = "mid"
    SPOT = "spot"
    FORECAST = "forecast"
    TIME = "time"


class Crossing(StrEnum):
    AT_OR_BELOW = "<="
    AT_OR_ABOVE = ">="


class Trigger(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """``source`` of ``ticker`` (empty: of the order's market) crosses ``level``.

    ``key`` names the index of SPOT, or the quantile of FORECAST in thousandths (``"100"``).
    """

    source: Source
    crossing: Crossing
    level: int
    leg: Leg = Leg.YES
    ticker: str = ""
    key: str = ""


class Ticket(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """An order as a person reviewed it, in prices of ``leg``."""

    ticker: str
    leg: Leg
    buys: bool
    count_c: CountC
    price_bp: PriceBp
    time_in_force: TimeInForce = TimeInForce.GOOD_TILL_CANCELED
    plan: PlanTerms | None = None
    far: bool = False


class ConditionTerms(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """``cancels`` names other conditions that end when this one fires (one cancels other)."""

    trigger: Trigger
    ticket: Ticket
    expires_ns: Nanoseconds | None = None
    cancels: tuple[str, ...] = ()


class ConditionState(StrEnum):
    """FIRED says that its order went through the gate or was refused there; see its cause."""

    ARMED = "armed"
    DISABLED = "disabled"
    FIRED = "fired"
    EXPIRED = "expired"
    CANCELED = "canceled"
    REMOVED = "removed"


LOAD_SLOTS = 9
