"""Level prices and counts as text to integers of the YES leg, remembered in plain dictionaries.

The hot path reads ``known`` itself (one lookup in an exact ``dict``, which the interpreter does fastest) and
goes the long way through :meth:`read` for a text it has not seen.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.domain.units import CONTRACT_BP, CountC, PriceBp, complement
from engine.wire.fixed_point import FixedPointError, count_c, price_bp

_MEMO_LIMIT = 1 << 16


class TextMemo:
    """Integers by their text; forgets everything when it has grown too large."""

    __slots__ = ("_parse", "known")

    def __init__(self, parse: Callable[[str], int]) -> None:
        self.known: dict[str, int] = {}
        self._parse = parse

    def read(self, text: str) -> int:
        """The number of ``text``. Raises FixedPointError, every time, for one that is none."""
        value = self.known.get(text)
        if value is None:
            value = self._parse(text)
            if len(self.known) >= _MEMO_LIMIT:
                self.known.clear()
            self.known[text] = value
        return value


def _level_price(text: str) -> PriceBp:
    price = price_bp(text)
    if not 0 < price < CONTRACT_BP:
        raise FixedPointError(f"level price: got {text!r}, wanted one between 0 and 1 dollar")
    return price


BID_PRICES = TextMemo(_level_price)
ASKS_IN_YES_PRICES = BID_PRICES
ASKS_IN_NO_PRICES = TextMemo(lambda text: complement(_level_price(text)))
"""A NO bid at ``"0.4800"`` is a YES ask at 5,200."""


def _level_count(text: str) -> CountC:
    """As count_c, with a short way for the form that the exchange sends: digits, a point, two digits."""
    digits = text.replace(".", "")
    if text[-3:-2] == "." and len(digits) == len(text) - 1 and digits.isdigit() and digits.isascii():
        return int(digits)
    return count_c(text)


LEVEL_COUNTS = TextMemo(_level_count)
