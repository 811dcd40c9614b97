"""The exchange's own markets, recorded: books and quotes, or prints."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import islice
from pathlib import Path

import msgspec
import pyarrow.compute as pc

from collectors.assembled import CollectError, Collector, Room
from collectors.markets.following import Following
from collectors.markets.taking import MarketTaker
from collectors.remembered import late_rows
from collectors.running import Part
from engine.domain.feed import Channel
from engine.domain.units import SECOND_NS, Nanoseconds
from engine.lake.tables import table_named

BOOKS, TRADES = "books", "trades"
_CHANNELS = {
    BOOKS: frozenset({Channel.BOOK, Channel.TICKER}),
    TRADES: frozenset({Channel.TRADE}),
}
_SEGMENTS, _ABOUT_NS = 4, 60 * SECOND_NS
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
        printed_ns = remembered(taker, room.lake, options.series, room.clock.wall_ns())
        following = Following(
            await room.reader(),
            options.series,
            _CHANNELS[name],
            (room.order.node_id, room.order.total_nodes),
            health,
            taker.take,
            partial(room.recorder.put, health.name),
            room.random.random,
            printed_ns if name == TRADES else None,
        )
        return [following]

    return Collector(name, _TABLES[name], parts)


def remembered(
    taker: MarketTaker, root: Path, series: Sequence[str], now_ns: Nanoseconds
) -> Nanoseconds | None:
    """When the newest print in the lake was; the taker knows those about it. None without any of late."""
    newest_ns: Nanoseconds | None = None
    table = table_named(TRADES)
    for name in series:
        for rows in islice(late_rows(root, table, ("trade_id", "at_ns"), now_ns, "series", name), _SEGMENTS):
            if not rows.num_rows:
                continue
            last_ns = pc.max(rows["at_ns"]).as_py()
            late = rows.filter(pc.greater_equal(rows["at_ns"], last_ns - _ABOUT_NS))
            for trade_id in late["trade_id"].to_pylist():
                taker.remember(trade_id)
            newest_ns = max(last_ns, newest_ns or 0)
    return newest_ns
