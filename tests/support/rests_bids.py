"""A strategy whose entries rest, for tests of what becomes of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from engine.core.strategy import Decision, Enter, Needs, View
from engine.domain.order import Leg, TimeInForce
from engine.domain.units import SECOND_NS


class Buyer(msgspec.Struct, frozen=True):
    """Bids for a contract each second, far under the best bid of the dearest market."""

    params: str
    name: str = "buyer"
    state_type: Any = int

    def needs(self, params: str) -> Needs:
        return Needs(series=(params,), every_ns=SECOND_NS)

    def decide(self, view: View, state: Any) -> tuple[Sequence[Decision], Any]:
        number = (state or 0) + 1
        bids = [(view.books[m.ticker].book.best_bid_bp or 0, m.ticker) for m in view.markets]
        best_bp, ticker = max(bids, default=(0, ""))
        if best_bp < 1_000:
            return (), number
        rest = TimeInForce.GOOD_TILL_CANCELED
        return (Enter(ticker, Leg.YES, 100 + 100 * (number % 5), 100, rest, far=True),), number
