"""What every panel reads: the engine's pictures, what is loaded, and what was looked up about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from console.tui.beat import Beats
from console.tui.clocks import DeskClock, eastern
from console.tui.fetched import What
from console.tui.flush import BEAT, FETCHED, LOADED
from console.tui.hearing import Hearing
from console.tui.ladders import Ladders
from console.tui.lookups import TRADES_KEPT, Lookups
from console.tui.pictures import Pictures
from console.tui.tie import Tie
from engine.control.attachment import TieState
from engine.control.protocol import (
    BOOK_PREFIX,
    DESK,
    INDEX,
    OUTSIDE,
    TAPE_PREFIX,
    WATCH,
    book_topic,
    forecast_topic,
)
from engine.control.rows.markets import MarketRow, TradeRow
from engine.domain.units import Nanoseconds

LEGS_LOOKED_UP = 60
WHY, XRAY = "WHY", "XRAY"


class Desk(Pictures):
    """For reading by panels; :meth:`load`, :meth:`load_event`, :meth:`set_period` and :meth:`set_starred`
    choose, and :meth:`listen` tells of every change with the topic, or an empty text for the tie itself.

    ``facts``, ``candles``, ``trades``, ``decisions`` and ``xray`` fill by themselves; they are those
    of :class:`console.tui.lookups.Lookups`.
    """

    def __init__(
        self, tie: Tie, clock: DeskClock, *, period_min: int = 60, starred: tuple[str, ...] = ()
    ) -> None:
        super().__init__(tie.replica)
        self.tie = tie
        self.loaded = ""
        self.event = ""
        self.period_min = period_min
        self.starred = starred
        self.looked_at: frozenset[str] = frozenset()
        """The codes of the panels that are seen; some things are looked up only for those."""
        self.was_attached = False
        self.is_starting = False
        """Whether an engine was started just now and has not said yet that it is there."""
        self.is_ascii = False
        """Whether pictures are to be drawn with plain characters."""
        self._clock = clock
        self._asked_about = ""
        self._hearing = Hearing(clock)
        self._beats = Beats()
        self._changed: list[Callable[[str], None]] = []
        self._lookups = Lookups(
            tie, clock, lambda: self.now_ns, self._hearing.ours, lambda: self._tell(FETCHED)
        )
        self.facts, self.candles = self._lookups.facts, self._lookups.candles
        self.trades, self.decisions = self._lookups.trades, self._lookups.decisions
        self.xray = self._lookups.xray
        self._ladders = Ladders(self.replica, self.facts)
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
        return None if self.is_attached else self._hearing.lost_s

    @property
    def my_name(self) -> str:
        """By what name the engine knows this console, in the lease for one; empty while not attached."""
        client = getattr(self.tie, "client", None)
        return "" if client is None else str(client.hello.client)

    @property
    def armed_s(self) -> float | None:
        """For how much longer this console's keys are armed; None while they are not."""
        return self._hearing.lease_s(self.my_name) if self.is_attached else None

    def listen(self, listener: Callable[[str], None]) -> None:
        self._changed.append(listener)

    # What is loaded.

    def load(self, ticker: str) -> None:
        """Makes a market the one that panels and codes are about, and its event with it."""
        self.loaded = ticker
        self._asked_about = ""
        market = self.market(ticker)
        self.event = market.event_ticker if market is not None else ticker.rpartition("-")[0]
        self._tell(LOADED)

    def load_event(self, event: str) -> None:
        """Makes an event the one that is looked at, and its leg nearest the money the market, unless one of
        its legs is loaded."""
        self.event = event
        legs = self.legs_of(event)
        if legs and self.loaded not in {leg.ticker for leg in legs}:
            self.loaded = self.nearest_the_money(legs).ticker
        self._tell(LOADED)

    @property
    def why(self) -> str:
        """The market or order whose decisions are looked at: what was asked about, else the loaded market."""
        return self._asked_about or self.loaded

    def ask_why(self, subject: str) -> None:
        """Looks at the decisions on a market or an order, until another market is loaded."""
        self._asked_about = subject
        self._tell(LOADED)

    def set_period(self, minutes: int) -> None:
        self.period_min = minutes
        self._tell(LOADED)

    def set_starred(self, tickers: tuple[str, ...]) -> None:
        self.starred = tickers
        self._tell(LOADED)

    def topics(self) -> tuple[str, ...]:
        """The topics that are to be followed now, beside the one that everyone gets."""
        if not self.loaded:
            return (WATCH, "log", OUTSIDE, INDEX)
        loaded = self.loaded
        return WATCH, "log", OUTSIDE, INDEX, book_topic(loaded), TAPE_PREFIX + loaded, forecast_topic(loaded)

    def watched(self) -> tuple[str, ...]:
        """Markets whose books the engine is to carry because somebody looks at them."""
        legs = tuple(leg.ticker for leg in self.legs_of(self.event)) if self.event else ()
        chosen = (self.loaded, *legs) if self.loaded else legs
        return tuple(dict.fromkeys((*chosen, *self.starred)))

    # Time.

    @property
    def now_ns(self) -> Nanoseconds:
        """The exchange's time, extrapolated; our own clock's until the engine has told one."""
        return self._hearing.now_ns

    @property
    def wall_ns(self) -> Nanoseconds:
        """Our own clock's time, by which collectors stamp what they hear."""
        return self._clock.wall_ns()

    def mono_ns(self) -> Nanoseconds:
        """Our own steady clock, for dead times and sums of time; it says nothing about the exchange."""
        return self._clock.mono_ns()

    def eastern(self, at_ns: Nanoseconds | None = None) -> datetime:
        """A moment (default: now) on the clock of New York."""
        return eastern(self.now_ns if at_ns is None else at_ns)

    def age_s(self, topic: str) -> float | None:
        """How long ago the topic last changed; None when nothing was ever told."""
        return self._hearing.age_s(topic)

    @property
    def engine_age_s(self) -> float | None:
        """How long ago the engine was last heard."""
        return self._hearing.age_s()

    @property
    def feed_age_s(self) -> float | None:
        """How long ago the exchange was last heard by the engine; None: lost, or nobody knows."""
        return self._hearing.feed_age_s

    @property
    def is_silent(self) -> bool:
        """Whether the engine says nothing although it should beat every second."""
        return self._hearing.is_silent

    @property
    def is_feed_live(self) -> bool:
        return self._hearing.is_feed_live

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

    # Tapes and events.

    def tape(self, ticker: str) -> tuple[TradeRow, ...]:
        """Public trades, newest first, each once: those that were pushed and those that were looked up."""
        pushed = self.replica.tapes.get(ticker, ())
        found = {trade.trade_id: trade for trade in reversed(tuple(pushed))}
        for trade in self.trades.get(ticker, ()):
            found.setdefault(trade.trade_id, trade)
        return tuple(found.values())[: 2 * TRADES_KEPT]

    def legs_of(self, event: str) -> tuple[MarketRow, ...]:
        """The known markets of an event, by strike."""
        return self._ladders.legs_of(event)

    def events(self) -> tuple[str, ...]:
        """The known events, the one that closes first at the front."""
        return self._ladders.events()

    def nearest_the_money(self, legs: Sequence[MarketRow]) -> MarketRow:
        """The one whose outcome is most open. Raises ValueError if there is none."""
        return self._ladders.nearest_the_money(legs)

    # What is looked up.

    def failure(self, kind: str, ticker: str, period_min: int = 0) -> str:
        """Why facts, candles or trades are not there; empty while nothing went wrong."""
        return self._lookups.failure(kind, ticker, period_min)

    def is_asked(self, kind: str, ticker: str, period_min: int = 0) -> bool:
        """Whether facts, candles or trades were asked for and have not been answered once."""
        return self._lookups.is_asked(kind, ticker, period_min)

    def pump(self) -> None:
        """Starts the queries that are due; called by the one timer of the console."""
        if self.is_attached:
            self._lookups.pump(self._wanted())

    async def stop(self) -> None:
        self._end()
        await self._lookups.stop()

    def _wanted(self) -> Iterator[What]:
        if self.loaded:
            yield What("facts", self.loaded)
            yield What("candles", self.loaded, self.period_min)
            yield What("trades", self.loaded)
        if self.why and WHY in self.looked_at:
            yield What("why", self.why)
        if XRAY in self.looked_at:
            yield What("xray", "")
        for leg in self.legs_of(self.event)[:LEGS_LOOKED_UP]:
            yield What("facts", leg.ticker)

    # Changes.

    def _on_topic(self, topic: str) -> None:
        if topic:
            self._hearing.hear(topic)
        else:
            self._on_tie()
        status = self.replica.desk.status
        if topic == DESK and status is not None:
            self._hearing.take(status)
        is_beat = topic == DESK and not self._beats.is_news(self.replica.desk)
        self._tell(BEAT if is_beat else topic)

    def _on_tie(self) -> None:
        if self.is_attached:
            if self._hearing.find():
                self._lookups.forget()
            self.was_attached = True
        elif self.was_attached:
            self._hearing.lose()

    def _tell(self, topic: str) -> None:
        for listener in tuple(self._changed):
            listener(topic)
