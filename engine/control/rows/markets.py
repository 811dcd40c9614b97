"""Markets, their quotes, and what is public of them. Prices are of the YES leg."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from engine.control.rows.account import PositionRow
from engine.domain.market import Event, Market, MarketStatus, Strike
from engine.domain.order import Leg
from engine.domain.units import CountC, Nanoseconds, PriceBp

Levels: TypeAlias = tuple[tuple[PriceBp, CountC], ...]
"""Prices with their counts, the best first."""


class MarketRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What of a market rarely moves."""

    ticker: str
    event_ticker: str
    series_ticker: str
    title: str
    yes_sub_title: str = ""
    status: MarketStatus
    close_ns: Nanoseconds
    exchange_index: int = 0
    settlement_bp: PriceBp | None = None
    strike: Strike | None = None


class QuoteRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """The best of both sides with their sizes, and the totals.

    ``is_fresh`` says that bid and ask come from a book that may be read; otherwise they are what was last
    said.
    """

    ticker: str
    bid_bp: PriceBp | None = None
    bid_c: CountC = 0
    ask_bp: PriceBp | None = None
    ask_c: CountC = 0
    last_bp: PriceBp | None = None
    volume_c: CountC | None = None
    open_interest_c: CountC | None = None
    is_fresh: bool = False


class LegRow(msgspec.Struct, frozen=True):
    market: MarketRow
    quote: QuoteRow
    position: PositionRow | None = None


class EventRow(msgspec.Struct, frozen=True):
    """An event with its listed markets, each with its quote, by strike."""

    ticker: str
    series_ticker: str
    title: str
    sub_title: str
    mutually_exclusive: bool
    legs: tuple[LegRow, ...]


class FactsRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """A market in full, with its event and how its series settles. ``settlement_sources`` are pairs of name
    and address; ``index_id`` is the index by which it settles, empty if nothing on the wire says."""

    market: Market
    event: Event
    series_title: str = ""
    settlement_sources: tuple[tuple[str, str], ...] = ()
    index_id: str = ""


class TradeRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """A public trade, in the price of YES; ``taker`` is the leg that its taker bought."""

    trade_id: str
    ticker: str
    price_bp: PriceBp
    count_c: CountC
    taker: Leg
    at_ns: Nanoseconds


class IndexRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """The last value of a settlement index, as the exchange writes it: a decimal number."""

    index_id: str
    value: str
    source_ns: Nanoseconds
    received_ns: Nanoseconds
