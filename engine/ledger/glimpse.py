"""What somebody beside the engine has to know of its ledger in a hurry, without reading all of it."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import msgspec

from engine.core.exits.plan_record import PlanRecord
from engine.core.facts.stance import ExitsSet, ModeSet
from engine.core.holdings import PositionRecord
from engine.core.order_record import OrderRecord
from engine.domain.order import WORKING_STATES
from engine.domain.plan import PlanState
from engine.ledger.opening import reading

_order = msgspec.msgpack.Decoder(OrderRecord).decode
_plan = msgspec.msgpack.Decoder(PlanRecord).decode
_position = msgspec.msgpack.Decoder(PositionRecord).decode


class Glimpse(msgspec.Struct, frozen=True):
    """Working orders by client order id, positions that are open by market, and how the engine was set."""

    working: dict[str, OrderRecord]
    held: dict[str, PositionRecord]
    mode: str
    exits_off: str
    guarded: tuple[str, ...]
    """Markets with a live plan."""


def glimpse(path: Path) -> Glimpse:
    """What is durable now. Raises LedgerError, FileNotFoundError and sqlite3.Error."""
    states = sorted(state.value for state in WORKING_STATES)
    marks = ", ".join("?" * len(states))
    with reading(path) as connection:
        orders = connection.execute(f"SELECT value FROM orders WHERE state IN ({marks}) ORDER BY no", states)
        working = {record.terms.client_order_id: record for record in (_order(row[0]) for row in orders)}
        rows = connection.execute("SELECT value FROM positions ORDER BY no")
        held = {record.position.ticker: record for record in (_position(row[0]) for row in rows)}
        latest: list[tuple[str, str, bytes]] = connection.execute(
            "SELECT kind, key, value FROM latest WHERE kind IN ('mode', 'exits', 'plan') ORDER BY no"
        ).fetchall()
    return Glimpse(
        working=working,
        held={ticker: record for ticker, record in held.items() if record.position.count_c},
        mode=_last(latest, "mode", ModeSet, "mode"),
        exits_off=_last(latest, "exits", ExitsSet, "off"),
        guarded=tuple(key for kind, key, value in latest if kind == "plan" and _guards(value)),
    )


def orders_named(path: Path, client_order_ids: Collection[str]) -> dict[str, OrderRecord]:
    """Those that the ledger knows, ended ones too. Raises as :func:`glimpse`."""
    names = sorted(name for name in client_order_ids if name)
    found: dict[str, OrderRecord] = {}
    with reading(path) as connection:
        for name in names:
            for row in connection.execute("SELECT value FROM orders WHERE client_order_id = ?", (name,)):
                found[name] = _order(row[0])
    return found


def _guards(value: bytes) -> bool:
    return _plan(value).state is not PlanState.RETIRED


def _last(latest: list[tuple[str, str, bytes]], kind: str, shape: type[Any], field: str) -> str:
    for found, _, value in latest:
        if found == kind:
            return str(getattr(msgspec.msgpack.decode(value, type=shape), field))
    return ""
