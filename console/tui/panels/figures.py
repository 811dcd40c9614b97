"""Numbers as they stand in columns: decimals under decimals, ``-`` for what nobody knows.

Prices are in cents, counts in contracts, money in dollars.
"""

from __future__ import annotations

from collections.abc import Iterable

from console.tui import roles
from engine.domain.units import (
    DOLLAR_UD,
    ONE_CONTRACT_C,
    CountC,
    MicroDollars,
    PriceBp,
)

UNKNOWN = "-"
OLD = "~"
"""Stands before what is only what was last told."""
_UNITS = ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k"))


def places(prices: Iterable[PriceBp | None]) -> int:
    """How many decimals a column of prices needs, in cents: 0, 1 or 2."""
    needed = 0
    for price in prices:
        if price is None or price % 100 == 0:
            continue
        if price % 10:
            return 2
        needed = 1
    return needed


def price(price_bp: PriceBp | None, decimals: int) -> str:
    """5720 with one decimal is ``57.2``; what does not fit the decimals is rounded half up."""
    if price_bp is None:
        return UNKNOWN
    step = 10 ** (2 - decimals)
    sign = "-" if price_bp < 0 else ""
    whole, part = divmod((abs(price_bp) + step // 2) // step, 10**decimals)
    return f"{sign}{whole}.{part:0{decimals}d}" if decimals else f"{sign}{whole}"


def price_change(change_bp: PriceBp | None, decimals: int) -> str:
    """With its sign; a change of nothing has none."""
    if change_bp is None:
        return UNKNOWN
    return f"+{price(change_bp, decimals)}" if change_bp > 0 else price(change_bp, decimals)


def mean_price(total_ud: MicroDollars | None, count_c: CountC) -> str:
    """An average price in cents to a tenth, which need not lie on a grid."""
    if total_ud is None or count_c <= 0:
        return UNKNOWN
    return price(_rounded(total_ud, count_c), 1)


def has_parts(counts: Iterable[CountC | None]) -> bool:
    """Whether a column has parts of contracts, so that all its counts leave room for them."""
    return any(count_c is not None and count_c % ONE_CONTRACT_C for count_c in counts)


def count(count_c: CountC | None, has_parts: bool) -> str:
    """``1,200`` contracts or ``10.25``; where the column has parts, whole counts keep their place blank."""
    if count_c is None:
        return UNKNOWN
    sign = "-" if count_c < 0 else ""
    whole, part = divmod(abs(count_c), ONE_CONTRACT_C)
    tail = f".{part:02d}" if part else "   " if has_parts else ""
    return f"{sign}{whole:,}{tail}"


def short_count(count_c: CountC | None, width: int = 5) -> str:
    """Whole contracts in ``width`` cells, with a unit where they are many: ``9,999``, ``12.0k``, ``3.31M``.

    Less than one contract shows its hundredths.
    """
    if count_c is None:
        return UNKNOWN
    if 0 < count_c < ONE_CONTRACT_C:
        return f".{count_c:02d}"
    whole = count_c // ONE_CONTRACT_C
    plain = f"{whole:,}"
    if len(plain) <= width:
        return plain
    unit, letter = next(((unit, letter) for unit, letter in _UNITS if whole >= unit), (1, ""))
    shown = str(whole // unit)
    decimals = max(0, min(2, width - len(shown) - 2))
    scaled = whole * 10**decimals // unit
    return (
        f"{scaled // 10**decimals}.{scaled % 10**decimals:0{decimals}d}{letter}"
        if decimals
        else shown + letter
    )


def fee(amount_ud: MicroDollars | None) -> str:
    """Dollars to a hundredth of a cent, in which fees are booked."""
    if amount_ud is None:
        return UNKNOWN
    hundredths = (abs(amount_ud) + 50) // 100
    sign = "-" if amount_ud < 0 and hundredths else ""
    whole, part = divmod(hundredths, DOLLAR_UD // 100)
    return f"{sign}{whole:,}.{part:04d}"


def tone(amount: int | None) -> str:
    """The role of a gain or a loss."""
    if amount is None or amount == 0:
        return roles.TEXT if amount == 0 else roles.LABEL
    return roles.UP if amount > 0 else roles.DOWN


def _rounded(numerator: int, denominator: int) -> int:
    """Half away from zero."""
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return magnitude if numerator >= 0 else -magnitude
