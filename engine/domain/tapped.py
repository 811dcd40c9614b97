"""What an engine tells its recorder of the exchange's feed: short frames over a pipe.

A frame is four bytes of length, most significant first, and a message in msgpack. Prices are of the YES leg
in basis points, counts hundredths of a contract; ``received_ns`` is when the engine took it, unix time.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from engine.domain.feed import Levels
from engine.domain.order import BookSide
from engine.domain.units import CountC, Nanoseconds, PriceBp

LENGTH_BYTES = 4
MOST_BYTES = 4_000_000


class TappedDelta(msgspec.Struct, frozen=True, array_like=True, tag="d", gc=False):
    """One level of a readable book changed."""

    received_ns: Nanoseconds
    ticker: str
    side: BookSide
    price_bp: PriceBp
    delta_c: CountC
    clock: int | None
    at_ns: Nanoseconds | None


class TappedBook(msgspec.Struct, frozen=True, array_like=True, tag="b"):
    """A whole book, as it is from here on."""

    received_ns: Nanoseconds
    ticker: str
    bids: Levels
    asks: Levels
    clock: int | None = None


class TappedStale(msgspec.Struct, frozen=True, array_like=True, tag="s"):
    """A book is not known from here on until the next whole one."""

    received_ns: Nanoseconds
    ticker: str
    reason: str


class TappedQuote(msgspec.Struct, frozen=True, array_like=True, tag="q", gc=False):
    received_ns: Nanoseconds
    ticker: str
    at_ns: Nanoseconds
    yes_bid_bp: PriceBp | None
    yes_bid_c: CountC
    yes_ask_bp: PriceBp | None
    yes_ask_c: CountC
    last_bp: PriceBp | None
    last_trade_c: CountC | None
    volume_c: CountC
    open_interest_c: CountC


class TappedTrade(msgspec.Struct, frozen=True, array_like=True, tag="t", gc=False):
    received_ns: Nanoseconds
    trade_id: str
    ticker: str
    at_ns: Nanoseconds
    price_bp: PriceBp
    count_c: CountC
    taker_side: BookSide
    is_block: bool


class TapGap(msgspec.Struct, frozen=True, array_like=True, tag="g"):
    """So many messages are missing here, of any book; whole books follow."""

    received_ns: Nanoseconds
    count: int


Tapped: TypeAlias = TappedDelta | TappedBook | TappedStale | TappedQuote | TappedTrade | TapGap
