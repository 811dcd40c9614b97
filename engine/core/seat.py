"""A strategy's place in the engine: what it needs, what it remembers, and what it was refused."""

from __future__ import annotations

from typing import Any

import msgspec

from engine.core.denial import Denial
from engine.core.strategy import Needs, Strategy

NOTHING = msgspec.msgpack.encode(None)
"""What a strategy remembers that remembers nothing."""


class Seat:
    """One strategy with what it needs and what it remembers."""

    __slots__ = ("denials", "failure", "kept", "needs", "refused", "state", "strategy")

    def __init__(self, strategy: Strategy) -> None:
        self.strategy = strategy
        self.needs: Needs = strategy.needs(strategy.params)
        self.state: Any = None
        self.kept = NOTHING
        """The state as it was last written down."""
        self.denials: list[Denial] = []
        self.refused: list[str] = []
        self.failure = ""
        """Why it was switched off by itself."""
