"""What the core's shell asks of the world, so that simulated and real parts are interchangeable."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from engine.core.changes import Change
from engine.core.effects import Alert, Effect
from engine.core.inputs import CoreEvent
from engine.core.row import Row
from engine.domain.candle import Candlestick
from engine.domain.feed import PublicTrade
from engine.domain.halt import Halt
from engine.domain.market import Event, Market, Series
from engine.domain.units import Nanoseconds


class Clock(Protocol):
    """The two times of the shell. ``exchange_ns`` follows the exchange's clock, at any speed; ``mono_ns``
    never runs backwards; ``wall_ns`` is for signatures and for people."""

    def exchange_ns(self) -> Nanoseconds: ...

    def mono_ns(self) -> Nanoseconds: ...

    def wall_ns(self) -> Nanoseconds: ...

    async def sleep(self, seconds: float) -> None: ...


class Ids(Protocol):
    """Mints what must be unique: client order ids, command ids, run ids."""

    def mint(self) -> str: ...


class Venue(Protocol):
    """An exchange account. Events go to the sink given at ``start``, on the loop's own thread."""

    async def start(self, sink: Callable[[CoreEvent], None]) -> None:
        """Connects; raises VenueError with one clear line if the account or host is wrong."""
        ...

    async def carry_out(self, effect: Effect) -> CoreEvent | None:
        """Does one venue effect and returns its answer (never raises for the exchange's faults)."""
        ...

    async def stop(self) -> None: ...


class Journal(Protocol):
    """Durable storage of changes in one order, with the projection rows that they touched in the same
    transaction. ``append`` returns at once with the record's sequence number; ``on_durable`` is called on the
    loop with the highest number that is on disk."""

    def append(self, changes: Sequence[Change], rows: Sequence[Row]) -> int: ...

    @property
    def durable(self) -> int: ...

    def on_durable(self, callback: Callable[[int], None]) -> None: ...

    def on_failure(self, callback: Callable[[Exception], None]) -> None: ...

    async def close(self) -> None: ...


class HaltSwitch(Protocol):
    """The kill as it lies where every process of this home sees it."""

    def read(self) -> Halt | None:
        """None where there is none; one that cannot be read is one."""
        ...

    def write(self, halt: Halt) -> None:
        """Durable when it returns. Raises OSError."""
        ...

    def lift(self, halt_id: str) -> str:
        """Takes the kill of this name away; returns what keeps it, empty if it is gone."""
        ...


class Notifier(Protocol):
    """Tells people. Never blocks the engine, loses nothing while a sink is down."""

    def notify(self, alert: Alert) -> None: ...


class MarketReadFailed(Exception):
    """The exchange did not tell, or there is nothing to tell. One line."""


class MarketFacts(msgspec.Struct, frozen=True):
    """A market with what it belongs to."""

    market: Market
    event: Event
    series: Series


class MarketReads(Protocol):
    """What people want to know of a market beside its book. Each raises MarketReadFailed; none takes from
    the budget that orders and exits need."""

    async def facts(self, ticker: str) -> MarketFacts: ...

    async def candles(
        self, ticker: str, period_min: int, start_s: int, end_s: int
    ) -> tuple[Candlestick, ...]:
        """Oldest first; a period without any activity is missing."""
        ...

    async def trades(self, ticker: str, most: int) -> tuple[PublicTrade, ...]:
        """Newest first."""
        ...


class BatchCandles(Protocol):
    """Candles of many markets at once, in the lane that waits for all others. Raises MarketReadFailed."""

    async def batch_candles(
        self, tickers: Sequence[str], period_min: int, start_s: int, end_s: int
    ) -> Mapping[str, tuple[Candlestick, ...]]: ...


class Metrics(Protocol):
    def count(self, name: str, amount: int = 1, **labels: str) -> None: ...

    def gauge(self, name: str, value: float, **labels: str) -> None: ...
