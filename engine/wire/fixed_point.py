"""Fixed-point text to integers and back.

Prices travel as dollar strings (``"0.4700"``), counts as contract strings (``"3.00"``), money as dollar
strings of up to six places. Nothing here rounds: a digit that has no place in our units is an error. Results
are memoised, since a feed repeats a few thousand texts millions of times.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from engine.domain.units import CountC, MicroDollars, PriceBp

_DECIMAL = re.compile(r"(-?)(\d+)(?:\.(\d+))?", re.ASCII)
_MEMO_LIMIT = 1 << 16


class FixedPointError(ValueError):
    """A text that is no decimal number of the wanted precision."""


class _Memo(dict[str, int]):
    """Parses each text once; forgets everything when it has grown too large."""

    def __init__(self, parse: Callable[[str], int]) -> None:
        super().__init__()
        self._parse = parse

    def __missing__(self, text: str) -> int:
        value = self._parse(text)
        if len(self) >= _MEMO_LIMIT:
            self.clear()
        self[text] = value
        return value


def _scaled(text: str, places: int, what: str) -> int:
    match = _DECIMAL.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise FixedPointError(f"{what}: got {text!r}, wanted a decimal number in a string")
    sign, whole, fraction = match.groups(default="")
    if fraction[places:].strip("0"):
        raise FixedPointError(f"{what}: got {text!r}, wanted at most {places} decimal places")
    value = int(whole + fraction[:places].ljust(places, "0"))
    return -value if sign else value


PRICES: _Memo = _Memo(lambda text: _scaled(text, 4, "price"))
"""Price text to basis points; a mapping, so that a hot loop pays one lookup."""
COUNTS: _Memo = _Memo(lambda text: _scaled(text, 2, "count"))
"""Count text to hundredths of a contract, likewise."""


def price_bp(text: str) -> PriceBp:
    """``"0.4700"`` -> 4700. Raises FixedPointError on anything but a decimal of at most four places."""
    return PRICES[text]


def count_c(text: str) -> CountC:
    """``"3.00"`` -> 300, ``"-54.00"`` -> -5400. Raises FixedPointError as :func:`price_bp`."""
    return COUNTS[text]


def money_ud(text: str) -> MicroDollars:
    """``"0.017500"`` -> 17500. At most six decimal places."""
    return _scaled(text, 6, "amount")


def price_text(bp: PriceBp) -> str:
    """4700 -> ``"0.4700"``: four places, as every price in an answer."""
    sign = "-" if bp < 0 else ""
    return f"{sign}{abs(bp) // 10_000}.{abs(bp) % 10_000:04d}"


def count_text(hundredths: CountC) -> str:
    """300 -> ``"3.00"``: two places, as every count in an answer."""
    sign = "-" if hundredths < 0 else ""
    return f"{sign}{abs(hundredths) // 100}.{abs(hundredths) % 100:02d}"


def money_text(ud: MicroDollars, places: int = 6) -> str:
    """17500 -> ``"0.017500"``; with four places the rest must be zero, or FixedPointError is raised."""
    unit = 10 ** (6 - places)
    if ud % unit:
        raise FixedPointError(f"amount: got {ud} micro-dollars, wanted a multiple of {unit}")
    sign = "-" if ud < 0 else ""
    whole, rest = divmod(abs(ud) // unit, 10**places)
    return f"{sign}{whole}.{rest:0{places}d}"
