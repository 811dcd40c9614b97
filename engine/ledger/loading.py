"""The money state out of the projections, and the projections out of the journal where they lag."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from engine.core.breaker_record import BreakerRecord, LossRecord, StreakRecord
from engine.core.changes import Change
from engine.core.exits.plan_record import PlanRecord
from engine.core.facts.limits import LimitsConfigured
from engine.core.facts.money import FillBooked, SettlementBooked
from engine.core.facts.plans import SaleWaits
from engine.core.facts.stance import ExitsSet, ModeSet
from engine.core.group_record import GroupRecord
from engine.core.holdings import PositionRecord
from engine.core.limit_record import LimitRecord
from engine.core.money import MoneyState, apply, index_fill
from engine.core.order_record import OrderRecord
from engine.core.stage_record import StageRecord
from engine.core.triggers.condition_record import ConditionRecord
from engine.core.triggers.load_record import LoadRecord
from engine.domain.order import WORKING_STATES
from engine.domain.venue import Balance
from engine.ledger.codec import decode_change
from engine.ledger.errors import CorruptLedger
from engine.ledger.projections import RowWrite, row_write
from engine.ledger.schema import PROJECTION_VERSION
from engine.ledger.writer import GroupWriter, last_record

Value = TypeVar("Value")


def read_state(connection: sqlite3.Connection) -> MoneyState:
    """What the projections hold, each kind in the order in which its rows first came."""
    state = MoneyState()
    for run in connection.execute("SELECT run_id FROM runs ORDER BY no DESC LIMIT 1"):
        state.run_id = run[0]
    for order in _values(connection, "orders", OrderRecord):
        _restore_order(state, order)
    for booked in _values(connection, "fills", FillBooked):
        index_fill(state, booked)
    for held in _values(connection, "positions", PositionRecord):
        state.positions[held.position.ticker] = held
    for paid in _values(connection, "settlements", SettlementBooked):
        state.settlements[paid.settlement.ticker] = paid.settlement
    _restore_latest(state, connection)
    return state


def read_changes(connection: sqlite3.Connection, after: int = 0) -> Iterator[Change]:
    """The journal's facts that follow record ``after``."""
    for row in connection.execute("SELECT payload FROM journal WHERE seq > ? ORDER BY seq", (after,)):
        yield decode_change(row[0])


def catch_up(writer: GroupWriter, path: Path) -> None:
    """Makes the projections those of the whole journal: its tail is applied to them, or, if their shape is
    an older one, all of it. Raises CorruptLedger where they know more than the journal."""
    connection = writer.connection
    meta: dict[str, int] = dict(connection.execute("SELECT name, value FROM meta"))
    through, last = meta.get("projected_through", 0), last_record(connection)[0]
    if through > last:
        raise CorruptLedger(path, f"the journal ends at record {last}, its projections at {through}")
    anew = meta.get("projection_version") != PROJECTION_VERSION
    if not anew and through == last:
        return
    state = MoneyState() if anew else read_state(connection)
    rows: dict[tuple[str, str], RowWrite] = {}
    for change in read_changes(connection, 0 if anew else through):
        rows.update(((row.kind, row.key), row_write(row)) for row in apply(state, change))
    writer.project(list(rows.values()), last, anew=anew)


def _restore_order(state: MoneyState, order: OrderRecord) -> None:
    client_order_id = order.terms.client_order_id
    state.orders[client_order_id] = order
    if order.order_id:
        state.client_id_of[order.order_id] = client_order_id
    if order.terms.key:
        state.by_key[order.terms.key] = client_order_id
    if order.state in WORKING_STATES:
        state.working[client_order_id] = None


def _restore_latest(state: MoneyState, connection: sqlite3.Connection) -> None:
    for kind, key, value in connection.execute("SELECT kind, key, value FROM latest ORDER BY no"):
        if kind == "cash":
            state.cash = msgspec.msgpack.decode(value, type=Balance)
        elif kind == "mode":
            mode = msgspec.msgpack.decode(value, type=ModeSet)
            state.mode, state.halt_id = mode.mode, mode.halt_id
        elif kind == "exits":
            state.exits_off = msgspec.msgpack.decode(value, type=ExitsSet).off
        elif kind == "stage":
            state.stages[key] = msgspec.msgpack.decode(value, type=StageRecord)
        elif kind == "read_through":
            state.read_through[key] = msgspec.msgpack.decode(value, type=int)
        elif kind == "strategy":
            state.strategies[key] = msgspec.msgpack.decode(value, type=bytes)
        elif kind == "condition":
            state.conditions[key] = msgspec.msgpack.decode(value, type=ConditionRecord)
        elif kind == "load":
            state.loads[int(key)] = msgspec.msgpack.decode(value, type=LoadRecord)
        elif kind == "plan":
            state.plans[key] = msgspec.msgpack.decode(value, type=PlanRecord)
        elif kind == "sale":
            state.sales[key] = msgspec.msgpack.decode(value, type=SaleWaits)
        else:
            _restore_risk(state, kind, key, value)


def _restore_risk(state: MoneyState, kind: str, key: str, value: bytes) -> None:
    """Limits that were changed, open breakers and what opens them, and the groups that brake strategies."""
    if kind == "limit":
        state.limits[key] = msgspec.msgpack.decode(value, type=LimitRecord)
    elif kind == "limits_configured":
        state.limits_configured = msgspec.msgpack.decode(value, type=LimitsConfigured).values
    elif kind == "breaker":
        state.breakers[key] = msgspec.msgpack.decode(value, type=BreakerRecord)
    elif kind == "losses":
        state.losses = msgspec.msgpack.decode(value, type=LossRecord)
    elif kind == "streaks":
        state.streaks = msgspec.msgpack.decode(value, type=StreakRecord)
    elif kind == "group":
        state.groups[key] = msgspec.msgpack.decode(value, type=GroupRecord)


def _values(connection: sqlite3.Connection, table: str, shape: type[Value]) -> Iterator[Value]:
    decoder: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(shape)
    for row in connection.execute(f"SELECT value FROM {table} ORDER BY no"):
        yield decoder.decode(row[0])
