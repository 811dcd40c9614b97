"""Reads verdicts for consoles: the store of decisions, and the journal for an order's own."""

from __future__ import annotations

from engine.control.queries import DecisionsArgs, Page
from engine.core.changes import DecisionTaken
from engine.domain.decision import DecisionRow
from engine.ledger.decision_store import DecisionFilter, DecisionStore
from engine.ledger.pages import JournalFilter
from engine.ledger.queries import LedgerQueries

_TAKEN = (str(DecisionTaken.__struct_config__.tag),)


class Decisions:
    """Implements :class:`engine.control.decisions.DecisionReader`."""

    def __init__(self, store: DecisionStore, ledger: LedgerQueries) -> None:
        self._store = store
        self._ledger = ledger

    async def decisions(self, args: DecisionsArgs, cursor: str | None, limit: int) -> Page[DecisionRow]:
        wanted = DecisionFilter(args.strategy, args.ticker, args.verdict, args.since_ns)
        rows, following = await self._store.page(wanted, cursor, limit)
        return Page(rows, following)

    async def why(self, subject: str, limit: int) -> tuple[DecisionRow, ...]:
        """What the store has lost of an order's, the journal has."""
        found = await self._store.about(subject, limit)
        if found:
            return found
        page = await self._ledger.journal(JournalFilter(subject, _TAKEN), None, limit)
        return tuple(entry.change.decision for entry in page.items if isinstance(entry.change, DecisionTaken))
