"""The money state and the one function that changes it.

Live, in recovery and in ``doctor --verify`` the state is what :func:`apply` makes of the journal's changes.
The rows it returns are the projections that the ledger keeps beside the journal, in the same transaction.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any

import msgspec

from engine.core.breaker_record import (
    BreakerRecord,
    LossRecord,
    StreakRecord,
    breaker_reset,
    breaker_tripped,
    streak_counted,
    trip_ended,
)
from engine.core.changes import (
    BreakerReset,
    BreakerTripped,
    CancelMoved,
    CancelState,
    CashSeen,
    Change,
    ConditionMoved,
    ConditionSet,
    DecisionTaken,
    ExitsSet,
    FillBooked,
    GroupMoved,
    LimitRaiseAsked,
    LimitsConfigured,
    LimitSet,
    LoadFired,
    LoadSet,
    ModeSet,
    NotFound,
    OrderAdopted,
    OrderAmended,
    OrderIntended,
    OrderMoved,
    OrderResent,
    OrderTerms,
    PlanMoved,
    PlanRetired,
    PlanSet,
    PositionAdopted,
    ReadThrough,
    RunEnded,
    RunStarted,
    SaleEnded,
    SaleWaits,
    SettlementBooked,
    ShadowDecided,
    StageSet,
    StrategyKept,
    StreakCounted,
    TripEnded,
)
from engine.core.exits.plan_record import PlanRecord, plan_moved, plan_retired, plan_set
from engine.core.exits.sale_record import sale_ended, sale_waits
from engine.core.group_record import GroupRecord, group_moved
from engine.core.holdings import PositionRecord, canonical, unheld, with_adopted, with_fill, with_settlement
from engine.core.limit_record import LimitRecord, limit_raise_asked, limit_set, limits_configured
from engine.core.row import Row
from engine.core.stage_record import StageRecord, shadow_decided, stage_set
from engine.core.triggers.condition_record import ConditionRecord, condition_moved, condition_set
from engine.core.triggers.load_record import LoadRecord, load_fired, load_set
from engine.domain.fill import Fill
from engine.domain.order import TERMINAL_STATES, OrderState
from engine.domain.units import CountC, MicroDollars, Nanoseconds
from engine.domain.venue import Balance, Settlement

__all__ = [
    "MoneyState",
    "OrderRecord",
    "PositionRecord",
    "Row",
    "apply",
    "fold",
    "index_fill",
    "order_intended",
    "state_hash",
]

_INTENT, _ABSENT = OrderState.INTENT, OrderState.ABSENT
"""Members are bound once: reading one off its class costs as much as a call."""


class OrderRecord(msgspec.Struct, frozen=True, gc=False):
    """One order as we know it. ``filled_c`` is the sum of booked fills; the exchange's may be ahead."""

    terms: OrderTerms
    state: OrderState
    intended_at: Nanoseconds
    updated_at: Nanoseconds
    order_id: str = ""
    filled_c: CountC = 0
    venue_filled_c: CountC = 0
    filled_value_ud: MicroDollars = 0
    """Sum of YES price times count of the booked fills."""
    fees_ud: MicroDollars = 0
    sends: int = 1
    last_sent_at: Nanoseconds = 0
    not_found: int = 0
    last_not_found_at: Nanoseconds = 0
    cancel: CancelState = CancelState.NONE
    cause: str = ""

    @property
    def remaining_c(self) -> CountC:
        """What may still trade, by whichever count is ahead; 0 once the order ended."""
        if self.state in TERMINAL_STATES or self.state is _ABSENT:
            return 0
        return max(0, self.terms.count_c - max(self.filled_c, self.venue_filled_c))


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


def state_hash(state: MoneyState) -> str:
    """A digest of everything that is money; equal states give equal digests in any process."""
    parts = [
        state.mode,
        state.halt_id,
        state.exits_off,
        sorted(state.stages.items()),
        sorted(state.orders.items()),
        sorted(state.fills.items()),
        sorted(state.positions.items()),
        sorted(state.settlements.items()),
        _cash_parts(state.cash),
        sorted(state.read_through.items()),
        sorted(state.strategies.items()),
        sorted(state.conditions.items()),
        sorted(state.loads.items()),
        sorted(state.limits.items()),
        sorted(state.limits_configured.items()),
        sorted(state.breakers.items()),
        state.losses,
        state.streaks,
        sorted(state.groups.items()),
        sorted(state.sales.items()),
        sorted(state.plans.items()),
    ]
    return sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()


def _cash_parts(cash: Balance | None) -> list[Any] | None:
    """A balance without a mapping of numbers, which has no one order in JSON."""
    if cash is None:
        return None
    shards = sorted(cash.by_shard_ud.items())
    return [cash.cash_ud, cash.portfolio_value_ud, shards, cash.updated_ns]


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


def _put_order(state: MoneyState, record: OrderRecord) -> list[Row]:
    client_order_id = record.terms.client_order_id
    state.orders[client_order_id] = record
    if record.order_id:
        state.client_id_of[record.order_id] = client_order_id
    if record.terms.key:
        state.by_key[record.terms.key] = client_order_id
    if record.state in TERMINAL_STATES or record.state is _ABSENT:
        state.working.pop(client_order_id, None)
    else:
        state.working.setdefault(client_order_id, None)
    return [Row("order", client_order_id, record)]


def _run_started(state: MoneyState, change: RunStarted) -> list[Row]:
    state.run_id = change.run_id
    return [Row("run", change.run_id, change)]


def _run_ended(state: MoneyState, change: RunEnded) -> list[Row]:
    return [Row("run_end", change.run_id, change)]


def order_intended(state: MoneyState, change: OrderIntended) -> Row:
    """The one row that a new order makes: it works, and has no name at the exchange."""
    terms, at = change.terms, change.at
    client_order_id = terms.client_order_id
    record = OrderRecord(terms, _INTENT, at, at, last_sent_at=at)
    state.orders[client_order_id] = record
    state.working[client_order_id] = None
    if terms.key:
        state.by_key[terms.key] = client_order_id
    return Row("order", client_order_id, record)


def _order_adopted(state: MoneyState, change: OrderAdopted) -> list[Row]:
    """Fills of it may have been booked before the order itself was seen: they are its own from now on."""
    booked = state.unclaimed.pop(change.order_id, ())
    return _put_order(
        state,
        OrderRecord(
            change.terms,
            change.state,
            change.at,
            change.at,
            order_id=change.order_id,
            filled_c=sum(fill.count_c for fill in booked),
            venue_filled_c=change.filled_c,
            filled_value_ud=sum(fill.count_c * fill.price_bp for fill in booked),
            fees_ud=sum(fill.fee_ud for fill in booked),
        ),
    )


def _order_moved(state: MoneyState, change: OrderMoved) -> list[Row]:
    record = state.orders[change.client_order_id]
    filled_c = record.venue_filled_c if change.venue_filled_c is None else change.venue_filled_c
    return _put_order(
        state,
        msgspec.structs.replace(
            record,
            state=change.state,
            updated_at=change.at,
            order_id=change.order_id or record.order_id,
            venue_filled_c=max(record.venue_filled_c, filled_c),
            cause=change.cause,
        ),
    )


def _order_resent(state: MoneyState, change: OrderResent) -> list[Row]:
    record = state.orders[change.client_order_id]
    return _put_order(
        state,
        msgspec.structs.replace(
            record,
            state=OrderState.SENT,
            sends=record.sends + 1,
            last_sent_at=change.at,
            not_found=0,
            updated_at=change.at,
        ),
    )


def _not_found(state: MoneyState, change: NotFound) -> list[Row]:
    record = state.orders[change.client_order_id]
    return _put_order(
        state, msgspec.structs.replace(record, not_found=change.times, last_not_found_at=change.at)
    )


def _cancel_moved(state: MoneyState, change: CancelMoved) -> list[Row]:
    record = state.orders[change.client_order_id]
    return _put_order(state, msgspec.structs.replace(record, cancel=change.cancel, updated_at=change.at))


def _order_amended(state: MoneyState, change: OrderAmended) -> list[Row]:
    record = state.orders[change.client_order_id]
    terms = msgspec.structs.replace(
        record.terms, price_bp=change.price_bp, count_c=change.count_c, expires_ns=change.expires_ns
    )
    return _put_order(state, msgspec.structs.replace(record, terms=terms, updated_at=change.at))


def _fill_booked(state: MoneyState, change: FillBooked) -> list[Row]:
    fill = change.fill
    identity = (fill.trade_id, fill.order_id)
    if identity in state.fills:
        return []
    index_fill(state, change)
    rows = [Row("fill", "/".join(identity), change)]
    record = state.orders.get(change.client_order_id)
    if record is not None:
        rows += _put_order(state, _with_fill(record, fill))
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


def _with_fill(record: OrderRecord, fill: Fill) -> OrderRecord:
    filled_c = record.filled_c + fill.count_c
    state = record.state
    if filled_c >= record.terms.count_c:
        state = OrderState.FILLED
    elif state in (OrderState.INTENT, OrderState.SENT, OrderState.RESTING):
        state = OrderState.PARTIAL
    return msgspec.structs.replace(
        record,
        state=state,
        order_id=record.order_id or fill.order_id,
        filled_c=filled_c,
        filled_value_ud=record.filled_value_ud + fill.count_c * fill.price_bp,
        fees_ud=record.fees_ud + fill.fee_ud,
        updated_at=max(record.updated_at, fill.at_ns),
    )


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
    OrderAdopted: _order_adopted,
    OrderMoved: _order_moved,
    OrderResent: _order_resent,
    NotFound: _not_found,
    CancelMoved: _cancel_moved,
    OrderAmended: _order_amended,
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
