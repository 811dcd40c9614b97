"""The Venue port over the adapter: effects become requests, and what became of them becomes inputs.

Nothing is tried again here but the first read of a start, where that is wanted. A request that changes
something is sent once, and a read that fails is reported; what to do about either is the core's decision.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import assert_never

from engine.core import effects, inputs
from engine.domain.feed import Channel, IndexSeen, PublicTrade
from engine.kalshi import outcome
from engine.kalshi.budget_queue import Lane
from engine.kalshi.client import KalshiClient
from engine.kalshi.errors import ReadFailed
from engine.kalshi.group_changes import change_group
from engine.kalshi.order_answers import CanceledOrder
from engine.kalshi.stream.feed import StreamFeed
from engine.kalshi.venue_reads import VenueReads

LANES = {
    effects.Lane.EXIT: Lane.EXIT,
    effects.Lane.RECONCILE: Lane.RECONCILE,
    effects.Lane.ENTRY: Lane.ENTRY,
    effects.Lane.COLLECT: Lane.COLLECT,
}
_CHANNELS = (Channel.TICKER, Channel.FILL, Channel.ORDERS, Channel.GROUPS, Channel.LIFECYCLE)
"""What is subscribed besides the books that the core asks for."""

ALL_INDEXES = ("all",)
_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 15.0
_log = logging.getLogger(__name__)

Sink = Callable[[inputs.CoreEvent], None]


class KalshiVenue:
    """Implements :class:`engine.ports.Venue` for one account.

    ``make_feed`` builds the stream over a sink; it runs from :meth:`start` to :meth:`stop`.
    """

    def __init__(
        self,
        client: KalshiClient,
        make_feed: Callable[[Sink], StreamFeed],
        on_public: Callable[[PublicTrade | IndexSeen], None] | None = None,
    ) -> None:
        """``on_public`` hears index values, and public trades as far as :meth:`follow_trades` says. The core
        hears no trades, and only those index values that it asks for; what nobody hears is not subscribed."""
        self._client = client
        self._make_feed = make_feed
        self._on_public = on_public
        self._reads = VenueReads(client)
        self._feed: StreamFeed | None = None
        self._running: asyncio.Task[None] | None = None
        self._books: tuple[str, ...] = ()
        self._taped: frozenset[str] = frozenset()
        self.is_patient = False
        """An exchange that does not answer at the start is asked again for as long as it takes."""
        self.tapes_all = False
        """Public trades are asked for of every market whose book is followed."""
        self._indexes: frozenset[str] = frozenset()

    async def start(self, sink: Sink) -> None:
        """Reads the account's limits, which proves host and key, then starts the stream.

        Raises KalshiError with one line if the exchange refuses the key or, unless this is patient, cannot be
        reached.
        """
        await self._take_limits()
        feed = self._feed = self._make_feed(self._tapped(sink))
        for channel in _CHANNELS:
            feed.machine.want(channel)
        if self._on_public is not None:
            feed.machine.want(Channel.INDEX, ALL_INDEXES)
        self._running = asyncio.create_task(feed.run(), name="exchange stream")

    async def _take_limits(self) -> None:
        wait_s = _FIRST_WAIT_S
        while True:
            try:
                limits = await self._client.reads(Lane.RECONCILE).account.limits()
            except ReadFailed as error:
                if not self.is_patient:
                    raise
                _log.warning("the exchange does not answer, it is asked again in %g s: %s", wait_s, error)
                await asyncio.sleep(wait_s)
                wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
            else:
                self._client.budget.take_limits(limits)
                return

    def follow_trades(self, tickers: Iterable[str]) -> None:
        """Makes these the markets whose public trades are asked for; replaces those of before.

        Only markets whose books are followed: a ticker that the exchange does not know could end a
        subscription and, in the end, the connection that all books come by.
        """
        self._taped = frozenset(tickers)
        self._want_trades()

    async def stop(self) -> None:
        """Closes the stream, lets requests under way end, closes the client."""
        if self._feed is not None and self._running is not None:
            await self._feed.stop()
            await asyncio.gather(self._running, return_exceptions=True)
        await self._client.aclose()

    async def carry_out(self, effect: effects.Effect) -> inputs.CoreEvent | None:
        """Does one effect and returns its answer, if it has one."""
        match effect:
            case effects.SubmitOrder():
                return await self._submit(effect)
            case effects.CancelOrder():
                return await self._cancel(effect)
            case effects.CancelOrders():
                return await self._cancel_batch(effect)
            case effects.AmendOrder():
                return await self._amend(effect)
            case effects.ChangeGroup():
                return await change_group(self._client.writes.order_groups, effect)
            case effects.WatchBooks():
                self._watch(effect.tickers)
                return None
            case effects.WatchIndexes():
                self._watch_indexes(effect.index_ids)
                return None
            case effects.Compute() | effects.KeepDecision() | effects.Answer() | effects.Alert():
                return None
            case effects.WriteHalt() | effects.LiftHalt():
                return None
            case _:
                return await self._reads.carry_out(effect)

    def _tapped(self, sink: Sink) -> Sink:
        """The sink without what is for ``on_public`` alone: of public data only the indexes that the core
        watches take a step of it."""
        on_public = self._on_public

        def tapped(event: inputs.CoreEvent) -> None:
            if not isinstance(event, PublicTrade | IndexSeen):
                sink(event)
                return
            if on_public is not None:
                on_public(event)
            if isinstance(event, IndexSeen) and event.index_id in self._indexes:
                sink(event)

        return tapped

    def _watch_indexes(self, index_ids: Sequence[str]) -> None:
        had_any, self._indexes = bool(self._indexes), frozenset(index_ids)
        if self._feed is None or self._on_public is not None:
            return
        if index_ids and not had_any:
            self._feed.machine.want(Channel.INDEX, ALL_INDEXES)
        elif not index_ids:
            self._feed.machine.drop(Channel.INDEX)

    def _watch(self, tickers: Sequence[str]) -> None:
        if self._feed is None:
            return
        self._books = tuple(tickers)
        self._feed.machine.want_books(tickers)
        self._want_trades()

    def _want_trades(self) -> None:
        if self._feed is None or self._on_public is None:
            return
        wanted = [name for name in self._books if self.tapes_all or name in self._taped]
        self._feed.machine.want(Channel.TRADE, wanted)

    async def _submit(self, effect: effects.SubmitOrder) -> inputs.CoreEvent:
        name = effect.request.client_order_id
        found = await self._client.writes.orders.create(effect.request, lane=LANES[effect.lane])
        match found:
            case outcome.Answered(value=placed):
                return inputs.Acked(name, placed.order_id, placed.filled_c, placed.remaining_c)
            case outcome.Refused():
                return inputs.Rejected(name, found.status, found.error.code, str(found.error))
            case outcome.NotSent():
                return inputs.NotSent(name, f"{found.cause}: {found.detail}")
            case outcome.AlreadyExists():
                return inputs.Unknown(name, "order_already_exists")
            case outcome.OutcomeUnknown():
                return inputs.Unknown(name, f"{found.cause}: {found.detail}")
            case _:
                assert_never(found)

    async def _cancel(self, effect: effects.CancelOrder) -> inputs.CoreEvent:
        found = await self._client.writes.orders.cancel(
            effect.order_id, effect.ticker, exchange_index=effect.exchange_index
        )
        return _of_cancel(effect.client_order_id, found)

    async def _cancel_batch(self, effect: effects.CancelOrders) -> inputs.CoreEvent:
        found = await self._client.writes.batches.cancel(
            [(order.order_id, order.ticker) for order in effect.orders]
        )
        each = zip(effect.orders, found, strict=True)
        return inputs.CancelsAnswered(tuple(_of_cancel(order.client_order_id, one) for order, one in each))

    async def _amend(self, effect: effects.AmendOrder) -> inputs.CoreEvent:
        name = effect.client_order_id
        found = await self._client.writes.orders.amend(
            effect.order_id,
            ticker=effect.ticker,
            side=effect.side,
            price_bp=effect.price_bp,
            total_c=effect.count_c,
            expires_ns=effect.expires_ns,
        )
        match found:
            case outcome.Answered(value=amended):
                remaining_c = effect.count_c if amended.remaining_c is None else amended.remaining_c
                return inputs.Acked(name, effect.order_id, amended.filled_c or 0, remaining_c)
            case outcome.Gone():
                return inputs.Rejected(name, 404, found.error.code, str(found.error))
            case outcome.Refused():
                return inputs.Rejected(name, found.status, found.error.code, str(found.error))
            case outcome.NotSent():
                return inputs.NotSent(name, f"{found.cause}: {found.detail}")
            case outcome.OutcomeUnknown():
                return inputs.Unknown(name, f"{found.cause}: {found.detail}")
            case _:
                assert_never(found)


def _of_cancel(
    name: str, found: outcome.ChangeOutcome[CanceledOrder]
) -> inputs.CancelAcked | inputs.CancelGone | inputs.CancelFailed:
    match found:
        case outcome.Answered(value=canceled):
            return inputs.CancelAcked(name, canceled.reduced_by_c)
        case outcome.Gone():
            return inputs.CancelGone(name)
        case outcome.Refused():
            return inputs.CancelFailed(name, str(found.error), is_unknown=False)
        case outcome.NotSent() | outcome.OutcomeUnknown():
            is_unknown = isinstance(found, outcome.OutcomeUnknown)
            return inputs.CancelFailed(name, f"{found.cause}: {found.detail}", is_unknown=is_unknown)
        case _:
            assert_never(found)
