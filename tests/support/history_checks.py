"""What must hold at the end of a history, besides that ledger and exchange agree."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from sim_journal import SimDisk

from engine.core.changes import Change
from engine.core.facts.orders import OrderAmended
from engine.core.money import MoneyState, apply
from engine.ledger.codec import Chain
from engine.ledger.loading import catch_up
from engine.ledger.opening import open_memory, open_writer
from engine.ledger.reserve import NoReserve
from engine.ledger.verifying import verify
from engine.ledger.writer import GroupWriter


def ledger_fault(disk: SimDisk) -> str:
    """What ``sparko doctor --verify`` finds wrong in a ledger of everything on the disk; empty: nothing."""
    connection = open_memory()
    try:
        _write(disk, connection)
        return verify(connection).fault
    finally:
        connection.close()


def keep_ledger(disk: SimDisk, path: Path) -> None:
    """The same ledger as a file."""
    connection = open_writer(path)
    try:
        _write(disk, connection)
    finally:
        connection.close()


def chain_of(changes: Sequence[Change]) -> Chain:
    """The journal's chain after these facts."""
    chain = Chain()
    chain.extend(changes)
    return chain


def news(before: int, disk: SimDisk) -> list[str]:
    """What was written since the disk held ``before`` facts, but for the expiry of what rests, which goes on
    being extended while somebody lives."""
    return [str(change) for change in disk.changes()[before:] if not isinstance(change, OrderAmended)]


def _write(disk: SimDisk, connection: sqlite3.Connection) -> None:
    """One record after another, in one commit."""
    money, chain = MoneyState(), Chain()
    group = [
        chain.record(changes, [row for change in changes for row in apply(money, change)])
        for changes in disk.grouped()
    ]
    writer = GroupWriter(connection, NoReserve(), lambda: None)
    catch_up(writer, Path(":memory:"))
    if group:
        writer.write(group)
