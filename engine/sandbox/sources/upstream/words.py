"""What a mirror is told of the exchange that it mirrors, and what it may ask for: reads, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol, TypeAlias

import msgspec

from engine.domain.book import Book
from engine.domain.feed import EventFeeSeen, IndexSeen, LifecycleSeen, PublicTrade
from engine.domain.market import Series
from engine.domain.units import SECOND_NS, Nanoseconds
from engine.domain.venue import EventSheet, MarketSheet


class Mode(StrEnum):
    """How prices come. The words are those of the console's rows."""

    STREAMED = "mirrored"
    """Every change of a book as it happens, with a key."""
    POLLED = "polled"
    """Whole books every few seconds, without one."""


class MirrorOptions(msgspec.Struct, frozen=True):
    """``upstream`` is its address, for people. Times are nanoseconds of the exchange."""

    upstream: str
    mode: Mode
    series: tuple[str, ...]
    gap_ns: Nanoseconds = 60 * SECOND_NS
    """After this long without a word nobody can say what would have filled: resting orders are canceled."""
    blind_ns: Nanoseconds = 5 * SECOND_NS
    """After this long without a word nothing is shown, so that nothing fills at prices that are gone."""
    torn_ns: Nanoseconds = 3 * SECOND_NS
    """The same for a single book that cannot be read."""
    most_markets: int = 500
    """How many books are followed at most."""
    legs_per_event: int = 40
    horizon_ns: Nanoseconds = 48 * 3600 * SECOND_NS
    """Markets that close later are followed only where somebody needs them."""


class SeriesTold(msgspec.Struct, frozen=True):
    """A series with its open events and their markets, all of them."""

    series: Series
    events: tuple[EventSheet, ...]


class SheetsTold(msgspec.Struct, frozen=True):
    """Markets as they are now, whatever their state."""

    sheets: tuple[MarketSheet, ...]


class StatusTold(msgspec.Struct, frozen=True):
    """Of each shard: whether the exchange is active there, and whether it trades."""

    by_shard: Mapping[int, tuple[bool, bool]]
    is_active: bool = True
    is_trading: bool = True
    """Of shards that are not named."""


class Heard(msgspec.Struct, frozen=True):
    """The exchange was heard, so books that can be read are current."""


class FeedBroken(msgspec.Struct, frozen=True):
    """It is not heard now. One line."""

    reason: str


Word: TypeAlias = (
    SeriesTold
    | SheetsTold
    | StatusTold
    | PublicTrade
    | LifecycleSeen
    | EventFeeSeen
    | IndexSeen
    | Heard
    | FeedBroken
)


class UpstreamBooks(Protocol):
    """The books of the mirrored exchange. Not to be kept or changed."""

    def book(self, ticker: str) -> Book | None:
        """None while there is none to be trusted."""
        ...


class NoBooks:
    def book(self, ticker: str) -> Book | None:
        return None
