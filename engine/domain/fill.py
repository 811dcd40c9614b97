"""A fill: the fact that contracts changed hands, keyed by the exchange's trade id."""

from __future__ import annotations

import msgspec

from engine.domain.order import BookSide
from engine.domain.units import CountC, MicroDollars, Nanoseconds, PriceBp


class Fill(msgspec.Struct, frozen=True):
    """One of our fills. ``price_bp`` is the YES price; ``fee_ud`` is what the exchange booked."""

    trade_id: str
    order_id: str
    ticker: str
    side: BookSide
    price_bp: PriceBp
    count_c: CountC
    fee_ud: MicroDollars
    is_taker: bool
    at_ns: Nanoseconds
    client_order_id: str = ""
    exchange_index: int = 0

    @property
    def signed_count_c(self) -> CountC:
        """Positive adds YES, negative takes it away (adds NO)."""
        return self.side.sign * self.count_c
