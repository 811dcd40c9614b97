"""The row of status: who runs, on which venue, in which state, and how much of what there is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from engine.control.outside_board import OutsideBoard
from engine.control.people import People
from engine.control.plan_rows import count_plans
from engine.control.risk_rows import breaker_rows, limit_rows, risk_stop
from engine.control.rows.alerts import AlertRow
from engine.control.rows.status import ExchangeRow, FeedRow, LeaseRow, StatusRow
from engine.control.rows.strategies import StrategyRow
from engine.control.stops import stop_rows
from engine.core.day_result import earned_before_ud, earned_ud, open_result_ud
from engine.core.engine import Engine
from engine.core.modes import RUNNING
from engine.domain.eastern import eastern_midnight_ns
from engine.domain.order import OrderState
from engine.domain.units import MicroDollars, Nanoseconds
from engine.ports import Clock

EXCHANGE_FEED = "exchange"
_RESTING = (OrderState.RESTING, OrderState.PARTIAL)


class StatusSource:
    """``exchange`` tells what only the adapter knows: whether requests succeed, and the clock's offset."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        pid: int,
        rev: Callable[[], int],
        exchange: Callable[[], ExchangeRow] | None = None,
        people: People | None = None,
        outside: OutsideBoard | None = None,
    ) -> None:
        self._outside = outside or OutsideBoard()
        self._engine = engine
        self._clock = clock
        self._pid = pid
        self._rev = rev
        self._exchange = exchange
        self._people = people
        self._started_mono = clock.mono_ns()
        self._day: tuple[tuple[int, int, int], MicroDollars] | None = None
        """What was earned before the Eastern day, and from which facts that was found."""

    def row(self, clients: int) -> StatusRow:
        engine = self._engine
        settings = engine.settings
        now = self._clock.mono_ns()
        resting, unknown = self._order_counts()
        return StatusRow(
            venue=settings.venue,
            mode=engine.mode,
            account=settings.account,
            build=settings.build,
            run_id=engine.money.run_id,
            pid=self._pid,
            uptime_ns=now - self._started_mono,
            rev=self._rev(),
            exchange_ns=self._clock.exchange_ns(),
            is_ready=engine.is_ready,
            is_stopping=engine.is_stopping,
            exchange=self._exchange_row(),
            feeds=(self._feed_row(now),),
            sources=self._outside.sources(),
            lease=self._lease_row(now),
            positions=sum(1 for held in engine.money.positions.values() if held.position.count_c),
            resting_orders=resting,
            unknown_orders=unknown,
            markets=len(engine.books),
            books_fresh=sum(1 for view in engine.books.values() if view.is_fresh),
            clients=clients,
            limits=limit_rows(engine),
            breakers=breaker_rows(engine),
            entries_stopped=self._entries_stopped(),
            stops=stop_rows(engine),
            exits_off=engine.money.exits_off,
            plans=count_plans(engine.money),
            notice=engine.notice,
            strategies=tuple(StrategyRow(*standing) for standing in engine.strategies),
            day_pnl_ud=self._day_pnl_ud(),
            alerts=self._alerts(),
        )

    def _day_pnl_ud(self) -> MicroDollars | None:
        """Realised since the Eastern day began, less fees, and what is open at what it would bring now."""
        money = self._engine.money
        open_ud = open_result_ud(money, self._engine.books)
        if open_ud is None:
            return None
        began_ns = eastern_midnight_ns(self._clock.exchange_ns())
        facts = (began_ns, len(money.fills), len(money.settlements))
        if self._day is None or self._day[0] != facts:
            self._day = (facts, earned_before_ud(money, began_ns))
        earned = sum(earned_ud(held.position) for held in money.positions.values())
        return earned - self._day[1] + open_ud

    def _alerts(self) -> tuple[AlertRow, ...]:
        return () if self._people is None else self._people.open_alerts

    def _entries_stopped(self) -> str:
        """Why no entry would be taken now; empty while they are."""
        engine = self._engine
        if engine.is_stopping:
            return "the engine is stopping"
        if not engine.is_ready:
            return "the engine reconciles with the exchange"
        if engine.mode != RUNNING:
            return f"the mode is {engine.mode}"
        return risk_stop(engine)

    def quick_key(self) -> tuple[Any, ...]:
        """What makes a new row worth sending at once; cheap enough for every step that has effects."""
        engine = self._engine
        lease = engine.lease
        return (
            engine.mode,
            engine.money.exits_off,
            engine.strategies,
            engine.notice,
            engine.is_ready,
            engine.is_stopping,
            engine.money.run_id,
            None if lease is None else (lease.who, lease.until_mono),
            engine.desk.feed_mono is None,
            engine.desk.exchange,
            engine.desk.limits,
            tuple(engine.money.breakers.values()),
            tuple(record.state for record in engine.money.groups.values()),
            self._order_counts(),
            self._alerts(),
        )

    def _order_counts(self) -> tuple[int, int]:
        resting = unknown = 0
        orders = self._engine.money.orders
        for name in self._engine.money.working:
            state = orders[name].state
            if state is OrderState.UNKNOWN:
                unknown += 1
            elif state in _RESTING:
                resting += 1
        return resting, unknown

    def _exchange_row(self) -> ExchangeRow:
        desk = self._engine.desk
        told = ExchangeRow() if self._exchange is None else self._exchange()
        return msgspec.structs.replace(
            told,
            is_connected=desk.feed_mono is not None,
            is_trading=None if desk.exchange is None else all(desk.exchange),
        )

    def _feed_row(self, now: Nanoseconds) -> FeedRow:
        heard = self._engine.desk.feed_mono
        if heard is None:
            return FeedRow(EXCHANGE_FEED, "lost")
        age = max(0, now - heard)
        is_stale = age > self._engine.settings.timings.stale_book_ns
        return FeedRow(EXCHANGE_FEED, "stale" if is_stale else "live", age)

    def _lease_row(self, now: Nanoseconds) -> LeaseRow | None:
        lease = self._engine.lease
        return None if lease is None else LeaseRow(lease.who, max(0, lease.until_mono - now))
