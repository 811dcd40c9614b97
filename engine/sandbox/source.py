"""What feeds a sandbox exchange with markets, quotes and prints: a generator or a recording.

A source speaks to the exchange only through its public methods, so both obey the same rules as a customer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeAlias, runtime_checkable

import msgspec

from engine.domain.candle import Candlestick
from engine.domain.units import Nanoseconds
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.feed import Traded

SOURCE_ROWS = "source."
"""How the kinds of rows begin that belong to a source."""
SourceRow: TypeAlias = tuple[str, str, bytes | None]
"""Kind, key and value of what a source keeps beside the exchange; None forgets it."""


class SourceSummary(msgspec.Struct, frozen=True):
    """What a source is, for the line that the sandbox prints and for ``GET /sandbox/source``."""

    kind: str
    detail: dict[str, str | int | float | list[str]]


class MarketSource(Protocol):
    """Drives an exchange through time. All methods are synchronous and do no input or output.

    The server calls ``open`` once, then ``advance`` several times a real second with the exchange's new time,
    before it moves the exchange itself to that time. A long step must cost about as much as a short one.
    """

    def open(self, exchange: Exchange) -> None:
        """Lists what exists at ``exchange.now_ns``; called on a new and on a restored exchange alike,
        so it leaves alone what is listed already."""
        ...

    def advance(self, exchange: Exchange, to_ns: Nanoseconds) -> None:
        """Brings quotes, prints, listings and determinations up to ``to_ns`` (after ``exchange.now_ns``)."""
        ...

    def next_due_ns(self, now_ns: Nanoseconds) -> Nanoseconds | None:
        """When something happens next, if known; a replay lets the server skip idle gaps by it."""
        ...

    def history(self, exchange: Exchange, ticker: str, start_s: int, end_s: int) -> Sequence[Candlestick]:
        """One-minute candles that end in ``[start_s, end_s]`` from before the exchange ran; sparse."""
        ...

    def past_trades(self, exchange: Exchange, ticker: str, start_s: int, end_s: int) -> Sequence[Traded]:
        """Public prints of ``[start_s, end_s]`` from before the exchange ran, oldest first."""
        ...

    def summary(self) -> SourceSummary: ...


@runtime_checkable
class KeepsRows(Protocol):
    """A source that knows things which must outlive its process. ``restore`` comes before ``open``."""

    def take_rows(self) -> list[SourceRow]:
        """What to write down since the last call, in the transaction of what the exchange has changed."""
        ...

    def restore(self, rows: Iterable[SourceRow]) -> None:
        """Raises msgspec.MsgspecError for rows of another shape."""
        ...


@runtime_checkable
class TellsFills(Protocol):
    """A source that can say what was seen around each fill."""

    def told(self) -> Sequence[msgspec.Struct]: ...


@runtime_checkable
class HasAge(Protocol):
    """A source whose prices come from elsewhere, and may be late."""

    @property
    def prices(self) -> str:
        """How they come, in a word."""
        ...

    @property
    def age_ns(self) -> Nanoseconds | None:
        """How long ago they were heard; None before the first."""
        ...
