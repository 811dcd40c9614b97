"""Between what a person types or reads and the integers of the house.

JSON of every command: prices in cents (number or null), money in dollars (string), counts in contracts
(number), times in ISO 8601, UTC.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal

from console.tools.failure import WrongUsage
from engine.core.denial import DenyCode
from engine.domain.units import (
    CENT_BP,
    ONE_CONTRACT_C,
    SECOND_NS,
    CountC,
    Nanoseconds,
    PriceBp,
    cents,
)

_MOST_CONTRACTS = 10**15
"""What still fits into the integers that travel; far above what any limit may let through."""
_MOST_SCALED = 10**18
"""Likewise, of any other number."""
_FINEST = 4
"""Decimal places of an average price in cents: a millionth of a dollar."""
_TYPED = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
"""Numbers as people write them: no separators, which are commas to some and points to others."""
_LONGEST = 60
_EXACT = Context(prec=2 * _LONGEST)
"""Nothing that was typed is rounded before it is looked at."""


def parse_name(field: str, text: str) -> str:
    """A ticker, an id or a key, without what stands around it. Raises WrongUsage for what cannot be one."""
    name = text.strip(" ")
    if not name or not name.isprintable():
        raise WrongUsage(f"{field}: got {text!a}, wanted printable text")
    return name


def _number(field: str, text: str, wanted: str) -> Decimal:
    typed = text.strip()
    if len(typed) > _LONGEST or _TYPED.fullmatch(typed) is None:
        raise WrongUsage(f"{field}: got {text[:_LONGEST]!r}, wanted {wanted}")
    return Decimal(typed)


def parse_scaled(field: str, text: str, scale: int, unit: str) -> int:
    """A number of ``unit`` as typed, times ``scale``, exactly. Raises WrongUsage."""
    scaled = _EXACT.multiply(_number(field, text, f"{unit}, such as 5"), Decimal(scale))
    if scaled != scaled.to_integral_value():
        raise WrongUsage(f"{field}: got {text}, wanted {unit} in steps of 1/{scale}")
    if abs(scaled) > _MOST_SCALED:
        raise WrongUsage(f"{field}: got {text}, wanted {unit} up to {_MOST_SCALED // scale}")
    return int(scaled)


def parse_count(field: str, text: str) -> CountC:
    """Contracts as typed, ``10`` or ``0.25``, in hundredths.

    Raises WrongUsage for what no order can have: no number, far too many, zero, less, or more than two
    decimals.
    """
    number = _number(field, text, "contracts such as 10 or 0.25")
    if number >= _MOST_CONTRACTS:
        raise WrongUsage(f"{field}: got {text}, wanted contracts such as 10 or 0.25")
    if number <= 0:
        raise WrongUsage(f"{field}: got {text}, wanted more than 0", DenyCode.COUNT_NOT_POSITIVE)
    count = _EXACT.multiply(number, Decimal(ONE_CONTRACT_C))
    if count != count.to_integral_value():
        low = int(count)
        near = " or ".join(number_of(n) for n in (low, low + 1) if n)
        line = f"{field}: got {text}, wanted at most two decimals, such as {near}"
        raise WrongUsage(line, DenyCode.COUNT_TOO_FINE)
    return int(count)


def parse_price(field: str, text: str) -> PriceBp:
    """Cents as typed, ``57`` or ``57.2``, in basis points; whether a market takes it is the engine's to say.

    Raises WrongUsage for what no market takes: no number, outside 0 to 100 cents, or finer than 0.01 cents.
    """
    number = _number(field, text, "cents such as 57 or 57.2")
    if not 0 < number < 100:
        raise WrongUsage(f"{field}: got {text}, wanted cents above 0 and below 100", DenyCode.OFF_GRID)
    price = _EXACT.multiply(number, Decimal(CENT_BP))
    if price != price.to_integral_value():
        low = int(price)
        near = " or ".join(cents(p) for p in (low, low + 1) if p)
        line = f"{field}: got {text}, wanted at most two decimals of a cent, such as {near}"
        raise WrongUsage(line, DenyCode.OFF_GRID)
    return int(price)


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _json_number(number: Decimal) -> int | float:
    """The shortest number that JSON can carry; exact for what has at most 15 digits."""
    return int(number) if number == number.to_integral_value() else float(number)


def cents_number(price_bp: PriceBp | None) -> int | float | None:
    """A price for JSON: 5720 -> 57.2, absent -> null."""
    return None if price_bp is None else _json_number(Decimal(price_bp) / CENT_BP)


def count_number(count_c: CountC) -> int | float:
    """A count for JSON: 1000 -> 10, 1050 -> 10.5."""
    return _json_number(Decimal(count_c) / ONE_CONTRACT_C)


def average_cents(value_ud: int, count_c: CountC) -> int | float | None:
    """The average price in cents of ``count_c`` contracts that cost ``value_ud``; null of none."""
    if not count_c:
        return None
    average = Decimal(value_ud) / count_c / CENT_BP
    return _json_number(average.quantize(Decimal(1).scaleb(-_FINEST), ROUND_HALF_EVEN))


def number_of(count_c: CountC) -> str:
    """A count for people, without trailing zeros."""
    return _plain(Decimal(count_c) / ONE_CONTRACT_C)


def iso(at_ns: Nanoseconds | None) -> str | None:
    """A time in UTC, ``2026-11-20T15:00:00Z``; microseconds where there are any."""
    if at_ns is None:
        return None
    seconds, rest = divmod(at_ns, SECOND_NS)
    moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest // 1_000)
    return moment.isoformat().replace("+00:00", "Z")
