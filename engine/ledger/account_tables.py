"""The tables of an account's history: how a row is told from others, and when it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from engine.domain.account_history import Movement, TradedMarket
from engine.domain.fill import Fill
from engine.domain.units import Nanoseconds
from engine.domain.venue import Settlement, VenueOrder

T = TypeVar("T")
APPLICATION_ID = 0x53504B41
"""``SPKA`` in the header of the file."""
VERSION = 1


class AccountTable(NamedTuple, Generic[T]):
    name: str
    kind: type[T]
    key: Callable[[T], str]
    """What the exchange tells two of them apart by."""
    at_ns: Callable[[T], Nanoseconds | None]


def _settlement_key(row: Settlement) -> str:
    return f"{row.ticker}|{row.exchange_index}|{row.settled_ns}"


def _movement_key(row: Movement) -> str:
    """Its id; one without an id is told by all that does not change while it is under way."""
    money = row.money
    return f"{row.kind}|{money.movement_id or f'{money.created_ns}|{money.amount_ud}'}"


FILLS = AccountTable("fill", Fill, lambda row: f"{row.trade_id}|{row.order_id}", lambda row: row.at_ns)
ORDERS = AccountTable("orders", VenueOrder, lambda row: row.order_id, lambda row: row.created_ns)
SETTLEMENTS = AccountTable("settlement", Settlement, _settlement_key, lambda row: row.settled_ns)
MOVEMENTS = AccountTable("movement", Movement, _movement_key, lambda row: row.at_ns)
MARKETS = AccountTable("market", TradedMarket, lambda row: row.ticker, lambda row: row.close_ns)

_NAMES = (FILLS.name, ORDERS.name, SETTLEMENTS.name, MOVEMENTS.name, MARKETS.name)
SCHEMA = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID; "
    "CREATE TABLE walk (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID; "
) + "".join(
    f"CREATE TABLE {name} (key TEXT PRIMARY KEY, at INTEGER NOT NULL, value BLOB NOT NULL); "
    f"CREATE INDEX {name}_at ON {name} (at, key); "
    for name in _NAMES
)
