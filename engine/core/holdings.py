"""One market's holding: whose it is, and what each owner made and paid in it.

Everything is what a market's fills make in their canonical order (time, trade id, order id), so neither the
order in which they arrive nor a repetition changes it. A fill realises for whoever owned the position when it
was made, at the position's average cost; its fee is paid by whoever's order it was.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import islice
from typing import TypeAlias

import msgspec

from engine.core.facts.money import FillBooked
from engine.core.facts.orders import EXTERNAL, MANUAL
from engine.domain.fill import Fill
from engine.domain.position import Position
from engine.domain.units import CountC, MicroDollars, Nanoseconds, PriceBp

Canonical: TypeAlias = tuple[Nanoseconds, str, str]


class OwnerResult(msgspec.Struct, frozen=True, gc=False):
    """What one owner made in a market. ``realised_ud`` is before fees, as a position's is."""

    realised_ud: MicroDollars = 0
    fees_ud: MicroDollars = 0


class Stake(msgspec.Struct, frozen=True, gc=False):
    """A position with its owner and everybody's results, which add up to the position's own."""

    position: Position
    owner: str = EXTERNAL
    by_owner: dict[str, OwnerResult] = {}
    """Never changed in place. Who neither made nor paid anything is not in it."""

    def with_fill(self, fill: Fill, fill_owner: str) -> Stake:
        """The stake after one more fill, taken as the next in time."""
        position = self.position.with_fill(fill)
        made_ud = position.realised_ud - self.position.realised_ud
        by_owner = _added(self.by_owner, self.owner, made_ud, 0)
        by_owner = _added(by_owner, fill_owner, 0, fill.fee_ud)
        return Stake(position, self._owner_after(fill, fill_owner), by_owner)

    def with_earlier_fill(self, fill: Fill, fill_owner: str) -> Stake:
        """The stake that was adopted when this fill was in it already: only its fee was not known."""
        position = msgspec.structs.replace(
            self.position,
            fees_ud=self.position.fees_ud + fill.fee_ud,
            traded_c=self.position.traded_c + fill.count_c,
        )
        return Stake(position, self.owner, _added(self.by_owner, fill_owner, 0, fill.fee_ud))

    def with_adopted(self, count_c: CountC, cost_ud: MicroDollars) -> Stake:
        """What the exchange says is held, on top of what was made so far."""
        position = msgspec.structs.replace(self.position, count_c=count_c, cost_ud=cost_ud)
        owner = self.owner if self.position.count_c * count_c > 0 else EXTERNAL
        return Stake(position, owner, self.by_owner)

    def settled(self, settlement_bp: PriceBp) -> Stake:
        """Every contract was paid, to the owner of the position."""
        position = self.position.settled(settlement_bp)
        made_ud = position.realised_ud - self.position.realised_ud
        return Stake(position, self.owner, _added(self.by_owner, self.owner, made_ud, 0))

    def _owner_after(self, fill: Fill, fill_owner: str) -> str:
        """Who opens from flat, or turns a position over, owns it; a person who adds to one takes it over."""
        before, after = self.position.count_c, self.position.count_c + fill.signed_count_c
        if before * after <= 0 and after != 0:
            return fill_owner
        return MANUAL if fill_owner == MANUAL and abs(after) > abs(before) else self.owner


class PositionRecord(msgspec.Struct, frozen=True, gc=False):
    """One market's position with its owner and the fills it is made of (until it is settled)."""

    position: Position
    owner: str
    by_owner: dict[str, OwnerResult] = {}
    """Adds up to the position's realised P&L and fees."""
    settled_bp: PriceBp | None = None
    last_fill: Canonical | None = None
    """The newest booked fill in canonical order."""
    base: Stake | None = None
    """The stake as it was last adopted; fills up to ``base_at`` are in it."""
    base_at: Nanoseconds = 0

    @property
    def stake(self) -> Stake:
        return Stake(self.position, self.owner, self.by_owner)

    def with_stake(self, stake: Stake) -> PositionRecord:
        return msgspec.structs.replace(
            self, position=stake.position, owner=stake.owner, by_owner=stake.by_owner
        )


def unheld(ticker: str) -> PositionRecord:
    """A market of which nothing was ever held."""
    return PositionRecord(Position(ticker), EXTERNAL)


def canonical(booked: FillBooked) -> Canonical:
    """The place of a fill among those of its market."""
    fill = booked.fill
    return (fill.at_ns, fill.trade_id, fill.order_id)


def with_fill(held: PositionRecord, booked: FillBooked, fills: Sequence[FillBooked]) -> PositionRecord:
    """The record after one more fill; ``fills`` are the market's, with this one, in canonical order.

    The next fill in time is added; an older one makes the position anew.
    """
    place, last = canonical(booked), held.last_fill
    if held.base is not None and booked.fill.at_ns <= held.base_at:
        base = held.base.with_earlier_fill(booked.fill, booked.owner)
        held = msgspec.structs.replace(held, base=base)
        stake = _folded(held, fills)
    elif held.settled_bp is None and (last is None or place > last):
        stake = held.stake.with_fill(booked.fill, booked.owner)
    else:
        stake = _folded(held, fills)
    newest = place if last is None else max(last, place)
    return msgspec.structs.replace(held.with_stake(stake), last_fill=newest)


def with_adopted(
    held: PositionRecord, count_c: CountC, cost_ud: MicroDollars, at: Nanoseconds
) -> PositionRecord:
    """The exchange's word for what is held: fills up to ``at`` are in it."""
    stake = held.stake.with_adopted(count_c, cost_ud)
    return msgspec.structs.replace(held.with_stake(stake), base=stake, base_at=at)


def with_settlement(held: PositionRecord, value_bp: PriceBp) -> PositionRecord:
    return msgspec.structs.replace(held.with_stake(held.stake.settled(value_bp)), settled_bp=value_bp)


def _folded(held: PositionRecord, fills: Sequence[FillBooked]) -> Stake:
    """From what was adopted, or from nothing, through every later fill."""
    if held.base is None:
        stake, first = Stake(Position(held.position.ticker)), 0
    else:
        stake, first = held.base, bisect_right(fills, held.base_at, key=lambda booked: booked.fill.at_ns)
    for booked in islice(fills, first, None):
        stake = stake.with_fill(booked.fill, booked.owner)
    return stake if held.settled_bp is None else stake.settled(held.settled_bp)


def _added(
    by_owner: dict[str, OwnerResult], owner: str, realised_ud: MicroDollars, fees_ud: MicroDollars
) -> dict[str, OwnerResult]:
    if not realised_ud and not fees_ud:
        return by_owner
    known = by_owner.get(owner) or OwnerResult()
    return {**by_owner, owner: OwnerResult(known.realised_ud + realised_ud, known.fees_ud + fees_ud)}
