"""One-minute candles put together to longer ones."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from engine.domain.candle import Candlestick, Ohlc

MINUTE_S = 60


def period_end(end_s: int, period_s: int) -> int:
    """The end of the aligned period that a time belongs to; an end belongs to the period it ends."""
    return -(-end_s // period_s) * period_s


def aggregate(minutes: Iterable[Candlestick], period_s: int) -> list[Candlestick]:
    """Candles of ``period_s`` seconds from one-minute candles in the order of time; sparse as those are.

    Quotes and trades keep first, highest, lowest and last; the mean is weighted by volume.
    """
    if period_s == MINUTE_S:
        return list(minutes)
    return [
        _joined(end_s, list(part))
        for end_s, part in groupby(minutes, lambda c: period_end(c.end_s, period_s))
    ]


def _joined(end_s: int, parts: list[Candlestick]) -> Candlestick:
    volume_c = sum(part.volume_c for part in parts)
    weighted = sum(part.mean_bp * part.volume_c for part in parts if part.mean_bp is not None)
    traded_c = sum(part.volume_c for part in parts if part.mean_bp is not None)
    return Candlestick(
        end_s=end_s,
        yes_bid=_joined_bar([part.yes_bid for part in parts]),
        yes_ask=_joined_bar([part.yes_ask for part in parts]),
        price=_joined_bar([part.price for part in parts]),
        mean_bp=_rounded(weighted, traded_c) if traded_c else None,
        previous_bp=parts[0].previous_bp,
        volume_c=volume_c,
        open_interest_c=parts[-1].open_interest_c,
    )


def _joined_bar(bars: list[Ohlc]) -> Ohlc:
    opens = [bar.open_bp for bar in bars if bar.open_bp is not None]
    closes = [bar.close_bp for bar in bars if bar.close_bp is not None]
    return Ohlc(
        open_bp=opens[0] if opens else None,
        high_bp=max((bar.high_bp for bar in bars if bar.high_bp is not None), default=None),
        low_bp=min((bar.low_bp for bar in bars if bar.low_bp is not None), default=None),
        close_bp=closes[-1] if closes else None,
    )


def _rounded(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)
