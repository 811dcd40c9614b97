"""What a mirror writes down beside the exchange's own rows, and the history that it was told."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from engine.domain.candle import Candlestick
from engine.domain.feed import PublicTrade
from engine.domain.units import SECOND_NS, CountC, Nanoseconds
from engine.sandbox.core.feed import Traded
from engine.sandbox.source import SourceRow
from engine.sandbox.sources.upstream.evidence import FillEvidence
from engine.sandbox.sources.upstream.ladder import Key

HEARD, TAKEN, FILL = "source.heard", "source.taken", "source.fill"
_ONLY = "only"
_HEARD_EACH_NS = 5 * SECOND_NS


class Memory:
    """Rows are written when they change; when it was last heard, every few seconds."""

    def __init__(self) -> None:
        self.heard_ns: Nanoseconds | None = None
        self.taken: dict[str, dict[Key, CountC]] = {}
        self._candles: dict[str, dict[int, Candlestick]] = {}
        self._told_from_s: dict[str, int] = {}
        self._trades: dict[str, list[Traded]] = {}

    def take_rows(
        self,
        heard_ns: Nanoseconds | None,
        taken: Mapping[str, Mapping[Key, CountC]],
        fills: Sequence[tuple[str, FillEvidence]],
    ) -> list[SourceRow]:
        encode = msgspec.msgpack.encode
        rows: list[SourceRow] = [(FILL, key, encode(found)) for key, found in fills]
        if heard_ns is not None and (self.heard_ns is None or heard_ns - self.heard_ns >= _HEARD_EACH_NS):
            self.heard_ns = heard_ns
            rows.append((HEARD, _ONLY, encode(heard_ns)))
        for ticker, levels in taken.items():
            if not levels and ticker not in self.taken:
                continue
            if self.taken.get(ticker) != levels:
                rows.append((TAKEN, ticker, encode(_listed(levels)) if levels else None))
                if levels:
                    self.taken[ticker] = dict(levels)
                else:
                    del self.taken[ticker]
        return rows

    def restore(self, rows: Iterable[SourceRow]) -> list[FillEvidence]:
        """Takes back what :meth:`take_rows` gave; returns the fills. Raises msgspec.MsgspecError."""
        decode = msgspec.msgpack.decode
        fills = []
        for kind, key, value in rows:
            if value is None:
                continue
            if kind == HEARD:
                self.heard_ns = decode(value, type=int)
            elif kind == TAKEN:
                levels = decode(value, type=list[tuple[bool, int, int]])
                self.taken[key] = {(is_bid, price_bp): count_c for is_bid, price_bp, count_c in levels}
            elif kind == FILL:
                fills.append(decode(value, type=FillEvidence))
        return fills

    def keep_candles(self, ticker: str, candles: Iterable[Candlestick]) -> None:
        self._candles.setdefault(ticker, {}).update({candle.end_s: candle for candle in candles})

    def candles(self, ticker: str, start_s: int, end_s: int) -> Sequence[Candlestick]:
        found = self._candles.get(ticker, {})
        ends = sorted(found)
        return [found[end] for end in ends[bisect_left(ends, start_s) : bisect_right(ends, end_s)]]

    def keep_trades(self, ticker: str, trades: Iterable[PublicTrade]) -> None:
        self._trades[ticker] = sorted(
            (
                Traded(t.trade_id, ticker, t.price_bp, t.count_c, t.taker_side, t.at_ns)
                for t in trades
                if not t.is_block
            ),
            key=lambda trade: trade.at_ns,
        )

    def has_trades(self, ticker: str) -> bool:
        return ticker in self._trades

    def trades(self, ticker: str, start_s: int, end_s: int) -> Sequence[Traded]:
        first_ns, end_ns = start_s * SECOND_NS, (end_s + 1) * SECOND_NS
        return [trade for trade in self._trades.get(ticker, ()) if first_ns <= trade.at_ns < end_ns]

    def has_candles(self, ticker: str, start_s: int) -> bool:
        told_from_s = self._told_from_s.get(ticker)
        return told_from_s is not None and told_from_s <= start_s

    def mark_candles(self, ticker: str, start_s: int) -> None:
        self._told_from_s[ticker] = min(start_s, self._told_from_s.get(ticker, start_s))


def _listed(levels: Mapping[Key, CountC]) -> list[tuple[bool, int, int]]:
    return [(is_bid, price_bp, count_c) for (is_bid, price_bp), count_c in levels.items()]
