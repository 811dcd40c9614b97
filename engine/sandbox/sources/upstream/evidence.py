"""What was seen around each fill of a paper exchange, so that one can ask later whether it was a real one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import msgspec

from engine.domain.feed import PublicTrade
from engine.domain.fill import Fill
from engine.domain.order import BookSide
from engine.domain.units import CONTRACT_BP, MILLISECOND_NS, SECOND_NS, CountC, Nanoseconds, PriceBp
from engine.sandbox.sources.upstream.ladder import Ladder
from engine.sandbox.sources.upstream.words import Mode

LATER_NS: Nanoseconds = 500 * MILLISECOND_NS
"""A stream tells what was so at the time of a fill within this."""
NEVER_NS: Nanoseconds = 30 * SECOND_NS
"""A look that comes later than this says nothing about the fill."""


FillPlace: TypeAlias = tuple[str, int]
"""An account, and a place among its fills."""


class FillEvidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """One fill, with the mirrored exchange before and after it. Sizes are hundredths at YES prices.

    Of a taker's fill: ``level_c`` stood at its price at the last look before it (``book_age_ns`` old), of
    which fills here had taken ``taken_c`` already; ``later_c`` stood at its price or better at the first look
    after it (None: nobody looked in time), and ``printed_c`` traded there meanwhile. Of a maker's: the print.
    """

    account_id: str
    number: int
    """Its place among the account's fills."""
    trade_id: str
    order_id: str
    ticker: str
    side: BookSide
    price_bp: PriceBp
    count_c: CountC
    is_taker: bool
    at_ns: Nanoseconds
    mode: Mode
    book_age_ns: Nanoseconds | None = None
    best_bid_bp: PriceBp | None = None
    best_ask_bp: PriceBp | None = None
    level_c: CountC | None = None
    taken_c: CountC = 0
    later_c: CountC | None = None
    later_ns: Nanoseconds | None = None
    printed_c: CountC = 0
    print_id: str = ""
    print_bp: PriceBp | None = None
    print_c: CountC = 0
    print_ns: Nanoseconds | None = None


def of_taker(
    place: FillPlace, fill: Fill, mode: Mode, ladder: Ladder, book_age_ns: Nanoseconds | None
) -> FillEvidence:
    """Before the ladder counts the fill as taken, and before the next look."""
    made = _of(place, fill, mode)
    if not ladder.is_known:
        return made
    is_bid = fill.side is BookSide.ASK
    return msgspec.structs.replace(
        made,
        book_age_ns=book_age_ns,
        best_bid_bp=max(ladder.bids, default=None),
        best_ask_bp=min(ladder.asks, default=None),
        level_c=ladder.size(is_bid, fill.price_bp),
        taken_c=ladder.taken.get((is_bid, fill.price_bp), 0),
    )


def of_maker(place: FillPlace, fill: Fill, mode: Mode, trade: PublicTrade) -> FillEvidence:
    return msgspec.structs.replace(
        _of(place, fill, mode),
        print_id=trade.trade_id,
        print_bp=trade.price_bp,
        print_c=trade.count_c,
        print_ns=trade.at_ns,
    )


def _of(place: FillPlace, fill: Fill, mode: Mode) -> FillEvidence:
    return FillEvidence(
        *place,
        fill.trade_id,
        fill.order_id,
        fill.ticker,
        fill.side,
        fill.price_bp,
        fill.count_c,
        fill.is_taker,
        fill.at_ns,
        mode,
    )


class EvidenceBook:
    """Every fill's evidence. Those of takers are complete after the next look."""

    def __init__(self) -> None:
        self.all: dict[str, FillEvidence] = {}
        self._open: dict[str, FillEvidence] = {}
        self._dirty: dict[str, None] = {}

    def restore(self, known: Iterable[FillEvidence]) -> None:
        """What was told before; what was not complete then stays so."""
        self.all = {key_of(found): found for found in known}

    def known(self, account_id: str) -> int:
        """How many of an account's fills need no evidence any more: up to the last one that has it."""
        return max(
            (found.number + 1 for found in self.all.values() if found.account_id == account_id), default=0
        )

    def add(self, found: FillEvidence) -> None:
        self._keep(found)
        if found.is_taker:
            self._open[key_of(found)] = found

    def printed(self, trade: PublicTrade) -> None:
        """Counts a print for the fills that wait and that would have been among it."""
        for key, found in list(self._open.items()):
            if (
                found.ticker == trade.ticker
                and found.side is trade.taker_side
                and found.price_bp == trade.price_bp
                and trade.at_ns >= found.at_ns
            ):
                self._open[key] = msgspec.structs.replace(found, printed_c=found.printed_c + trade.count_c)

    def look(self, ticker: str, ladder: Ladder, now_ns: Nanoseconds) -> None:
        """A look at a book that says how it was just after the fills that wait."""
        for key, found in list(self._open.items()):
            if found.ticker != ticker or now_ns <= found.at_ns:
                continue
            if found.mode is Mode.STREAMED and now_ns - found.at_ns < LATER_NS:
                continue
            seen = msgspec.structs.replace(found, later_c=_depth_c(ladder, found), later_ns=now_ns)
            del self._open[key]
            self._keep(seen)

    def waiting(self) -> list[str]:
        """Tickers that somebody should look at."""
        return list(dict.fromkeys(found.ticker for found in self._open.values()))

    def give_up(self, now_ns: Nanoseconds) -> None:
        """Closes what no look came in time for."""
        for key, found in list(self._open.items()):
            if now_ns - found.at_ns > NEVER_NS:
                del self._open[key]
                self._keep(found)

    def take_changed(self) -> list[tuple[str, FillEvidence]]:
        """Keys and values of what changed since the last call."""
        dirty, self._dirty = self._dirty, {}
        return [(key, self.all[key]) for key in dirty]

    def _keep(self, found: FillEvidence) -> None:
        key = key_of(found)
        self.all[key] = found
        self._dirty[key] = None


def key_of(found: FillEvidence) -> str:
    """By time; of one moment in the order of the account's fills."""
    return f"{found.at_ns:020d}|{found.number:010d}|{found.account_id}"


def _depth_c(ladder: Ladder, found: FillEvidence) -> CountC:
    """What could be had at the fill's price or better."""
    if found.side is BookSide.BID:
        return sum(count for price, count in ladder.asks.items() if price <= found.price_bp)
    return sum(count for price, count in ladder.bids.items() if found.price_bp <= price < CONTRACT_BP)
