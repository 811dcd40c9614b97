"""Orders, the plans that guard what they opened, and those prepared for later. Prices are of the ``leg`` that
a row names.
"""

from __future__ import annotations

import msgspec

from engine.domain.order import Leg, OrderState, TimeInForce
from engine.domain.plan import PlanState, PlanTerms
from engine.domain.trigger import ConditionState, ConditionTerms, Ticket
from engine.domain.units import CountC, MicroDollars, Nanoseconds, PriceBp


class PlanRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The live plan of a market's position, or (RETIRED) its end. Prices are of ``leg``.

    The levels are what the terms come to with the entry's average price as it is now.
    """

    ticker: str
    leg: Leg
    owner: str
    terms: PlanTerms
    state: PlanState
    take_profit_bp: PriceBp | None = None
    stop_loss_bp: PriceBp | None = None
    """The highest of stop loss and trailing stop."""
    disaster_bp: PriceBp | None = None
    ends_ns: Nanoseconds | None = None
    """When the time stop closes the position, exchange time."""
    exit_cause: str = ""
    """Of the exit order under way, or of the one that is blocked."""
    text: str = ""
    """What the plan waits for or why it is blocked; why it is over."""


class ConditionRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A conditional order; REMOVED rows leave. ``cause`` is why it ended, or what came of its order."""

    condition_id: str
    terms: ConditionTerms
    state: ConditionState
    created_ns: Nanoseconds
    ended_ns: Nanoseconds | None = None
    client_order_id: str = ""
    cause: str = ""


class LoadRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One slot, 1 to 9; without a ticket it is empty."""

    slot: int
    ticket: Ticket | None = None
    expires_ns: Nanoseconds | None = None


class OrderRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """``filled_c`` is the higher of what the exchange counts and what fills say; ``booked_c``, ``booked_ud``
    and ``fees_ud`` are of the fills that are booked."""

    client_order_id: str
    order_id: str = ""
    ticker: str
    owner: str
    leg: Leg
    buys: bool
    price_bp: PriceBp
    count_c: CountC
    state: OrderState
    filled_c: CountC = 0
    remaining_c: CountC = 0
    booked_c: CountC = 0
    booked_ud: MicroDollars = 0
    """Price times count of the booked fills."""
    fees_ud: MicroDollars = 0
    time_in_force: TimeInForce = TimeInForce.GOOD_TILL_CANCELED
    opens: bool = True
    intended_ns: Nanoseconds
    updated_ns: Nanoseconds
    expires_ns: Nanoseconds | None = None
    sends: int = 1
    cancel: str = ""
    """Empty, ``asked`` or ``unknown``."""
    key: str = ""
    cause: str = ""
    plan: PlanTerms | None = None
    """What an entry's position gets."""
    exit_cause: str = ""
    """Of an order that carries out a plan."""
