"""One market's resting orders in price-time priority, with their sum by price kept as a Book."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from engine.domain.book import Book
from engine.domain.order import BookSide
from engine.domain.units import CountC, PriceBp
from engine.sandbox.core.orders import Order

Level: TypeAlias = OrderedDict[int, Order]
"""The orders at one price by priority, oldest first. Adding, removing and looking at the first are O(1)."""


class OrderQueue:
    """Who is next at every price. Level counts and queues change together, here only."""

    __slots__ = ("asks", "bids", "levels")

    def __init__(self) -> None:
        self.levels = Book()
        self.bids: dict[PriceBp, Level] = {}
        self.asks: dict[PriceBp, Level] = {}

    def add(self, order: Order) -> None:
        """Puts an order last at its price."""
        if order.side is BookSide.BID:
            side = self.bids
            self.levels.change_bid(order.price_bp, order.remaining_c)
        else:
            side = self.asks
            self.levels.change_ask(order.price_bp, order.remaining_c)
        level = side.get(order.price_bp)
        if level is None:
            level = side[order.price_bp] = OrderedDict()
        level[order.priority] = order

    def take_off(self, order: Order, count_c: CountC) -> None:
        """Takes ``count_c`` of an order's remaining contracts; with the last the order leaves the queue."""
        price_bp = order.price_bp
        if order.side is BookSide.BID:
            side = self.bids
            self.levels.change_bid(price_bp, -count_c)
        else:
            side = self.asks
            self.levels.change_ask(price_bp, -count_c)
        order.remaining_c -= count_c
        if order.remaining_c == 0:
            level = side[price_bp]
            del level[order.priority]
            if not level:
                del side[price_bp]

    @property
    def is_empty(self) -> bool:
        return not self.bids and not self.asks

    def orders(self) -> list[Order]:
        """Everything that rests, in the order in which it came."""
        resting = [o for side in (self.bids, self.asks) for level in side.values() for o in level.values()]
        return sorted(resting, key=lambda order: order.priority)

    def against(self, side: BookSide, limit_bp: PriceBp) -> Iterator[Order]:
        """The orders that one of ``side`` at ``limit_bp`` would meet, best first; change none meanwhile."""
        if side is BookSide.BID:
            best_bp = self.levels.best_ask_bp
            if best_bp is None or best_bp > limit_bp:
                return
            yield from self.asks[best_bp].values()
            further: Iterable[PriceBp] = sorted(p for p in self.asks if best_bp < p <= limit_bp)
            opposite = self.asks
        else:
            best_bp = self.levels.best_bid_bp
            if best_bp is None or best_bp < limit_bp:
                return
            yield from self.bids[best_bp].values()
            further = sorted((p for p in self.bids if limit_bp <= p < best_bp), reverse=True)
            opposite = self.bids
        for price_bp in further:
            yield from opposite[price_bp].values()

    def crosses(self, side: BookSide, limit_bp: PriceBp) -> bool:
        """Whether an order of ``side`` at ``limit_bp`` would meet any resting one."""
        best_bp = self.levels.best_ask_bp if side is BookSide.BID else self.levels.best_bid_bp
        if best_bp is None:
            return False
        return best_bp <= limit_bp if side is BookSide.BID else best_bp >= limit_bp

    def ahead_c(self, order: Order) -> CountC:
        """Contracts that must match before this order: all at better prices, the earlier at its own (of the
        house, what it was said to stand behind)."""
        if order.side is BookSide.BID:
            level = self.bids[order.price_bp]
            ahead = sum(count for price, count in self.levels.bids.items() if price > order.price_bp)
        else:
            level = self.asks[order.price_bp]
            ahead = sum(count for price, count in self.levels.asks.items() if price < order.price_bp)
        told_c = order.ahead_c
        for other in level.values():
            if other is order:
                break
            if told_c is None or not other.is_house:
                ahead += other.remaining_c
        return ahead + (told_c or 0)
