"""A position is the sum of its fills, whatever order and however often they arrive."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from engine.domain.fill import Fill
from engine.domain.order import Leg
from engine.domain.units import CountC, MicroDollars, PriceBp, complement


class ConflictingFill(ValueError):
    """Two fills carry one trade id and order id but different contents."""


class Position(msgspec.Struct, frozen=True):
    """One market's holding: ``count_c`` above zero is YES, below is NO.

    ``cost_ud`` is what the contracts held now cost, in prices of the leg held, at average cost and without
    fees. Realised P&L is likewise before fees; ``fees_ud`` is their running total.
    """

    ticker: str
    count_c: CountC = 0
    cost_ud: MicroDollars = 0
    realised_ud: MicroDollars = 0
    fees_ud: MicroDollars = 0
    traded_c: CountC = 0

    @property
    def leg(self) -> Leg | None:
        if self.count_c == 0:
            return None
        return Leg.YES if self.count_c > 0 else Leg.NO

    def with_fill(self, fill: Fill) -> Position:
        """The position after one more fill, taken as the next in time."""
        closing = 0
        if self.count_c * fill.signed_count_c < 0:
            closing = min(abs(self.count_c), fill.count_c)
        opening = fill.count_c - closing
        leg_price = fill.price_bp if fill.signed_count_c > 0 else complement(fill.price_bp)
        released = self._cost_of(closing)
        return Position(
            ticker=self.ticker,
            count_c=self.count_c + fill.signed_count_c,
            cost_ud=self.cost_ud - released + opening * leg_price,
            realised_ud=self.realised_ud + closing * complement(leg_price) - released,
            fees_ud=self.fees_ud + fill.fee_ud,
            traded_c=self.traded_c + fill.count_c,
        )

    def settled(self, settlement_bp: PriceBp) -> Position:
        """The flat position after every contract was paid; ``settlement_bp`` is the value of one YES."""
        value = settlement_bp if self.count_c > 0 else complement(settlement_bp)
        return msgspec.structs.replace(
            self,
            count_c=0,
            cost_ud=0,
            realised_ud=self.realised_ud + abs(self.count_c) * value - self.cost_ud,
        )

    def unrealised_ud(self, leg_price_bp: PriceBp) -> MicroDollars:
        """P&L if every contract were sold at ``leg_price_bp``, a price of the leg held, before fees."""
        return abs(self.count_c) * leg_price_bp - self.cost_ud

    def _cost_of(self, closing_c: CountC) -> MicroDollars:
        """The share of the cost that leaves with ``closing_c`` contracts; all of it with the last one."""
        if closing_c == 0:
            return 0
        return self.cost_ud * closing_c // abs(self.count_c)


def position_of(ticker: str, fills: Iterable[Fill]) -> Position:
    """The position that a market's fills make, in any order, with any repetition.

    A fill is known by its trade id and order id (one trade of an account with itself has two orders).
    Raises ConflictingFill when two of the same identity differ.
    """
    known: dict[tuple[str, str], Fill] = {}
    for fill in fills:
        if fill.ticker != ticker:
            continue
        earlier = known.setdefault((fill.trade_id, fill.order_id), fill)
        if _content(earlier) != _content(fill):
            raise ConflictingFill(f"trade {fill.trade_id}: got {fill}, had {earlier}")
    position = Position(ticker)
    for fill in sorted(known.values(), key=lambda f: (f.at_ns, f.trade_id, f.order_id)):
        position = position.with_fill(fill)
    return position


def _content(fill: Fill) -> tuple[object, ...]:
    """What must agree between two sightings; the stream and the list stamp times of different precision."""
    return (fill.side, fill.price_bp, fill.count_c, fill.fee_ud, fill.is_taker)
