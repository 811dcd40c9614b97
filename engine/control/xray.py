"""Where the account's own results are read."""

from __future__ import annotations

from typing import Protocol

from engine.domain.xray import Xray


class XrayReader(Protocol):
    """Answers off the loop."""

    async def xray(self) -> Xray | None:
        """As the last import of the account's history left it; None before the first. Raises LedgerError."""
        ...
