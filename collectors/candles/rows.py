"""Candlesticks and markets of the exchange as rows of the lake."""

from __future__ import annotations

from engine.domain.candle import Candlestick, Ohlc
from engine.domain.units import SECOND_NS, Nanoseconds
from engine.domain.venue import MarketSheet

Row = dict[str, object]


def candle_row(
    ticker: str, event_ticker: str, period_min: int, candle: Candlestick, received_ns: Nanoseconds
) -> Row:
    return {
        "ticker": ticker,
        "event_ticker": event_ticker,
        "period_min": period_min,
        "end_s": candle.end_s,
        **_bar("yes_bid", candle.yes_bid),
        **_bar("yes_ask", candle.yes_ask),
        **_bar("price", candle.price),
        "mean_bp": candle.mean_bp,
        "previous_bp": candle.previous_bp,
        "volume_c": candle.volume_c,
        "open_interest_c": candle.open_interest_c,
        "received_ns": received_ns,
    }


def market_row(sheet: MarketSheet, received_ns: Nanoseconds) -> Row:
    strike = sheet.strike
    return {
        "ticker": sheet.ticker,
        "event_ticker": sheet.event_ticker,
        "title": sheet.title,
        "yes_sub_title": sheet.yes_sub_title,
        "rules_primary": sheet.rules_primary,
        "rules_secondary": sheet.rules_secondary,
        "strike_type": None if strike is None else strike.kind.value,
        "floor_strike": None if strike is None or strike.floor is None else str(strike.floor),
        "cap_strike": None if strike is None or strike.cap is None else str(strike.cap),
        "open_s": sheet.open_ns // SECOND_NS,
        "close_s": ceil_s(sheet.close_ns),
        "settled_s": None if sheet.settled_ns is None else sheet.settled_ns // SECOND_NS,
        "status": sheet.status_text,
        "result": sheet.result_text or None,
        "settlement_bp": sheet.settlement_bp,
        "expiration_value": sheet.expiration_value or None,
        "volume_c": sheet.volume_c,
        "received_ns": received_ns,
    }


def ceil_s(at_ns: Nanoseconds) -> int:
    return -(-at_ns // SECOND_NS)


def _bar(name: str, bar: Ohlc) -> Row:
    return {
        f"{name}_open_bp": bar.open_bp,
        f"{name}_high_bp": bar.high_bp,
        f"{name}_low_bp": bar.low_bp,
        f"{name}_close_bp": bar.close_bp,
    }
