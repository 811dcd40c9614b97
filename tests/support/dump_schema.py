"""Writes what a ledger of today's schema looks like, once per schema, for the tests of later ones.

    python tests/support/dump_schema.py tests/ledger/schemas

A dump that is there is never written again: it is what a program of that time left behind.
"""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
import sys
import tempfile
from pathlib import Path
from typing import Any

from money_history import MoneyHistory

from engine.core.money import MoneyState
from engine.ledger.schema import MIGRATIONS
from engine.ledger.sqlite_ledger import SqliteLedger


def money_of(state: MoneyState) -> dict[str, Any]:
    """What an owner would ask for, whatever else later programs keep beside it."""
    held = {ticker: record.position for ticker, record in state.positions.items()}
    return {
        "cash_ud": state.cash and state.cash.cash_ud,
        "mode": state.mode,
        "orders": {key: [order.state.value, order.filled_c] for key, order in state.orders.items()},
        "positions": {ticker: [p.count_c, p.cost_ud, p.realised_ud, p.fees_ud] for ticker, p in held.items()},
        "fills": sorted("/".join(identity) for identity in state.fills),
        "settlements": sorted(state.settlements),
        "read_through": state.read_through,
    }


async def write(path: Path) -> dict[str, Any]:
    """A ledger of some hundred facts at ``path``; gives its money."""
    ledger = SqliteLedger.open(path, loop=asyncio.get_running_loop())
    history = MoneyHistory(random.Random(2026))
    for changes, rows in history.steps(60):
        ledger.append(changes, rows)
    await ledger.close()
    return money_of(history.state)


def main(folder: Path) -> None:
    name = f"schema_{MIGRATIONS[-1].number}"
    target = folder / f"{name}.sql"
    if target.exists():
        raise SystemExit(f"{target}: there is one; it stays as it is")
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "ledger.sqlite"
        money = asyncio.run(write(path))
        connection = sqlite3.connect(path)
        target.write_text("\n".join(connection.iterdump()) + "\n")
        connection.close()
    (folder / f"{name}.json").write_text(json.dumps(money, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
