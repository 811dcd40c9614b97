"""What every panel reads: the engine's pictures, what is loaded, and what was fetched about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from console.tui.beat import Beats
from console.tui.clocks import DeskClock, ExchangeTime, eastern
from console.tui.fetched import Fetcher, What
from console.tui.flush import BEAT
from console.tui.strikes import strike_order
from engine.control.attachment import TieState
from engine.control.errors import ControlError
from engine.control.forecast_rows import DecisionRow
from engine.control.protocol import BOOK_PREFIX, DESK, WATCH, CommandAnswer, book_topic, forecast_topic
from engine.control.queries import Args, CandlesArgs, FactsArgs, Page, TradesArgs, WhyArgs
from engine.control.replica import BookPicture, Replica
from engine.control.rows import (
    CashRow,
    FactsRow,
    IndexRow,
    MarketRow,
    OrderRow,
    PositionRow,
    QuoteRow,
    StatusRow,
    TradeRow,
)
from engine.domain.candle import Candlestick
from engine.domain.command import AlertBody, CommandBody
from engine.domain.market import MarketStatus
from engine.domain.units import CONTRACT_BP, MINUTE_NS, SECOND_NS, Nanoseconds

PERIODS_MIN = (1, 60, 1440)
"""The periods in which the exchange keeps candles."""
CANDLES_KEPT = 480
TRADES_KEPT = 200
DECISIONS_KEPT = 30
LEGS_LOOKED_UP = 60
SILENT_AFTER_S = 3.0
"""The engine beats every second; after so long its pictures are not current any more."""
INDEX = "index"
WHY = "WHY"
TAPE_PREFIX = "tape:"
_SOONEST_REFRESH_NS = 5 * SECOND_NS
_AFTER_PERIOD_NS = 2 * SECOND_NS
_DECISIONS_EACH_NS = 10 * SECOND_NS


class Tie(Protocol):
    """What a desk needs of its engine; engine.control.attachment.Attachment is one."""

    @property
    def replica(self) -> Replica: ...

    @property
    def state(self) -> TieState: ...

    @property
    def reason(self) -> ControlError | None: ...

    def listen(self, listener: Callable[[str], None]) -> Callable[[], None]: ...

    async def command(
        self, body: CommandBody | AlertBody, *, command_id: str = "", is_interactive: bool = False
    ) -> CommandAnswer: ...

    async def query(
        self, kind: str, args: Args | None = None, cursor: str | None = None, limit: int = 100
    ) -> Page[Any]: ...

    async def subscribe(self, topic: str) -> None: ...

    async def unsubscribe(self, topic: str) -> None: ...


@dataclass(frozen=True, slots=True)
class CandleSeries:
    """Candles of one market, oldest first, as they were at ``fetched_ns`` (exchange time)."""

    ticker: str
    period_min: int
    candles: tuple[Candlestick, ...]
    fetched_ns: Nanoseconds


@dataclass(frozen=True, slots=True)
class Decisions:
    """Verdicts on one market or of one order, newest first, as they were at ``fetched_ns``."""

    rows: tuple[DecisionRow, ...]
    fetched_ns: Nanoseconds


class Desk:
    """For reading by panels; :meth:`load`, :meth:`load_event`, :meth:`set_period` and :meth:`set_starred`
    choose, and ``changed`` is told of every change with the topic, or an empty text for the tie itself.

    ``facts``, ``candles`` and ``trades`` fill by themselves for what is loaded.
    """

    def __init__(
        self, tie: Tie, clock: DeskClock, *, period_min: int = 60, starred: tuple[str, ...] = ()
    ) -> None:
        self.tie = tie
        self.replica = tie.replica
        self.loaded = ""
        self.event = ""
        self.period_min = period_min
        self.starred = starred
        self.facts: dict[str, FactsRow] = {}
        self.candles: dict[tuple[str, int], CandleSeries] = {}
        self.trades: dict[str, tuple[TradeRow, ...]] = {}
        """The last ones that the exchange remembers, newest first; later ones are in :meth:`tape`."""
        self.decisions: dict[str, Decisions] = {}
        """By what was asked about: a market or an order."""
        self.looked_at: frozenset[str] = frozenset()
        """The codes of the panels that are seen; some things are fetched only for those."""
        self._asked_about = ""
        self.was_attached = False
        self.is_starting = False
        """Whether an engine was started just now and has not said yet that it is there."""
        self.is_ascii = False
        """Whether pictures are to be drawn with plain characters."""
        self._clock = clock
        self._exchange_time = ExchangeTime(clock)
        self._heard: dict[str, Nanoseconds] = {}
        self._lost_mono: Nanoseconds | None = None
        self._status: StatusRow | None = None
        self._status_mono: Nanoseconds = 0
        self._ladders_of: tuple[int, int, int] | None = None
        self._ladders_kept: dict[str, tuple[MarketRow, ...]] = {}
        self._beats = Beats()
        self._changed: list[Callable[[str], None]] = []
        self._fetcher = Fetcher(tie, clock, self._plan, self._keep, lambda: self._tell("fetched"))
        self._end = tie.listen(self._on_topic)
        self._on_topic("")
        if self.replica.rev(DESK) is not None:
            self._on_topic(DESK)

    # The tie.

    @property
    def is_attached(self) -> bool:
        return self.tie.state is TieState.ATTACHED

    @property
    def lost_text(self) -> str:
        """Why nothing is attached, in one line; empty while something is."""
        if self.is_attached:
            return ""
        return str(self.tie.reason) if self.tie.reason is not None else "looking for the engine"

    @property
    def lost_s(self) -> float | None:
        """For how long the engine has been gone; None while it is there or never was."""
        if self._lost_mono is None or self.is_attached:
            return None
        return _seconds(self._clock.mono_ns() - self._lost_mono)

    @property
    def my_name(self) -> str:
        """By what name the engine knows this console, in the lease for one; empty while not attached."""
        client = getattr(self.tie, "client", None)
        return "" if client is None else str(client.hello.client)

    @property
    def armed_s(self) -> float | None:
        """For how much longer this console's keys are armed; None while they are not."""
        status = self._status
        if status is None or status.lease is None or status.lease.who != self.my_name or not self.is_attached:
            return None
        left_ns = status.lease.left_ns - (self._clock.mono_ns() - self._status_mono)
        return _seconds(left_ns) if left_ns > 0 else None

    def listen(self, listener: Callable[[str], None]) -> None:
        self._changed.append(listener)

    # What is loaded.

    def load(self, ticker: str) -> None:
        """Makes a market the one that panels and codes are about, and its event with it."""
        self.loaded = ticker
        self._asked_about = ""
        market = self.market(ticker)
        self.event = market.event_ticker if market is not None else ticker.rpartition("-")[0]
        self._tell("loaded")

    def load_event(self, event: str) -> None:
        """Makes an event the one that is looked at, and its leg nearest the money the market, unless one of
        its legs is loaded."""
        self.event = event
        legs = self.legs_of(event)
        if legs and self.loaded not in {leg.ticker for leg in legs}:
            self.loaded = self.nearest_the_money(legs).ticker
        self._tell("loaded")

    def nearest_the_money(self, legs: Sequence[MarketRow]) -> MarketRow:
        """The one whose outcome is most open: active before ended, then by the middle of its quote. Raises
        ValueError if there is none."""
        return min(legs, key=lambda leg: (leg.status is not MarketStatus.ACTIVE, self._from_even_bp(leg)))

    def _from_even_bp(self, leg: MarketRow) -> tuple[int, str]:
        quote = self.quote(leg.ticker)
        if quote is None or quote.bid_bp is None or quote.ask_bp is None:
            return CONTRACT_BP, leg.ticker
        return abs(quote.bid_bp + quote.ask_bp - CONTRACT_BP), leg.ticker

    @property
    def why(self) -> str:
        """The market or order whose decisions are looked at: what was asked about, else the loaded market."""
        return self._asked_about or self.loaded

    def ask_why(self, subject: str) -> None:
        """Looks at the decisions on a market or an order, until another market is loaded."""
        self._asked_about = subject
        self._tell("loaded")

    def set_period(self, minutes: int) -> None:
        self.period_min = minutes
        self._tell("loaded")

    def set_starred(self, tickers: tuple[str, ...]) -> None:
        self.starred = tickers
        self._tell("loaded")

    def topics(self) -> tuple[str, ...]:
        """The topics that are to be followed now, beside the one that everyone gets."""
        if not self.loaded:
            return (WATCH, "log")
        loaded = self.loaded
        return WATCH, "log", INDEX, book_topic(loaded), TAPE_PREFIX + loaded, forecast_topic(loaded)

    def watched(self) -> tuple[str, ...]:
        """Markets whose books the engine is to carry because somebody looks at them."""
        legs = tuple(leg.ticker for leg in self.legs_of(self.event)) if self.event else ()
        chosen = (self.loaded, *legs) if self.loaded else legs
        return tuple(dict.fromkeys((*chosen, *self.starred)))

    # Time.

    @property
    def now_ns(self) -> Nanoseconds:
        """The exchange's time, extrapolated; our own clock's until the engine has told one."""
        return self._exchange_time.now_ns()

    def mono_ns(self) -> Nanoseconds:
        """Our own steady clock, for dead times and sums of time; it says nothing about the exchange."""
        return self._clock.mono_ns()

    def eastern(self, at_ns: Nanoseconds | None = None) -> datetime:
        """A moment (default: now) on the clock of New York."""
        return eastern(self.now_ns if at_ns is None else at_ns)

    def age_s(self, topic: str) -> float | None:
        """How long ago the topic last changed; None when nothing was ever told."""
        heard = self._heard.get(topic)
        return None if heard is None else _seconds(self._clock.mono_ns() - heard)

    @property
    def engine_age_s(self) -> float | None:
        """How long ago the engine was last heard."""
        return self.age_s("")

    @property
    def feed_age_s(self) -> float | None:
        """How long ago the exchange was last heard by the engine; None: lost, or nobody knows."""
        status = self._status
        if status is None or not status.feeds or status.feeds[0].age_ns is None:
            return None
        return _seconds(status.feeds[0].age_ns + self._clock.mono_ns() - self._status_mono)

    @property
    def is_silent(self) -> bool:
        """Whether the engine says nothing although it should beat every second."""
        age_s = self.engine_age_s
        return age_s is None or age_s > SILENT_AFTER_S

    def is_stale(self, topic: str) -> bool:
        """Whether the picture of a topic is not current: not attached, the engine silent, the topic not
        (yet) followed, a book that may not be read, or quotes while the exchange's feed is not live."""
        if not self.is_attached or self.is_silent or self.replica.rev(topic) is None:
            return True
        if topic.startswith(BOOK_PREFIX):
            book = self.book(topic.removeprefix(BOOK_PREFIX))
            return book is None or not book.is_fresh
        if topic in (WATCH, INDEX) or topic.startswith(TAPE_PREFIX):
            return not self.is_feed_live
        return False

    @property
    def is_feed_live(self) -> bool:
        status = self._status
        return status is not None and bool(status.feeds) and status.feeds[0].state == "live"

    # Lookups.

    @property
    def status(self) -> StatusRow | None:
        return self.replica.desk.status

    @property
    def cash(self) -> CashRow | None:
        return self.replica.desk.cash

    @property
    def indexes(self) -> dict[str, IndexRow]:
        return self.replica.indexes

    def market(self, ticker: str) -> MarketRow | None:
        return self.replica.watch.markets.get(ticker)

    def quote(self, ticker: str) -> QuoteRow | None:
        return self.replica.watch.quotes.get(ticker)

    def book(self, ticker: str) -> BookPicture | None:
        return self.replica.books.get(ticker)

    def position(self, ticker: str) -> PositionRow | None:
        return self.replica.desk.positions.get(ticker)

    def orders_of(self, ticker: str) -> tuple[OrderRow, ...]:
        """Working and unknown orders of a market, oldest first."""
        mine = (order for order in self.replica.desk.orders.values() if order.ticker == ticker)
        return tuple(sorted(mine, key=lambda order: (order.intended_ns, order.client_order_id)))

    def tape(self, ticker: str) -> tuple[TradeRow, ...]:
        """Public trades, newest first, each once: those that were pushed and those that were fetched."""
        pushed = self.replica.tapes.get(ticker, ())
        found = {trade.trade_id: trade for trade in reversed(tuple(pushed))}
        for trade in self.trades.get(ticker, ()):
            found.setdefault(trade.trade_id, trade)
        return tuple(found.values())[: 2 * TRADES_KEPT]

    def legs_of(self, event: str) -> tuple[MarketRow, ...]:
        """The known markets of an event, by strike."""
        return self._ladders().get(event, ())

    def _ladders(self) -> dict[str, tuple[MarketRow, ...]]:
        """The legs of every event, made anew when markets or facts change."""
        watch = self.replica.watch
        made_of = (id(watch), watch.listings, len(self.facts))
        if self._ladders_of != made_of:
            found: dict[str, list[MarketRow]] = {}
            for market in watch.markets.values():
                found.setdefault(market.event_ticker, []).append(market)
            self._ladders_kept = {
                event: tuple(sorted(legs, key=self._by_strike)) for event, legs in found.items()
            }
            self._ladders_of = made_of
        return self._ladders_kept

    def events(self) -> tuple[str, ...]:
        """The known events, the one that closes first at the front."""
        closes = {event: min(leg.close_ns for leg in legs) for event, legs in self._ladders().items()}
        return tuple(sorted(closes, key=lambda event: (closes[event], event)))

    def failure(self, kind: str, ticker: str, period_min: int = 0) -> str:
        """Why facts, candles or trades are not there; empty while nothing went wrong."""
        return self._fetcher.failure(What(kind, ticker, period_min))

    def is_asked(self, kind: str, ticker: str, period_min: int = 0) -> bool:
        """Whether facts, candles or trades were asked for and have not been answered once."""
        return self._fetcher.is_asked(What(kind, ticker, period_min))

    # Work.

    def pump(self) -> None:
        """Starts the queries that are due; called by the one timer of the console."""
        if self.is_attached:
            self._fetcher.pump(self._wanted())

    async def stop(self) -> None:
        self._end()
        await self._fetcher.stop()

    def _wanted(self) -> Iterator[What]:
        if self.loaded:
            yield What("facts", self.loaded)
            yield What("candles", self.loaded, self.period_min)
            yield What("trades", self.loaded)
        if self.why and WHY in self.looked_at:
            yield What("why", self.why)
        for leg in self.legs_of(self.event)[:LEGS_LOOKED_UP]:
            yield What("facts", leg.ticker)

    def _plan(self, what: What) -> tuple[Args, int]:
        if what.kind == "facts":
            return FactsArgs(what.ticker), 1
        if what.kind == "trades":
            return TradesArgs(what.ticker), TRADES_KEPT
        if what.kind == "why":
            return WhyArgs(what.ticker), DECISIONS_KEPT
        end_s = self.now_ns // SECOND_NS
        start_s = end_s - CANDLES_KEPT * what.period_min * 60
        return CandlesArgs(what.ticker, what.period_min, start_s, end_s), CANDLES_KEPT

    def _keep(self, what: What, items: tuple[Any, ...]) -> Nanoseconds | None:
        if what.kind == "facts":
            self.facts.update((row.market.ticker, row) for row in items)
            return None
        if what.kind == "trades":
            self.trades[what.ticker] = items
            return None
        if what.kind == "why":
            self.decisions[what.ticker] = Decisions(items, self.now_ns)
            return _DECISIONS_EACH_NS
        now = self.now_ns
        key = (what.ticker, what.period_min)
        self.candles[key] = CandleSeries(what.ticker, what.period_min, items, now)
        period_ns = what.period_min * MINUTE_NS
        return max(_SOONEST_REFRESH_NS, period_ns - now % period_ns + _AFTER_PERIOD_NS)

    def _by_strike(self, market: MarketRow) -> tuple[Any, ...]:
        facts = self.facts.get(market.ticker)
        return strike_order(market.ticker, None if facts is None else facts.market.strike)

    def _on_topic(self, topic: str) -> None:
        now = self._clock.mono_ns()
        if topic:
            self._heard[topic] = self._heard[""] = now
        else:
            self._on_tie(now)
        status = self.replica.desk.status
        if topic == DESK and status is not None and status is not self._status:
            self._status, self._status_mono = status, now
            self._exchange_time.tell(status.exchange_ns)
        is_beat = topic == DESK and not self._beats.is_news(self.replica.desk)
        self._tell(BEAT if is_beat else topic)

    def _on_tie(self, now: Nanoseconds) -> None:
        if self.is_attached:
            if self._lost_mono is not None:
                self._fetcher.forget()
            self.was_attached, self._lost_mono = True, None
        elif self.was_attached and self._lost_mono is None:
            self._lost_mono = now

    def _tell(self, topic: str) -> None:
        for listener in tuple(self._changed):
            listener(topic)


def _seconds(span: Nanoseconds) -> float:
    return max(0, span) / SECOND_NS
