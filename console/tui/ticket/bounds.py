"""The engine's limits on one order, as its status tells them."""

from __future__ import annotations

import msgspec

from engine.domain.units import SECOND_NS, CountC, MicroDollars, Nanoseconds, PriceBp

DUPLICATE_NS: Nanoseconds = 10 * SECOND_NS
"""The same order within this time looks like a slip of the finger."""
STALE_NS: Nanoseconds = 2 * SECOND_NS
"""Silence of the feed after which a book is not traded on."""
CLOSING_SOON_NS: Nanoseconds = 120 * SECOND_NS


class Left(msgspec.Struct, frozen=True):
    """Both in ``unit``: ``count`` (hundredths of a contract), ``ud``, ``bp``, ``share`` (hundredths of a
    percent) or ``times``."""

    name: str
    unit: str
    limit: int
    used: int

    @property
    def left(self) -> int:
        return max(0, self.limit - self.used)

    @property
    def left_permille(self) -> int:
        return 1_000 * self.left // self.limit if self.limit > 0 else 0


class Bounds(msgspec.Struct, frozen=True):
    """None where the engine has not told one: what it would say is not known before it is asked."""

    order_count_c: CountC | None = None
    order_loss_ud: MicroDollars | None = None
    collar_bp: PriceBp | None = None
    near_low_bp: PriceBp | None = None
    near_high_bp: PriceBp | None = None
    others: tuple[Left, ...] = ()
    """Limits that are used up over time or over markets."""
