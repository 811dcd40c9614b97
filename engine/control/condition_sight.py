"""Why an armed condition cannot fire although its engine is there: what it looks at is not to be seen.

The engine acts on no value that is old, on no book that may not be read, and on no forecast while the
forecaster is not well; here that is said of what consoles know of the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from engine.control.level_sight import blind_to
from engine.control.replica import Replica
from engine.control.rows.orders import ConditionRow
from engine.domain.trigger import ConditionState, Source
from engine.domain.units import Nanoseconds

AgeText: TypeAlias = Callable[[Nanoseconds], str]
_NO_FEED = "the exchange's feed is not live"


def waits_for(
    replica: Replica, row: ConditionRow, exchange_ns: Nanoseconds, wall_ns: Nanoseconds, age_text: AgeText
) -> str:
    """One line that begins with ``waits:``; empty while it may fire, and for one that is not armed."""
    if row.state is not ConditionState.ARMED:
        return ""
    trigger = row.terms.trigger
    ticker = trigger.ticker or row.terms.ticket.ticker
    match trigger.source:
        case Source.SPOT:
            cause = _without_level(replica, trigger.key, exchange_ns, wall_ns, age_text)
        case Source.BID | Source.ASK | Source.MID:
            cause = _without_book(replica, ticker)
        case Source.LAST:
            cause = _without_trade(replica, ticker)
        case Source.FORECAST:
            cause = _without_forecast(replica)
        case Source.TIME:
            cause = ""
    return f"waits: {cause}" if cause else ""


def _without_level(
    replica: Replica, key: str, exchange_ns: Nanoseconds, wall_ns: Nanoseconds, age_text: AgeText
) -> str:
    blind = blind_to(replica, key, exchange_ns, wall_ns)
    if blind is None:
        return ""
    if blind.age_ns is None:
        return f"no value of {blind.key} has come yet"
    return f"{blind.key} is {age_text(blind.age_ns)} old{'; ' if blind.lost else ''}{blind.lost}"


def _without_book(replica: Replica, ticker: str) -> str:
    if not _is_feed_live(replica):
        return _NO_FEED
    quote = replica.watch.quotes.get(ticker)
    if quote is None:
        return f"no book of {ticker} is followed"
    if not quote.is_fresh:
        return f"the book of {ticker} is stale"
    if quote.bid_bp is None or quote.ask_bp is None:
        side = "bids" if quote.bid_bp is None else "offers"
        return f"nobody {side} in the book of {ticker}"
    return ""


def _without_trade(replica: Replica, ticker: str) -> str:
    if not _is_feed_live(replica):
        return _NO_FEED
    quote = replica.watch.quotes.get(ticker)
    return "" if quote is not None and quote.last_bp is not None else f"no trade of {ticker} is known"


def _without_forecast(replica: Replica) -> str:
    """By the scan alone: whether a market has a forecast is told to who follows it."""
    scan = replica.scan
    if scan.state == "ok":
        return ""
    if scan.state == "none":
        return "the forecaster has not scanned yet"
    return f"forecasts are {scan.state}{': ' if scan.problem else ''}{scan.problem}"


def _is_feed_live(replica: Replica) -> bool:
    status = replica.desk.status
    return status is not None and bool(status.feeds) and status.feeds[0].state == "live"
