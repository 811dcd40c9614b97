"""Level prices as text to basis points of the YES leg, with one dictionary lookup each."""

from __future__ import annotations

from engine.domain.units import CONTRACT_BP, PriceBp, complement
from engine.wire.fixed_point import FixedPointError, price_bp

_MEMO_LIMIT = 1 << 14


class LevelPrices(dict[str, PriceBp]):
    """Remembers each text once it was read and found to lie strictly between 0 and $1.

    ``mirrored`` reads prices of the NO leg: ``"0.4800"`` is a YES ask at 5,200. A text that is no such price
    raises FixedPointError, every time.
    """

    def __init__(self, *, mirrored: bool) -> None:
        super().__init__()
        self._mirrored = mirrored

    def __missing__(self, text: str) -> PriceBp:
        price = price_bp(text)
        if not 0 < price < CONTRACT_BP:
            raise FixedPointError(f"level price: got {text!r}, wanted one between 0 and 1 dollar")
        if len(self) >= _MEMO_LIMIT:
            self.clear()
        self[text] = price = complement(price) if self._mirrored else price
        return price


BID_PRICES = LevelPrices(mirrored=False)
ASKS_IN_YES_PRICES = BID_PRICES
ASKS_IN_NO_PRICES = LevelPrices(mirrored=True)
