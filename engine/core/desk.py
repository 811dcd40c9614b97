"""The state that the parts of the core share, and the one place where they write.

A part changes money through :meth:`Desk.record`, asks the world through :meth:`Desk.ask`, and sets due times;
it holds no clock and no other part's state. What they did since the last :meth:`Desk.take` makes one step.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from engine.core.book_view import BookView, BookWatcher
from engine.core.changes import Change
from engine.core.effects import Alert, AlertLevel, Effect, SubmitOrder
from engine.core.facts.orders import OrderAdopted, OrderIntended
from engine.core.forecast_desk import ForecastDesk
from engine.core.limit_table import effective
from engine.core.money import MoneyState, apply
from engine.core.observation_desk import ObservationDesk
from engine.core.order_record import OrderRecord, order_intended
from engine.core.row import Row
from engine.core.settings import REAL_SPEED, EngineSettings
from engine.core.step import Step
from engine.core.timers import Due, Timers
from engine.domain.feed import TickerQuote
from engine.domain.market import Event, Market
from engine.domain.units import Nanoseconds


class Asked(Enum):
    """The request about an order whose outcome is still to come."""

    SUBMIT = "submit"
    AMEND = "amend"


_SUBMIT = Asked.SUBMIT


class Desk:
    """Everything but money is rebuilt at each start. ``at`` and ``mono`` never run backwards."""

    def __init__(self, settings: EngineSettings, money: MoneyState) -> None:
        self.settings = settings
        self.timings = settings.timings
        self.money = money
        self.limits = effective(settings.limits, money.limits)
        """What holds now; :mod:`engine.core.limits` alone changes it."""
        self.markets: dict[str, Market] = {}
        self.events: dict[str, Event] = {}
        self.books: dict[str, BookView] = {}
        self.quotes: dict[str, TickerQuote] = {}
        self.shards: dict[int, tuple[bool, bool]] = {}
        """Exchange and trading active, by shard."""
        self.exchange: tuple[bool, bool] | None = None
        """The same for the exchange as a whole; None before it was read."""
        self.next_pause: tuple[Nanoseconds, Nanoseconds] | None = None
        """Start and end of the trading pause that is announced next, or that runs; exchange time."""
        self.resumed_mono: Nanoseconds | None = None
        """When trading went on after a pause that this run saw."""
        self.in_flight: dict[str, Asked] = {}
        """Client order ids of requests that went out in this run and have no outcome yet."""
        self.intended: dict[str, Nanoseconds] = {}
        """When each order of this run was intended, monotonic; dropped when it ends."""
        self.absent: dict[str, None] = {}
        """Orders that were looked for and not found; any later evidence reopens one."""
        self.changed_orders: dict[str, None] = {}
        """Orders that changed since their spending was last added up."""
        self.moved_markets: dict[str, None] = {}
        """Markets whose orders or position changed since their worst case was last added up."""
        self.moved_positions: dict[str, None] = {}
        """Markets whose position changed since the day's result was last looked at."""
        self.moved_exits: dict[str, None] = {}
        """Markets whose orders or position changed since their plan was last looked at."""
        self.forecasts = ForecastDesk(settings.timings.stale_forecast_ns)
        self.observations = ObservationDesk(settings.timings.stale_observation_ns)
        self.timers = Timers()
        self.at: Nanoseconds = 0
        self.mono: Nanoseconds = 0
        self.feed_mono: Nanoseconds | None = None
        """When the feed was last heard; None while there is none."""
        self.run_id = ""
        self.is_ready = False
        self.is_stopping = False
        self._watchers: dict[str, tuple[BookWatcher, ...]] = {}
        self._working_in: dict[str, dict[str, None]] = {}
        for client_order_id in money.working:
            self._order_changed(client_order_id)
        self._changes: list[Change] = []
        self._rows: list[Row] = []
        self._effects: list[Effect] = []
        self._touched: dict[str, None] = {}

    def record(self, change: Change) -> None:
        """Makes a fact so. The only writer of money outside of recovery."""
        self._changes.append(change)
        rows = apply(self.money, change)
        self._rows += rows
        for row in rows:
            if row.kind == "position":
                self.moved_positions[row.key] = self.moved_markets[row.key] = None
                self.moved_exits[row.key] = None
        if isinstance(change, OrderAdopted):
            self._order_changed(change.terms.client_order_id)
        else:
            client_order_id = getattr(change, "client_order_id", "")
            if client_order_id:
                self._order_changed(client_order_id)

    def intend(self, change: OrderIntended, request: SubmitOrder) -> None:
        """:meth:`record` of a new order, with its request: it works from now on, and what it takes is counted
        by who sends it."""
        self._changes.append(change)
        self._rows.append(order_intended(self.money, change))
        self._effects.append(request)
        terms = change.terms
        ticker, client_order_id = terms.ticker, terms.client_order_id
        if not terms.opens:
            self.moved_markets[ticker] = None
        names = self._working_in.get(ticker)
        if names is None:
            self._working_in[ticker] = {client_order_id: None}
        else:
            names[client_order_id] = None
        self.intended[client_order_id] = self.mono
        self.in_flight[client_order_id] = _SUBMIT
        self._touched[ticker] = None

    def _order_changed(self, client_order_id: str) -> None:
        self.changed_orders[client_order_id] = None
        record = self.money.orders.get(client_order_id)
        if record is None:
            return
        ticker = record.terms.ticker
        self.moved_markets[ticker] = self.moved_exits[ticker] = None
        names = self._working_in.get(ticker)
        if client_order_id in self.money.working:
            if names is None:
                self._working_in[ticker] = {client_order_id: None}
            else:
                names[client_order_id] = None
        elif names is not None:
            names.pop(client_order_id, None)
            if not names:
                del self._working_in[ticker]

    def ask(self, effect: Effect) -> None:
        self._effects.append(effect)

    def alert(self, level: AlertLevel, code: str, text: str, subject: str = "") -> None:
        self._effects.append(Alert(level, code, text, subject))

    def cash_moved(self) -> None:
        """The exchange's balance says something else by now: it is read soon, once for all until then."""
        if not self.timers.is_set(Due.BALANCE):
            self.timers.after_mono(self.mono + self.timings.balance_spacing_ns, Due.BALANCE)

    def touch(self, ticker: str) -> None:
        self._touched[ticker] = None

    def watch_book(self, ticker: str, watcher: BookWatcher) -> None:
        """Has ``watcher`` told of every change of a market's book from now on, once however often asked."""
        watchers = self._watchers.get(ticker, ())
        if watcher not in watchers:
            self._set_watchers(ticker, (*watchers, watcher))

    def leave_book(self, ticker: str, watcher: BookWatcher) -> None:
        self._set_watchers(ticker, tuple(w for w in self._watchers.get(ticker, ()) if w != watcher))

    def new_book(self, ticker: str) -> BookView:
        """An empty book of a market that the feed begins to carry."""
        view = self.books[ticker] = BookView(ticker, self._watchers.get(ticker, ()))
        return view

    def _set_watchers(self, ticker: str, watchers: tuple[BookWatcher, ...]) -> None:
        if watchers:
            self._watchers[ticker] = watchers
        else:
            self._watchers.pop(ticker, None)
        view = self.books.get(ticker)
        if view is not None:
            view.watchers = watchers

    def order(self, name: str) -> OrderRecord | None:
        """By client order id, or by the exchange's."""
        found = self.money.orders.get(name)
        return found or self.money.orders.get(self.money.client_id_of.get(name, ""))

    def working(self, ticker: str = "") -> list[OrderRecord]:
        """Orders that are not ended, oldest first; of one market, or (empty) of all."""
        orders = self.money.orders
        names = self._working_in.get(ticker, ()) if ticker else self.money.working
        return [orders[client_order_id] for client_order_id in names]

    def working_names(self, ticker: str) -> Iterable[str]:
        """Client order ids of one market's working orders, oldest first."""
        return self._working_in.get(ticker, ())

    def nameless(self, ticker: str) -> list[OrderRecord]:
        """Orders of a market whose id at the exchange is not known, if they have one."""
        absent = [self.money.orders[name] for name in self.absent]
        found = [*self.working(ticker), *(record for record in absent if record.terms.ticker == ticker)]
        return [record for record in found if not record.order_id]

    def held_c(self, ticker: str) -> int:
        """Above zero YES, below zero NO."""
        held = self.money.positions.get(ticker)
        return 0 if held is None else held.position.count_c

    @property
    def exits_on(self) -> bool:
        """Whether plans may send their exits."""
        return not self.money.exits_off

    def passed_since(self, at_then: Nanoseconds) -> Nanoseconds:
        """Monotonic time since a moment of exchange time that was written down, maybe by an earlier run: what
        is left of a deadline counts with it, at whatever speed the exchange's clock runs."""
        passed_ns = max(0, self.at - at_then)
        speed = self.settings.speed_millionths
        if speed == REAL_SPEED:
            return passed_ns
        return passed_ns * REAL_SPEED // speed if speed else 0

    def is_book_stale(self, view: BookView | None) -> bool:
        """Whether a book may not be traded on: none, marked stale, or a feed that fell silent."""
        if view is None or not view.is_fresh or self.feed_mono is None:
            return True
        return self.mono - self.feed_mono > self.timings.stale_book_ns

    def take(self) -> Step:
        """What was done since the last call, as one step."""
        wake = self.timers.next_wake_mono(self.at, self.mono, self.timings.most_wait_ns)
        effects, touched, changes = self._effects, self._touched, self._changes
        if not changes:
            if effects:
                self._effects = []
            if touched:
                self._touched = {}
            return Step((), (), tuple(effects), tuple(touched), wake)
        rows = self._rows
        self._changes, self._rows, self._effects, self._touched = [], [], [], {}
        return Step(tuple(changes), tuple(rows), tuple(effects), tuple(touched), wake)
