"""One mirrored book: what the other exchange shows, less what our fills took of it."""

from __future__ import annotations

from collections.abc import Mapping

from engine.domain.book import Book
from engine.domain.units import CONTRACT_BP, CountC, PriceBp
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

    __slots__ = ("asks", "bids", "is_known", "is_shown", "is_whole", "taken", "ticker")

    def __init__(self, ticker: str) -> None:
        self.ticker = ticker
        self.bids: dict[PriceBp, CountC] = {}
        self.asks: dict[PriceBp, CountC] = {}
        self.is_known = False
        """Whether the sides are what the other exchange shows, as of the last look."""
        self.is_shown = False
        self.is_whole = False
        """Whether everything that was shown there at the last look is shown here."""
        self.taken: dict[Key, CountC] = {}

    def size(self, is_bid: bool, price_bp: PriceBp) -> CountC | None:
        """What stands at a price over there; None while that is not known."""
        if not self.is_known:
            return None
        return (self.bids if is_bid else self.asks).get(price_bp, 0)

    def take(self, is_bid: bool, price_bp: PriceBp, count_c: CountC) -> None:
        """A fill here took so much of a level."""
        self.is_whole = False
        key = (is_bid, price_bp)
        self.taken[key] = self.taken.get(key, 0) + count_c

    def look(self, book: Book) -> None:
        """Takes over what is shown there now; what went from a level goes from what was taken of it."""
        for key, taken_c in list(self.taken.items()):
            is_bid, price_bp = key
            now_c = (book.bids if is_bid else book.asks).get(price_bp, 0)
            before_c = self.size(is_bid, price_bp)
            gone_c = 0 if before_c is None else max(0, before_c - now_c)
            left_c = min(taken_c - gone_c, now_c)
            if left_c > 0:
                self.taken[key] = left_c
            else:
                del self.taken[key]
        self.bids, self.asks = dict(book.bids), dict(book.asks)
        self.is_known = True

    def forget(self) -> None:
        """What is shown there is not known any more."""
        self.is_known = self.is_whole = False

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
        self.is_whole = not self.taken and not highest_bid_bp and lowest_ask_bp == CONTRACT_BP

    def follow(self, exchange: Exchange, book: Book) -> None:
        """Looks and shows in one, where all that was shown there is shown here and nothing of ours is in the
        way: only the levels that changed are touched."""
        valid = exchange.markets[self.ticker].valid_prices
        changed = [
            (is_bid, price_bp, count_c)
            for is_bid, before, now in ((True, self.bids, book.bids), (False, self.asks, book.asks))
            for price_bp, count_c in _changes(before, now)
            if price_bp in valid
        ]
        self.bids, self.asks = dict(book.bids), dict(book.asks)
        if changed:
            exchange.requote(MAKER, self.ticker, changed)
            self.is_shown = True

    def hide(self, exchange: Exchange) -> None:
        """Shows nothing."""
        if self.is_shown:
            exchange.quote(MAKER, self.ticker, (), ())
            self.is_shown = False
        self.is_whole = False

    def _left(self, is_bid: bool, side: Mapping[PriceBp, CountC]) -> Mapping[PriceBp, CountC]:
        if not self.taken:
            return side
        taken = self.taken
        return {price_bp: count_c - taken.get((is_bid, price_bp), 0) for price_bp, count_c in side.items()}


def _changes(before: Mapping[PriceBp, CountC], now: Mapping[PriceBp, CountC]) -> list[tuple[PriceBp, CountC]]:
    """Levels that are not what they were, with what they are; 0 for those that are gone. By price."""
    if before == now:
        return []
    gone = [(price_bp, 0) for price_bp in before if price_bp not in now]
    moved = [(price_bp, count_c) for price_bp, count_c in now.items() if before.get(price_bp) != count_c]
    return sorted(gone + moved)
