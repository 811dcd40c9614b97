"""From the exchange's events to the frames of whoever listens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.feed import (
    BookChanged,
    EventFeesChanged,
    EventListed,
    FeedEvent,
    Filled,
    GroupChanged,
    IndexValue,
    MarketChanged,
    OrderChanged,
    PositionChanged,
    Traded,
)
from engine.sandbox.server.rest.times import milliseconds_of
from engine.sandbox.server.stream import frames_account as account
from engine.sandbox.server.stream import frames_book as book
from engine.sandbox.server.stream import frames_index as index
from engine.sandbox.server.stream import frames_lifecycle as lifecycle
from engine.sandbox.server.stream import frames_market as market
from engine.sandbox.server.stream.channels import Channel
from engine.sandbox.server.stream.encoding import body
from engine.sandbox.server.stream.faults import StreamEffect, StreamFaults
from engine.sandbox.server.stream.registry import Registry
from engine.sandbox.server.stream.subscription import Listener, Subscription

Variant = tuple[bool, bool]
"""Whether NO levels show YES prices, and whether the client order id is shown."""


class Publisher:
    """Encodes each event once for each way it is shown, and splices the bytes for each subscription.

    Books, prints, fills, groups and lifecycles make a message for every event. Tickers, orders and positions
    are states: one message for each that changed in a batch, as it is after the batch.
    """

    def __init__(
        self,
        exchange: Exchange,
        faults: StreamFaults,
        registry: Registry,
    ) -> None:
        self._exchange = exchange
        self._faults = faults
        self._registry = registry
        self._figures: dict[str, market.Figures] = {}
        """What the last ticker message of each market said."""
        self._woken: dict[Listener, None] = {}
        self._sending_ms = 0
        self._events: Sequence[FeedEvent] = ()
        self._tickers: dict[str, None] = {}
        self._orders: dict[str, OrderChanged] = {}
        self._positions: dict[tuple[str, str], PositionChanged] = {}
        self._makers: dict[type[FeedEvent], Callable[[Any, int], None]] = {
            BookChanged: self._book_changed,
            Traded: self._traded,
            Filled: self._filled,
            OrderChanged: self._order_changed,
            PositionChanged: self._position_changed,
            GroupChanged: self._group_changed,
            MarketChanged: self._market_changed,
            EventListed: self._event_listed,
            EventFeesChanged: self._event_fees_changed,
            IndexValue: self._index_value,
        }

    def publish(self, events: Sequence[FeedEvent]) -> None:
        """Puts the frames of a batch of events into outboxes and wakes their writers."""
        self._events = events
        self._sending_ms = milliseconds_of(self._exchange.now_ns)
        makers = self._makers
        for position, event in enumerate(events):
            maker = makers.get(type(event))
            if maker is not None:
                maker(event, position)
        self._send_states()
        woken, self._woken = self._woken, {}
        self._events = ()
        for listener in woken:
            listener.wake()

    def forget_tickers(self) -> None:
        """Nobody listens to tickers any more; the next listener hears the next change of any market."""
        self._figures.clear()

    def _deliver(self, channel: Channel, frame_type: str, to: list[Subscription], shared: bytes) -> None:
        """Sends one message to subscriptions that see it the same way."""
        effect = self._faults.take_stream(channel.value)
        for subscription in to:
            self._send(subscription, frame_type, shared, effect)

    def _send(self, subscription: Subscription, frame_type: str, shared: bytes, effect: str | None) -> None:
        listener = subscription.listener
        listener.deliver(subscription, subscription.frame(frame_type, shared), effect)
        self._woken[listener] = None

    def _body(self, message: msgspec.Struct) -> bytes:
        return body(message, self._sending_ms)

    def _book_changed(self, change: BookChanged, position: int) -> None:
        self._tickers[change.ticker] = None
        listeners = self._registry.of(Channel.ORDERBOOK_DELTA, change.ticker)
        if not listeners:
            return
        record = self._exchange.markets[change.ticker]
        effect = self._faults.take_stream(Channel.ORDERBOOK_DELTA.value)
        bodies: dict[Variant, bytes] = {}
        for subscription in listeners:
            if change.clock <= subscription.markets[change.ticker]:
                # Its snapshot of this market covers the change already.
                continue
            is_owner = bool(change.client_order_id) and subscription.listener.account_id == change.account_id
            variant = (subscription.use_yes_price, is_owner)
            shared = bodies.get(variant)
            if shared is None:
                shared = bodies[variant] = self._body(
                    book.delta_message(
                        change, record, use_yes_price=variant[0], shows_client_order_id=variant[1]
                    )
                )
            self._send(subscription, book.DELTA, shared, effect)
            if effect == StreamEffect.STALE_SNAPSHOT:
                self._send_stale(subscription, change, position)

    def _send_stale(self, subscription: Subscription, change: BookChanged, position: int) -> None:
        """A snapshot of the book as it was before ``change``, which the subscription has just been sent."""
        undone = [
            later
            for later in self._events[position:]
            if isinstance(later, BookChanged) and later.ticker == change.ticker
        ]
        record = self._exchange.markets[change.ticker]
        message = book.stale_snapshot_message(record, undone, use_yes_price=subscription.use_yes_price)
        self._send(subscription, book.SNAPSHOT, self._body(message), None)

    def _traded(self, trade: Traded, position: int) -> None:
        self._tickers[trade.ticker] = None
        listeners = self._registry.of(Channel.TRADE, trade.ticker)
        if listeners:
            self._deliver(Channel.TRADE, market.TRADE, listeners, self._body(market.trade_message(trade)))

    def _filled(self, fill: Filled, position: int) -> None:
        listeners = self._private(Channel.FILL, fill.account_id, fill.ticker)
        if listeners:
            self._deliver(Channel.FILL, account.FILL, listeners, self._body(account.fill_message(fill)))

    def _order_changed(self, change: OrderChanged, position: int) -> None:
        self._orders.pop(change.order_id, None)
        self._orders[change.order_id] = change

    def _position_changed(self, change: PositionChanged, position: int) -> None:
        self._positions[change.account_id, change.ticker] = change

    def _group_changed(self, change: GroupChanged, position: int) -> None:
        listeners = self._private(Channel.ORDER_GROUP_UPDATES, change.account_id, change.order_group_id)
        if listeners:
            shared = self._body(account.group_message(change))
            self._deliver(Channel.ORDER_GROUP_UPDATES, account.ORDER_GROUP, listeners, shared)

    def _market_changed(self, change: MarketChanged, position: int) -> None:
        self._tickers[change.ticker] = None
        listeners = self._registry.of(Channel.MARKET_LIFECYCLE_V2, change.ticker)
        if listeners:
            record = self._exchange.markets[change.ticker]
            shared = self._body(lifecycle.market_message(change, record.market))
            self._deliver(Channel.MARKET_LIFECYCLE_V2, lifecycle.MARKET_LIFECYCLE, listeners, shared)

    def _event_listed(self, listed: EventListed, position: int) -> None:
        listeners = self._registry.of(Channel.MARKET_LIFECYCLE_V2, listed.event_ticker)
        if listeners:
            event = self._exchange.events[listed.event_ticker]
            shared = self._body(lifecycle.event_message(event))
            self._deliver(Channel.MARKET_LIFECYCLE_V2, lifecycle.EVENT_LIFECYCLE, listeners, shared)

    def _event_fees_changed(self, change: EventFeesChanged, position: int) -> None:
        listeners = self._registry.of(Channel.MARKET_LIFECYCLE_V2, change.event_ticker)
        if listeners:
            shared = self._body(lifecycle.event_fee_message(change))
            self._deliver(Channel.MARKET_LIFECYCLE_V2, lifecycle.EVENT_FEE_UPDATE, listeners, shared)

    def _index_value(self, value: IndexValue, position: int) -> None:
        listeners = self._registry.of(Channel.CFBENCHMARKS_VALUE, value.index_id)
        if listeners:
            shared = self._body(index.value_message(value, self._exchange.now_ns))
            self._deliver(Channel.CFBENCHMARKS_VALUE, index.INDEX_VALUE, listeners, shared)

    def _private(self, channel: Channel, account_id: str, name: str) -> list[Subscription]:
        return [s for s in self._registry.of(channel, name) if s.listener.account_id == account_id]

    def _send_states(self) -> None:
        orders, self._orders = self._orders, {}
        positions, self._positions = self._positions, {}
        tickers, self._tickers = self._tickers, {}
        for changed in orders.values():
            self._send_order(changed)
        for moved in positions.values():
            self._send_position(moved)
        if self._registry.listens(Channel.TICKER):
            for ticker in tickers:
                self._send_ticker(ticker)
        elif self._figures:
            self.forget_tickers()

    def _send_order(self, change: OrderChanged) -> None:
        order = self._exchange.orders[change.order_id]
        listeners = self._private(Channel.USER_ORDERS, change.account_id, order.ticker)
        if listeners:
            shared = self._body(account.order_message(order, change.reason))
            self._deliver(Channel.USER_ORDERS, account.USER_ORDER, listeners, shared)

    def _send_position(self, change: PositionChanged) -> None:
        listeners = self._private(Channel.MARKET_POSITIONS, change.account_id, change.ticker)
        if listeners:
            holding = self._exchange.accounts[change.account_id].holdings[change.ticker]
            shared = self._body(account.position_message(change.account_id, holding))
            self._deliver(Channel.MARKET_POSITIONS, account.MARKET_POSITION, listeners, shared)

    def _send_ticker(self, ticker: str) -> None:
        listeners = self._registry.of(Channel.TICKER, ticker)
        if not listeners:
            return
        record = self._exchange.markets[ticker]
        figures = market.ticker_figures(record)
        if self._figures.get(ticker) == figures:
            return
        self._figures[ticker] = figures
        shared = self._body(market.ticker_message(record, figures, self._exchange.now_ns))
        self._deliver(Channel.TICKER, market.TICKER, listeners, shared)
