"""Everything that bounds entries beyond the single order, behind one door for gate, engine and status."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from engine.core.breakers import Breakers
from engine.core.denial import Denial
from engine.core.desk import Desk
from engine.core.entry_pace import EntryPace
from engine.core.exposure import Spending
from engine.core.facts.orders import MANUAL, OrderTerms
from engine.core.inputs import Acked, ClockSkewSeen, CommitSlow, MarketsRead, NotSent, Rejected, Unknown
from engine.core.limits import LimitDesk
from engine.core.order_record import OrderRecord
from engine.core.risk_checks import RiskChecks
from engine.core.risk_day import RiskDay
from engine.core.timers import Due
from engine.core.worst_case import WorstCase
from engine.domain.feed import EventSeen, FeedLost
from engine.domain.market import Market
from engine.domain.units import MicroDollars, Nanoseconds

Handlers: TypeAlias = dict[type[Any], Callable[[Any], None]]
DueTable: TypeAlias = dict[Due, Callable[[str], None]]


class Risk:
    def __init__(self, desk: Desk, spending: Spending) -> None:
        self._desk = desk
        self.pace = EntryPace(desk)
        self.worst = WorstCase(desk)
        self.day = RiskDay(desk)
        self.checks = RiskChecks(desk, spending, self.pace, self.worst, self.day)
        self.breakers = Breakers(desk, self.checks, self.day)
        self.limits = LimitDesk(desk)

    def start(self, *, is_first_run: bool) -> None:
        """Goes on where the last run ended."""
        self.limits.start(is_first_run=is_first_run)
        self.day.start()
        self.breakers.start()

    def recall(self, record: OrderRecord) -> None:
        """An order of an earlier run, oldest first."""
        self.pace.recall(record)

    def closed(self) -> Denial | None:
        """Why no entry at all may go out now."""
        desk, breakers = self._desk, self.breakers
        if desk.moved_positions:
            breakers.positions_moved()
        if desk.money.breakers or desk.mono < breakers.pause_until_mono:
            refused = breakers.check()
            if refused is not None:
                return refused
        return self.checks.day_loss()

    def refused(self, terms: OrderTerms, market: Market, loss_ud: MicroDollars) -> Denial | None:
        """Why an entry of this worst loss may not."""
        desk, checks = self._desk, self.checks
        if terms.client_order_id in desk.money.orders:
            return None  # it proved absent and goes out again: it is counted already
        if terms.owner != MANUAL:
            refused = checks.bot(terms, market, loss_ud)
            if refused is not None:
                return refused
        sent = self.pace.in_minute()
        if sent >= desk.limits.entries_per_minute:
            return checks.too_fast(sent)
        return checks.worst_case(terms, market, loss_ud)

    def sent(self, terms: OrderTerms, mono: Nanoseconds) -> None:
        """An entry goes out."""
        self.pace.sent(terms, mono)
        self.worst.opened(terms)
        if self._desk.money.breakers:
            self.breakers.sent(terms.client_order_id)

    def listening(self, table: Handlers) -> Handlers:
        """A table of what is done with events, with what is learned from some of them."""
        breakers = self.breakers
        before: Handlers = {
            Acked: breakers.acked,
            Rejected: breakers.rejected,
            Unknown: breakers.unknown,
            NotSent: breakers.not_sent,
        }
        after: Handlers = {
            FeedLost: lambda _: breakers.feed_lost(),
            MarketsRead: lambda _: self.worst.relisted(),
            EventSeen: lambda _: self.worst.relisted(),
        }
        heard = {kind: _both(first, table[kind]) for kind, first in before.items()}
        heard |= {kind: _both(table[kind], then) for kind, then in after.items()}
        return {**table, **heard, ClockSkewSeen: breakers.skew, CommitSlow: breakers.slow_commit}

    def timing(self, table: DueTable) -> DueTable:
        """A table of due times with those of this."""
        breakers = self.breakers
        return {
            **table,
            Due.STRATEGY: _both(self.pace.scan_began, table[Due.STRATEGY]),
            Due.LIMIT: self.limits.due,
            Due.BREAKER: breakers.due,
            Due.FEED_WATCH: lambda _: breakers.feed_watch(),
            Due.DAY_LOOK: lambda _: breakers.day_look(),
            Due.DAY_END: lambda _: self.day.day_ended(),
        }


def _both(first: Callable[[Any], None], then: Callable[[Any], None]) -> Callable[[Any], None]:
    def both(given: Any) -> None:
        first(given)
        then(given)

    return both
