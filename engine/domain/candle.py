"""Candlesticks, with what the exchange did not say kept as None."""

from __future__ import annotations

import msgspec

from engine.domain.units import CONTRACT_BP, CountC, PriceBp


class Ohlc(msgspec.Struct, frozen=True):
    """Open, high, low and close in basis points; None where the period had none."""

    open_bp: PriceBp | None = None
    high_bp: PriceBp | None = None
    low_bp: PriceBp | None = None
    close_bp: PriceBp | None = None


class Candlestick(msgspec.Struct, frozen=True):
    """One period that ends at ``end_s`` (unix seconds, inclusive).

    The quote bars are the best YES bid and ask; the exchange writes an empty side as a bid of 0 and an ask of
    $1. ``price`` is of trades alone: no trade, no price. ``previous_bp`` is the last trade before the period.
    """

    end_s: int
    yes_bid: Ohlc
    yes_ask: Ohlc
    price: Ohlc
    mean_bp: PriceBp | None
    previous_bp: PriceBp | None
    volume_c: CountC
    open_interest_c: CountC

    @property
    def is_two_sided(self) -> bool:
        """Whether both sides had a quote at the close; only then there is a mid."""
        bid, ask = self.yes_bid.close_bp, self.yes_ask.close_bp
        return bid is not None and ask is not None and 0 < bid <= ask < CONTRACT_BP
