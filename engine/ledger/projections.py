"""Projection rows as statements: which table a kind of row has and what its indexed columns are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from engine.core.facts.money import FillBooked, SettlementBooked
from engine.core.facts.stance import RunEnded, RunStarted
from engine.core.holdings import PositionRecord
from engine.core.order_record import OrderRecord
from engine.core.row import Row
from engine.ledger.errors import UnknownRow


class RowWrite(NamedTuple):
    """One row to write: ``sql`` of its kind with its parameters. Of several with one identity only the last
    counts."""

    kind: str
    key: str
    sql: str
    parameters: tuple[Any, ...]


class _Table(NamedTuple):
    put: str
    parameters: Callable[[str, Any], tuple[Any, ...]]
    remove: str


_encode = msgspec.msgpack.Encoder().encode


def _order(key: str, value: OrderRecord) -> tuple[Any, ...]:
    terms = value.terms
    state = value.state.value
    return key, value.order_id, terms.ticker, terms.owner, state, value.updated_at, _encode(value)


def _fill(key: str, value: FillBooked) -> tuple[Any, ...]:
    return key, value.fill.ticker, value.client_order_id, value.fill.at_ns, _encode(value)


def _position(key: str, value: PositionRecord) -> tuple[Any, ...]:
    return key, _encode(value)


def _settlement(key: str, value: SettlementBooked) -> tuple[Any, ...]:
    return key, value.at, _encode(value)


def _run(key: str, value: RunStarted) -> tuple[Any, ...]:
    return key, value.at, _encode(value)


def _run_end(key: str, value: RunEnded) -> tuple[Any, ...]:
    return value.at, key


def _latest(kind: str) -> _Table:
    return _Table(
        f"INSERT INTO latest (kind, key, value) VALUES ('{kind}', ?, ?) "
        "ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value",
        lambda key, value: (key, _encode(value)),
        f"DELETE FROM latest WHERE kind = '{kind}' AND key = ?",
    )


_TABLES: dict[str, _Table] = {
    "order": _Table(
        "INSERT INTO orders (client_order_id, order_id, ticker, owner, state, updated_at, value) "
        "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (client_order_id) DO UPDATE SET "
        "order_id = excluded.order_id, owner = excluded.owner, state = excluded.state, "
        "updated_at = excluded.updated_at, value = excluded.value",
        _order,
        "DELETE FROM orders WHERE client_order_id = ?",
    ),
    "fill": _Table(
        "INSERT INTO fills (identity, ticker, client_order_id, at, value) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (identity) DO UPDATE SET value = excluded.value",
        _fill,
        "DELETE FROM fills WHERE identity = ?",
    ),
    "position": _Table(
        "INSERT INTO positions (ticker, value) VALUES (?, ?) "
        "ON CONFLICT (ticker) DO UPDATE SET value = excluded.value",
        _position,
        "DELETE FROM positions WHERE ticker = ?",
    ),
    "settlement": _Table(
        "INSERT INTO settlements (ticker, at, value) VALUES (?, ?, ?) "
        "ON CONFLICT (ticker) DO UPDATE SET at = excluded.at, value = excluded.value",
        _settlement,
        "DELETE FROM settlements WHERE ticker = ?",
    ),
    "run": _Table(
        "INSERT INTO runs (run_id, started_at, value) VALUES (?, ?, ?) "
        "ON CONFLICT (run_id) DO UPDATE SET started_at = excluded.started_at, value = excluded.value",
        _run,
        "DELETE FROM runs WHERE run_id = ?",
    ),
    "run_end": _Table(
        "UPDATE runs SET ended_at = ? WHERE run_id = ?",
        _run_end,
        "UPDATE runs SET ended_at = NULL WHERE run_id = ?",
    ),
    "cash": _latest("cash"),
    "mode": _latest("mode"),
    "exits": _latest("exits"),
    "stage": _latest("stage"),
    "read_through": _latest("read_through"),
    "strategy": _latest("strategy"),
    "condition": _latest("condition"),
    "load": _latest("load"),
    "limit": _latest("limit"),
    "limits_configured": _latest("limits_configured"),
    "breaker": _latest("breaker"),
    "losses": _latest("losses"),
    "streaks": _latest("streaks"),
    "group": _latest("group"),
    "sale": _latest("sale"),
    "plan": _latest("plan"),
}

WRITE_ORDER = tuple(table.put for table in _TABLES.values())
"""A run's end is written onto the row of its start, so after it."""


def row_write(row: Row) -> RowWrite:
    """How ``row`` is written; raises UnknownRow."""
    table = _TABLES.get(row.kind)
    if table is None:
        raise UnknownRow(row.kind)
    if row.value is None:
        return RowWrite(row.kind, row.key, table.remove, (row.key,))
    return RowWrite(row.kind, row.key, table.put, table.parameters(row.key, row.value))
