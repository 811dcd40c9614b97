"""Public prints, newest first: the exchange's recent ones, then those of the source from before it ran."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import merge
from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from engine.domain.units import SECOND_NS, Nanoseconds
from engine.sandbox.core.feed import Traded
from engine.sandbox.core.listing import MarketRecord
from engine.sandbox.server.rest.paging import cursor_place, cursor_text

if TYPE_CHECKING:
    from engine.sandbox.core.exchange import Exchange
    from engine.sandbox.source import MarketSource

FIRST_SPAN_S, FIRST_SPAN_OF_ALL_S = 600, 120
"""How far back the first look into the source's past goes, for one market and for all; every further one
goes twice as far."""
REACH_S = 8 * 86_400
"""How far back the source is asked at all when no earliest time was given."""


class TradeQuery(msgspec.Struct, frozen=True):
    """What is asked for; times are unix seconds, inclusive."""

    records: tuple[MarketRecord, ...]
    min_s: int | None
    max_s: int | None


def newest_trades(exchange: Exchange, source: MarketSource, asked: TradeQuery) -> Iterator[Traded]:
    """Every print that fits, newest first; read lazily, the past is made only as far as it is read."""
    for trade in chain(_recent(asked), _past(exchange, source, asked)):
        at_s = trade.at_ns // SECOND_NS
        if asked.min_s is not None and at_s < asked.min_s:
            return
        if asked.max_s is None or at_s <= asked.max_s:
            yield trade


def _order(trade: Traded) -> tuple[Nanoseconds, str]:
    """Prints of one market and moment keep the order of the market's own list."""
    return trade.at_ns, trade.ticker


def _recent(asked: TradeQuery) -> Iterator[Traded]:
    return merge(*(reversed(record.trades) for record in asked.records), key=_order, reverse=True)


def _past(exchange: Exchange, source: MarketSource, asked: TradeQuery) -> Iterator[Traded]:
    """Looks back in spans that double, so that a quiet week costs few calls."""
    now_s = exchange.now_ns // SECOND_NS
    end_s = now_s if asked.max_s is None else min(asked.max_s, now_s)
    floor_s = max(asked.min_s or 0, now_s - REACH_S)
    if not asked.records:
        return
    floor_s = max(floor_s, min(record.market.open_ns for record in asked.records) // SECOND_NS)
    span_s = FIRST_SPAN_S if len(asked.records) == 1 else FIRST_SPAN_OF_ALL_S
    while end_s >= floor_s:
        start_s = max(floor_s, end_s - span_s + 1)
        open_then = [
            record.ticker
            for record in asked.records
            if record.market.open_ns <= end_s * SECOND_NS and record.market.close_ns >= start_s * SECOND_NS
        ]
        lists = [source.past_trades(exchange, ticker, start_s, end_s) for ticker in open_then]
        yield from merge(*map(reversed, lists), key=_order, reverse=True)
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
