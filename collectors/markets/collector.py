"""The exchange's own markets, recorded: books and quotes, or prints."""

from __future__ import annotations

from functools import partial

import msgspec

from collectors.assembled import CollectError, Collector, Room
from collectors.markets.following import Following
from collectors.markets.taking import MarketTaker
from collectors.running import Part
from engine.domain.feed import Channel

BOOKS, TRADES = "books", "trades"
_CHANNELS = {
    BOOKS: frozenset({Channel.BOOK, Channel.TICKER}),
    TRADES: frozenset({Channel.TRADE}),
}
_TABLES = {BOOKS: ("book_deltas", "book_snapshots", "quotes"), TRADES: ("trades",)}


class MarketOptions(msgspec.Struct, frozen=True, kw_only=True):
    """``name`` is books or trades."""

    name: str
    series: tuple[str, ...]


def market_collector(options: MarketOptions) -> Collector:
    """Raises CollectError without a series."""
    name = options.name
    if not options.series:
        raise CollectError("--series: got none, wanted at least one, such as KXBTCD")

    async def parts(room: Room) -> list[Part]:
        health = room.health("kalshi", name)
        taker = MarketTaker(room.clock.wall_ns())
        following = Following(
            await room.reader(),
            options.series,
            _CHANNELS[name],
            (room.order.node_id, room.order.total_nodes),
            health,
            taker.take,
            partial(room.recorder.put, health.name),
            room.random.random,
        )
        return [following]

    return Collector(name, _TABLES[name], parts)
