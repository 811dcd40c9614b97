"""The mirror: a live exchange, only read, drives ours with its books, prints, listings and results."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence

from engine.domain.candle import Candlestick
from engine.domain.feed import EventFeeSeen, IndexSeen, LifecycleSeen, PublicTrade
from engine.domain.fill import Fill
from engine.domain.market import MarketStatus
from engine.domain.units import Nanoseconds, PriceBp
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.feed import IndexValue, Traded
from engine.sandbox.core.orders import UpdateReason
from engine.sandbox.core.refusal import Refusal
from engine.sandbox.source import SourceRow, SourceSummary
from engine.sandbox.sources.upstream.catalogue import Catalogue
from engine.sandbox.sources.upstream.choosing import chosen_markets
from engine.sandbox.sources.upstream.evidence import (
    EvidenceBook,
    FillEvidence,
    FillPlace,
    of_maker,
    of_taker,
)
from engine.sandbox.sources.upstream.ladder import MAKER, Ladder
from engine.sandbox.sources.upstream.memory import Memory
from engine.sandbox.sources.upstream.standing import Standing
from engine.sandbox.sources.upstream.words import (
    FeedBroken,
    Heard,
    MirrorOptions,
    Mode,
    NoBooks,
    SeriesTold,
    SheetsTold,
    StatusTold,
    UpstreamBooks,
    Word,
)

KIND = "mirror"
_IDS_KEPT = 20_000


class Mirror:
    """A :class:`~engine.sandbox.source.MarketSource` that is told of another exchange by :meth:`hear` and
    :meth:`book_changed`, and that acts on it only in :meth:`advance`.

    ``books`` are that exchange's. ``followed`` names markets that clients look at; ``unknown`` are those of
    which something was heard that only a sheet can tell, for whoever reads sheets to take.
    """

    def __init__(self, options: MirrorOptions) -> None:
        self.options = options
        self.books: UpstreamBooks = NoBooks()
        self.followed: Callable[[], Iterable[str]] = tuple
        self.unknown: dict[str, None] = {}
        self.evidence = EvidenceBook()
        self.catalogue = Catalogue(self._must_show)
        self.heard_ns: Nanoseconds | None = None
        """When the other exchange was last heard, in our exchange's time; None before."""
        self.broken = ""
        """Why it is not heard, if that is known."""
        self._inbox: deque[Word] = deque()
        self._changed: dict[str, None] = {}
        self._due: dict[str, None] = {}
        self._ladders: dict[str, Ladder] = {}
        self._looked_ns: dict[str, Nanoseconds] = {}
        self._torn_ns: dict[str, Nanoseconds] = {}
        self._standing = Standing()
        self._fills_known: dict[str, int] = {}
        self._prints: dict[str, None] = {}
        self._is_blind = True
        self._gap_told = False
        self._now_ns: Nanoseconds = 0
        self._memory = Memory()

    # Told from outside, at any time between two steps.

    def hear(self, word: Word) -> None:
        self._inbox.append(word)

    def book_changed(self, ticker: str) -> None:
        """The book of a market was changed, or looked at and found the same."""
        self._changed[ticker] = None

    # The source.

    def open(self, exchange: Exchange) -> None:
        """Shows nothing before the other exchange is heard. What customers had resting keeps its place."""
        if MAKER not in exchange.accounts:
            exchange.open_account(MAKER, {}, is_house=True)
        for account in exchange.accounts.values():
            if not account.is_house:
                self._fills_known[account.account_id] = self.evidence.known(account.account_id)
        for ticker, taken in self._memory.taken.items():
            if ticker in exchange.markets:
                self._ladder(ticker).taken = dict(taken)
        if self.heard_ns is None:
            self.heard_ns = exchange.now_ns

    def advance(self, exchange: Exchange, to_ns: Nanoseconds) -> None:
        """One step: what our customers did since the last, then what was heard, then what is shown."""
        self._now_ns = to_ns
        self._take_fills(exchange)
        exchange.advance(to_ns)
        # Where an order rests, or rested a moment ago, what may be shown depends on it.
        self._due.update(dict.fromkeys(self._standing.by_ticker))
        self._standing.look(exchange, self._size)
        self._due.update(dict.fromkeys(self._standing.by_ticker))
        self._take_words(exchange, to_ns)
        self._mind_gap(exchange, to_ns)
        self._show(exchange, to_ns)
        self.evidence.give_up(to_ns)

    def next_due_ns(self, now_ns: Nanoseconds) -> Nanoseconds | None:
        return None

    def history(self, exchange: Exchange, ticker: str, start_s: int, end_s: int) -> Sequence[Candlestick]:
        return self._memory.candles(ticker, start_s, end_s)

    def past_trades(self, exchange: Exchange, ticker: str, start_s: int, end_s: int) -> Sequence[Traded]:
        return self._memory.trades(ticker, start_s, end_s)

    def has_trades(self, ticker: str) -> bool:
        """Whether the prints of before were told."""
        return self._memory.has_trades(ticker)

    def remember_trades(self, ticker: str, trades: Iterable[PublicTrade]) -> None:
        """Prints of the other exchange from before it was followed, for :meth:`past_trades`."""
        self._memory.keep_trades(ticker, trades)

    def remember_candles(self, ticker: str, candles: Iterable[Candlestick]) -> None:
        """One-minute candles of the other exchange, for :meth:`history`."""
        self._memory.keep_candles(ticker, candles)

    def has_candles(self, ticker: str, start_s: int) -> bool:
        return self._memory.has_candles(ticker, start_s)

    def mark_candles(self, ticker: str, start_s: int) -> None:
        """All of that market's candles from ``start_s`` on were told."""
        self._memory.mark_candles(ticker, start_s)

    def summary(self) -> SourceSummary:
        age_ns = self.age_ns
        return SourceSummary(
            kind=KIND,
            detail={
                "upstream": self.options.upstream,
                "prices": self.options.mode.value,
                "age_ms": -1 if age_ns is None else age_ns // 1_000_000,
                "books": sum(ladder.is_known for ladder in self._ladders.values()),
                "broken": self.broken,
                "troubles": [f"{text} ({count}x)" for text, count in self.catalogue.troubles.most_common(10)],
            },
        )

    # What it keeps beside the exchange.

    def take_rows(self) -> list[SourceRow]:
        taken = {ticker: ladder.taken for ticker, ladder in self._ladders.items()}
        return self._memory.take_rows(self.heard_ns, taken, self.evidence.take_changed())

    def restore(self, rows: Iterable[SourceRow]) -> None:
        """Raises msgspec.MsgspecError for rows of another shape."""
        found = self._memory.restore(rows)
        self.heard_ns = self._memory.heard_ns
        self.evidence.restore(found)

    def told(self) -> Sequence[FillEvidence]:
        """Every fill with what was seen around it, oldest first."""
        return [self.evidence.all[key] for key in sorted(self.evidence.all)]

    # What whoever reads the other exchange should read.

    @property
    def prices(self) -> str:
        return self.options.mode.value

    @property
    def age_ns(self) -> Nanoseconds | None:
        """How long ago the prices were heard, as of the last step."""
        return None if self.heard_ns is None else max(0, self._now_ns - self.heard_ns)

    def wanted_books(self, exchange: Exchange) -> tuple[str, ...]:
        """The markets whose books should be followed, those that somebody needs first."""
        return chosen_markets(exchange, self.options, self.catalogue.sheets, self.followed())

    def undecided(self, exchange: Exchange, *, all_of_them: bool) -> tuple[str, ...]:
        """Markets that have closed and not paid here: those that customers hold, or all of them."""
        open_here = (*self.unknown,)
        held = {
            ticker
            for account in exchange.accounts.values()
            if not account.is_house
            for ticker, holding in account.holdings.items()
            if holding.count_c
        }
        waiting = [
            record.ticker
            for record in exchange.markets.values()
            if record.market.status is not MarketStatus.FINALIZED
            and record.market.close_ns <= exchange.now_ns
            and (all_of_them or record.ticker in held)
        ]
        self.unknown.clear()
        return tuple(dict.fromkeys((*open_here, *waiting)))

    # One step.

    def _take_words(self, exchange: Exchange, to_ns: Nanoseconds) -> None:
        while self._inbox:
            word = self._inbox.popleft()
            match word:
                case PublicTrade():
                    self._print(exchange, word)
                case Heard():
                    self._heard(to_ns)
                case FeedBroken():
                    self.broken = word.reason
                case SeriesTold():
                    self.catalogue.take_series(exchange, word)
                case SheetsTold():
                    self.catalogue.take_sheets(exchange, word.sheets)
                case StatusTold():
                    self.catalogue.take_status(exchange, word)
                case LifecycleSeen():
                    if self.catalogue.take_life(exchange, word):
                        self.unknown[word.ticker] = None
                case EventFeeSeen():
                    self.catalogue.take_fees(exchange, word)
                case IndexSeen():
                    exchange.publish_index(_index_value(word))

    def _heard(self, to_ns: Nanoseconds) -> None:
        self.heard_ns = to_ns
        self.broken = ""
        if self._is_blind:
            self._is_blind = False
            self._due.update(dict.fromkeys(self._ladders))

    def _take_fills(self, exchange: Exchange) -> None:
        """What takers filled since the last step took from levels as they stood at that step."""
        for account in exchange.accounts.values():
            if account.is_house:
                continue
            known = self._fills_known.get(account.account_id, 0)
            for number in range(known, len(account.fills)):
                if account.fills[number].is_taker:
                    self._take_fill((account.account_id, number), account.fills[number])
            self._fills_known[account.account_id] = len(account.fills)

    def _take_fill(self, place: FillPlace, fill: Fill) -> None:
        ladder = self._ladder(fill.ticker)
        self.evidence.add(of_taker(place, fill, self.options.mode, ladder, self._book_age_ns(fill)))
        ladder.take(fill.side.sign < 0, fill.price_bp, fill.count_c)
        self._due[fill.ticker] = None

    def _book_age_ns(self, fill: Fill) -> Nanoseconds | None:
        is_streamed = self.options.mode is Mode.STREAMED
        seen_ns = self.heard_ns if is_streamed else self._looked_ns.get(fill.ticker)
        return None if seen_ns is None else max(0, fill.at_ns - seen_ns)

    def _print(self, exchange: Exchange, trade: PublicTrade) -> None:
        """A print of the other exchange, once: on our tape, and for who stood there."""
        if trade.trade_id in self._prints or trade.ticker not in exchange.markets or trade.is_block:
            return
        self._prints[trade.trade_id] = None
        if len(self._prints) > _IDS_KEPT:
            del self._prints[next(iter(self._prints))]
        self.evidence.printed(trade)
        shares = {} if not can_trade(exchange, trade.ticker) else self._standing.shares(exchange, trade)
        filled = dict.fromkeys(exchange.orders[order_id].account_id for order_id in shares)
        exchange.print_shared(trade.ticker, trade.price_bp, trade.count_c, trade.taker_side, shares)
        for account_id in filled:
            self._take_made(exchange, account_id, trade)

    def _take_made(self, exchange: Exchange, account_id: str, trade: PublicTrade) -> None:
        """The fills that a print has just made; those of takers were taken at the step's beginning."""
        fills = exchange.accounts[account_id].fills
        for number in range(self._fills_known.get(account_id, 0), len(fills)):
            made = of_maker((account_id, number), fills[number], self.options.mode, trade)
            self.evidence.add(made)
        self._fills_known[account_id] = len(fills)

    def _mind_gap(self, exchange: Exchange, to_ns: Nanoseconds) -> None:
        silent_ns = 0 if self.heard_ns is None else to_ns - self.heard_ns
        if silent_ns > self.options.blind_ns and not self._is_blind:
            self._is_blind = True
            for ladder in self._ladders.values():
                ladder.forget()
                ladder.hide(exchange)
        if silent_ns <= self.options.gap_ns:
            self._gap_told = False
        elif not self._gap_told:
            self._gap_told = True
            _cancel_all(exchange)

    def _show(self, exchange: Exchange, to_ns: Nanoseconds) -> None:
        changed, self._changed = self._changed, {}
        if self._is_blind:
            self._due.update(changed)
            return
        due, self._due = self._due, {}
        is_streamed = self.options.mode is Mode.STREAMED
        waiting = self.evidence.waiting()
        due.update(dict.fromkeys(ticker for ticker in waiting if is_streamed or ticker in changed))
        for ticker in changed:
            if ticker not in due:
                self._follow_one(exchange, ticker, to_ns)
        for ticker in due:
            is_look = is_streamed or ticker in changed
            self._show_one(exchange, ticker, to_ns, is_look=is_look)
            if is_look and ticker in waiting and self._ladders[ticker].is_known:
                self.evidence.look(ticker, self._ladders[ticker], to_ns)

    def _follow_one(self, exchange: Exchange, ticker: str, to_ns: Nanoseconds) -> None:
        """A book that changed and in which nobody here has a part."""
        ladder, book = self._ladder(ticker), self.books.book(ticker)
        if ladder.is_whole and book is not None and not book.is_crossed and can_trade(exchange, ticker):
            self._torn_ns.pop(ticker, None)
            self._looked_ns[ticker] = to_ns
            ladder.follow(exchange, book)
        else:
            self._show_one(exchange, ticker, to_ns, is_look=True)

    def _show_one(self, exchange: Exchange, ticker: str, to_ns: Nanoseconds, *, is_look: bool) -> None:
        ladder = self._ladder(ticker)
        if ticker not in exchange.markets:
            return
        book = self.books.book(ticker)
        if book is None:
            torn_ns = self._torn_ns.setdefault(ticker, to_ns)
            if to_ns - torn_ns > self.options.torn_ns:
                ladder.forget()
                ladder.hide(exchange)
            elif ladder.is_shown:
                self._due[ticker] = None
            return
        self._torn_ns.pop(ticker, None)
        if not book.is_crossed and (is_look or not ladder.is_known):
            ladder.look(book)
            self._looked_ns[ticker] = to_ns if is_look else self._looked_ns.get(ticker, to_ns)
        if can_trade(exchange, ticker) and ladder.is_known:
            ladder.show(exchange, *self._standing.edges(ticker))
        else:
            ladder.is_whole = False

    def _must_show(self, ticker: str) -> None:
        if ticker in self._ladders:
            self._due[ticker] = None

    def _ladder(self, ticker: str) -> Ladder:
        found = self._ladders.get(ticker)
        if found is None:
            found = self._ladders[ticker] = Ladder(ticker)
        return found

    def _size(self, ticker: str, is_bid: bool, price_bp: PriceBp) -> int | None:
        ladder = self._ladders.get(ticker)
        return None if ladder is None else ladder.size(is_bid, price_bp)


def can_trade(exchange: Exchange, ticker: str) -> bool:
    """Whether orders could be placed in a market now."""
    market = exchange.markets[ticker].market
    shard = exchange.statuses[market.exchange_index]
    return shard.exchange_active and shard.trading_active and market.status is MarketStatus.ACTIVE


def _cancel_all(exchange: Exchange) -> None:
    """Cancels what customers rest, where that can be done now; a closed market has its own way."""
    for account in exchange.accounts.values():
        if account.is_house:
            continue
        for order in sorted(account.resting.values(), key=lambda order: order.priority):
            try:
                exchange.cancel_order(account.account_id, order.order_id, reason=UpdateReason.FEED_GAP)
            except Refusal:
                continue


def _index_value(seen: IndexSeen) -> IndexValue:
    average = seen.value if seen.average_60s is None else seen.average_60s
    return IndexValue(
        index_id=seen.index_id,
        at_ns=seen.received_ns if seen.source_ns is None else seen.source_ns,
        value=str(seen.value),
        average_60s=str(average),
        window_average=None if seen.window_average is None else str(seen.window_average),
    )
