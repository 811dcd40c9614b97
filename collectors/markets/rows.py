"""Rows of the exchange's markets: whole books, their changes, best prices and prints, in integer units."""

from __future__ import annotations

from collectors.taking import Row
from engine.domain.units import CountC, Nanoseconds, PriceBp


class BookDeltaRow(Row, frozen=True, kw_only=True):
    """One level's change; ``session_ns`` and ``number`` put all of a recording in order."""

    TABLE = "book_deltas"
    ticker: str
    session_ns: Nanoseconds
    number: int
    clock: int | None
    at_ns: Nanoseconds | None
    side: str
    price_bp: PriceBp
    delta_c: CountC
    received_ns: Nanoseconds


class BookSnapshotRow(Row, frozen=True, kw_only=True):
    """A whole book; with ``stale_reason``, that it is not known from here on."""

    TABLE = "book_snapshots"
    ticker: str
    session_ns: Nanoseconds
    number: int
    clock: int | None = None
    stale_reason: str | None = None
    bid_price_bp: tuple[PriceBp, ...] | None = None
    bid_count_c: tuple[CountC, ...] | None = None
    ask_price_bp: tuple[PriceBp, ...] | None = None
    ask_count_c: tuple[CountC, ...] | None = None
    received_ns: Nanoseconds


class QuoteRow(Row, frozen=True, kw_only=True):
    """Best prices and totals; a side without a price has no size either."""

    TABLE = "quotes"
    ticker: str
    at_ns: Nanoseconds
    yes_bid_bp: PriceBp | None
    yes_bid_c: CountC | None
    yes_ask_bp: PriceBp | None
    yes_ask_c: CountC | None
    last_bp: PriceBp | None
    last_trade_c: CountC | None
    volume_c: CountC
    open_interest_c: CountC
    received_ns: Nanoseconds


class TradeRow(Row, frozen=True, kw_only=True):
    TABLE = "trades"
    ticker: str
    trade_id: str
    at_ns: Nanoseconds
    price_bp: PriceBp
    count_c: CountC
    taker_side: str
    is_block: bool
    received_ns: Nanoseconds
