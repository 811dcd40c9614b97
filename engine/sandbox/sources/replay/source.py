"""The replay: a recording drives an exchange as makers and prints did at the time."""

from __future__ import annotations

from collections.abc import Sequence

from engine.domain.candle import Candlestick
from engine.domain.market import MarketStatus
from engine.domain.order import BookSide
from engine.domain.units import Nanoseconds
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.feed import Traded
from engine.sandbox.source import SourceSummary
from engine.sandbox.sources.replay.history import History
from engine.sandbox.sources.replay.options import ReplayOptions
from engine.sandbox.sources.replay.quoting import DepthModel
from engine.sandbox.sources.replay.recording import load
from engine.sandbox.sources.replay.rows import BUYS
from engine.sandbox.sources.replay.summary import Progress, summary_of
from engine.sandbox.sources.replay.timeline import Kind, Row

MAKER = "replay"
"""The house account that stands for all makers of the recording."""

_BEFORE_CLOSE = (MarketStatus.INITIALIZED, MarketStatus.ACTIVE, MarketStatus.INACTIVE)
_ENDED = (MarketStatus.DETERMINED, MarketStatus.DISPUTED, MarketStatus.AMENDED, MarketStatus.FINALIZED)


class Replay:
    """A :class:`~engine.sandbox.source.MarketSource` over recorded prices.

    Every quote and print happens at its recorded time, so a step of any length gives the same exchange.
    ``start_ns`` and ``end_ns`` are the first recorded price of the first day and the last payment: where the
    exchange's clock begins and where nothing is left to happen.
    """

    def __init__(self, options: ReplayOptions) -> None:
        """Reads the recording; raises RecordingError."""
        self._recording = load(options)
        self._timeline = self._recording.timeline
        self._history = History(self._recording)
        self._depth = DepthModel(self._recording.grid, options.depth_c, options.depth_levels)
        self._next = 0
        self._unseen: dict[int, int] = {}
        self._lost_prints = 0
        self._unsettled: list[str] = []
        self.start_ns: Nanoseconds = self._recording.start_ns
        self.end_ns: Nanoseconds = self._recording.end_ns

    def open(self, exchange: Exchange) -> None:
        """Lists what is listed by now and quotes what was quoted last; on a restored exchange nothing that
        happened before its time happens again, but results that are due are given."""
        resumed = any(market.ticker in exchange.markets for market in self._recording.markets)
        if MAKER not in exchange.accounts:
            exchange.open_account(MAKER, {}, is_house=True)
        if self._recording.listing.series.ticker not in exchange.series:
            exchange.list_series(self._recording.listing.series)
        now_ns = exchange.now_ns
        self._next = self._timeline.after(now_ns) if resumed else self._timeline.before(now_ns)
        for row in self._timeline.rows_of(Kind.LISTING, self._next):
            self._list(exchange, row.subject)
        exchange.advance(now_ns)
        for row in self._timeline.rows_of(Kind.RESULT, self._next):
            self._determine(exchange, row.subject)
        for place in self._timeline.last_quotes(self._next):
            self._quote(exchange, place)
        self._play(exchange, now_ns)

    def advance(self, exchange: Exchange, to_ns: Nanoseconds) -> None:
        """Plays every recorded row up to ``to_ns``, moving the exchange to the time of each."""
        self._show_unseen(exchange)
        self._play(exchange, to_ns)

    def next_due_ns(self, now_ns: Nanoseconds) -> Nanoseconds | None:
        """The time of the first row that was not played yet; None after the last."""
        return self._timeline.at_ns[self._next] if self._next < len(self._timeline) else None

    def history(self, exchange: Exchange, ticker: str, start_s: int, end_s: int) -> Sequence[Candlestick]:
        return self._history.candles(ticker, start_s, end_s)

    def past_trades(self, exchange: Exchange, ticker: str, start_s: int, end_s: int) -> Sequence[Traded]:
        return self._history.trades(ticker, start_s, end_s)

    def summary(self) -> SourceSummary:
        """What is replayed, from which files, what was assumed or left out, and how far it is."""
        return summary_of(self._recording, Progress(self._next, self._lost_prints, tuple(self._unsettled)))

    def _play(self, exchange: Exchange, to_ns: Nanoseconds) -> None:
        end = self._timeline.after(to_ns)
        while self._next < end:
            place = self._next
            at_ns = self._timeline.at_ns[place]
            if at_ns > exchange.now_ns:
                exchange.advance(at_ns)
            if self._unseen:
                self._show_unseen(exchange)
            self._next += 1
            self._apply(exchange, place)

    def _apply(self, exchange: Exchange, place: int) -> None:
        row = self._timeline[place]
        match row.kind:
            case Kind.QUOTE | Kind.BOOK:
                self._quote(exchange, place)
            case Kind.PRINT:
                self._print(exchange, row)
            case Kind.INDEX:
                exchange.publish_index(self._recording.index_values[row.first])
            case Kind.LISTING:
                self._list(exchange, row.subject)
            case Kind.RESULT:
                self._determine(exchange, row.subject)

    def _ticker(self, subject: int) -> str:
        return self._recording.markets[subject].ticker

    def _quote(self, exchange: Exchange, place: int) -> None:
        """Shows a recorded quote; one that comes during a pause is kept for its end."""
        row = self._timeline[place]
        ticker = self._ticker(row.subject)
        if not _is_trading(exchange, ticker):
            if exchange.markets[ticker].market.status in _BEFORE_CLOSE:
                self._unseen[row.subject] = place
            return
        self._unseen.pop(row.subject, None)
        if row.kind == Kind.BOOK:
            book = self._recording.books[row.first]
            bids, asks = book.bids, book.asks
        else:
            bids, asks = self._depth.around(row.first, row.second)
        exchange.quote(MAKER, ticker, bids, asks)

    def _show_unseen(self, exchange: Exchange) -> None:
        for place in list(self._unseen.values()):
            self._quote(exchange, place)

    def _print(self, exchange: Exchange, row: Row) -> None:
        ticker = self._ticker(row.subject)
        if not _is_trading(exchange, ticker):
            self._lost_prints += 1
            return
        side = BookSide.BID if row.third == BUYS else BookSide.ASK
        exchange.print_trade(ticker, row.first, row.second, side)

    def _list(self, exchange: Exchange, place: int) -> None:
        listed = self._recording.listing.events[place]
        if listed.event.ticker not in exchange.events:
            exchange.list_event(listed.event)
        for market in listed.markets:
            if market.ticker not in exchange.markets:
                exchange.list_market(market)

    def _determine(self, exchange: Exchange, subject: int) -> None:
        """Gives a recorded result to a closed market; one that somebody settled otherwise is left alone."""
        settlement = self._recording.settlement_of(subject)
        ticker = self._ticker(subject)
        status = exchange.markets[ticker].market.status
        if settlement is None or status in _ENDED:
            return
        if status is MarketStatus.CLOSED:
            exchange.determine(ticker, *settlement)
        else:
            self._unsettled.append(ticker)


def _is_trading(exchange: Exchange, ticker: str) -> bool:
    market = exchange.markets[ticker].market
    shard = exchange.statuses[market.exchange_index]
    return shard.exchange_active and shard.trading_active and market.status is MarketStatus.ACTIVE
