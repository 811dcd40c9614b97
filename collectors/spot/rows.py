"""Rows of spot prices and settlement indexes."""

from __future__ import annotations

from decimal import Decimal

from collectors.taking import Row
from engine.domain.units import Nanoseconds


class SpotRow(Row, frozen=True, kw_only=True):
    """A trade, a quote or a value of an index; dollars and coins as float64 and as the source wrote them.

    ``source`` kalshi, kalshi_5hz, coinbase or coinbase_exchange; ``kind`` trade, quote or index. ``id`` tells
    two of a kind apart for ever: a trade's number, an index's own time, a message. ``sequence`` is the
    message's number. ``side`` is the source's own word: of a trade of coinbase_exchange the maker's side, of
    its quote the taker's; what coinbase means is not settled.
    """

    TABLE = "spot"
    source: str
    product: str
    kind: str
    id: str
    source_ns: Nanoseconds | None
    sequence: int | None = None
    value: float | None = None
    value_text: str | None = None
    size: float | None = None
    size_text: str | None = None
    side: str | None = None
    bid: float | None = None
    bid_text: str | None = None
    ask: float | None = None
    ask_text: str | None = None
    average_60s: float | None = None
    average_60s_text: str | None = None
    window_average: float | None = None
    window_average_text: str | None = None
    window_count: int | None = None
    received_ns: Nanoseconds


class SpotCandleRow(Row, frozen=True, kw_only=True):
    """A candlestick of ``seconds`` from ``start_s`` on, dollars; ``volume`` in coins."""

    TABLE = "spot_candles"
    source: str
    product: str
    seconds: int
    start_s: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    received_ns: Nanoseconds


def as_float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
