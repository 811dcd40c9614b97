"""What a paper exchange is told of the exchange that it mirrors: read over REST and the stream, no more.

All of it goes through :class:`engine.kalshi.client.KalshiReader`, which has no method that changes anything.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from typing import Any

import msgspec

from engine.assembly.paper_books import PolledBooks
from engine.domain.feed import (
    BookFresh,
    BookStale,
    Channel,
    EventFeeSeen,
    EventSeen,
    FeedAlive,
    FeedConnected,
    FeedEvent,
    FeedLost,
    IndexSeen,
    LifecycleKind,
    LifecycleSeen,
    PublicTrade,
)
from engine.domain.units import SECOND_NS, Nanoseconds
from engine.kalshi.budget_queue import Lane
from engine.kalshi.client import KalshiReader, Reads
from engine.kalshi.errors import KalshiError, RequestRefused
from engine.kalshi.stream.feed import StreamFeed
from engine.kalshi.stream.machine import StreamMachine
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.server.companion import CompanionFailed
from engine.sandbox.sources.upstream.source import Mirror
from engine.sandbox.sources.upstream.words import (
    FeedBroken,
    Heard,
    Mode,
    SeriesTold,
    SheetsTold,
    StatusTold,
)

_log = logging.getLogger(__name__)
_SHEETS_A_READ = 100
_MOST_TRADE_PAGES = 5
_MOST_OLD = 5
_OVERLAP_NS = 5 * SECOND_NS
"""How far behind the last print the next read of prints begins; the mirror takes each once."""


class LinkSettings(msgspec.Struct, frozen=True):
    """Seconds between two reads of a kind."""

    poll_s: float = 2.0
    choose_s: float = 2.0
    status_s: float = 5.0
    decide_s: float = 2.0
    refresh_s: float = 60.0
    least_refresh_s: float = 5.0
    """Between two reads of everything, even if something was listed."""


class PaperLink:
    """Implements :class:`engine.sandbox.server.companion.Companion` for one mirror."""

    def __init__(
        self, reader: KalshiReader, mirror: Mirror, exchange: Exchange, settings: LinkSettings
    ) -> None:
        self._reader = reader
        self._mirror = mirror
        self._exchange = exchange
        self._settings = settings
        self._prices: Reads = reader.reads(Lane.EXIT)
        self._facts: Reads = reader.reads(Lane.RECONCILE)
        self._all: Reads = reader.reads(Lane.COLLECT)
        self._listed = asyncio.Event()
        self._wanted: tuple[str, ...] = ()
        self._printed_ns: Nanoseconds | None = None
        self._said: dict[str, str] = {}

    async def begin(self) -> None:
        """Reads status and listings once. Where the other exchange is not to be had, a new world does not
        begin, and an old one goes on with what it has: raises CompanionFailed."""
        try:
            if self._reader.signer is not None:
                self._reader.budget.take_limits(await self._facts.account.limits())
            await self._read_status()
            for series_ticker in self._series():
                await self._read_series(series_ticker)
        except KalshiError as error:
            if not self._exchange.series:
                where = self._mirror.options.upstream
                raise CompanionFailed(f"paper: upstream {where}: {error}") from None
            self._say("begin", str(error))

    async def run(self) -> None:
        """Until it is canceled; what cannot be read is tried again."""
        is_streamed = self._mirror.options.mode is Mode.STREAMED
        work: list[Coroutine[Any, Any, None]] = [
            self._each("status", self._settings.status_s, self._read_status),
            self._each("results", self._settings.decide_s, self._read_undecided),
            self._refresh(),
            self._stream() if is_streamed else self._poll(),
        ]
        try:
            async with asyncio.TaskGroup() as group:
                for one in work:
                    group.create_task(one)
        finally:
            await self._reader.aclose()

    # Errands and everything that both ways of hearing share.

    def _series(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self._mirror.options.series, *self._exchange.series)))

    async def read_series(self, series_ticker: str) -> None:
        """Raises KalshiError."""
        await self._read_series(series_ticker)

    async def _read_series(self, series_ticker: str) -> None:
        series = await self._all.series.one(series_ticker)
        listing = self._all.events.list(series_ticker=series_ticker, status="open", with_nested_markets=True)
        self._mirror.hear(SeriesTold(series, tuple(await listing.collect())))

    async def _read_status(self) -> None:
        status = await self._facts.exchange.status()
        rows = status.exchange_index_statuses
        by_shard = {
            row.exchange_index: (row.exchange_active, row.trading_active)
            for row in (rows if isinstance(rows, list) else ())
        }
        self._mirror.hear(StatusTold(by_shard, status.exchange_active, status.trading_active))

    async def _read_undecided(self) -> None:
        tickers = self._mirror.undecided(self._exchange, all_of_them=False)
        found = await self._read_sheets(tickers)
        for ticker in [ticker for ticker in tickers if ticker not in found][:_MOST_OLD]:
            await self._read_old(ticker)

    async def _read_old(self, ticker: str) -> None:
        """A market that the live lists have no more, as it is after some weeks."""
        try:
            sheet = await self._all.both_tiers.market(ticker)
        except RequestRefused as error:
            self._say(f"market {ticker}", str(error))
            return
        self._mirror.hear(SheetsTold((sheet,)))

    async def _read_sheets(self, tickers: Sequence[str]) -> set[str]:
        """Returns which of them there were."""
        found: set[str] = set()
        for start in range(0, len(tickers), _SHEETS_A_READ):
            part = tickers[start : start + _SHEETS_A_READ]
            sheets = await self._facts.markets.list(tickers=part, without_combos=False).collect()
            self._mirror.hear(SheetsTold(tuple(sheets)))
            found.update(sheet.ticker for sheet in sheets)
        return found

    async def _refresh(self) -> None:
        """Reads all listings now and then, and soon after something was listed."""
        while True:
            try:
                async with asyncio.timeout(self._settings.refresh_s):
                    await self._listed.wait()
                await asyncio.sleep(self._settings.least_refresh_s)
            except TimeoutError:
                pass
            self._listed.clear()
            await self._tried("listings", self._read_everything)

    async def _read_everything(self) -> None:
        for series_ticker in self._series():
            await self._read_series(series_ticker)
        await self._read_sheets(self._mirror.undecided(self._exchange, all_of_them=True))
        for trouble in list(self._mirror.catalogue.troubles):
            self._say(trouble, "could not be taken over from there")

    async def _each(self, what: str, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(seconds)
            await self._tried(what, work)

    async def _tried(self, what: str, work: Callable[[], Awaitable[None]]) -> bool:
        """Whether it went well; a failure is said once, until it goes well again."""
        try:
            await work()
        except KalshiError as error:
            self._say(what, str(error))
            return False
        if self._said.pop(what, None) is not None:
            _log.warning("paper: %s: read again", what)
        return True

    def _say(self, what: str, line: str) -> None:
        if what not in self._said:
            _log.warning("paper: %s: %s", what, line)
        self._said[what] = line

    async def _read_trades(self, tickers: Iterable[str] | None) -> None:
        """The prints since the last read, oldest first."""
        now_ns = self._reader.offset.exchange_now_ns()
        since_ns = now_ns if self._printed_ns is None else self._printed_ns
        wanted = None if tickers is None else frozenset(tickers)
        found: list[PublicTrade] = []
        pages = 0
        async for page in self._prices.trades.list(from_ns=since_ns - _OVERLAP_NS).pages():
            found += page.items
            pages += 1
            if pages == _MOST_TRADE_PAGES:
                break
        for trade in sorted(found, key=lambda trade: trade.at_ns):
            if wanted is None or trade.ticker in wanted:
                self._mirror.hear(trade)
        self._printed_ns = max((trade.at_ns for trade in found), default=since_ns)

    # Without a key.

    async def _poll(self) -> None:
        books = PolledBooks()
        self._mirror.books = books
        while True:
            went_well = await self._tried("prices", lambda: self._look(books))
            if not went_well:
                self._mirror.hear(FeedBroken(self._said["prices"]))
            await asyncio.sleep(self._settings.poll_s)

    async def _look(self, books: PolledBooks) -> None:
        """One look at everything: prints first, so that no book is newer than the prints that are known."""
        self._wanted = self._mirror.wanted_books(self._exchange)
        await self._read_trades(self._wanted)
        for start in range(0, len(self._wanted), _SHEETS_A_READ):
            part = self._wanted[start : start + _SHEETS_A_READ]
            found = await self._prices.markets.orderbooks(part)
            for ticker in books.take(part, found):
                self._mirror.book_changed(ticker)
        books.keep(self._wanted)
        self._mirror.hear(Heard())

    # With a key.

    async def _stream(self) -> None:
        signer = self._reader.signer
        assert signer is not None
        clock = self._reader.clock
        machine = StreamMachine(
            self._sink, clock.monotonic_ns, self._reader.drift, on_book=self._mirror.book_changed
        )
        self._mirror.books = machine.books
        machine.want(Channel.LIFECYCLE)
        machine.want(Channel.INDEX, ("all",))
        feed = StreamFeed(machine, self._reader.endpoint.ws_url, signer, clock, random.random)
        async with asyncio.TaskGroup() as group:
            group.create_task(feed.run())
            group.create_task(self._choose(machine))

    async def _choose(self, machine: StreamMachine) -> None:
        while True:
            wanted = self._mirror.wanted_books(self._exchange)
            if wanted != self._wanted:
                self._wanted = wanted
                machine.want_books(wanted)
                machine.want(Channel.TRADE, wanted)
            await asyncio.sleep(self._settings.choose_s)

    def _sink(self, event: FeedEvent) -> None:
        mirror = self._mirror
        match event:
            case BookFresh() | BookStale():
                mirror.book_changed(event.ticker)
            case PublicTrade():
                self._printed_ns = max(event.at_ns, self._printed_ns or 0)
                mirror.hear(event)
            case LifecycleSeen():
                if event.kind is LifecycleKind.CREATED:
                    self._hint(event.ticker)
                mirror.hear(event)
            case EventSeen():
                self._hint(event.event_ticker)
            case EventFeeSeen() | IndexSeen():
                mirror.hear(event)
            case FeedAlive():
                mirror.hear(Heard())
            case FeedLost():
                mirror.hear(FeedBroken(event.reason))
                self._say("stream", event.reason)
            case FeedConnected():
                self._on_connected(event)
            case _:
                return

    def _on_connected(self, event: FeedConnected) -> None:
        """After a loss: prints were missed, and perhaps more."""
        if self._said.pop("stream", None) is not None:
            _log.warning("paper: stream: connected again")
        if event.attempt > 1:
            self._listed.set()
            asyncio.get_running_loop().create_task(self._catch_up())

    async def _catch_up(self) -> None:
        await self._tried("prints", lambda: self._read_trades(self._wanted))

    def _hint(self, ticker: str) -> None:
        if ticker.partition("-")[0] in self._exchange.series:
            self._listed.set()
