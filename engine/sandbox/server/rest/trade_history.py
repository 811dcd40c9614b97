"""Public prints, newest first: those that happened here, and those that the source tells of before.

What happened here is at hand or in the store. The told past is made as it is read, from its newest on, in
slices between which others have their turn, so that a page from it holds nobody up.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import AsyncIterator, Callable, Iterator
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from engine.domain.units import SECOND_NS, Nanoseconds
from engine.sandbox.core.feed import Traded
from engine.sandbox.core.listing import MarketRecord
from engine.sandbox.core.past import NO_PAST
from engine.sandbox.server.rest.paging import cursor_place, cursor_text
from engine.sandbox.server.stored_trades import older_trades

if TYPE_CHECKING:
    from engine.sandbox.server.world import World

FIRST_SPAN_S, FIRST_SPAN_OF_ALL_S, SPAN_MAX_S = 600, 120, 3_600
"""How far back the first look into the past goes, for one market and for all; every further one goes twice as
far, up to the last."""
REACH_S = 8 * 86_400
"""How far back the source is asked at all when no earliest time was given."""
_MARKETS_A_SLICE, _PRINTS_A_SLICE = 16, 100


class TradeQuery(msgspec.Struct, frozen=True):
    """What is asked for; times are unix seconds, inclusive."""

    records: tuple[MarketRecord, ...]
    min_s: int | None
    max_s: int | None
    wanted: Callable[[Traded], bool]


class Place(msgspec.Struct, frozen=True):
    """The last print of the page before."""

    at_ns: Nanoseconds
    trade_id: str


class _Window(msgspec.Struct, frozen=True):
    """The prints of a page lie in ``[first_ns, last_ns]``, behind the place where the last page ended."""

    first_ns: Nanoseconds
    last_ns: Nanoseconds
    place: Place | None

    def holds(self, trade: Traded) -> bool:
        return self.first_ns <= trade.at_ns <= self.last_ns


async def page_of(
    world: World, listing: str, asked: TradeQuery, cursor: str | None, limit: int
) -> tuple[list[Traded], str]:
    """A page and the next cursor. The cursor names the page's last print; if that one is not there any more,
    the page goes on with what is older."""
    window = _window(world, asked, _read_place(cursor_place(listing, cursor)))
    lived = (trade for trade in _lived(world, asked, window) if window.holds(trade) and asked.wanted(trade))
    found = _enough(lived, window, limit)
    floor_ns = _floor_ns(found, window, limit)
    async for told, start_ns in _told(world, asked, window):
        if told:
            found += (trade for trade in told if window.holds(trade) and asked.wanted(trade))
            found.sort(key=_order, reverse=True)
            floor_ns = _floor_ns(found, window, limit)
        if floor_ns >= start_ns:
            break
    found = _behind(found, window.place)
    if len(found) <= limit:
        return found, ""
    last = found[limit - 1]
    return found[:limit], cursor_text(listing, f"{last.at_ns},{last.trade_id}")


def _window(world: World, asked: TradeQuery, place: Place | None) -> _Window:
    now_ns = world.exchange.now_ns
    last_ns = now_ns if asked.max_s is None else min(now_ns, (asked.max_s + 1) * SECOND_NS - 1)
    if place is not None:
        last_ns = min(last_ns, place.at_ns)
    return _Window((asked.min_s or 0) * SECOND_NS, last_ns, place)


def _order(trade: Traded) -> tuple[Nanoseconds, str]:
    """Prints of one market and moment keep the order of the market's own list."""
    return trade.at_ns, trade.ticker


def _lived(world: World, asked: TradeQuery, window: _Window) -> Iterator[Traded]:
    """What happened here up to the window's end, newest first."""
    markets = [_of_market(world, record, window) for record in asked.records if record.trade_count]
    return merge(*markets, key=_order, reverse=True)


def _of_market(world: World, record: MarketRecord, window: _Window) -> Iterator[Traded]:
    recent = list(record.trades)
    end = bisect_right(recent, window.last_ns, key=lambda trade: trade.at_ns)
    yield from reversed(recent[:end])
    kept = record.trade_count - len(recent)
    if kept > 0 and (not recent or recent[0].at_ns >= window.first_ns):
        yield from older_trades(world.store, record.ticker, kept, window.last_ns)


def _enough(trades: Iterator[Traded], window: _Window, limit: int) -> list[Traded]:
    """As many as a page can need: one more than it holds, behind those of the place's own moment."""
    found: list[Traded] = []
    if window.place is not None:
        for trade in trades:
            found.append(trade)
            if trade.at_ns < window.place.at_ns:
                break
    found.extend(islice(trades, limit + 1))
    return found


def _floor_ns(found: list[Traded], window: _Window, limit: int) -> Nanoseconds:
    """What is older than this is not on the page; the window's beginning while the page is not full."""
    place = window.place
    behind = found if place is None else [trade for trade in found if trade.at_ns < place.at_ns]
    return behind[limit].at_ns if len(behind) > limit else window.first_ns


def _behind(found: list[Traded], place: Place | None) -> list[Traded]:
    if place is None:
        return found
    same = bisect_right(found, -place.at_ns, key=lambda trade: -trade.at_ns)
    for number, trade in enumerate(found[:same]):
        if trade.trade_id == place.trade_id:
            return found[number + 1 :]
    return found[same:]


async def _told(
    world: World, asked: TradeQuery, window: _Window
) -> AsyncIterator[tuple[list[Traded], Nanoseconds]]:
    """The told past span by span, newest first: its prints, and where the span begins.

    Spans get longer, so that a quiet week costs few of them.
    """
    now_s = world.exchange.now_ns // SECOND_NS
    told = [record for record in asked.records if _has_past(world, record)]
    if not told:
        return
    end_s = min(window.last_ns, max(map(world.candles.told_until_ns, told))) // SECOND_NS
    floor_s = max(window.first_ns // SECOND_NS, now_s - REACH_S, _first_opening_s(told))
    span_s = FIRST_SPAN_S if len(asked.records) == 1 else FIRST_SPAN_OF_ALL_S
    # Nothing is older than the window's end and younger than the told past: that much is known already.
    yield [], (end_s + 1) * SECOND_NS
    while end_s >= floor_s:
        start_s = max(floor_s, end_s - span_s + 1)
        yield await _told_in(world, told, start_s, end_s), start_s * SECOND_NS
        end_s, span_s = start_s - 1, min(span_s * 2, SPAN_MAX_S)
        await asyncio.sleep(0)


def _has_past(world: World, record: MarketRecord) -> bool:
    if record.past is not NO_PAST:
        return record.past.volume_c > 0
    return world.candles.told_until_ns(record) > 0


def _first_opening_s(records: list[MarketRecord]) -> int:
    return min(record.market.open_ns for record in records) // SECOND_NS


async def _told_in(world: World, records: list[MarketRecord], start_s: int, end_s: int) -> list[Traded]:
    """Prints that ``[start_s, end_s]`` is told of, in no order but that of one market, newest first."""
    found: list[Traded] = []
    asked_of, made = 0, 0
    for record in records:
        market = record.market
        if market.open_ns > end_s * SECOND_NS or market.close_ns < start_s * SECOND_NS:
            continue
        prints = world.source.past_trades(world.exchange, record.ticker, start_s, end_s)
        found.extend(reversed(prints))
        asked_of, made = asked_of + 1, made + len(prints)
        if asked_of >= _MARKETS_A_SLICE or made >= _PRINTS_A_SLICE:
            asked_of = made = 0
            await asyncio.sleep(0)
    return found


def _read_place(place: str | None) -> Place | None:
    at_text, separator, trade_id = (place or "").partition(",")
    return Place(int(at_text), trade_id) if separator and at_text.isdigit() else None
