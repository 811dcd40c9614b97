"""Why an armed condition cannot fire although its engine is there: what it looks at is not to be seen.

The engine acts on no value that is old, of a book that may not be read, or of a forecaster that is not there;
here that is said of what consoles know of the same.
"""

from __future__ import annotations

from console.tui import numbers
from console.tui.desk import Desk
from engine.control.level_sight import blind_to
from engine.control.rows.orders import ConditionRow
from engine.domain.trigger import ConditionState, Source
from engine.domain.units import SECOND_NS


def waits_for(desk: Desk, row: ConditionRow) -> str:
    """One line that begins with ``waits:``; empty while it may fire, and for one that is not armed."""
    if row.state is not ConditionState.ARMED or not desk.is_attached or desk.is_silent:
        return ""
    trigger = row.terms.trigger
    ticker = trigger.ticker or row.terms.ticket.ticker
    match trigger.source:
        case Source.SPOT:
            cause = _without_level(desk, trigger.key)
        case Source.BID | Source.ASK | Source.MID:
            cause = _without_book(desk, ticker)
        case Source.LAST:
            cause = _without_trade(desk, ticker)
        case Source.FORECAST:
            cause = _without_forecast(desk)
        case Source.TIME:
            cause = ""
    return f"waits: {cause}" if cause else ""


def _without_level(desk: Desk, key: str) -> str:
    blind = blind_to(desk.replica, key, desk.now_ns, desk.wall_ns)
    if blind is None:
        return ""
    if blind.age_ns is None:
        return f"no value of {blind.key} has come yet"
    age = numbers.age(numbers.stepped(blind.age_ns / SECOND_NS))
    return f"{blind.key} is {age} old{'; ' if blind.lost else ''}{blind.lost}"


def _without_book(desk: Desk, ticker: str) -> str:
    if not desk.is_feed_live:
        return "the exchange's feed is not live"
    quote = desk.replica.watch.quotes.get(ticker)
    if quote is None:
        return f"no book of {ticker} is followed"
    if not quote.is_fresh:
        return f"the book of {ticker} is stale"
    if quote.bid_bp is None or quote.ask_bp is None:
        side = "bids" if quote.bid_bp is None else "offers"
        return f"nobody {side} in the book of {ticker}"
    return ""


def _without_trade(desk: Desk, ticker: str) -> str:
    if not desk.is_feed_live:
        return "the exchange's feed is not live"
    quote = desk.replica.watch.quotes.get(ticker)
    return "" if quote is not None and quote.last_bp is not None else f"no trade of {ticker} is known"


def _without_forecast(desk: Desk) -> str:
    """By the scan alone: whether a market has a forecast is told to who follows it."""
    scan = desk.replica.scan
    if scan.state == "ok":
        return ""
    if scan.state == "none":
        return "the forecaster has not scanned yet"
    return f"forecasts are {scan.state}{': ' if scan.problem else ''}{scan.problem}"
