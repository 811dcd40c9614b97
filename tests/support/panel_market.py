"""What is public about the middle bitcoin strike, for the tests of panels, and the lines of the log."""

from __future__ import annotations

from panel_events import BTC_AT, NOW, WEATHER_AT

from engine.control.protocol import (
    BookRows,
)
from engine.control.rows.history import LogRow
from engine.control.rows.markets import TradeRow
from engine.domain.candle import Candlestick, Ohlc
from engine.domain.order import Leg
from engine.domain.units import SECOND_NS

INDEX_VALUE = "95013.42"


def log_lines() -> tuple[LogRow, ...]:
    said = (
        ("note", "STARTED", "run 7f3a on sandbox", ""),
        ("note", "ORDER", "buy 10 YES at 49 c (manual)", BTC_AT),
        ("note", "FILL", "bought 10 YES at 49 c, fee $0.175 (manual)", BTC_AT),
        ("warning", "ADOPTED", "found 5 contracts that no fill explains", WEATHER_AT),
        ("urgent", "UNKNOWN", "c-unknown unknown: timed out after 5 s [a bracket] stays as it is", BTC_AT),
        ("note", "ORDER_TOO_LARGE", "got 5000 contracts, wanted at most 10", BTC_AT),
    )
    return tuple(
        LogRow(no, NOW - (700 - 110 * no) * SECOND_NS, level, code, text, ticker)
        for no, (level, code, text, ticker) in enumerate(said, 1)
    )


def btc_book() -> BookRows:
    bids = ((5_100, 31_000), (5_000, 120_000), (4_900, 64_025), (4_700, 8_000), (4_000, 500_000))
    asks = ((5_300, 28_600), (5_400, 90_000), (5_500, 45_000), (5_800, 210_000), (9_250, 1_000))
    return BookRows(bids, asks, is_fresh=True)


def trades() -> tuple[TradeRow, ...]:
    prints = ((5_200, 1_000, Leg.YES), (5_100, 250, Leg.NO), (5_300, 12_050, Leg.YES), (5_000, 40, Leg.NO))
    return tuple(
        TradeRow(f"p-{at}", BTC_AT, price, count, taker, NOW - (2 + 7 * at) * SECOND_NS)
        for at, (price, count, taker) in enumerate(prints)
    )


def candles() -> tuple[Candlestick, ...]:
    """Two hours of minutes that wander around 50 c, one in seven without a trade."""
    found = []
    last = 4_600
    for at in range(120):
        close = 4_500 + (at * at // 16 % 700) + (at * 37 % 5 - 2) * 15
        has_trade = at % 7 != 3
        price = Ohlc(last, max(last, close) + 10, min(last, close) - 10, close) if has_trade else Ohlc()
        bid = Ohlc(last - 100, close - 50, last - 150, close - 100)
        ask = Ohlc(last + 100, close + 150, last + 50, close + 100)
        end_s = NOW // SECOND_NS // 60 * 60 - (119 - at) * 60
        mean = close if has_trade else None
        found.append(Candlestick(end_s, bid, ask, price, mean, last, 500 * (at % 5), 70_000))
        last = close
    return tuple(found)
