"""Public prints, newest first: the exchange's recent ones, then those of the source from before it ran."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec

from engine.domain.units import SECOND_NS, Nanoseconds
from engine.sandbox.core.feed import Traded
from engine.sandbox.core.listing import MarketRecord
from engine.sandbox.server.rest.paging import cursor_place, cursor_text

if TYPE_CHECKING:
    from engine.sandbox.core.exchange import Exchange
    from engine.sandbox.source import MarketSource

FIRST_SPAN_S = 600
"""How far back the first look into the source's past goes; every further one goes twice as far."""
REACH_S = 8 * 86_400
"""How far back the source is asked at all when no earliest time was given."""


class TradeQuery(msgspec.Struct, frozen=True):
    """What is asked for; times are unix seconds, inclusive."""

    records: tuple[MarketRecord, ...]
    min_s: int | None
    max_s: int | None


def newest_trades(exchange: Exchange, source: MarketSource, asked: TradeQuery) -> Iterator[Traded]:
    """Every print that fits, newest first; the past is made only as far as it is read."""
    seen: set[str] = set()
    for trade in _recent(exchange, asked):
        if _fits(trade, asked):
            seen.add(trade.trade_id)
            yield trade
    for trade in _past(exchange, source, asked):
        if trade.trade_id not in seen and _fits(trade, asked):
            yield trade


def _fits(trade: Traded, asked: TradeQuery) -> bool:
    at_s = trade.at_ns // SECOND_NS
    return (asked.min_s is None or at_s >= asked.min_s) and (asked.max_s is None or at_s <= asked.max_s)


def _order(numbered: tuple[int, Traded]) -> tuple[Nanoseconds, str, int]:
    place, trade = numbered
    return trade.at_ns, trade.ticker, place


def newest_first(trades: Iterable[Traded]) -> list[Traded]:
    """By time, then ticker, then place in the market's own list; always the same for the same trades."""
    return [trade for _, trade in sorted(enumerate(trades), key=_order, reverse=True)]


def _recent(exchange: Exchange, asked: TradeQuery) -> Iterator[Traded]:
    found: list[Traded] = []
    for record in asked.records:
        found.extend(record.trades)
    return iter(newest_first(found))


def _past(exchange: Exchange, source: MarketSource, asked: TradeQuery) -> Iterator[Traded]:
    """Looks back in spans that double, so that a quiet week costs few calls."""
    now_s = exchange.now_ns // SECOND_NS
    end_s = now_s if asked.max_s is None else min(asked.max_s, now_s)
    floor_s = max(asked.min_s or 0, now_s - REACH_S)
    if not asked.records:
        return
    floor_s = max(floor_s, min(record.market.open_ns for record in asked.records) // SECOND_NS)
    span_s = FIRST_SPAN_S
    while end_s >= floor_s:
        start_s = max(floor_s, end_s - span_s + 1)
        found: list[Traded] = []
        for record in asked.records:
            if record.market.open_ns <= end_s * SECOND_NS and record.market.close_ns >= start_s * SECOND_NS:
                found.extend(source.past_trades(exchange, record.ticker, start_s, end_s))
        yield from newest_first(found)
        end_s, span_s = start_s - 1, span_s * 2


def page_of(
    listing: str,
    trades: Iterator[Traded],
    cursor: str | None,
    limit: int,
    wanted: Callable[[Traded], bool],
) -> tuple[list[Traded], str]:
    """A page and the next cursor. The cursor names the page's last print; if the exchange has forgotten that
    one since, the page goes on with what is older."""
    last = _read_place(cursor_place(listing, cursor))
    page: list[Traded] = []
    is_behind = last is not None
    for trade in trades:
        if is_behind and last is not None:
            at_ns, trade_id = last
            if trade.trade_id == trade_id:
                is_behind = False
                continue
            if trade.at_ns >= at_ns:
                continue
            is_behind = False
        if not wanted(trade):
            continue
        if len(page) == limit:
            return page, cursor_text(listing, f"{page[-1].at_ns},{page[-1].trade_id}")
        page.append(trade)
    return page, ""


def _read_place(place: str | None) -> tuple[Nanoseconds, str] | None:
    at_text, separator, trade_id = (place or "").partition(",")
    return (int(at_text), trade_id) if separator and at_text.isdigit() else None
