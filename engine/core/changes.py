"""The facts of the journal: money changes with the numbers that decided them.

Each is applied to the money state by :func:`engine.core.money.apply` and by nothing else, live and in
recovery, so folding the journal gives the live state. A change never says what to do, only what is now so.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

import msgspec

from engine.core.breaker_record import BreakerCause
from engine.core.group_record import GroupState
from engine.core.stage_record import Stage
from engine.domain.decision import DecisionRow
from engine.domain.fill import Fill
from engine.domain.order import BookSide, Leg, OrderState, TimeInForce
from engine.domain.plan import PlanState, PlanTerms, Retirement
from engine.domain.trigger import ConditionState, ConditionTerms, Ticket
from engine.domain.units import CountC, MicroDollars, Nanoseconds, PriceBp
from engine.domain.venue import Balance, Settlement

MANUAL = "manual"
EXTERNAL = "external"


class Fact(msgspec.Struct, frozen=True, tag_field="fact", omit_defaults=True, gc=False):
    """Tagged, so that one decoder reads every record of the journal."""


class OrderTerms(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What was decided once and never changes by itself; ``owner`` is manual, external or a strategy."""

    client_order_id: str
    owner: str
    ticker: str
    leg: Leg
    side: BookSide
    price_bp: PriceBp
    """The YES price."""
    count_c: CountC
    time_in_force: TimeInForce
    opens: bool
    exchange_index: int
    post_only: bool = False
    reduce_only: bool = False
    expires_ns: Nanoseconds | None = None
    key: str = ""
    plan: PlanTerms | None = None
    """What guards the position that an entry opens."""
    exit_cause: str = ""
    """Of an order that a plan sends: an :class:`ExitCause`."""
    group: str = ""
    """The exchange's id of the order group that brakes a strategy's entries; none of any other order."""
    wait_ns: Nanoseconds | None = None
    """Of a strategy's entry that rests: how long it works, in monotonic time, before what is left of it is
    canceled; None: as long as all of them."""


class RunStarted(Fact, frozen=True, tag="run_started"):
    run_id: str
    venue: str
    account: str
    build: str
    at: Nanoseconds


class RunEnded(Fact, frozen=True, tag="run_ended"):
    run_id: str
    at: Nanoseconds


class OrderIntended(Fact, frozen=True, tag="order_intended"):
    """An order is wanted. Once this is durable it may have been sent, whatever else is known."""

    terms: OrderTerms
    at: Nanoseconds
    numbers: dict[str, int | str] = {}
    """What the risk gate saw: book, limits, use."""


class OrderAdopted(Fact, frozen=True, tag="order_adopted"):
    """An order of this account that is not ours was found at the exchange."""

    terms: OrderTerms
    order_id: str
    state: OrderState
    filled_c: CountC
    at: Nanoseconds


class OrderMoved(Fact, frozen=True, tag="order_moved"):
    """An order's state, with what made us believe it. Fills are facts of their own."""

    client_order_id: str
    state: OrderState
    at: Nanoseconds
    order_id: str = ""
    venue_filled_c: CountC | None = None
    cause: str = ""


class OrderResent(Fact, frozen=True, tag="order_resent"):
    """The same request and id go out again after complete listings proved the order absent."""

    client_order_id: str
    at: Nanoseconds


class NotFound(Fact, frozen=True, tag="not_found"):
    """One complete listing, late enough to hold the order, did not hold it."""

    client_order_id: str
    times: int
    at: Nanoseconds


class CancelState(StrEnum):
    NONE = "none"
    ASKED = "asked"
    UNKNOWN = "unknown"


class CancelMoved(Fact, frozen=True, tag="cancel_moved"):
    client_order_id: str
    cancel: CancelState
    at: Nanoseconds


class OrderAmended(Fact, frozen=True, tag="order_amended"):
    client_order_id: str
    price_bp: PriceBp
    count_c: CountC
    expires_ns: Nanoseconds | None
    at: Nanoseconds


class FillBooked(Fact, frozen=True, tag="fill_booked"):
    """A fill, by trade id and order id, with whose it is. Booked once, in whatever state its order is."""

    fill: Fill
    owner: str
    client_order_id: str = ""


class PositionAdopted(Fact, frozen=True, tag="position_adopted"):
    """The exchange holds contracts that no fill explains (older than its history): taken over as they are."""

    ticker: str
    count_c: CountC
    cost_ud: MicroDollars
    at: Nanoseconds


class SettlementBooked(Fact, frozen=True, tag="settlement_booked"):
    """A market paid. ``value_bp`` is what one YES contract got."""

    settlement: Settlement
    value_bp: PriceBp
    at: Nanoseconds


class CashSeen(Fact, frozen=True, tag="cash_seen"):
    balance: Balance
    at: Nanoseconds


class ReadThrough(Fact, frozen=True, tag="read_through"):
    """Up to where a list of the exchange was read; the next read starts from there."""

    stream: str
    until_ns: Nanoseconds


class ModeSet(Fact, frozen=True, tag="mode_set"):
    """``halt_id`` names the kill that halted, so that its file is obeyed once."""

    mode: str
    who: str
    reason: str
    at: Nanoseconds
    halt_id: str = ""


class ExitsSet(Fact, frozen=True, tag="exits_set"):
    """Exits by plan are off, by whom and why in ``off``; empty: they are on again."""

    off: str
    who: str
    at: Nanoseconds


class StageSet(Fact, frozen=True, tag="stage_set"):
    """What a strategy may do from now on."""

    strategy: str
    stage: Stage
    who: str
    at: Nanoseconds


class ShadowDecided(Fact, frozen=True, tag="shadow_decided"):
    """An entry that a strategy decided and that its stage kept from being sent; a price of ``leg``."""

    strategy: str
    ticker: str
    leg: Leg
    price_bp: PriceBp
    count_c: CountC
    at: Nanoseconds


class DecisionTaken(Fact, frozen=True, tag="decision_taken"):
    """An entry that a strategy sent, with every gate's numbers; ``client_order_id`` of it names the order."""

    decision: DecisionRow
    at: Nanoseconds


class StrategyKept(Fact, frozen=True, tag="strategy_kept"):
    """What a strategy remembers from now on; ``state`` is its MessagePack."""

    strategy: str
    state: bytes
    at: Nanoseconds


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
    numbers: dict[str, int | str] = {}


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


class GroupMoved(Fact, frozen=True, tag="group_moved"):
    """What a strategy's order group on a shard is from now on, all of it; GONE: there is none."""

    strategy: str
    exchange_index: int
    state: GroupState
    at: Nanoseconds
    group_id: str = ""
    limit_c: CountC = 0
    text: str = ""
    before: tuple[str, ...] = ()
    triggered_ns: Nanoseconds | None = None


class TripEnded(Fact, frozen=True, tag="trip_ended"):
    """A market's position was closed, turned over or paid: what it made from open to end, less fees."""

    ticker: str
    result_ud: MicroDollars
    at: Nanoseconds


class PlanSet(Fact, frozen=True, tag="plan_set"):
    """A market's position is guarded from now on, in place of what guarded it. Prices are of ``leg``.

    ``entry`` is the order that brings the plan, or that works still; the average price ``entry_bp`` follows
    its fills. No stop loss looks for ``grace_ns`` of monotonic time from now.
    """

    ticker: str
    leg: Leg
    owner: str
    terms: PlanTerms
    count_c: CountC
    entry_bp: PriceBp
    opened_at: Nanoseconds
    at: Nanoseconds
    grace_ns: Nanoseconds = 0
    entry: str = ""
    who: str = ""


class PlanMoved(Fact, frozen=True, tag="plan_moved"):
    """What of a plan changes while it lives, all of it. ``numbers`` are what was looked at, where that
    made it change."""

    ticker: str
    state: PlanState
    count_c: CountC
    entry_bp: PriceBp
    at: Nanoseconds
    is_leaving: bool = False
    cause: str = ""
    text: str = ""
    best_bp: PriceBp | None = None
    low_at: Nanoseconds | None = None
    low_ns: Nanoseconds = 0
    numbers: dict[str, int | str] = {}


class PlanRetired(Fact, frozen=True, tag="plan_retired"):
    """A plan is over."""

    ticker: str
    why: Retirement
    at: Nanoseconds
    text: str = ""


class SaleWaits(Fact, frozen=True, tag="sale_waits"):
    """A sale is wanted and goes out once the market's take profit is out of its way.

    With ``terms`` it is a sale at a price of its own; without, a close: ``count_c`` (0: all) at the book's
    price, not under ``limit_bp`` of the leg held.
    """

    ticker: str
    client_order_id: str
    owner: str
    at: Nanoseconds
    count_c: CountC = 0
    limit_bp: PriceBp | None = None
    terms: OrderTerms | None = None


class SaleEnded(Fact, frozen=True, tag="sale_ended"):
    """Nobody waits for it any more: its order has an outcome (``cause`` empty), or why it has none."""

    ticker: str
    client_order_id: str
    at: Nanoseconds
    cause: str = ""


Change: TypeAlias = (
    RunStarted
    | RunEnded
    | OrderIntended
    | OrderAdopted
    | OrderMoved
    | OrderResent
    | NotFound
    | CancelMoved
    | OrderAmended
    | FillBooked
    | PositionAdopted
    | SettlementBooked
    | CashSeen
    | ReadThrough
    | ModeSet
    | ExitsSet
    | StageSet
    | ShadowDecided
    | DecisionTaken
    | StrategyKept
    | ConditionSet
    | ConditionMoved
    | LoadSet
    | LoadFired
    | LimitSet
    | LimitRaiseAsked
    | LimitsConfigured
    | BreakerTripped
    | BreakerReset
    | TripEnded
    | PlanSet
    | PlanMoved
    | PlanRetired
    | StreakCounted
    | GroupMoved
    | SaleWaits
    | SaleEnded
)
