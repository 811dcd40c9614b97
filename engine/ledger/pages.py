"""What may be asked of a ledger's history, and the pages that answer."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

from engine.core.changes import Change
from engine.core.facts.stance import RunStarted
from engine.domain.order import OrderState
from engine.domain.units import Nanoseconds

Item = TypeVar("Item")
MOST_ITEMS = 500


class Page(msgspec.Struct, Generic[Item], frozen=True):
    """Newest first. ``cursor`` asks for what is older; None if there is nothing older."""

    items: tuple[Item, ...]
    cursor: str | None = None


class JournalEntry(msgspec.Struct, frozen=True):
    """One fact with its place in the journal; ``subject`` is its order, else its market, run or stream."""

    seq: int
    at: Nanoseconds
    kind: str
    subject: str
    change: Change


class RunEntry(msgspec.Struct, frozen=True):
    """One run of the engine; ``ended_at`` is None while it lasts and for one that was killed."""

    started: RunStarted
    ended_at: Nanoseconds | None


class OrderFilter(msgspec.Struct, frozen=True):
    """Empty fields select everything."""

    ticker: str = ""
    states: tuple[OrderState, ...] = ()
    owner: str = ""
    updated_since: Nanoseconds | None = None


class FillFilter(msgspec.Struct, frozen=True):
    """Empty fields select everything; ``until`` is exclusive."""

    ticker: str = ""
    client_order_id: str = ""
    since: Nanoseconds | None = None
    until: Nanoseconds | None = None


class JournalFilter(msgspec.Struct, frozen=True):
    """Empty fields select everything; ``subject`` is a client order id, a market, a run or a stream."""

    subject: str = ""
    kinds: tuple[str, ...] = ()
    since: Nanoseconds | None = None
    until: Nanoseconds | None = None
