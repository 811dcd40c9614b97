"""An order book kept on the YES leg, with the best prices at hand.

A NO bid at ``q`` is a YES ask at ``10,000 - q``, so two maps hold everything: YES bids and YES asks, price to
count. The best price of a side is cached; it is looked for again only when the best level itself is emptied.
This is the one mutable value of the domain: its owner alone changes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.domain.units import CountC, PriceBp


class BookCorrupt(ValueError):
    """A change that no real book can make: a level below zero. The book must be fetched anew."""


class Book:
    """One market's levels. ``bids`` and ``asks`` are for reading; change them through the methods."""

    __slots__ = ("asks", "best_ask_bp", "best_bid_bp", "bids")

    def __init__(self) -> None:
        self.bids: dict[PriceBp, CountC] = {}
        self.asks: dict[PriceBp, CountC] = {}
        self.best_bid_bp: PriceBp | None = None
        self.best_ask_bp: PriceBp | None = None

    def replace(self, bids: Mapping[PriceBp, CountC], asks: Mapping[PriceBp, CountC]) -> None:
        """Takes a whole snapshot; levels without contracts are left out."""
        self.bids = {price: count for price, count in bids.items() if count > 0}
        self.asks = {price: count for price, count in asks.items() if count > 0}
        self.best_bid_bp = max(self.bids, default=None)
        self.best_ask_bp = min(self.asks, default=None)

    def change_bid(self, price_bp: PriceBp, delta_c: CountC) -> CountC:
        """Adds ``delta_c`` contracts (negative: removes) to a bid level; returns what is left there.

        Raises BookCorrupt, and changes nothing, if less than nothing would be left.
        """
        left = self.bids.get(price_bp, 0) + delta_c
        if left > 0:
            self.bids[price_bp] = left
            if self.best_bid_bp is None or price_bp > self.best_bid_bp:
                self.best_bid_bp = price_bp
            return left
        if left < 0:
            raise BookCorrupt(f"bid {price_bp} bp: {left - delta_c} {delta_c:+} leaves {left} hundredths")
        self.bids.pop(price_bp, None)
        if price_bp == self.best_bid_bp:
            self.best_bid_bp = max(self.bids, default=None)
        return 0

    def change_ask(self, price_bp: PriceBp, delta_c: CountC) -> CountC:
        """As :meth:`change_bid`, for a YES ask level."""
        left = self.asks.get(price_bp, 0) + delta_c
        if left > 0:
            self.asks[price_bp] = left
            if self.best_ask_bp is None or price_bp < self.best_ask_bp:
                self.best_ask_bp = price_bp
            return left
        if left < 0:
            raise BookCorrupt(f"ask {price_bp} bp: {left - delta_c} {delta_c:+} leaves {left} hundredths")
        self.asks.pop(price_bp, None)
        if price_bp == self.best_ask_bp:
            self.best_ask_bp = min(self.asks, default=None)
        return 0

    @property
    def is_crossed(self) -> bool:
        """Whether the best bid reaches the best ask; a settled book never is."""
        return (
            self.best_bid_bp is not None
            and self.best_ask_bp is not None
            and self.best_bid_bp >= self.best_ask_bp
        )

    @property
    def is_two_sided(self) -> bool:
        return self.best_bid_bp is not None and self.best_ask_bp is not None

    @property
    def spread_bp(self) -> PriceBp | None:
        if self.best_bid_bp is None or self.best_ask_bp is None:
            return None
        return self.best_ask_bp - self.best_bid_bp

    @property
    def middle_bp(self) -> PriceBp | None:
        """Between the best bid and the best ask, half a basis point down; None unless there are both."""
        if self.best_bid_bp is None or self.best_ask_bp is None:
            return None
        return (self.best_bid_bp + self.best_ask_bp) // 2

    def bids_down(self) -> list[tuple[PriceBp, CountC]]:
        """Bid levels, best first."""
        return sorted(self.bids.items(), reverse=True)

    def asks_up(self) -> list[tuple[PriceBp, CountC]]:
        """Ask levels, best first."""
        return sorted(self.asks.items())

    def sell_price_bp(self, count_c: CountC) -> PriceBp | None:
        """The limit at which ``count_c`` YES can be sold now: the worst bid level that is needed.

        None when the bids do not hold that many.
        """
        return _reach(self.bids_down(), count_c)

    def buy_price_bp(self, count_c: CountC) -> PriceBp | None:
        """The limit at which ``count_c`` YES can be bought now; None when the asks do not hold that many."""
        return _reach(self.asks_up(), count_c)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Book) and self.bids == other.bids and self.asks == other.asks

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Book(bids={dict(self.bids_down())}, asks={dict(self.asks_up())})"


def _reach(levels: Iterable[tuple[PriceBp, CountC]], count_c: CountC) -> PriceBp | None:
    wanted = count_c
    for price_bp, available in levels:
        wanted -= available
        if wanted <= 0:
            return price_bp
    return None
