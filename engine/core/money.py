"""The money state and the one function that changes it.

Live, in recovery and in ``doctor --verify`` the state is what :func:`apply` makes of the journal's changes.
The rows it returns are the projections that the ledger keeps beside the journal, in the same transaction.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable
from typing import Any

from engine.core.breaker_record import (
    BreakerRecord,
    LossRecord,
    StreakRecord,
    breaker_reset,
    breaker_tripped,
    streak_counted,
    trip_ended,
)
from engine.core.changes import Change
from engine.core.exits.plan_record import PlanRecord, plan_moved, plan_retired, plan_set
from engine.core.exits.sale_record import sale_ended, sale_waits
from engine.core.facts.limits import (
    BreakerReset,
    BreakerTripped,
    LimitRaiseAsked,
    LimitsConfigured,
    LimitSet,
    StreakCounted,
)
from engine.core.facts.money import (
    CashSeen,
    FillBooked,
    PositionAdopted,
    ReadThrough,
    SettlementBooked,
    TripEnded,
)
from engine.core.facts.orders import (
    CancelMoved,
    GroupMoved,
    NotFound,
    OrderAdopted,
    OrderAmended,
    OrderIntended,
    OrderMoved,
    OrderResent,
)
from engine.core.facts.plans import PlanMoved, PlanRetired, PlanSet, SaleEnded, SaleWaits
from engine.core.facts.prepared import ConditionMoved, ConditionSet, LoadFired, LoadSet
from engine.core.facts.stance import (
    DecisionTaken,
    ExitsSet,
    ModeSet,
    RunEnded,
    RunStarted,
    ShadowDecided,
    StageSet,
    StrategyKept,
)
from engine.core.group_record import GroupRecord, group_moved
from engine.core.holdings import PositionRecord, canonical, unheld, with_adopted, with_fill, with_settlement
from engine.core.limit_record import LimitRecord, limit_raise_asked, limit_set, limits_configured
from engine.core.order_record import (
    OrderRecord,
    cancel_moved,
    not_found,
    order_adopted,
    order_amended,
    order_intended,
    order_moved,
    order_resent,
    put_order,
    with_order_fill,
)
from engine.core.row import Row
from engine.core.stage_record import StageRecord, shadow_decided, stage_set
from engine.core.triggers.condition_record import ConditionRecord, condition_moved, condition_set
from engine.core.triggers.load_record import LoadRecord, load_fired, load_set
from engine.domain.fill import Fill
from engine.domain.units import Nanoseconds
from engine.domain.venue import Balance, Settlement


class MoneyState:
    """What the desk owns and owes. For reading; :func:`apply` alone writes."""

    def __init__(self) -> None:
        self.run_id = ""
        self.mode = ""
        self.halt_id = ""
        """The kill that is obeyed; empty once entries were resumed."""
        self.exits_off = ""
        """Why exits by plan are off; empty while they are on."""
        self.stages: dict[str, StageRecord] = {}
        """By strategy."""
        self.orders: dict[str, OrderRecord] = {}
        self.working: dict[str, None] = {}
        """Client order ids of orders that are not ended, oldest first."""
        self.client_id_of: dict[str, str] = {}
        """Exchange order id to client order id."""
        self.by_key: dict[str, str] = {}
        """Idempotency key to client order id."""
        self.fills: dict[tuple[str, str], Fill] = {}
        """Every booked fill by trade id and order id."""
        self.fills_in: dict[str, list[FillBooked]] = {}
        """The same by market, each in canonical order."""
        self.unclaimed: dict[str, list[Fill]] = {}
        """Fills that no order of ours explains, by the exchange's order id."""
        self.positions: dict[str, PositionRecord] = {}
        self.settlements: dict[str, Settlement] = {}
        self.cash: Balance | None = None
        self.read_through: dict[str, Nanoseconds] = {}
        self.strategies: dict[str, bytes] = {}
        """What each strategy remembers, by its name."""
        self.conditions: dict[str, ConditionRecord] = {}
        """By condition id, oldest first."""
        self.loads: dict[int, LoadRecord] = {}
        """Slots that hold a ticket."""
        self.limits: dict[str, LimitRecord] = {}
        """Limits that were changed, or are about to be, by name."""
        self.limits_configured: dict[str, int] = {}
        """What the configuration said last; empty while it said nothing of its own."""
        self.breakers: dict[str, BreakerRecord] = {}
        """Open ones, by cause."""
        self.losses = LossRecord()
        self.streaks = StreakRecord()
        self.groups: dict[str, GroupRecord] = {}
        """Order groups of strategies at the exchange, by shard and strategy."""
        self.sales: dict[str, SaleWaits] = {}
        """By market: sales that wait for a take profit to be out of their way."""
        self.plans: dict[str, PlanRecord] = {}
        """By market: the plan that guards its position, or the last one that did."""


def apply(state: MoneyState, change: Change) -> list[Row]:
    """Makes ``change`` so, and returns the rows that it touched. Deterministic; raises only on a broken
    journal (a change about an order that never was)."""
    return _APPLY[type(change)](state, change)


def fold(changes: Iterable[Change]) -> MoneyState:
    """The state that a whole journal makes."""
    state = MoneyState()
    for change in changes:
        apply(state, change)
    return state


def _run_started(state: MoneyState, change: RunStarted) -> list[Row]:
    state.run_id = change.run_id
    return [Row("run", change.run_id, change)]


def _run_ended(state: MoneyState, change: RunEnded) -> list[Row]:
    return [Row("run_end", change.run_id, change)]


def _fill_booked(state: MoneyState, change: FillBooked) -> list[Row]:
    fill = change.fill
    identity = (fill.trade_id, fill.order_id)
    if identity in state.fills:
        return []
    index_fill(state, change)
    rows = [Row("fill", "/".join(identity), change)]
    record = state.orders.get(change.client_order_id)
    if record is not None:
        rows += put_order(state, with_order_fill(record, fill))
    held = state.positions.get(fill.ticker) or unheld(fill.ticker)
    moved = with_fill(held, change, state.fills_in[fill.ticker])
    state.positions[fill.ticker] = moved
    return [*rows, Row("position", fill.ticker, moved)]


def index_fill(state: MoneyState, booked: FillBooked) -> None:
    """Keeps a fill where it is looked for; its order, if it has one, is there before it."""
    fill = booked.fill
    state.fills[fill.trade_id, fill.order_id] = fill
    others = state.fills_in.setdefault(fill.ticker, [])
    if not others or canonical(others[-1]) < canonical(booked):
        others.append(booked)
    else:
        insort(others, booked, key=canonical)
    if booked.client_order_id not in state.orders and fill.order_id not in state.client_id_of:
        state.unclaimed.setdefault(fill.order_id, []).append(fill)


def _position_adopted(state: MoneyState, change: PositionAdopted) -> list[Row]:
    held = state.positions.get(change.ticker) or unheld(change.ticker)
    moved = with_adopted(held, change.count_c, change.cost_ud, change.at)
    state.positions[change.ticker] = moved
    return [Row("position", change.ticker, moved)]


def _settlement_booked(state: MoneyState, change: SettlementBooked) -> list[Row]:
    ticker = change.settlement.ticker
    state.settlements[ticker] = change.settlement
    rows = [Row("settlement", ticker, change)]
    moved = with_settlement(state.positions.get(ticker) or unheld(ticker), change.value_bp)
    state.positions[ticker] = moved
    return [*rows, Row("position", ticker, moved)]


def _cash_seen(state: MoneyState, change: CashSeen) -> list[Row]:
    state.cash = change.balance
    return [Row("cash", "", change.balance)]


def _read_through(state: MoneyState, change: ReadThrough) -> list[Row]:
    state.read_through[change.stream] = change.until_ns
    return [Row("read_through", change.stream, change.until_ns)]


def _mode_set(state: MoneyState, change: ModeSet) -> list[Row]:
    state.mode = change.mode
    state.halt_id = change.halt_id
    return [Row("mode", "", change)]


def _exits_set(state: MoneyState, change: ExitsSet) -> list[Row]:
    state.exits_off = change.off
    return [Row("exits", "", change)]


def _strategy_kept(state: MoneyState, change: StrategyKept) -> list[Row]:
    state.strategies[change.strategy] = change.state
    return [Row("strategy", change.strategy, change.state)]


_APPLY: dict[type[Any], Callable[[MoneyState, Any], list[Row]]] = {
    RunStarted: _run_started,
    RunEnded: _run_ended,
    OrderIntended: lambda state, change: [order_intended(state, change)],
    OrderAdopted: order_adopted,
    OrderMoved: order_moved,
    OrderResent: order_resent,
    NotFound: not_found,
    CancelMoved: cancel_moved,
    OrderAmended: order_amended,
    FillBooked: _fill_booked,
    PositionAdopted: _position_adopted,
    SettlementBooked: _settlement_booked,
    CashSeen: _cash_seen,
    ReadThrough: _read_through,
    ModeSet: _mode_set,
    ExitsSet: _exits_set,
    StageSet: lambda state, change: stage_set(state.stages, change),
    ShadowDecided: lambda state, change: shadow_decided(state.stages, change),
    DecisionTaken: lambda state, change: [],
    StrategyKept: _strategy_kept,
    ConditionSet: lambda state, change: condition_set(state.conditions, change),
    ConditionMoved: lambda state, change: condition_moved(state.conditions, change),
    LoadSet: lambda state, change: load_set(state.loads, change),
    LoadFired: lambda state, change: load_fired(state.loads, change),
    LimitSet: lambda state, change: limit_set(state.limits, change),
    LimitRaiseAsked: lambda state, change: limit_raise_asked(state.limits, change),
    LimitsConfigured: lambda state, change: limits_configured(state.limits_configured, change),
    BreakerTripped: lambda state, change: breaker_tripped(state.breakers, change),
    BreakerReset: breaker_reset,
    TripEnded: trip_ended,
    PlanSet: lambda state, change: plan_set(state.plans, change),
    PlanMoved: lambda state, change: plan_moved(state.plans, change),
    PlanRetired: lambda state, change: plan_retired(state.plans, change),
    StreakCounted: streak_counted,
    GroupMoved: lambda state, change: group_moved(state.groups, change),
    SaleWaits: lambda state, change: sale_waits(state.sales, change),
    SaleEnded: lambda state, change: sale_ended(state.sales, change),
}
