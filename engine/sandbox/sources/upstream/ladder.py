"""One mirrored book: what the other exchange shows, less what our fills took of it."""

from __future__ import annotations

from collections.abc import Mapping

from engine.domain.book import Book
from engine.domain.units import CountC, PriceBp
from engine.sandbox.core.exchange import Exchange

MAKER = "mirror"
"""The house account that stands for everybody on the mirrored exchange."""

Key = tuple[bool, PriceBp]
"""(is a bid, price)."""


class Ladder:
    """``taken`` is what fills here took of a level and what has not gone there since.

    A contract that was taken here still stands on the other exchange. It is not shown again until as many
    have gone from its level: else one level could be sold any number of times.
    """

    __slots__ = ("asks", "bids", "is_known", "is_shown", "taken", "ticker")

    def __init__(self, ticker: str) -> None:
        self.ticker = ticker
        self.bids: dict[PriceBp, CountC] = {}
        self.asks: dict[PriceBp, CountC] = {}
        self.is_known = False
        """Whether the sides are what the other exchange shows, as of the last look."""
        self.is_shown = False
        self.taken: dict[Key, CountC] = {}

    def size(self, is_bid: bool, price_bp: PriceBp) -> CountC | None:
        """What stands at a price over there; None while that is not known."""
        if not self.is_known:
            return None
        return (self.bids if is_bid else self.asks).get(price_bp, 0)

    def take(self, is_bid: bool, price_bp: PriceBp, count_c: CountC) -> None:
        """A fill here took so much of a level."""
        key = (is_bid, price_bp)
        self.taken[key] = self.taken.get(key, 0) + count_c

    def look(self, book: Book) -> bool:
        """Takes over what is shown there now; returns whether less counts as taken than before."""
        changed = False
        for key, taken_c in list(self.taken.items()):
            is_bid, price_bp = key
            now_c = (book.bids if is_bid else book.asks).get(price_bp, 0)
            before_c = self.size(is_bid, price_bp)
            gone_c = 0 if before_c is None else max(0, before_c - now_c)
            left_c = min(taken_c - gone_c, now_c)
            if left_c != taken_c:
                changed = True
            if left_c > 0:
                self.taken[key] = left_c
            else:
                del self.taken[key]
        self.bids, self.asks = dict(book.bids), dict(book.asks)
        self.is_known = True
        return changed

    def forget(self) -> None:
        """What is shown there is not known any more."""
        self.is_known = False

    def show(self, exchange: Exchange, highest_bid_bp: PriceBp, lowest_ask_bp: PriceBp) -> None:
        """Rests what is left of every level. Bids from ``lowest_ask_bp`` up and asks from ``highest_bid_bp``
        down would trade with orders that rest here; those wait for prints, so such levels stay hidden."""
        valid = exchange.markets[self.ticker].valid_prices
        bids = [
            (price_bp, left_c)
            for price_bp, left_c in self._left(True, self.bids).items()
            if left_c > 0 and price_bp < lowest_ask_bp and price_bp in valid
        ]
        asks = [
            (price_bp, left_c)
            for price_bp, left_c in self._left(False, self.asks).items()
            if left_c > 0 and price_bp > highest_bid_bp and price_bp in valid
        ]
        exchange.quote(MAKER, self.ticker, bids, asks)
        self.is_shown = bool(bids or asks)

    def hide(self, exchange: Exchange) -> None:
        """Shows nothing."""
        if self.is_shown:
            exchange.quote(MAKER, self.ticker, (), ())
            self.is_shown = False

    def _left(self, is_bid: bool, side: Mapping[PriceBp, CountC]) -> Mapping[PriceBp, CountC]:
        if not self.taken:
            return side
        taken = self.taken
        return {price_bp: count_c - taken.get((is_bid, price_bp), 0) for price_bp, count_c in side.items()}
