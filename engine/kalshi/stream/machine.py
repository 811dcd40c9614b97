"""The stream without a socket: texts in, events and commands out.

The caller feeds it every frame's text, tells it of connections gained and lost, and calls :meth:`tick` a few
times a second; it sends what lies in ``desk.outbox``. Nothing here waits or raises on bad input: what cannot
be used is counted, reported as a StreamFault, and repaired where it touched a book.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice

import msgspec

from engine.domain.feed import (
    Channel,
    FeedAlive,
    FeedConnected,
    FeedEvent,
    FeedLost,
    ReconcileNeeded,
    StaleReason,
)
from engine.domain.units import Nanoseconds
from engine.kalshi.drift import DriftCounter
from engine.kalshi.stream.book_shard import BookShard
from engine.kalshi.stream.book_store import BookStore
from engine.kalshi.stream.channels import BY_INDEX, BY_UNDERLYING
from engine.kalshi.stream.command_desk import CommandDesk
from engine.kalshi.stream.frame_reader import UNREADABLE, FrameReader, Unreadable
from engine.kalshi.stream.frame_router import FrameRouter
from engine.kalshi.stream.level_text import BID_PRICES, LEVEL_COUNTS
from engine.kalshi.stream.plain_subscription import PlainSubscription
from engine.kalshi.stream.settings import StreamSettings
from engine.kalshi.stream.sid_table import SidTable
from engine.kalshi.stream.subscription import Post, Subscription
from engine.wire.stream import CommandParams


class StreamMachine:
    """One account's stream. ``sink`` gets every event, in order; ``on_book`` replaces BookUpdated events."""

    def __init__(
        self,
        sink: Callable[[FeedEvent], None],
        now: Callable[[], Nanoseconds],
        drift: DriftCounter,
        settings: StreamSettings = StreamSettings(),  # noqa: B008 - frozen
        on_book: Callable[[str], object] | None = None,
    ) -> None:
        self.settings = settings
        self.books = BookStore(sink, on_book, use_yes_price=settings.use_yes_price)
        self.desk = CommandDesk(now, settings.command_timeout_ns)
        self.reconnect_reason: str | None = None
        self._sink = sink
        self._connections = 0
        self._is_connected = False
        self._sids = SidTable()
        self._post = Post(settings, self.desk, sink, self._sids.retire, self._give_up)
        self._shards: list[BookShard] = []
        self._plain: dict[Channel, PlainSubscription] = {}
        self._audit_at_ns: Nanoseconds = 0
        self._audit_from = 0
        self._router = FrameRouter(self.desk, self._sids, sink, drift, self._give_up)
        self._reader = FrameReader(drift)
        self._decode = self._reader.decode
        self._by_sid = self._sids.shards
        self._counts = LEVEL_COUNTS.known
        self._bid_prices = BID_PRICES.known
        self._ask_prices = self.books.ask_prices.known
        self._on_book = on_book

    # what is wanted

    @property
    def subscriptions(self) -> list[Subscription]:
        return [*self._shards, *self._plain.values()]

    def want_books(self, tickers: Iterable[str]) -> None:
        """Makes ``tickers`` the books to follow; the others are dropped."""
        wanted = dict.fromkeys(tickers)
        self.drop_books([t for shard in self._shards for t in shard.wanted or () if t not in wanted])
        self.add_books(wanted)

    def add_books(self, tickers: Iterable[str]) -> None:
        """Follows more books, in subscriptions with room, else in new ones."""
        held = {t for shard in self._shards for t in shard.wanted or ()}
        new = [t for t in dict.fromkeys(tickers) if t not in held]
        for shard in self._shards:
            shard.refused.difference_update(new)
        for shard in self._shards:
            room = self.settings.markets_per_subscription - len(shard.wanted or ())
            if room > 0 and new and shard.wanted is not None:
                shard.wanted.update(dict.fromkeys(new[:room]))
                del new[:room]
                self._reconcile(shard)
        size = self.settings.markets_per_subscription
        for start in range(0, len(new), size):
            shard = BookShard(self._post, self.books, new[start : start + size])
            self._shards.append(shard)
            self._reconcile(shard)

    def drop_books(self, tickers: Iterable[str]) -> None:
        for ticker in dict.fromkeys(tickers):
            for shard in self._shards:
                if shard.wanted is not None and ticker in shard.wanted:
                    shard.drop_book(ticker)

    def want(self, channel: Channel, names: Iterable[str] | None = None) -> None:
        """Follows a channel other than the books, for all markets or for some.

        ``names`` are index ids or underlyings for the index channels. Asking again replaces the names.
        """
        current = self._plain.get(channel)
        if current is not None and channel not in BY_INDEX | BY_UNDERLYING:
            if names is not None and current.wanted is not None:
                current.wanted = dict.fromkeys(names)
                self._reconcile(current)
                return
            if names is None and current.wanted is None:
                return
        self.drop(channel)
        self._plain[channel] = subscription = self._plain_subscription(channel, names)
        self._reconcile(subscription)

    def drop(self, channel: Channel) -> None:
        subscription = self._plain.pop(channel, None)
        if subscription is not None:
            subscription.leave()

    # the connection

    def connected(self) -> None:
        """A new connection: everything wanted is asked for again."""
        self._connections += 1
        self._is_connected = True
        self.reconnect_reason = None
        self.desk.forget()
        self._sids.clear()
        self._audit_at_ns = self.desk.now() + self.settings.audit_interval_ns
        self._sink(FeedConnected(self._connections))
        for shard in self._shards:
            shard.forget_clocks()
        for subscription in self.subscriptions:
            subscription.reset()
            subscription.reconcile()
        if self._plain:
            self._sink(ReconcileNeeded(tuple(self._plain), "connected"))

    def heard(self) -> None:
        """Something came over this connection since the last beat."""
        if self._is_connected:
            self._sink(FeedAlive())

    def lost(self, reason: str) -> None:
        """The connection is gone: no book is readable until its snapshot on the next one."""
        if not self._is_connected:
            return
        self._is_connected = False
        for shard in self._shards:
            shard.stop_reading(StaleReason.FEED_LOST)
        for subscription in self.subscriptions:
            subscription.reset()
        self.desk.forget()
        self._sids.clear()
        self._sink(FeedLost(reason))

    def tick(self) -> None:
        """Time passes: overdue answers, snapshot requests, retries, audits."""
        if not self._is_connected:
            return
        for asked in self.desk.overdue():
            asked.asker.on_timeout(asked)
        for subscription in self.subscriptions:
            subscription.tick()
        self._shards = [shard for shard in self._shards if shard.wanted or shard.actual]
        if self.settings.audit_interval_ns and self.desk.now() >= self._audit_at_ns:
            self._audit()

    def on_text(self, text: str | bytes) -> None:
        """One frame. The straight way is the next delta of its sid, for a book that is live.

        Most deltas change the size of a level that stays: then the best prices stay too and sides cannot
        cross, so that one dictionary entry is all there is to change. All others go through the book. What
        lacks a part of a delta, or names no live book, is another frame and takes the long way.
        """
        try:
            frame = self._decode(text)
        except UNREADABLE as error:
            self._reread(text, error)
            return
        try:
            shard = self._by_sid[frame.sid]
            message = frame.msg
            line = shard.live[message.market_ticker]
            side = message.side
        except (KeyError, AttributeError):
            self._router.route(frame)
            return
        seq = frame.seq
        if seq != shard.next_seq:
            self._router.route(frame)
            return
        try:
            if side == "yes":
                levels = line.bids
                price = self._bid_prices[message.price_dollars]
            elif side == "no":
                levels = line.asks
                price = self._ask_prices[message.price_dollars]
            else:
                raise KeyError(side)
            left = levels[price] + self._counts[message.delta_fp]
        except KeyError:
            left = 0
        if left <= 0:
            shard.apply(line, frame)
            shard.next_seq = seq + 1
            shard.flush()
            return
        levels[price] = left
        line.last = frame
        shard.next_seq = seq + 1
        on_book = self._on_book
        if on_book is not None:
            on_book(line.ticker)
        else:
            self.books.on_delta(frame)

    def _reread(self, text: str | bytes, error: Exception) -> None:
        found = self._reader.reread(text, error)
        self._decode = self._reader.decode
        if isinstance(found, Unreadable):
            self._router.unreadable(found)
        else:
            self._router.route(found)

    def _reconcile(self, subscription: Subscription) -> None:
        if self._is_connected:
            subscription.reconcile()

    def _give_up(self, reason: str) -> None:
        self.reconnect_reason = self.reconnect_reason or reason

    def _plain_subscription(self, channel: Channel, names: Iterable[str] | None) -> PlainSubscription:
        listed = None if names is None else list(dict.fromkeys(names))
        params = CommandParams(channels=[channel.value])
        if channel is Channel.TICKER:
            params = msgspec.structs.replace(params, send_initial_snapshot=True)
        if channel in BY_INDEX and listed is not None:
            params, listed = msgspec.structs.replace(params, index_ids=listed), None
        if channel in BY_UNDERLYING and listed is not None:
            params, listed = msgspec.structs.replace(params, underlying_tickers=listed), None
        return PlainSubscription(self._post, channel, listed, params)

    def _audit(self) -> None:
        """Asks for snapshots of some healthy books, a different part of them each time."""
        self._audit_at_ns = self.desk.now() + self.settings.audit_interval_ns
        tickers = sorted(self.books.readable())
        if not tickers:
            return
        start = self._audit_from % len(tickers)
        chosen = set(islice(tickers[start:] + tickers[:start], self.settings.audit_batch))
        self._audit_from = start + len(chosen)
        for shard in self._shards:
            shard.audit(chosen)
