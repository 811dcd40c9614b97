"""What the core is told, and which of its parts hears it; and whom each due time belongs to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.core.desk import Desk
from engine.core.effects import AlertLevel
from engine.core.evidence import sighting
from engine.core.facts.stance import RunEnded, RunStarted
from engine.core.inputs import (
    Acked,
    BalanceRead,
    CancelAcked,
    CancelFailed,
    CancelGone,
    CancelsAnswered,
    CandlesReady,
    ComputeDone,
    FillsRead,
    ForecastLost,
    ForecastReady,
    HaltLifted,
    HaltSeen,
    MarketRead,
    MarketsRead,
    NotSent,
    Observation,
    OrdersRead,
    PositionsRead,
    ReadFailed,
    Recovered,
    Rejected,
    ScheduleRead,
    SettlementsRead,
    SourceSeen,
    StatusRead,
    Stopping,
    Unknown,
    Woken,
)
from engine.core.long_unknown import tell_long_unknown
from engine.core.parts import Parts
from engine.core.timers import Due
from engine.domain.feed import (
    BookFresh,
    BookStale,
    EventFeeSeen,
    EventSeen,
    FeedConnected,
    FeedLost,
    FillSeen,
    IndexSeen,
    LifecycleKind,
    LifecycleSeen,
    OrderSeen,
    ReconcileNeeded,
    TickerQuote,
)


class Hearing:
    def __init__(self, desk: Desk, parts: Parts) -> None:
        self._desk = desk
        self._parts = parts
        heard = parts.groups.listening(parts.exits.listening(self._table()))
        self.handlers: dict[type[Any], Callable[[Any], None]] = parts.risk.listening(heard)
        self.due: dict[Due, Callable[[str], None]] = parts.risk.timing(parts.exits.timing(self._due_table()))

    def _table(self) -> dict[type[Any], Callable[[Any], None]]:
        parts = self._parts
        return {
            BookFresh: parts.market_feed.fresh,
            BookStale: parts.market_feed.stale,
            TickerQuote: parts.market_feed.quote,
            FillSeen: self._fill_seen,
            OrderSeen: self._order_seen,
            LifecycleSeen: self._lifecycle,
            IndexSeen: parts.triggers.index,
            EventSeen: parts.market_feed.event,
            EventFeeSeen: self._event_fee,
            FeedConnected: self._feed_connected,
            FeedLost: self._feed_lost,
            ReconcileNeeded: self._reconcile_needed,
            Woken: _nothing,
            NotSent: parts.outcomes.not_sent,
            Acked: parts.outcomes.acked,
            Rejected: parts.outcomes.rejected,
            Unknown: self._unknown,
            CancelAcked: parts.orders.cancel_acked,
            CancelGone: parts.orders.cancel_gone,
            CancelFailed: parts.cancels.failed,
            CancelsAnswered: self._cancels_answered,
            HaltSeen: parts.stance.halt_seen,
            HaltLifted: parts.stance.halt_lifted,
            MarketsRead: parts.reconciliation.markets,
            OrdersRead: self._orders_read,
            FillsRead: parts.reconciliation.fills,
            PositionsRead: parts.reconciliation.positions,
            SettlementsRead: parts.reconciliation.settlements,
            BalanceRead: parts.reconciliation.balance,
            StatusRead: parts.exchange_state.status,
            ScheduleRead: parts.exchange_state.schedule,
            MarketRead: parts.aftermath.read,
            ReadFailed: self._read_failed,
            CandlesReady: parts.host.candles,
            Observation: parts.sources.observation,
            SourceSeen: parts.sources.seen,
            ComputeDone: parts.host.computed,
            ForecastReady: parts.host.forecast_ready,
            ForecastLost: parts.host.forecast_lost,
            Stopping: self._stopping,
            Recovered: self._recovered,
        }

    def _due_table(self) -> dict[Due, Callable[[str], None]]:
        parts = self._parts
        return {
            Due.LOOKUP: parts.doubts.look,
            Due.UNKNOWN_LONG: lambda name: tell_long_unknown(self._desk, parts.doubts.by_order, name),
            Due.RECONCILE: lambda _: parts.reconciliation.begin(),
            Due.READ_RETRY: parts.reconciliation.retry,
            Due.BOOKS_GRACE: _nothing,
            Due.CATCH_UP: lambda _: parts.fills.catch_up(),
            Due.BALANCE: lambda _: parts.cash.ask(),
            Due.CANCEL_RETRY: parts.cancels.pursue,
            Due.EXTEND: parts.extending.extend,
            Due.SCHEDULE: lambda _: parts.exchange_state.ask_schedule(),
            Due.PAUSE: lambda _: parts.exchange_state.moment(),
            Due.EXCHANGE_STATUS: lambda _: parts.exchange_state.ask_status(),
            Due.UNIVERSE: self._universe_due,
            Due.LEASE: lambda _: parts.leases.lapse(),
            Due.MARKET_CLOSE: parts.aftermath.closed,
            Due.AFTERMATH: parts.aftermath.look,
            Due.STRATEGY: parts.host.due,
            Due.CONDITION: parts.triggers.due_condition,
            Due.LOAD: parts.triggers.due_load,
            Due.LOOK_AROUND: parts.triggers.look_around,
            Due.ORDER_GROUP: parts.groups.due,
        }

    def _recovered(self, event: Recovered) -> None:
        desk = self._desk
        desk.run_id = event.run_id
        settings = self._desk.settings
        is_first_run = not self._desk.money.run_id
        desk.record(RunStarted(event.run_id, settings.venue, settings.account, settings.build, desk.at))
        for client_order_id, record in self._desk.money.orders.items():
            if record.state == "absent":
                desk.absent[client_order_id] = None
            self._parts.gate.recall(record)
        self._parts.risk.start(is_first_run=is_first_run)
        for record in desk.working():
            self._parts.extending.watch(record)
            self._parts.spending.found(record.terms.client_order_id)
        self._parts.lookups.recovered()
        self._parts.groups.start()
        self._parts.exits.start()
        self._parts.host.start()
        self._parts.exchange_state.start()
        self._parts.aftermath.start()
        self._parts.triggers.start()
        self._parts.reconciliation.begin()

    def _stopping(self, event: Stopping) -> None:
        self._parts.commands.stop()
        if self._desk.run_id:
            self._desk.record(RunEnded(self._desk.run_id, self._desk.at))

    def _unknown(self, event: Unknown) -> None:
        """A pause is among what makes an outcome unknown."""
        self._parts.outcomes.unknown(event)
        self._parts.exchange_state.ask_status()

    def _cancels_answered(self, event: CancelsAnswered) -> None:
        for outcome in event.outcomes:
            self.handlers[type(outcome)](outcome)

    def _fill_seen(self, event: FillSeen) -> None:
        if event.subaccount == 0:
            self._parts.orders.fill(event.fill)

    def _order_seen(self, event: OrderSeen) -> None:
        if event.subaccount == 0:
            self._parts.orders.seen(sighting(event))

    def _lifecycle(self, event: LifecycleSeen) -> None:
        self._parts.market_feed.lifecycle(event)
        if event.kind is LifecycleKind.SETTLED and event.ticker in self._desk.money.positions:
            self._parts.settlements.ask()
            self._parts.cash.ask()

    def _event_fee(self, event: EventFeeSeen) -> None:
        """Fees are part of the listing: it is read anew."""
        self._parts.universe.hint(event.event_ticker.partition("-")[0])

    def _feed_connected(self, event: FeedConnected) -> None:
        self._desk.feed_mono = self._desk.mono
        self._parts.reconciliation.reached_anew()
        if event.attempt > 1 and self._desk.run_id:
            self._parts.reconciliation.begin()

    def _feed_lost(self, event: FeedLost) -> None:
        self._parts.market_feed.lost()
        self._desk.alert(
            AlertLevel.WARNING, "FEED_LOST", f"feed: {event.reason}; entries wait for fresh books"
        )

    def _reconcile_needed(self, event: ReconcileNeeded) -> None:
        if self._desk.run_id:
            self._parts.reconciliation.begin()

    def _orders_read(self, read: OrdersRead) -> None:
        if read.ticker:
            self._parts.lookups.listed(read)
        else:
            self._parts.reconciliation.orders(read)

    def _read_failed(self, event: ReadFailed) -> None:
        if event.effect == "ReadOrders" and event.scope:
            self._parts.doubts.looked(event.scope)
        elif event.effect == "ReadGroups":
            self._parts.groups.read_failed()
        elif event.effect == "ReadCandles":
            self._parts.host.candles_failed(event.scope)
        else:
            self._parts.reconciliation.failed(event)

    def _universe_due(self, series_ticker: str) -> None:
        if series_ticker:
            self._parts.universe.ask(series_ticker)
        else:
            self._parts.universe.refresh()
            self._parts.host.forget()


def _nothing(_: object) -> None:
    """An event that brings nothing but its time."""
