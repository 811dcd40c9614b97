"""Work beside a world that brings its source and its clients what lies outside: another exchange, say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class CompanionFailed(Exception):
    """Why a world cannot begin. One line."""


class Companion(Protocol):
    """Works in the loop of the world's server, and changes the world only through its source."""

    async def begin(self) -> None:
        """Before anybody is served. Raises CompanionFailed if the world would be of no use."""
        ...

    async def run(self) -> None:
        """Until it is canceled."""
        ...


class Errands(Protocol):
    """What is fetched when a client asks for it. None of them raises: what cannot be had is missing."""

    async def series(self, series_ticker: str) -> None:
        """A series that may not be listed yet."""
        ...

    async def candles(self, tickers: Sequence[str], start_s: int, end_s: int) -> None:
        """The minutes of some markets from before they were followed."""
        ...

    async def trades(self, ticker: str) -> None:
        """The prints of a market from before it was followed."""
        ...
