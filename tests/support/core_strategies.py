"""Strategies for tests of their host."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from engine.core.strategy import Decision, Enter, Needs, View
from engine.domain.order import Leg
from engine.domain.units import MINUTE_NS


class BuysCheap(msgspec.Struct, frozen=True):
    """Buys one YES at the ask wherever it is at most ``most_bp``, once a market."""

    params: int = 6_000
    name: str = "buys-cheap"

    @property
    def state_type(self) -> Any:
        return tuple[str, ...]

    def needs(self, params: int) -> Needs:
        return Needs(series=("KXT",), every_ns=MINUTE_NS)

    def decide(self, view: View, state: Any) -> tuple[Sequence[Decision], Any]:
        bought: tuple[str, ...] = state or ()
        decisions = []
        for market in view.markets:
            ask_bp = view.books[market.ticker].book.best_ask_bp
            is_missing = f"book:{market.ticker}" in view.missing
            if (
                ask_bp is not None
                and not is_missing
                and ask_bp <= self.params
                and market.ticker not in bought
            ):
                decisions.append(Enter(market.ticker, Leg.YES, ask_bp, 100))
                bought = (*bought, market.ticker)
        return decisions, bought


class Scripted:
    """Says what it is told to, and keeps what it saw."""

    def __init__(
        self,
        needs: Needs,
        decide: Callable[[View], Sequence[Decision]] = lambda view: (),
        name: str = "scripted",
    ) -> None:
        self._needs = needs
        self._decide = decide
        self.name = name
        self.params = None
        self.state_type = int
        self.views: list[View] = []

    def needs(self, params: Any) -> Needs:
        return self._needs

    def decide(self, view: View, state: Any) -> tuple[Sequence[Decision], Any]:
        self.views.append(view)
        return self._decide(view), (state or 0) + 1
