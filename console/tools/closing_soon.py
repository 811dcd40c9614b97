"""A market that closes within two minutes: said beside what was sent, as the desk says it in REVIEW."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.control.client import ControlClient
    from engine.control.rows.markets import LegRow

_WITHIN_S = 1.0
"""The question goes out beside the order; nothing waits for its answer longer than this."""


class ClosingNote:
    """Asks about a market while something else is under way."""

    def __init__(self, client: ControlClient, ticker: str) -> None:
        self._asking = asyncio.get_running_loop().create_task(_note(client, ticker))

    async def text(self) -> str:
        """``the market closes in 95 s``; empty if it does not, or if that cannot be said in time."""
        await asyncio.wait({self._asking}, timeout=_WITHIN_S)
        return self._asking.result() if self._asking.done() else self.drop()

    def drop(self) -> str:
        """Nobody wants to know any more."""
        self._asking.cancel()
        return ""


async def _note(client: ControlClient, ticker: str) -> str:
    from console.tools.pages import rows_of
    from console.tools.tickers import exchange_now_ns
    from console.tui.ticket.bounds import CLOSING_SOON_NS
    from engine.control.errors import ControlError
    from engine.control.queries import MarketsArgs
    from engine.domain.units import SECOND_NS

    try:
        legs: list[LegRow] = await rows_of(client, "markets", MarketsArgs(text=ticker))
    except ControlError:
        return ""
    for leg in legs:
        left_ns = leg.market.close_ns - exchange_now_ns(client)
        if leg.market.ticker == ticker and 0 < left_ns <= CLOSING_SOON_NS:
            return f"the market closes in {left_ns // SECOND_NS} s"
    return ""
