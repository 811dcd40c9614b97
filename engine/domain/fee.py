"""Trading fees, in integers.

Source: the exchange's fee schedule effective 2026-07-07. Taker: ``M * 0.07 * C * P * (1 - P)``. Maker:
``M * 0.0175 * C * P * (1 - P)`` only where the series has maker fees. M is the event's multiplier override
if present, else the series' multiplier, kept in millionths. The schedule says only that fees are rounded up;
to which digit has changed over time, so the rounding is a named choice. The exchange's booked ``fee_cost`` is
the truth; these formulas estimate it.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from engine.domain.units import CENT_UD, CENTICENT_UD, CONTRACT_BP, CountC, MicroDollars, PriceBp, ceil_div

MULTIPLIER_ONE = 1_000_000
_TAKER_RATE_E4 = 700
_MAKER_RATE_E4 = 175
_COMBO_MAKER_RATE_E4 = 350
# rate 1e-4, multiplier 1e-6, count 1e-2, two prices 1e-4 each, result 1e-6: 4 + 6 + 2 + 8 - 6 = 14.
_EXACT_SCALE = 10**14
_EXACT_CENTICENT = _EXACT_SCALE * CENTICENT_UD
ACCUMULATION_CYCLE = _EXACT_SCALE * CENTICENT_UD
"""Whole multiples of this in a sum of exact fees change no later fee, so a sum may be kept modulo it."""


class FeeType(StrEnum):
    QUADRATIC = "quadratic"
    QUADRATIC_WITH_MAKER_FEES = "quadratic_with_maker_fees"
    QUADRATIC_WITH_COMBO_MAKER_FEES = "quadratic_with_combo_maker_fees"
    FLAT = "flat"


_FLAT = FeeType.FLAT
"""Members are bound once: reading one off its class costs as much as a call, and fees are on the hot path."""


class FeeRounding(StrEnum):
    """To which digit a fee is rounded up."""

    CENT = "cent"
    """Each fill to a whole cent: the published table."""
    CENTICENT = "1e-4"
    """Each fill to $0.0001: what API accounts were booked until mid 2026."""
    ACCUMULATED = "1e-6"
    """The order's total to $0.0001, each fill booked as the difference, so that splitting costs nothing."""


_CENTICENT = FeeRounding.CENTICENT


class FeeSchedule(msgspec.Struct, frozen=True, cache_hash=True):
    """What one market charges. ``multiplier_millionths`` of 1,000,000 is the standard fee."""

    fee_type: FeeType = FeeType.QUADRATIC
    multiplier_millionths: int = MULTIPLIER_ONE
    rounding: FeeRounding = FeeRounding.CENTICENT

    def fee_ud(
        self, price_bp: PriceBp, count_c: CountC, *, is_taker: bool, earlier_exact: int = 0
    ) -> MicroDollars:
        """The fee of one fill. ``earlier_exact`` is the sum of :meth:`exact` over the order's earlier
        fills; only the accumulated rounding looks at it."""
        exact = self._exact(_TAKER_RATE_E4 if is_taker else self._maker_rate_e4, price_bp, count_c)
        if self.rounding is _CENTICENT:
            return -(-exact // _EXACT_CENTICENT) * CENTICENT_UD
        if self.rounding is FeeRounding.ACCUMULATED:
            return _round_up(earlier_exact + exact, CENTICENT_UD) - _round_up(earlier_exact, CENTICENT_UD)
        return _round_up(exact, CENT_UD)

    def exact(self, price_bp: PriceBp, count_c: CountC, *, is_taker: bool) -> int:
        """The unrounded fee of one fill, in 1e-14 micro-dollars; 0 for a leg that pays none."""
        return self._exact(_TAKER_RATE_E4 if is_taker else self._maker_rate_e4, price_bp, count_c)

    def _exact(self, rate: int, price_bp: PriceBp, count_c: CountC) -> int:
        if self.fee_type is _FLAT:
            # A flat series charges per contract, whatever the price: as the quadratic does at 50 cents.
            return rate * self.multiplier_millionths * count_c * (CONTRACT_BP // 2) ** 2
        return rate * self.multiplier_millionths * count_c * price_bp * (CONTRACT_BP - price_bp)

    @property
    def highest_bp(self) -> PriceBp:
        """What a contract is charged at most, at any price and on either side, but for rounding to money."""
        most = self.exact(CONTRACT_BP // 2, 1, is_taker=True)
        return ceil_div(most, _EXACT_SCALE)

    @property
    def _maker_rate_e4(self) -> int:
        if self.fee_type is FeeType.QUADRATIC_WITH_MAKER_FEES:
            return _MAKER_RATE_E4
        if self.fee_type is FeeType.QUADRATIC_WITH_COMBO_MAKER_FEES:
            return _COMBO_MAKER_RATE_E4
        return 0


def _round_up(exact: int, unit_ud: MicroDollars) -> MicroDollars:
    return ceil_div(exact, _EXACT_SCALE * unit_ud) * unit_ud
