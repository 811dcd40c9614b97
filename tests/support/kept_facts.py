"""A ledger with facts that were made elsewhere, and the reader of verdicts over it, as consoles have it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

from engine.assembly.deciding import Decisions
from engine.core.changes import Change
from engine.core.money import MoneyState, apply
from engine.domain.decision import DecisionRow
from engine.ledger.decision_store import DecisionStore
from engine.ledger.queries import LedgerQueries
from engine.ledger.sqlite_ledger import SqliteLedger


@contextlib.asynccontextmanager
async def reading(
    folder: Path, changes: Iterable[Change], verdicts: Iterable[DecisionRow] = ()
) -> AsyncIterator[Decisions]:
    path, state = folder / "ledger.sqlite", MoneyState()
    ledger = SqliteLedger.open(path, loop=asyncio.get_running_loop())
    for change in changes:
        ledger.append([change], apply(state, change))
    await ledger.close()
    queries, store = LedgerQueries(path), DecisionStore(folder / "decisions.sqlite")
    for row in verdicts:
        store.put(row)
    try:
        yield Decisions(store, queries)
    finally:
        await store.close()
        await queries.close()
