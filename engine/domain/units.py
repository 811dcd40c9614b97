"""The units of the house: integers only, so that money is exact.

* price: basis points of a dollar (``price_bp``); 1 bp = $0.0001 = 0.01 cent. A contract pays 10,000 bp,
  so a price is also a probability in basis points.
* count: hundredths of a contract (``count_c``).
* money: micro-dollars (``_ud``); ``price_bp * count_c`` is exactly that.
* time: nanoseconds since the Unix epoch (``_ns``).
"""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

PriceBp: TypeAlias = int
CountC: TypeAlias = int
MicroDollars: TypeAlias = int
Nanoseconds: TypeAlias = int

CONTRACT_BP: PriceBp = 10_000
"""What one contract pays at most, and the sum of a YES price and its NO price."""
CENT_BP: PriceBp = 100
ONE_CONTRACT_C: CountC = 100
DOLLAR_UD: MicroDollars = 1_000_000
CENT_UD: MicroDollars = 10_000
CENTICENT_UD: MicroDollars = 100
"""A hundredth of a cent, the finest step of a booked balance."""

MICROSECOND_NS: Nanoseconds = 1_000
MILLISECOND_NS: Nanoseconds = 1_000_000
SECOND_NS: Nanoseconds = 1_000_000_000
MINUTE_NS: Nanoseconds = 60 * SECOND_NS
HOUR_NS: Nanoseconds = 60 * MINUTE_NS
DAY_NS: Nanoseconds = 24 * HOUR_NS


def complement(price_bp: PriceBp) -> PriceBp:
    """The other leg's price of the same trade: NO at ``10,000 - p`` is YES at ``p``."""
    return CONTRACT_BP - price_bp


def ceil_div(numerator: int, denominator: int) -> int:
    """``numerator / denominator`` rounded up; exact for integers of any size and sign."""
    return -(-numerator // denominator)


def cents(price_bp: PriceBp) -> str:
    """A price as a person reads it, in cents without trailing zeros: 5720 -> ``57.2``."""
    text = f"{Decimal(price_bp) / CENT_BP:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def contracts(count_c: CountC) -> str:
    """A count as a person reads it: 1000 -> ``10``, 1050 -> ``10.5``."""
    text = f"{Decimal(count_c) / ONE_CONTRACT_C:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def dollars(amount_ud: MicroDollars) -> str:
    """Money as a decimal string with at least two and at most six places: 17500 -> ``0.0175``."""
    sign = "-" if amount_ud < 0 else ""
    whole, micro = divmod(abs(amount_ud), DOLLAR_UD)
    places = f"{micro:06d}".rstrip("0").ljust(2, "0")
    return f"{sign}{whole}.{places}"
