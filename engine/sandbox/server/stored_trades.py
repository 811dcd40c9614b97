"""Public prints that the exchange keeps no more at hand: read from the store."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from engine.domain.units import Nanoseconds
from engine.sandbox.core.feed import Traded
from engine.sandbox.core.rows import Kind, TradeRow, trade_key
from engine.sandbox.server.store import Store

_AT_ONCE = 200

_decoder = msgspec.msgpack.Decoder(TradeRow)


def last_trades(store: Store, ticker: str, before: int, count: int) -> list[TradeRow]:
    """A market's last so many prints of those numbered below ``before``, newest first.

    Raises StoreError for a corrupt file, msgspec.MsgspecError for a row of another shape.
    """
    first_key, end_key = trade_key(ticker, 0), trade_key(ticker, before)
    return [_decoder.decode(value) for value in store.last(Kind.TRADE.value, first_key, end_key, count)]


def older_trades(store: Store, ticker: str, before: int, until_ns: Nanoseconds) -> Iterator[Traded]:
    """A market's prints numbered below ``before`` and no later than ``until_ns``, newest first; read as far
    as they are asked for."""
    before = _after(store, ticker, before, until_ns)
    while before > 0:
        rows = last_trades(store, ticker, before, _AT_ONCE)
        if not rows:
            return
        for row in rows:
            yield row.trade
        before = rows[-1].number


def _after(store: Store, ticker: str, before: int, until_ns: Nanoseconds) -> int:
    """The number after that of the last print no later than ``until_ns``, found by halving."""
    low, high = 0, before
    while low < high:
        middle = (low + high) // 2
        row = next(iter(last_trades(store, ticker, middle + 1, 1)), None)
        if row is None or row.trade.at_ns <= until_ns:
            low = middle + 1
        else:
            high = row.number
    return low
