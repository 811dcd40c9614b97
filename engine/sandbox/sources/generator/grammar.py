"""How tickers spell dates and strikes. Dates are eastern, months in capitals: ``26AUG2317``."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from engine.sandbox.sources.generator.eastern import eastern

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def day_stamp(day: date) -> str:
    """``26JUL17``"""
    return f"{day.year % 100:02d}{_MONTHS[day.month - 1]}{day.day:02d}"


def hour_stamp(close_s: int) -> str:
    """``26AUG2317``: the hour of the close."""
    close = eastern(close_s)
    return f"{day_stamp(close.date())}{close.hour:02d}"


def quarter_stamp(close_s: int) -> str:
    """``26SEP301530``: hour and minute of the close."""
    close = eastern(close_s)
    return f"{day_stamp(close.date())}{close.hour:02d}{close.minute:02d}"


def session_stamp(close_s: int) -> str:
    """``26SEP14H1600``"""
    close = eastern(close_s)
    return f"{day_stamp(close.date())}H{close.hour:02d}{close.minute:02d}"


def plain(number: Decimal) -> str:
    """Without trailing zeros or exponent: 50700, 69299.99."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def band_label(floor: Decimal, cap: Decimal) -> str:
    """``B73250`` for 73200 to 73299.99: the middle, cut to a whole number; ``B83.5`` for 83 to 84."""
    if cap - floor == 1:
        return f"B{plain((floor + cap) / 2)}"
    return f"B{int((floor + cap) / 2 + Decimal('0.01'))}"


def tail_label(strike: Decimal) -> str:
    """``T69299.99``, ``T50700``, ``T83``: a threshold or the open end of a ladder."""
    return f"T{plain(strike)}"


def millions_label(strike: Decimal) -> str:
    """``A2.30`` for 2,300,000."""
    return f"A{strike / 1_000_000:.2f}"
