"""What is known of one market while its candles are made: its book, and the minute that is running."""

from __future__ import annotations

from engine.domain.book import Book
from engine.domain.candle import Candlestick, Ohlc
from engine.domain.order import BookSide
from engine.domain.units import CONTRACT_BP, SECOND_NS, CountC, MicroDollars, Nanoseconds, PriceBp
from engine.sandbox.core.feed import BookChanged, Traded
from engine.sandbox.core.listing import MarketRecord
from engine.sandbox.core.past import Past
from engine.sandbox.server.candle_pack import PackedCandles

MINUTE_S = 60


def minute_end(at_ns: Nanoseconds) -> int:
    """The end of the minute that a moment belongs to; a whole minute begins the next one."""
    return at_ns // SECOND_NS // MINUTE_S * MINUTE_S + MINUTE_S


class _Bar:
    """Open, high, low and close of something that has a value all the time."""

    __slots__ = ("close", "high", "low", "open")

    def __init__(self, value: PriceBp) -> None:
        self.open = self.high = self.low = self.close = value

    def move(self, value: PriceBp) -> None:
        self.close = value
        if value > self.high:
            self.high = value
        elif value < self.low:
            self.low = value

    def ohlc(self) -> Ohlc:
        return Ohlc(self.open, self.high, self.low, self.close)


class _Minute:
    """The running minute; it exists once something happened in it."""

    __slots__ = ("ask", "bid", "end_s", "previous_bp", "price", "traded_ud", "volume_c")

    def __init__(self, end_s: int, bid_bp: PriceBp, ask_bp: PriceBp, previous_bp: PriceBp | None) -> None:
        self.end_s = end_s
        self.bid = _Bar(bid_bp)
        self.ask = _Bar(ask_bp)
        self.price: _Bar | None = None
        self.previous_bp = previous_bp
        self.volume_c: CountC = 0
        self.traded_ud: MicroDollars = 0


class Track:
    """One market. Its book follows the feed, so that highs and lows within a step of the clock are seen."""

    __slots__ = ("_minute", "book", "clock", "finished", "last_trade_bp", "open_interest_c")

    def __init__(self, past: Past) -> None:
        self.book = Book()
        self.clock = 0
        """The last change of the book that is in it."""
        self.last_trade_bp = past.last_trade_bp
        self.open_interest_c = past.open_interest_c
        self.finished = PackedCandles()
        self._minute: _Minute | None = None

    def adopt(self, record: MarketRecord) -> None:
        """Takes over a market's book as it stands; a minute that runs has had no other quotes."""
        book = self.book
        book.replace(record.levels.bids, record.levels.asks)
        self.clock = record.clock
        if self._minute is not None:
            self._minute.bid = _Bar(_bid(book.best_bid_bp))
            self._minute.ask = _Bar(_ask(book.best_ask_bp))

    def resume(self, record: MarketRecord, end_s: int) -> None:
        """Goes on with a market in the minute that ends at ``end_s``, with the prints that it has had."""
        self.open_interest_c = record.open_interest_c
        self.last_trade_bp = record.last_trade_bp
        start_ns = (end_s - MINUTE_S) * SECOND_NS
        prints = [trade for trade in record.trades if trade.at_ns >= start_ns]
        if not prints or end_s <= self.finished.last_end_s:
            return
        earlier = len(record.trades) - len(prints)
        self.last_trade_bp = record.trades[earlier - 1].price_bp if earlier else record.past.last_trade_bp
        for trade in prints:
            self.trade(trade, record.open_interest_c)

    @property
    def running_end_s(self) -> int | None:
        return None if self._minute is None else self._minute.end_s

    def change(self, event: BookChanged) -> Candlestick | None:
        """Applies a change of the book; returns the minute that ended before it, if one did."""
        if event.clock <= self.clock:
            return None
        self.clock = event.clock
        book = self.book
        bid_bp, ask_bp = book.best_bid_bp, book.best_ask_bp
        if event.side is BookSide.BID:
            book.change_bid(event.price_bp, event.delta_c)
        else:
            book.change_ask(event.price_bp, event.delta_c)
        if book.best_bid_bp == bid_bp and book.best_ask_bp == ask_bp:
            return None
        ended = self._enter(minute_end(event.at_ns), bid_bp, ask_bp)
        minute = self._minute
        if minute is not None:
            minute.bid.move(_bid(book.best_bid_bp))
            minute.ask.move(_ask(book.best_ask_bp))
        return ended

    def trade(self, event: Traded, open_interest_c: CountC) -> Candlestick | None:
        """Counts a print; returns the minute that ended before it, if one did."""
        ended = self._enter(minute_end(event.at_ns), self.book.best_bid_bp, self.book.best_ask_bp)
        minute = self._minute
        if minute is not None:
            if minute.price is None:
                minute.price = _Bar(event.price_bp)
            else:
                minute.price.move(event.price_bp)
            minute.volume_c += event.count_c
            minute.traded_ud += event.price_bp * event.count_c
        self.last_trade_bp = event.price_bp
        self.open_interest_c = open_interest_c
        return ended

    def end_minute(self) -> Candlestick | None:
        """Ends the running minute and returns it, if there is one."""
        ended = self.running()
        self._minute = None
        return ended

    def running(self) -> Candlestick | None:
        """The running minute as it stands."""
        minute = self._minute
        if minute is None:
            return None
        price, volume_c = minute.price, minute.volume_c
        mean_bp = None if price is None else (2 * minute.traded_ud + volume_c) // (2 * volume_c)
        return Candlestick(
            end_s=minute.end_s,
            yes_bid=minute.bid.ohlc(),
            yes_ask=minute.ask.ohlc(),
            price=Ohlc() if price is None else price.ohlc(),
            mean_bp=mean_bp,
            previous_bp=minute.previous_bp,
            volume_c=volume_c,
            open_interest_c=self.open_interest_c,
        )

    def _enter(self, end_s: int, bid_bp: PriceBp | None, ask_bp: PriceBp | None) -> Candlestick | None:
        """Makes sure that a minute runs, with the quote that stood at its start; an event that comes late
        counts in the minute that runs, or in the one after the last."""
        minute = self._minute
        if minute is not None and end_s <= minute.end_s:
            return None
        ended = self.end_minute()
        end_s = max(end_s, self.finished.last_end_s + MINUTE_S)
        self._minute = _Minute(end_s, _bid(bid_bp), _ask(ask_bp), self.last_trade_bp)
        return ended


def _bid(bp: PriceBp | None) -> PriceBp:
    return 0 if bp is None else bp


def _ask(bp: PriceBp | None) -> PriceBp:
    return CONTRACT_BP if bp is None else bp
