"""Reads verdicts for consoles: the store of decisions, and the journal for an order's own and for exits."""

from __future__ import annotations

from collections.abc import Iterable

from engine.assembly.exit_verdicts import verdict_of_order, verdict_of_plan
from engine.control.queries import DecisionsArgs, Page
from engine.core.facts.orders import OrderIntended
from engine.core.facts.plans import PlanMoved
from engine.core.facts.stance import DecisionTaken
from engine.domain.decision import EXIT, TAKE, DecisionRow
from engine.domain.order import TimeInForce
from engine.ledger.decision_store import DecisionFilter, DecisionStore
from engine.ledger.pages import JournalFilter
from engine.ledger.queries import LedgerQueries

_TAKEN = (str(DecisionTaken.__struct_config__.tag),)
_INTENDED = (str(OrderIntended.__struct_config__.tag),)
_PLAN = (str(PlanMoved.__struct_config__.tag),)
_LOOKED_AT = 400
"""Moves of a market's plan that are looked at for its last decisions; most are of a trailing stop."""


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
        """Newest first; what the store has lost of an order's, the journal has. Of a market the last TAKE
        and the last EXIT are among them, however often it was passed since."""
        found = [*await self._store.about(subject, limit)]
        if not found:
            found = await self._taken(subject, limit)
        if not found:
            found = await self._sold(subject)
        if len(found) == limit:
            found += await self._last_take(subject)
        found += await self._exits(subject, limit)
        return _newest({row.decision_id: row for row in found}.values(), limit)

    async def _last_take(self, ticker: str) -> tuple[DecisionRow, ...]:
        rows, _ = await self._store.page(DecisionFilter(ticker=ticker, verdict=TAKE), None, 1)
        return rows

    async def _taken(self, subject: str, limit: int) -> list[DecisionRow]:
        page = await self._ledger.journal(JournalFilter(subject, _TAKEN), None, limit)
        return [entry.change.decision for entry in page.items if isinstance(entry.change, DecisionTaken)]

    async def _sold(self, order: str) -> list[DecisionRow]:
        """Of an order by which a plan sold: the plan's decision with it."""
        page = await self._ledger.journal(JournalFilter(order, _INTENDED), None, 1)
        for entry in page.items:
            if isinstance(entry.change, OrderIntended) and entry.change.terms.exit_cause:
                return [verdict_of_order(entry.change, await self._before(entry.change))]
        return []

    async def _before(self, sale: OrderIntended) -> DecisionRow | None:
        """The decision that an exit order carries out; none of a take profit that rests."""
        terms = sale.terms
        if terms.time_in_force is TimeInForce.GOOD_TILL_CANCELED:
            return None
        last = await self._exits(terms.ticker, 1, sale.at)
        return last[0] if last and last[0].code == terms.exit_cause.upper() else None

    async def _exits(self, ticker: str, limit: int, until_ns: int | None = None) -> list[DecisionRow]:
        """The last decisions of a market's plans, up to a moment."""
        wanted = JournalFilter(ticker, _PLAN, until=None if until_ns is None else until_ns + 1)
        page = await self._ledger.journal(wanted, None, _LOOKED_AT)
        moves = ((str(entry.seq), entry.change) for entry in page.items)
        told = (verdict_of_plan(f"j{seq}", move) for seq, move in moves if isinstance(move, PlanMoved))
        return [row for row in told if row is not None][:limit]


def _newest(rows: Iterable[DecisionRow], limit: int) -> tuple[DecisionRow, ...]:
    """The last TAKE and EXIT keep their place, if there are two more."""
    ordered = sorted(rows, key=lambda row: row.at_ns, reverse=True)
    kept = [next((row for row in ordered if row.verdict == verdict), None) for verdict in (TAKE, EXIT)]
    older = [row for row in kept if row is not None and row not in ordered[:limit]]
    if limit < len(older) + 1:
        return tuple(ordered[:limit])
    older.sort(key=lambda row: row.at_ns, reverse=True)
    return (*[row for row in ordered if row not in older][: limit - len(older)], *older)
