"""The resting orders of customers, and what prints of the mirrored exchange fill of them.

A print at an order's price counts first for those that stood there when the order came, then for the order.
A print through its price has passed everything that stood there, so it counts for the order at once. Cancels
over there bring nobody forward: we are never told whose they were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from engine.domain.feed import PublicTrade
from engine.domain.order import BookSide
from engine.domain.units import CONTRACT_BP, CountC, Nanoseconds, PriceBp
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.orders import Order

LevelSize = Callable[[str, bool, PriceBp], CountC | None]


class _Place(msgspec.Struct, frozen=True):
    """Prints through an order's price count from when it came, those at its price from when its place in the
    other exchange's queue was known. ``priority`` is its place in time here."""

    priority: int
    came_ns: Nanoseconds
    queued_ns: Nanoseconds | None


class Standing:
    """Who rests, as of the last :meth:`look`."""

    def __init__(self) -> None:
        self.by_ticker: dict[str, list[Order]] = {}
        self._places: dict[str, _Place] = {}

    def look(self, exchange: Exchange, size: LevelSize) -> None:
        """Finds the orders that rest now; new ones join the queue of the mirrored level behind what was shown
        there. ``exchange.now_ns`` must not be before any of them came."""
        now_ns, before = exchange.now_ns, self._places
        self._places, self.by_ticker = {}, {}
        for order in _resting(exchange):
            place = before.get(order.order_id)
            if place is None or place.priority != order.priority:
                place = _Place(order.priority, now_ns, None if order.ahead_c is None else now_ns)
            if order.ahead_c is None:
                ahead_c = size(order.ticker, order.side is BookSide.BID, order.price_bp)
                if ahead_c is not None:
                    exchange.stand_behind(order.order_id, ahead_c)
                    place = _Place(place.priority, place.came_ns, now_ns)
            self._places[order.order_id] = place
            self.by_ticker.setdefault(order.ticker, []).append(order)

    def edges(self, ticker: str) -> tuple[PriceBp, PriceBp]:
        """The highest bid and the lowest ask that rest in a market: 0 and a dollar where there is none."""
        highest_bp, lowest_bp = 0, CONTRACT_BP
        for order in self.by_ticker.get(ticker, ()):
            if not order.remaining_c:
                continue
            if order.side is BookSide.BID:
                highest_bp = max(highest_bp, order.price_bp)
            else:
                lowest_bp = min(lowest_bp, order.price_bp)
        return highest_bp, lowest_bp

    def shares(self, exchange: Exchange, trade: PublicTrade) -> dict[str, CountC]:
        """What of a print each order has, by its id; uses up what stands ahead of those at its price."""
        shares: dict[str, CountC] = {}
        left_c = trade.count_c
        for order in self._met_by(trade):
            if left_c <= 0:
                break
            if order.price_bp == trade.price_bp:
                ahead_c, queued_ns = order.ahead_c, self._places[order.order_id].queued_ns
                if ahead_c is None or queued_ns is None or trade.at_ns <= queued_ns:
                    continue
                used_c = min(ahead_c, left_c)
                if used_c:
                    exchange.stand_behind(order.order_id, ahead_c - used_c)
                share_c = min(left_c - used_c, order.remaining_c)
            else:
                share_c = min(left_c, order.remaining_c)
            if share_c > 0:
                shares[order.order_id] = share_c
                left_c -= share_c
        return shares

    def _met_by(self, trade: PublicTrade) -> list[Order]:
        """Orders that the print is at or through, in the order in which they match."""
        is_buy = trade.taker_side is BookSide.BID
        side = BookSide.ASK if is_buy else BookSide.BID
        met = [
            order
            for order in self.by_ticker.get(trade.ticker, ())
            if order.side is side
            and order.remaining_c
            and self._places[order.order_id].came_ns < trade.at_ns
            and (order.price_bp <= trade.price_bp if is_buy else order.price_bp >= trade.price_bp)
        ]
        sign = 1 if is_buy else -1
        return sorted(met, key=lambda order: (sign * order.price_bp, order.priority))


def _resting(exchange: Exchange) -> Iterator[Order]:
    for account in exchange.accounts.values():
        if not account.is_house:
            yield from account.resting.values()
