"""First in, first out: a contract that was opened is closed by the next one that goes the other way, or by
the market's settlement.

One signed position a market, as the exchange keeps it: buying NO while YES is held closes YES. Fees are split
over a fill's contracts so that their parts add up to the fee exactly. All in whole micro-dollars.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec

from engine.domain.fill import Fill
from engine.domain.order import Leg
from engine.domain.units import CONTRACT_BP, CountC, MicroDollars, Nanoseconds, PriceBp, complement


class ClosedBy(StrEnum):
    TRADE = "trade"
    SETTLEMENT = "settlement"


class OpenLot(msgspec.Struct, frozen=True):
    """Contracts of one leg from one fill that nothing has closed yet. The price is of the leg held."""

    fill: Fill
    leg: Leg
    count_c: CountC
    price_bp: PriceBp
    fee_ud: MicroDollars

    @property
    def ticker(self) -> str:
        return self.fill.ticker

    @property
    def cost_ud(self) -> MicroDollars:
        """Without the fee."""
        return self.count_c * self.price_bp


class ClosedLot(msgspec.Struct, frozen=True):
    """What one fill opened and one fill, or the settlement, closed. Prices are of the leg that was held;
    ``closing`` is None for a settlement."""

    opening: Fill
    closing: Fill | None
    leg: Leg
    count_c: CountC
    open_price_bp: PriceBp
    close_price_bp: PriceBp
    open_fee_ud: MicroDollars
    close_fee_ud: MicroDollars
    closed_ns: Nanoseconds

    @property
    def ticker(self) -> str:
        return self.opening.ticker

    @property
    def closed_by(self) -> ClosedBy:
        return ClosedBy.SETTLEMENT if self.closing is None else ClosedBy.TRADE

    @property
    def cost_ud(self) -> MicroDollars:
        """Without fees, as the proceeds are."""
        return self.count_c * self.open_price_bp

    @property
    def proceeds_ud(self) -> MicroDollars:
        return self.count_c * self.close_price_bp

    @property
    def fees_ud(self) -> MicroDollars:
        return self.open_fee_ud + self.close_fee_ud

    @property
    def gain_ud(self) -> MicroDollars:
        """After all fees."""
        return self.proceeds_ud - self.cost_ud - self.fees_ud

    @property
    def held_ns(self) -> Nanoseconds:
        return self.closed_ns - self.opening.at_ns


class Payout(msgspec.Struct, frozen=True):
    """What a market paid for one YES, and when."""

    value_bp: PriceBp
    at_ns: Nanoseconds


class Lots(msgspec.Struct, frozen=True):
    """Closed ones in the order of their closing; open ones by market, then in the order of their fills."""

    closed: tuple[ClosedLot, ...]
    still_open: tuple[OpenLot, ...]


def lots_of(fills: Iterable[Fill], payouts: Mapping[str, Payout]) -> Lots:
    """FIFO over ``fills`` in their order, each market for itself."""
    queues: dict[str, _Queue] = {}
    closed: list[ClosedLot] = []
    for fill in fills:
        queue = queues.setdefault(fill.ticker, _Queue())
        closed += queue.take(fill)
    for ticker in sorted(queues.keys() & payouts.keys()):
        closed += queues[ticker].pay(payouts[ticker])
    closed.sort(key=lambda lot: (lot.closed_ns, lot.opening.at_ns, lot.ticker))
    return Lots(tuple(closed), tuple(lot for ticker in sorted(queues) for lot in queues[ticker].left()))


class _Queue:
    """The open contracts of one market, oldest first; all of one leg."""

    def __init__(self) -> None:
        self._parts: deque[_Part] = deque()
        self._leg = Leg.YES

    def take(self, fill: Fill) -> list[ClosedLot]:
        """What the fill closes; the rest of it is open."""
        leg = Leg.YES if fill.signed_count_c > 0 else Leg.NO
        part = _Part(fill)
        closed: list[ClosedLot] = []
        while part.left_c and self._parts and self._leg is not leg:
            closed.append(self._close(part))
        if part.left_c:
            self._leg = leg
            self._parts.append(part)
        return closed

    def pay(self, payout: Payout) -> list[ClosedLot]:
        price_bp = payout.value_bp if self._leg is Leg.YES else complement(payout.value_bp)
        closed = []
        for part in self._parts:
            count_c = part.left_c
            closed.append(
                ClosedLot(
                    opening=part.fill,
                    closing=None,
                    leg=self._leg,
                    count_c=count_c,
                    open_price_bp=leg_price_bp(part.fill, self._leg),
                    close_price_bp=price_bp,
                    open_fee_ud=part.take(count_c),
                    close_fee_ud=0,
                    closed_ns=payout.at_ns,
                )
            )
        self._parts.clear()
        return closed

    def left(self) -> list[OpenLot]:
        found = []
        for part in self._parts:
            price_bp = leg_price_bp(part.fill, self._leg)
            found.append(OpenLot(part.fill, self._leg, part.left_c, price_bp, part.fee_left_ud))
        return found

    def _close(self, by: _Part) -> ClosedLot:
        oldest = self._parts[0]
        count_c = min(oldest.left_c, by.left_c)
        closed = ClosedLot(
            opening=oldest.fill,
            closing=by.fill,
            leg=self._leg,
            count_c=count_c,
            open_price_bp=leg_price_bp(oldest.fill, self._leg),
            close_price_bp=leg_price_bp(by.fill, self._leg),
            open_fee_ud=oldest.take(count_c),
            close_fee_ud=by.take(count_c),
            closed_ns=by.fill.at_ns,
        )
        if not oldest.left_c:
            self._parts.popleft()
        return closed


class _Part:
    """A fill of which some contracts may be spoken for."""

    __slots__ = ("_taken_c", "fill")

    def __init__(self, fill: Fill) -> None:
        self.fill = fill
        self._taken_c: CountC = 0

    @property
    def left_c(self) -> CountC:
        return self.fill.count_c - self._taken_c

    @property
    def fee_left_ud(self) -> MicroDollars:
        return self.fill.fee_ud - self._fee_up_to(self._taken_c)

    def take(self, count_c: CountC) -> MicroDollars:
        """Takes contracts; their part of the fee."""
        before = self._fee_up_to(self._taken_c)
        self._taken_c += count_c
        return self._fee_up_to(self._taken_c) - before

    def _fee_up_to(self, count_c: CountC) -> MicroDollars:
        return self.fill.fee_ud * count_c // self.fill.count_c


def leg_price_bp(fill: Fill, leg: Leg) -> PriceBp:
    """What the fill's price is on a leg."""
    return fill.price_bp if leg is Leg.YES else CONTRACT_BP - fill.price_bp
