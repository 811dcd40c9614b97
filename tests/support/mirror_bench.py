"""A mirror on an exchange of two markets, told by hand what goes on over there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from exchange_world import CLOSE_NS, START_NS, limit
from msgspec.structs import replace

from engine.domain.book import Book
from engine.domain.fee import FeeSchedule
from engine.domain.feed import PublicTrade
from engine.domain.market import Event, MarketStatus, Outcome, Series, Strike, StrikeType
from engine.domain.order import BookSide
from engine.domain.price_grid import STRUCTURES
from engine.domain.units import DOLLAR_UD, HOUR_NS, MILLISECOND_NS, SECOND_NS
from engine.domain.venue import EventSheet, MarketSheet, Quote
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.orders import Order
from engine.sandbox.core.rules import ExchangeRules
from engine.sandbox.sources.upstream.source import Mirror
from engine.sandbox.sources.upstream.words import Heard, MirrorOptions, Mode, SeriesTold, SheetsTold

TICK_NS = 100 * MILLISECOND_NS
RULES = ExchangeRules(keeps_maintenance=False, settles_by_timer=False)
SERIES = Series("SER", "series", "test", "daily", FeeSchedule())
EVENT = Event("SER-EV", "SER", "event", "", mutually_exclusive=False)


def sheet(ticker: str, **changes: Any) -> MarketSheet:
    """A market as the mirrored exchange lists it: active, cents, closing in two hours."""
    made = MarketSheet(
        ticker=ticker,
        event_ticker=EVENT.ticker,
        title=ticker,
        yes_sub_title="yes",
        no_sub_title="no",
        rules_primary="",
        rules_secondary="",
        open_ns=START_NS - HOUR_NS,
        close_ns=CLOSE_NS,
        expected_expiration_ns=CLOSE_NS,
        latest_expiration_ns=CLOSE_NS + HOUR_NS,
        created_ns=START_NS - HOUR_NS,
        updated_ns=START_NS,
        strike=Strike(StrikeType.CUSTOM),
        price_level_structure="linear_cent",
        grid=STRUCTURES["linear_cent"],
        status=MarketStatus.ACTIVE,
        status_text="active",
        settlement_timer_s=60,
        can_close_early=True,
        exchange_index=0,
        quote=Quote(4_900, 100, 5_100, 100),
        last_bp=5_000,
        volume_c=12_300,
        volume_24h_c=2_400,
        open_interest_c=5_000,
        result=Outcome.UNKNOWN,
        result_text="",
        settlement_bp=None,
        settled_ns=None,
        fee_waiver_until_ns=None,
        expiration_value="",
        is_combo=False,
    )
    return replace(made, **changes)


@dataclass
class Books:
    """The books over there."""

    all: dict[str, Book] = field(default_factory=dict)

    def book(self, ticker: str) -> Book | None:
        return self.all.get(ticker)


class MirrorBench:
    """``now_ns`` moves with :meth:`tick`; the other exchange is heard at each unless said otherwise."""

    def __init__(self, mode: Mode = Mode.STREAMED, **options: Any) -> None:
        self.options = MirrorOptions("http://there", mode, ("SER",), **options)
        self.books = Books()
        self.now_ns = START_NS
        self._ids = count(1)
        self.exchange = Exchange(world_id="w", now_ns=START_NS, rules=RULES)
        self.exchange.open_account("ann", {0: 1_000 * DOLLAR_UD})
        self._use(Mirror(self.options))
        self.list_markets("M", "N")
        self.tick()

    def _use(self, mirror: Mirror) -> None:
        self.mirror = mirror
        mirror.books = self.books
        mirror.open(self.exchange)

    def list_markets(self, *tickers: str, **changes: Any) -> None:
        sheets = tuple(sheet(ticker, **changes) for ticker in tickers)
        self.mirror.hear(SeriesTold(SERIES, (EventSheet(EVENT, "test", "", None, None, sheets),)))

    def tick(self, *, heard: bool = True, after_ns: int = TICK_NS) -> None:
        if heard:
            self.mirror.hear(Heard())
        self.now_ns += after_ns
        self.mirror.advance(self.exchange, self.now_ns)
        self.exchange.advance(self.now_ns)

    def silence(self, seconds: int) -> None:
        """Nothing is heard for so long."""
        for _ in range(seconds):
            self.tick(heard=False, after_ns=SECOND_NS)

    def show(self, bids: Mapping[int, int], asks: Mapping[int, int], ticker: str = "M") -> None:
        """The other exchange's book becomes this, in hundredths by price; told with the next tick."""
        book = Book()
        book.replace(bids, asks)
        self.books.all[ticker] = book
        self.mirror.book_changed(ticker)
        self.tick()

    def tear(self, ticker: str = "M") -> None:
        """That book cannot be trusted now."""
        del self.books.all[ticker]
        self.mirror.book_changed(ticker)

    def prints(
        self, price_bp: int, count_c: int, taker: BookSide, ticker: str = "M", **changes: Any
    ) -> PublicTrade:
        """A trade over there, now; told with the next tick."""
        made = PublicTrade(f"t{next(self._ids)}", ticker, price_bp, count_c, taker, False, self.now_ns + 1)
        made = replace(made, **changes)
        self.mirror.hear(made)
        self.tick()
        return made

    def order(
        self, side: BookSide, price_bp: int, count_c: int, ticker: str = "M", **options: object
    ) -> Order:
        """A customer's order; the mirror sees it with the next tick."""
        placed = self.exchange.create_order("ann", limit(side, price_bp, count_c, ticker, **options))
        self.tick()
        return placed.order

    def tell(self, *sheets: MarketSheet) -> None:
        self.mirror.hear(SheetsTold(sheets))
        self.tick()

    def shown(self, ticker: str = "M") -> tuple[dict[int, int], dict[int, int]]:
        """The book here, customers' orders in it."""
        levels = self.exchange.markets[ticker].levels
        return dict(levels.bids), dict(levels.asks)

    def status(self, ticker: str = "M") -> MarketStatus:
        return self.exchange.markets[ticker].market.status

    def restart(self, away_s: int = 0) -> None:
        """The process ends and another one takes over what was written down."""
        kept = {(kind, key): value for kind, key, value in self._kept}
        rows = [(kind, key, value) for (kind, key), value in kept.items()]
        self.exchange = Exchange.restore(self._core, RULES)
        mirror = Mirror(self.options)
        mirror.restore(rows)
        self._use(mirror)
        self.now_ns += away_s * SECOND_NS

    _kept: list[tuple[str, str, bytes | None]]
    _core: list[Any]

    def save(self) -> None:
        """What a world would write after this step."""
        self._core = [*getattr(self, "_core", []), *self.exchange.take_changes().rows]
        self._kept = [*getattr(self, "_kept", []), *self.mirror.take_rows()]
