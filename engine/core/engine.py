"""The deterministic machine: one event in, one step out.

It reads no clock, draws no id and touches no socket; the same inputs give the same steps in any process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from engine.core.aftermath import Aftermath
from engine.core.answers import Answers
from engine.core.book_view import BookView
from engine.core.cancels import Cancels
from engine.core.cash import Cash
from engine.core.changes import RunEnded, RunStarted
from engine.core.commands import Commands
from engine.core.desk import Desk
from engine.core.doubts import Doubts
from engine.core.effects import AlertLevel
from engine.core.evidence import sighting
from engine.core.exchange_state import ExchangeState
from engine.core.exits.exits import Exits
from engine.core.exposure import Spending
from engine.core.extending import Extending
from engine.core.feed import MarketFeed
from engine.core.fills import Fills
from engine.core.gate import Gate
from engine.core.host import Host
from engine.core.inputs import (
    Acked,
    BalanceRead,
    CancelAcked,
    CancelFailed,
    CancelGone,
    CancelsAnswered,
    CandlesReady,
    Command,
    ComputeDone,
    FillsRead,
    ForecastLost,
    ForecastReady,
    HaltLifted,
    HaltSeen,
    Input,
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
from engine.core.lease import Lease, Leases
from engine.core.long_unknown import tell_long_unknown
from engine.core.lookups import Lookups
from engine.core.money import MoneyState
from engine.core.order_groups import OrderGroups
from engine.core.orders import Orders
from engine.core.outcomes import Outcomes
from engine.core.placing import Placing
from engine.core.reconcile import Reconciliation
from engine.core.risk import Risk
from engine.core.sender import Sender
from engine.core.settings import EngineSettings
from engine.core.settlements import Settlements
from engine.core.sources import Sources
from engine.core.stage_record import Stage
from engine.core.stages import Stages
from engine.core.stance import Stance
from engine.core.step import Step
from engine.core.strategy import Strategy
from engine.core.timers import Due, Timer
from engine.core.triggers.desk_of_triggers import Triggers
from engine.core.universe import Universe
from engine.domain.book import BookCorrupt
from engine.domain.decision import DecisionRow
from engine.domain.feed import (
    BookFresh,
    BookStale,
    BookUpdated,
    EventFeeSeen,
    EventSeen,
    FeedAlive,
    FeedConnected,
    FeedLost,
    FillSeen,
    IndexSeen,
    LifecycleKind,
    LifecycleSeen,
    OrderSeen,
    PublicTrade,
    ReconcileNeeded,
    StaleReason,
    TickerQuote,
)
from engine.domain.market import Event, Market
from engine.domain.order import BookSide

__all__ = ["BookView", "Engine", "Lease", "Step"]

_BID = BookSide.BID
_FEED_EVENTS = frozenset(
    {BookFresh, BookStale, TickerQuote, PublicTrade, FillSeen, OrderSeen, LifecycleSeen, IndexSeen, FeedAlive}
)
"""What shows that the exchange is heard; a single level of a book does too."""


class Engine:
    """``money``, ``markets``, ``events``, ``books`` and ``quotes`` are for reading."""

    def __init__(
        self, settings: EngineSettings, money: MoneyState, strategies: Sequence[Strategy] = ()
    ) -> None:
        self.settings = settings
        self.desk = desk = Desk(settings, money)
        self.money = money
        self.markets: dict[str, Market] = desk.markets
        self.events: dict[str, Event] = desk.events
        self.books: dict[str, BookView] = desk.books
        self.quotes: dict[str, TickerQuote] = desk.quotes
        self._answers = Answers(desk)
        self._doubts = Doubts(desk)
        self._fills = Fills(desk, self._doubts)
        self._cancels = Cancels(desk, self._answers, self._doubts)
        self._orders = Orders(desk, self._answers, self._doubts, self._cancels, self._fills)
        self._leases = Leases(desk)
        self._spending = Spending(desk)
        self.risk = risk = Risk(desk, self._spending)
        self._stages = Stages(desk, self._cancels, self._answers, [strategy.name for strategy in strategies])
        series_of = {strategy.name: strategy.needs(strategy.params).series for strategy in strategies}
        groups = self._groups = OrderGroups(desk, self._stages, self._orders, risk.breakers, series_of)
        self._gate = Gate(desk, self._leases, self._spending, risk, groups)
        self._sender = Sender(desk)
        self._placing = Placing(desk, self._gate, self._sender, self._cancels, groups)
        self._extending = Extending(desk)
        self._outcomes = Outcomes(desk, self._orders, self._extending, self._doubts)
        self._lookups = Lookups(desk, self._doubts, self._orders, self._fills, self._gate, self._sender)
        self._universe = Universe(desk)
        self._market_feed = MarketFeed(desk, self._universe)
        self._cash = Cash(desk, self._spending)
        self._settlements = Settlements(desk)
        self._reconciliation = Reconciliation(
            desk, self._doubts, self._orders, self._fills, self._settlements, self._cash, self._universe
        )
        self._aftermath = Aftermath(desk, self._universe, self._settlements)
        self._exchange_state = ExchangeState(
            desk, self._doubts, self._reconciliation, self._extending, self._cancels
        )
        self._stance = Stance(desk, self._cancels, self._answers, self._stages)
        self._triggers = Triggers(desk, self._placing, self._universe, self._answers)
        self._exits = Exits(desk, self._placing, self._cancels, self._doubts, self._fills, self._answers)
        self._commands = Commands(
            desk,
            self._answers,
            self._placing,
            self._cancels,
            self._leases,
            self._universe,
            self._stance,
            self._triggers,
            risk,
            self._exits,
            groups,
        )
        entry_wait = self._exits.entry_wait
        self._host = Host(
            desk, self._placing, self._cancels, self._universe, self._stages, entry_wait, strategies
        )
        self._sources = Sources(desk, self._host, self._triggers)
        self._grace_until: int | None = None
        handlers = groups.listening(self._exits.listening(self._table()))
        self._handlers: dict[type[Any], Callable[[Any], None]] = risk.listening(handlers)
        self._due: dict[Due, Callable[[str], None]] = risk.timing(self._exits.timing(self._due_table()))

    @property
    def is_ready(self) -> bool:
        """Whether entries are taken: reconciled once, and books are there."""
        return self.desk.is_ready

    @property
    def is_stopping(self) -> bool:
        return self.desk.is_stopping

    @property
    def ended(self) -> dict[str, None]:
        """Markets without a book that somebody still holds or looks at."""
        return self._universe.ended

    @property
    def mode(self) -> str:
        return self._stance.mode

    @property
    def notice(self) -> str:
        """What the exchange has announced or does, and what that means here."""
        return self._exchange_state.notice

    @property
    def strategies(self) -> tuple[tuple[str, Stage, str], ...]:
        """Name, stage, and why it was switched off by itself (empty: it was not)."""
        return self._host.standing()

    def dry_run(self, strategy: str = "") -> tuple[DecisionRow, ...]:
        """What strategies would decide now, whatever their stage; nothing is kept, sent or remembered."""
        return self._host.dry_run(strategy)

    @property
    def lease(self) -> Lease | None:
        return self._leases.live

    @property
    def status(self) -> dict[int, tuple[bool, bool]]:
        """Exchange and trading active, by shard."""
        return self.desk.shards

    @property
    def in_doubt(self) -> int:
        """Orders that are being looked for."""
        return len(self._doubts.by_order)

    def step(self, given: Input) -> Step:
        """Takes one event at its time. Raises nothing for what the world may say."""
        desk = self.desk
        if given.at > desk.at:
            desk.at = given.at
        mono = given.mono
        if mono > desk.mono:
            desk.mono = mono
        event = given.event
        kind = type(event)
        if kind is BookUpdated:
            return self._book_updated(event)  # type: ignore[arg-type]
        if kind is Command:
            self._commands.take(event)  # type: ignore[arg-type]
            return self._finish()
        if kind in _FEED_EVENTS and desk.feed_mono is not None:
            desk.feed_mono = desk.mono
        handler = self._handlers.get(kind)
        if handler is not None:
            handler(event)
        return self._finish()

    def _book_updated(self, event: BookUpdated) -> Step:
        """The hot path: nine of ten events are one level of one book."""
        desk = self.desk
        if desk.feed_mono is not None:
            desk.feed_mono = desk.mono
        view = desk.books.get(event.ticker)
        if view is None or not view.is_fresh:
            return self._finish()
        try:
            if event.side is _BID:
                view.book.change_bid(event.price_bp, event.delta_c)
            else:
                view.book.change_ask(event.price_bp, event.delta_c)
        except BookCorrupt:
            self._market_feed.mark_stale(event.ticker, StaleReason.NEGATIVE_LEVEL)
            return self._finish()
        view.changed_mono = desk.mono
        if view.watchers or self._host.follows_books:
            return self._book_followed(view)
        timers = desk.timers
        if desk.mono >= timers.next_mono or desk.at >= timers.next_at:
            desk.touch(event.ticker)
            return self._finish()
        wake = timers.next_wake_mono(desk.at, desk.mono, desk.timings.most_wait_ns)
        return Step((), (), (), view.touched, wake)

    def _book_followed(self, view: BookView) -> Step:
        """A level of a book on which something waits: a plan, a condition, a strategy."""
        ticker = view.touched[0]
        view.tell()
        if self._host.follows_books:
            self._host.book_changed(ticker)
        self.desk.touch(ticker)
        return self._finish()

    def _finish(self) -> Step:
        """Does what is due by now and closes the step."""
        desk = self.desk
        timers, at, mono = desk.timers, desk.at, desk.mono
        if mono >= timers.pace_due_mono:
            timers.pace(at, mono)
        if mono >= timers.next_mono or at >= timers.next_at:
            for timer in timers.due(at, mono):
                self._fire(timer)
        if not desk.is_ready:
            self._open()
        if desk.moved_exits:
            self._exits.settle()
        if desk.moved_positions:
            self.risk.breakers.positions_moved()
        return desk.take()

    def _fire(self, timer: Timer) -> None:
        self._due[timer.due](timer.key)

    def _open(self) -> None:
        """Ready once the first reconciliation is over and books are there, or were waited for."""
        desk = self.desk
        if not self._reconciliation.rounds:
            return
        missing = [ticker for ticker in self._universe.watched if not desk.books[ticker].is_fresh]
        if missing and self._grace_until is None:
            self._grace_until = desk.mono + desk.timings.books_grace_ns
            desk.timers.after_mono(self._grace_until, Due.BOOKS_GRACE)
        if not missing or (self._grace_until is not None and desk.mono >= self._grace_until):
            desk.is_ready = True
            self._groups.prepare()

    def _table(self) -> dict[type[Any], Callable[[Any], None]]:
        return {
            BookFresh: self._market_feed.fresh,
            BookStale: self._market_feed.stale,
            TickerQuote: self._market_feed.quote,
            FillSeen: self._fill_seen,
            OrderSeen: self._order_seen,
            LifecycleSeen: self._lifecycle,
            IndexSeen: self._triggers.index,
            EventSeen: self._market_feed.event,
            EventFeeSeen: self._event_fee,
            FeedConnected: self._feed_connected,
            FeedLost: self._feed_lost,
            ReconcileNeeded: self._reconcile_needed,
            Woken: _nothing,
            NotSent: self._outcomes.not_sent,
            Acked: self._outcomes.acked,
            Rejected: self._outcomes.rejected,
            Unknown: self._unknown,
            CancelAcked: self._orders.cancel_acked,
            CancelGone: self._orders.cancel_gone,
            CancelFailed: self._cancels.failed,
            CancelsAnswered: self._cancels_answered,
            HaltSeen: self._stance.halt_seen,
            HaltLifted: self._stance.halt_lifted,
            MarketsRead: self._reconciliation.markets,
            OrdersRead: self._orders_read,
            FillsRead: self._reconciliation.fills,
            PositionsRead: self._reconciliation.positions,
            SettlementsRead: self._reconciliation.settlements,
            BalanceRead: self._reconciliation.balance,
            StatusRead: self._exchange_state.status,
            ScheduleRead: self._exchange_state.schedule,
            MarketRead: self._aftermath.read,
            ReadFailed: self._read_failed,
            CandlesReady: self._host.candles,
            Observation: self._sources.observation,
            SourceSeen: self._sources.seen,
            ComputeDone: self._host.computed,
            ForecastReady: self._host.forecast_ready,
            ForecastLost: self._host.forecast_lost,
            Stopping: self._stopping,
            Recovered: self._recovered,
        }

    def _due_table(self) -> dict[Due, Callable[[str], None]]:
        return {
            Due.LOOKUP: self._doubts.look,
            Due.UNKNOWN_LONG: lambda name: tell_long_unknown(self.desk, self._doubts.by_order, name),
            Due.RECONCILE: lambda _: self._reconciliation.begin(),
            Due.READ_RETRY: self._reconciliation.retry,
            Due.BOOKS_GRACE: _nothing,
            Due.CATCH_UP: lambda _: self._fills.catch_up(),
            Due.BALANCE: lambda _: self._cash.ask(),
            Due.CANCEL_RETRY: self._cancels.pursue,
            Due.EXTEND: self._extending.extend,
            Due.SCHEDULE: lambda _: self._exchange_state.ask_schedule(),
            Due.PAUSE: lambda _: self._exchange_state.moment(),
            Due.EXCHANGE_STATUS: lambda _: self._exchange_state.ask_status(),
            Due.UNIVERSE: self._universe_due,
            Due.LEASE: lambda _: self._leases.lapse(),
            Due.MARKET_CLOSE: self._aftermath.closed,
            Due.AFTERMATH: self._aftermath.look,
            Due.STRATEGY: self._host.due,
            Due.CONDITION: self._triggers.due_condition,
            Due.LOAD: self._triggers.due_load,
            Due.LOOK_AROUND: self._triggers.look_around,
            Due.ORDER_GROUP: self._groups.due,
        }

    def _recovered(self, event: Recovered) -> None:
        desk = self.desk
        desk.run_id = event.run_id
        settings = self.settings
        is_first_run = not self.money.run_id
        desk.record(RunStarted(event.run_id, settings.venue, settings.account, settings.build, desk.at))
        for client_order_id, record in self.money.orders.items():
            if record.state == "absent":
                desk.absent[client_order_id] = None
            self._gate.recall(record)
        self.risk.start(is_first_run=is_first_run)
        for record in desk.working():
            self._extending.watch(record)
            self._spending.found(record.terms.client_order_id)
        self._lookups.recovered()
        self._groups.start()
        self._exits.start()
        self._host.start()
        self._exchange_state.start()
        self._aftermath.start()
        self._triggers.start()
        self._reconciliation.begin()

    def _stopping(self, event: Stopping) -> None:
        self._commands.stop()
        if self.desk.run_id:
            self.desk.record(RunEnded(self.desk.run_id, self.desk.at))

    def _unknown(self, event: Unknown) -> None:
        """A pause is among what makes an outcome unknown."""
        self._outcomes.unknown(event)
        self._exchange_state.ask_status()

    def _cancels_answered(self, event: CancelsAnswered) -> None:
        for outcome in event.outcomes:
            self._handlers[type(outcome)](outcome)

    def _fill_seen(self, event: FillSeen) -> None:
        if event.subaccount == 0:
            self._orders.fill(event.fill)

    def _order_seen(self, event: OrderSeen) -> None:
        if event.subaccount == 0:
            self._orders.seen(sighting(event))

    def _lifecycle(self, event: LifecycleSeen) -> None:
        self._market_feed.lifecycle(event)
        if event.kind is LifecycleKind.SETTLED and event.ticker in self.money.positions:
            self._settlements.ask()
            self._cash.ask()

    def _event_fee(self, event: EventFeeSeen) -> None:
        """Fees are part of the listing: it is read anew."""
        self._universe.hint(event.event_ticker.partition("-")[0])

    def _feed_connected(self, event: FeedConnected) -> None:
        self.desk.feed_mono = self.desk.mono
        if event.attempt > 1 and self.desk.run_id:
            self._reconciliation.begin()

    def _feed_lost(self, event: FeedLost) -> None:
        self._market_feed.lost()
        self.desk.alert(
            AlertLevel.WARNING, "FEED_LOST", f"feed: {event.reason}; entries wait for fresh books"
        )

    def _reconcile_needed(self, event: ReconcileNeeded) -> None:
        if self.desk.run_id:
            self._reconciliation.begin()

    def _orders_read(self, read: OrdersRead) -> None:
        if read.ticker:
            self._lookups.listed(read)
        else:
            self._reconciliation.orders(read)

    def _read_failed(self, event: ReadFailed) -> None:
        if event.effect == "ReadOrders" and event.scope:
            self._doubts.looked(event.scope)
        elif event.effect == "ReadGroups":
            self._groups.read_failed()
        elif event.effect == "ReadCandles":
            self._host.candles_failed(event.scope)
        else:
            self._reconciliation.failed(event)

    def _universe_due(self, series_ticker: str) -> None:
        if series_ticker:
            self._universe.ask(series_ticker)
        else:
            self._universe.refresh()
            self._host.forget()


def _nothing(_: object) -> None:
    """An event that brings nothing but its time."""
