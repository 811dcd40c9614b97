"""Follows the markets of some series, open or to be: listed anew now and then, missed prints read again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from itertools import product

from collectors.candles.ownership import owner_of
from collectors.health import SourceHealth
from collectors.kalshi_link import KalshiLink
from collectors.taking import Fault, FaultKind, Taken
from collectors.words import one_line
from engine.domain.feed import (
    Channel,
    CommandRefused,
    EventSeen,
    FeedEvent,
    LifecycleKind,
    LifecycleSeen,
    PublicTrade,
    ReconcileNeeded,
    StreamFault,
)
from engine.domain.feed import FaultKind as FrameFault
from engine.domain.units import MILLISECOND_NS, SECOND_NS, Nanoseconds
from engine.domain.venue import EventSheet
from engine.kalshi.budget_queue import Lane
from engine.kalshi.client import KalshiReader
from engine.kalshi.errors import DecodeError, KalshiError
from engine.kalshi.stream.subscription import Standing, Subscription

_REFRESH_NS = 300 * SECOND_NS
_SOON_NS = 5 * SECOND_NS
_OVERLAP_NS = 5 * SECOND_NS
_LOOK_NS = 100 * MILLISECOND_NS
_MOST_PAGES = 50
_STATUSES = ("unopened", "open")
"""Nothing tells that a market opens: it is followed from its listing on. One that opens between the two
readings is in both."""


class Following:
    """A :class:`collectors.running.Part`. ``channels`` are what is recorded of each market; of the events of
    the series this node has those that are its own."""

    def __init__(
        self,
        reader: KalshiReader,
        series: Sequence[str],
        channels: frozenset[Channel],
        node: tuple[int, int],
        health: SourceHealth,
        take: Callable[[FeedEvent, Nanoseconds], Taken],
        put: Callable[[Taken], None],
        random: Callable[[], float],
        printed_ns: Nanoseconds | None = None,
    ) -> None:
        """``printed_ns``: when the newest print that is kept was; those since then are read."""
        self.health = health
        self._reader = reader
        self._series = tuple(series)
        self._channels = channels
        self._node_id, self._total_nodes = node
        self._take, self._put = take, put
        self._link = KalshiLink(reader, health, self._hear, put, random)
        self._wanted: tuple[str, ...] = ()
        self._known: set[str] = set()
        """Every market that was ever followed: a print may be missed just before its market closes."""
        self._is_refresh_due = asyncio.Event()
        self._is_catch_up_due = asyncio.Event()
        self._printed_ns = printed_ns
        self._listed_ns: Nanoseconds | None = None
        """When the markets were listed last: prints of a newer market may be as old as that."""
        self._since_ns: Nanoseconds | None = None

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._link.run())
            group.create_task(self._refresh())
            group.create_task(self._catch_up())

    async def once(self) -> bool:
        """Until every market's first data came."""
        refreshing = asyncio.create_task(self._refresh())
        try:
            return await self._link.once()
        finally:
            refreshing.cancel()
            await asyncio.gather(refreshing, return_exceptions=True)

    async def aclose(self) -> None:
        await self._link.aclose()

    def _hear(self, event: FeedEvent, received_ns: Nanoseconds) -> Taken:
        match event:
            case PublicTrade():
                self._printed_ns = max(event.at_ns, self._printed_ns or 0)
            case ReconcileNeeded():
                self._missed_of(event.channels)
            case CommandRefused() | StreamFault(kind=FrameFault.TIMEOUT) if event.channel is Channel.TRADE:
                self._catch_up_from(self._printed_ns)
            case LifecycleSeen() if event.kind is LifecycleKind.CREATED and self._is_ours(event.ticker):
                self._is_refresh_due.set()
            case EventSeen() if event.series_ticker in self._series:
                self._is_refresh_due.set()
        return self._take(event, received_ns)

    def _missed_of(self, channels: Sequence[Channel]) -> None:
        if Channel.TRADE in channels and Channel.TRADE in self._channels:
            self._catch_up_from(self._printed_ns)
        if Channel.LIFECYCLE in channels:
            self._is_refresh_due.set()

    def _is_ours(self, ticker: str) -> bool:
        return ticker.partition("-")[0] in self._series

    def _is_wanted(self, ticker: str) -> bool:
        """Those that are followed, and those that closed before they could be."""
        if ticker in self._known:
            return True
        return (
            self._is_ours(ticker) and owner_of(ticker.rpartition("-")[0], self._total_nodes) == self._node_id
        )

    async def _refresh(self) -> None:
        clock = self._reader.clock
        while True:
            await self._within(self._subscribed(Channel.LIFECYCLE), _SOON_NS)
            self._is_refresh_due.clear()
            is_well = await self._read_markets()
            await clock.sleep(_SOON_NS)
            if is_well:
                await self._within(self._is_refresh_due.wait(), _REFRESH_NS)

    async def _within(self, work: Coroutine[None, None, object], after_ns: Nanoseconds) -> None:
        """Returns when the work is done, or after so long."""
        waits = [asyncio.create_task(work), asyncio.create_task(self._sleep(after_ns))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waits:
                task.cancel()

    async def _sleep(self, duration_ns: Nanoseconds) -> bool:
        await self._reader.clock.sleep(duration_ns)
        return True

    async def _read_markets(self) -> bool:
        began_ns = self._reader.clock.monotonic_ns()
        events = self._reader.reads(Lane.COLLECT).events
        found: list[str] = []
        try:
            for series, status in product(self._series, _STATUSES):
                listing = events.list(series_ticker=series, status=status, with_nested_markets=True)
                async for page in listing.pages():
                    found += [ticker for sheet in page.items for ticker in self._own(sheet)]
                    self._say_unread(series, page.rejected)
        except KalshiError as error:
            self.health.fault(Fault(FaultKind.UNREACHABLE, f"markets: {one_line(str(error))}"))
            return False
        self._want(tuple(dict.fromkeys(found)))
        # By the exchange's clock, which is known by its answers: ours may be wrong by hours.
        took_ns = self._reader.clock.monotonic_ns() - began_ns
        self._listed_ns = self._reader.offset.exchange_now_ns() - took_ns
        return True

    def _own(self, sheet: EventSheet) -> list[str]:
        """The markets of an event, if it is this node's."""
        is_own = owner_of(sheet.event.ticker, self._total_nodes) == self._node_id
        return [market.ticker for market in sheet.markets] if is_own else []

    def _say_unread(self, series: str, rejected: Sequence[DecodeError]) -> None:
        if rejected:
            detail = f"{series}: {len(rejected)} events are not understood and not followed: {rejected[0]}"
            self.health.fault(Fault(FaultKind.SHAPE, one_line(detail, 200)))

    def _want(self, wanted: tuple[str, ...]) -> None:
        if wanted == self._wanted:
            return
        since_ns = self._printed_ns if self._listed_ns is None else self._listed_ns
        if Channel.TRADE in self._channels and since_ns is not None:
            self._catch_up_from(since_ns)
        self._wanted = wanted
        self._known.update(wanted)
        machine = self._link.machine
        machine.want(Channel.LIFECYCLE)
        if Channel.BOOK in self._channels:
            machine.want_books(wanted)
        for channel in (Channel.TICKER, Channel.TRADE):
            if channel in self._channels:
                machine.want(channel, wanted)

    def _catch_up_from(self, at_ns: Nanoseconds | None) -> None:
        """Prints from then on may have been missed; None is from the last listing on."""
        known_ns = self._listed_ns if at_ns is None else at_ns
        from_ns = self._reader.offset.exchange_now_ns() if known_ns is None else known_ns
        self._since_ns = from_ns if self._since_ns is None else min(self._since_ns, from_ns)
        self._is_catch_up_due.set()

    async def _catch_up(self) -> None:
        """Reads the prints that did not come over the stream."""
        while True:
            await self._is_catch_up_due.wait()
            await self._subscribed(Channel.TRADE)
            self._is_catch_up_due.clear()
            since_ns, self._since_ns = self._since_ns, None
            if since_ns is None:
                continue
            try:
                self._put_prints(await self._missed(since_ns - _OVERLAP_NS))
            except KalshiError as error:
                self.health.fault(Fault(FaultKind.UNREACHABLE, f"missed prints: {one_line(str(error))}"))
                self._catch_up_from(since_ns)
            # Whatever the stream goes on missing meanwhile is read together.
            await self._reader.clock.sleep(_SOON_NS)

    async def _subscribed(self, channel: Channel) -> None:
        """Returns once the exchange has confirmed all that is wanted of a channel: what is read before that
        ends before the stream begins."""
        machine = self._link.machine
        while not all(_is_confirmed(one) for one in machine.subscriptions if one.channel is channel):
            await self._reader.clock.sleep(_LOOK_NS)

    async def _missed(self, from_ns: Nanoseconds) -> list[PublicTrade]:
        found, pages = list[PublicTrade](), 0
        async for page in self._reader.reads(Lane.COLLECT).trades.list(from_ns=from_ns).pages():
            found += [trade for trade in page.items if self._is_wanted(trade.ticker)]
            pages += 1
            if pages == _MOST_PAGES:
                detail = f"missed prints: more than {pages} pages; the older ones are left out"
                self.health.fault(Fault(FaultKind.GAP, detail))
                break
        return found

    def _put_prints(self, missed: Iterable[PublicTrade]) -> None:
        for trade in sorted(missed, key=lambda trade: trade.at_ns):
            taken = self._take(trade, self._reader.clock.wall_ns())
            self.health.took(taken)
            if taken.rows:
                self._put(taken)


def _is_confirmed(subscription: Subscription) -> bool:
    wanted = (subscription.wanted or {}).keys() - subscription.refused
    return subscription.standing is Standing.ON and wanted <= subscription.actual
