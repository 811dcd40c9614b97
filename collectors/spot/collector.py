"""Spot prices: the settlement index first, Coinbase as what leads it and as what is there when it is not."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import msgspec
import pyarrow.compute as pc

from collectors.assembled import CollectError, Collector, Room
from collectors.kalshi_link import KalshiLink
from collectors.observations import Observation
from collectors.recording import Recorder
from collectors.remembered import late_rows
from collectors.running import Part
from collectors.spot.candles import CoinbaseCandles
from collectors.spot.coinbase import NAME as COINBASE
from collectors.spot.coinbase import Coinbase
from collectors.spot.coinbase_exchange import NAME as EXCHANGE
from collectors.spot.coinbase_exchange import CoinbaseExchange
from collectors.spot.coinbase_rest import CoinbaseRest
from collectors.spot.index import NAME as KALSHI
from collectors.spot.index import IndexTaker
from collectors.spot.lead import Lead
from collectors.spot.missed_trades import MissedTrades
from collectors.streaming import Streamer
from collectors.taking import Taken, nothing
from engine.domain.feed import Channel, FeedEvent, IndexSeen
from engine.domain.units import SECOND_NS, Nanoseconds
from engine.lake.tables import table_named

SPOT = "spot"
TABLES = ("spot", "spot_candles")
SOURCES = (KALSHI, COINBASE, EXCHANGE)
_REMEMBERED = 1_000
"""Trades of a product; a connection begins with a hundred at most."""
LEAD = (COINBASE, EXCHANGE)
"""Of these the first that is fresh tells the spot price; all are recorded."""


class SpotOptions(msgspec.Struct, frozen=True, kw_only=True):
    """``stale_s``: how long a leading source may be silent before the next one speaks."""

    sources: tuple[str, ...] = SOURCES
    products: tuple[str, ...] = ("BTC-USD", "ETH-USD")
    indexes: tuple[str, ...] = ("BRTI", "ETHUSD_RTI")
    stale_s: float = 5.0


def spot_collector(options: SpotOptions) -> Collector:
    """Raises CollectError for a source that there is not."""
    unknown = [name for name in options.sources if name not in SOURCES]
    if unknown:
        raise CollectError(f"--sources: got {unknown[0]!r}, wanted some of {', '.join(SOURCES)}")

    async def parts(room: Room) -> list[Part]:
        indexes, products = room.owned(options.indexes), room.owned(options.products)
        found: list[Part] = []
        if KALSHI in options.sources and indexes:
            found.append(await _index(room, indexes))
        if products:
            found += _coinbase(room, options, products)
        return found

    return Collector(SPOT, TABLES, parts)


async def _index(room: Room, indexes: Sequence[str]) -> Part:
    health = room.health(KALSHI, SPOT)
    taker = IndexTaker()

    def take(event: FeedEvent, received_ns: Nanoseconds) -> Taken:
        return taker.take(event, received_ns) if isinstance(event, IndexSeen) else nothing()

    put = partial(room.recorder.put, health.name)
    link = KalshiLink(await room.reader(), health, take, put, room.random.random)
    link.machine.want(Channel.INDEX, indexes)
    return link


def _coinbase(room: Room, options: SpotOptions, products: Sequence[str]) -> list[Part]:
    lead = Lead(LEAD, round(options.stale_s * SECOND_NS), room.clock.monotonic_ns)
    sources: Sequence[Coinbase | CoinbaseExchange] = (
        Coinbase(products, room.places[COINBASE]),
        CoinbaseExchange(products, room.places[EXCHANGE]),
    )
    found: list[Part] = []
    for source in sources:
        if source.name in options.sources:
            _remember(source, room.lake, room.clock.wall_ns())
            health = room.health(source.name, SPOT)
            put = partial(_put_led, room.recorder, lead, source.name, health.name)
            found.append(Streamer(source, health, put, room.clock, room.random.random))
    if found:
        url = room.places["coinbase_rest"]
        missed = MissedTrades(products, [source.holes for source in sources], url)
        found.append(room.poller(SPOT, CoinbaseRest(CoinbaseCandles(products, url), missed)))
    return found


def _remember(source: Coinbase | CoinbaseExchange, root: Path, now_ns: Nanoseconds) -> None:
    """The newest trades of each product: a connection begins with those again."""
    left = dict.fromkeys(source.products, _REMEMBERED)
    for rows in late_rows(root, table_named(SPOT), ("product", "kind", "id"), now_ns, "source", source.name):
        for product, count in left.items():
            is_trade = pc.and_(pc.equal(rows["kind"], "trade"), pc.equal(rows["product"], product))
            found = rows.filter(is_trade)["id"]
            names = found.slice(max(0, len(found) - count)).to_pylist()
            for name in names:
                if name.isdecimal():
                    source.remember(product, int(name))
            left[product] = count - len(names)
        if not any(left.values()):
            return


def _put_led(recorder: Recorder, lead: Lead, source: str, health_name: str, taken: Taken) -> None:
    """Everything is recorded; a price is told only by the source that leads."""
    told = [
        message
        for message in taken.told
        if not isinstance(message, Observation) or lead.is_led_by(source, message.key)
    ]
    recorder.put(health_name, msgspec.structs.replace(taken, told=told))
