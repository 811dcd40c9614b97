"""Facts as bytes and their chain of hashes.

Done on the caller's side, so that the writer's thread only writes. A record's hash covers its predecessor's
hash, its number and every column beside it: a byte changed, a row lost or two rows swapped shows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from engine.core.changes import Change
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
from engine.core.row import Row
from engine.domain.units import Nanoseconds
from engine.ledger.projections import RowWrite, row_write

GENESIS = bytes(32)
"""What stands for the hash before the first record."""


class JournalRow(NamedTuple):
    """One row of the journal, in the order of its columns."""

    seq: int
    at: Nanoseconds
    kind: str
    subject: str
    payload: bytes
    hash: bytes


class Record(NamedTuple):
    """What one append made: all of it is in one transaction."""

    last_seq: int
    journal: list[JournalRow]
    rows: list[RowWrite]


def _of_order(change: Any) -> tuple[Nanoseconds, str]:
    return change.at, change.client_order_id


def _of_terms(change: Any) -> tuple[Nanoseconds, str]:
    return change.at, change.terms.client_order_id


def _of_fill(change: FillBooked) -> tuple[Nanoseconds, str]:
    return change.fill.at_ns, change.client_order_id or change.fill.ticker


def _of_run(change: Any) -> tuple[Nanoseconds, str]:
    return change.at, change.run_id


def _of_position(change: Any) -> tuple[Nanoseconds, str]:
    return change.at, change.ticker


def _of_settlement(change: SettlementBooked) -> tuple[Nanoseconds, str]:
    return change.at, change.settlement.ticker


def _of_read(change: ReadThrough) -> tuple[Nanoseconds, str]:
    return change.until_ns, change.stream


def _of_account(change: Any) -> tuple[Nanoseconds, str]:
    return change.at, ""


def _of_strategy(change: Any) -> tuple[Nanoseconds, str]:
    return change.at, change.strategy


def _of_decision(change: DecisionTaken) -> tuple[Nanoseconds, str]:
    return change.at, change.decision.client_order_id


def _of_condition(change: Any) -> tuple[Nanoseconds, str]:
    return change.at, change.condition_id


def _of_load(change: Any) -> tuple[Nanoseconds, str]:
    return change.at, f"load-{change.slot}"


def _of_limit(change: Any) -> tuple[Nanoseconds, str]:
    return change.at, change.name


def _of_breaker(change: Any) -> tuple[Nanoseconds, str]:
    return change.at, change.cause.value


_LABELS: dict[type[Any], Callable[[Any], tuple[Nanoseconds, str]]] = {
    RunStarted: _of_run,
    RunEnded: _of_run,
    OrderIntended: _of_terms,
    OrderAdopted: _of_terms,
    OrderMoved: _of_order,
    OrderResent: _of_order,
    NotFound: _of_order,
    CancelMoved: _of_order,
    OrderAmended: _of_order,
    FillBooked: _of_fill,
    PositionAdopted: _of_position,
    SettlementBooked: _of_settlement,
    CashSeen: _of_account,
    ReadThrough: _of_read,
    ModeSet: _of_account,
    ExitsSet: _of_account,
    StageSet: _of_strategy,
    ShadowDecided: _of_strategy,
    DecisionTaken: _of_decision,
    StrategyKept: _of_strategy,
    ConditionSet: _of_condition,
    ConditionMoved: _of_condition,
    LoadSet: _of_load,
    LoadFired: _of_load,
    LimitSet: _of_limit,
    LimitRaiseAsked: _of_limit,
    LimitsConfigured: _of_account,
    BreakerTripped: _of_breaker,
    BreakerReset: _of_breaker,
    TripEnded: _of_position,
    PlanSet: _of_position,
    PlanMoved: _of_position,
    PlanRetired: _of_position,
    StreakCounted: _of_account,
    GroupMoved: _of_strategy,
    SaleWaits: _of_position,
    SaleEnded: _of_position,
}
"""When a fact happened and whose it is: its order, else its market, run, stream or strategy."""

_KINDS: dict[type[Any], str] = {fact: str(fact.__struct_config__.tag) for fact in _LABELS}
_encode = msgspec.msgpack.Encoder().encode
decode_change = msgspec.msgpack.Decoder(Change).decode


def chain_hash(previous: bytes, seq: int, at: Nanoseconds, kind: str, subject: str, payload: bytes) -> bytes:
    """The hash of a record that follows the one with hash ``previous``."""
    label = f"{seq} {at} {kind} {len(subject)} {subject} ".encode()
    return sha256(previous + label + payload).digest()


class Chain:
    """Numbers facts and links each to the one before. ``seq`` and ``head`` are those of the last one."""

    __slots__ = ("head", "seq")

    def __init__(self, seq: int = 0, head: bytes = GENESIS) -> None:
        self.seq = seq
        self.head = head

    def extend(self, changes: Sequence[Change]) -> list[JournalRow]:
        """The journal's rows of these facts; if one cannot be encoded, nothing has moved."""
        seq, head = self.seq, self.head
        rows = []
        for change in changes:
            kind = _KINDS[type(change)]
            at, subject = _LABELS[type(change)](change)
            payload = _encode(change)
            seq += 1
            head = chain_hash(head, seq, at, kind, subject, payload)
            rows.append(JournalRow(seq, at, kind, subject, payload, head))
        self.seq, self.head = seq, head
        return rows

    def record(self, changes: Sequence[Change], rows: Sequence[Row]) -> Record:
        """One append, ready to be written; raises UnknownRow or ValueError and then has not moved."""
        if rows and not changes:
            raise ValueError(f"append: got {len(rows)} projection rows without a change that made them")
        writes = [row_write(row) for row in rows]
        journal = self.extend(changes)
        return Record(self.seq, journal, writes)
