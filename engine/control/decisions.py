"""Where the verdicts of strategies are read."""

from __future__ import annotations

from typing import Protocol

from engine.control.queries import DecisionsArgs, Page
from engine.domain.decision import DecisionRow


class DecisionReader(Protocol):
    """Answers off the loop, newest first."""

    async def decisions(self, args: DecisionsArgs, cursor: str | None, limit: int) -> Page[DecisionRow]: ...

    async def why(self, subject: str, limit: int) -> tuple[DecisionRow, ...]:
        """The last ones on a market or an order."""
        ...
