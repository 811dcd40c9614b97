"""What triggers look at, read off the desk. Missing is not a value."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

from engine.core.book_view import BookView
from engine.core.desk import Desk
from engine.core.forecast_desk import decile_of, last_before_close
from engine.core.inputs import Observation
from engine.core.observation_desk import number_of
from engine.domain.feed import IndexSeen
from engine.domain.order import Leg
from engine.domain.trigger import Crossing, Source, Trigger
from engine.domain.units import CONTRACT_BP, Nanoseconds, PriceBp, complement

Value: TypeAlias = int | Decimal
"""In the unit of the trigger's level; a mid may lie between two basis points, an index between hundredths."""

Best: TypeAlias = tuple[bool, PriceBp | None, PriceBp | None, PriceBp | None]
"""Whether a book is fresh, its best bid and ask, and the last price: all that a price trigger looks at."""

BOOK_SOURCES = frozenset({Source.BID, Source.ASK, Source.MID})
MARKET_SOURCES = BOOK_SOURCES | {Source.LAST}
_HUNDREDTHS = 100


class Sight:
    """Reads the value of a trigger now; None if there is none that may be acted on."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._indexes: dict[str, tuple[Decimal, Nanoseconds]] = {}
        """Newest value of each index that is watched, and when it was heard, monotonic."""
        self._of_exchange: dict[str, None] = {}
        """Those that the exchange told of in this run."""

    def hear(self, event: IndexSeen) -> None:
        self._indexes[event.index_id] = (event.value, self._desk.mono)
        self._of_exchange[event.index_id] = None

    def hear_level(self, event: Observation) -> bool:
        """A value from elsewhere, as old as it was when it came; whether it counts. What the exchange itself
        tells of an index goes before whatever others say of it."""
        value = number_of(event)
        if value is None or event.key in self._of_exchange:
            return False
        late_ns = max(0, event.received_ns - event.source_ns)
        self._indexes[event.key] = (value, self._desk.mono - late_ns)
        return True

    def value(self, trigger: Trigger, ticker: str) -> Value | None:
        """``ticker`` is the market that the trigger looks at."""
        match trigger.source:
            case Source.TIME:
                return self._desk.at
            case Source.SPOT:
                return self._index(trigger.key)
            case Source.LAST:
                return self._last(trigger.leg, ticker)
            case Source.BID | Source.ASK | Source.MID:
                return self._book(trigger, ticker)
            case Source.FORECAST:
                return self._forecast(trigger, ticker)

    def best(self, ticker: str) -> Best | None:
        view = self._desk.books.get(ticker)
        if view is None:
            return None
        quote, book = self._desk.quotes.get(ticker), view.book
        last_bp = None if quote is None else quote.last_bp
        return view.is_fresh, book.best_bid_bp, book.best_ask_bp, last_bp

    def readable(self, ticker: str) -> BookView | None:
        """A market's book if both sides are there, not crossed, and it may be traded on."""
        view = self._desk.books.get(ticker)
        if view is None or self._desk.is_book_stale(view):
            return None
        book = view.book
        return view if book.is_two_sided and not book.is_crossed else None

    def _book(self, trigger: Trigger, ticker: str) -> Value | None:
        view = self.readable(ticker)
        if view is None:
            return None
        bid_bp, ask_bp = view.book.best_bid_bp, view.book.best_ask_bp
        assert bid_bp is not None
        assert ask_bp is not None
        if trigger.leg is Leg.NO:
            bid_bp, ask_bp = complement(ask_bp), complement(bid_bp)
        if trigger.source is Source.MID:
            return exact(Decimal(bid_bp + ask_bp) / 2)
        return bid_bp if trigger.source is Source.BID else ask_bp

    def _last(self, leg: Leg, ticker: str) -> Value | None:
        desk = self._desk
        quote = desk.quotes.get(ticker)
        if quote is None or quote.last_bp is None or desk.feed_mono is None:
            return None
        if desk.mono - desk.feed_mono > desk.timings.stale_book_ns:
            return None
        return quote.last_bp if leg is Leg.YES else CONTRACT_BP - quote.last_bp

    def _forecast(self, trigger: Trigger, ticker: str) -> Value | None:
        """The quantile at the last step before the market's close; of NO it is the complement of YES's."""
        desk, decile = self._desk, decile_of(trigger.key)
        forecast = desk.forecasts.fresh(ticker, desk.at, desk.mono)
        market = desk.markets.get(ticker)
        if decile is None or forecast is None or market is None:
            return None
        of_leg = forecast if trigger.leg is Leg.YES else forecast.of_no()
        return last_before_close(of_leg, market.close_ns, decile)

    def _index(self, index_id: str) -> Value | None:
        heard = self._indexes.get(index_id)
        if heard is None or self._desk.mono - heard[1] > self._desk.timings.stale_index_ns:
            return None
        return exact(heard[0] * _HUNDREDTHS)


def is_reached(trigger: Trigger, value: Value) -> bool:
    if trigger.crossing is Crossing.AT_OR_BELOW:
        return value <= trigger.level
    return value >= trigger.level


def exact(value: Decimal) -> Value:
    """A whole number as an int."""
    whole = int(value)
    return whole if whole == value else value


def number(value: Value) -> int | str:
    """A value among the numbers of a fact."""
    return value if isinstance(value, int) else f"{value:f}"


def seen_numbers(trigger: Trigger, value: Value, view: BookView | None) -> dict[str, int | str]:
    """What a look saw: the value, the level, and the best of both sides of the market's YES book."""
    numbers: dict[str, int | str] = {"value": number(value), "level": trigger.level}
    if view is not None:
        book = view.book
        if book.best_bid_bp is not None:
            numbers |= {"bid_bp": book.best_bid_bp, "bid_c": book.bids[book.best_bid_bp]}
        if book.best_ask_bp is not None:
            numbers |= {"ask_bp": book.best_ask_bp, "ask_c": book.asks[book.best_ask_bp]}
    return numbers
