"""Stock indexes: Massive without delay where there is a key, Yahoo and Cboe as checks, FRED for closes."""

from __future__ import annotations

import msgspec

from collectors.assembled import CollectError, Collector, Room
from collectors.index.delayed import CBOE, YAHOO, Cboe, Yahoo
from collectors.index.fred import NAME as FRED
from collectors.index.fred import Fred
from collectors.index.massive import NAME as MASSIVE
from collectors.index.massive import Massive
from collectors.index.symbols import SYMBOLS
from collectors.keys import FRED as FRED_KEY
from collectors.keys import MASSIVE as MASSIVE_KEY
from collectors.running import Part

INDEX = "index"
SOURCES = (MASSIVE, YAHOO, CBOE, FRED)
_TABLES = ("index_levels",)
_KEYS = {MASSIVE: MASSIVE_KEY, FRED: FRED_KEY}


class IndexOptions(msgspec.Struct, frozen=True, kw_only=True):
    symbols: tuple[str, ...] = ("SPX", "NDX")
    sources: tuple[str, ...] = SOURCES


def index_collector(options: IndexOptions) -> Collector:
    """Raises CollectError for an index or a source that there is not. A source without its key is left out,
    and that is said."""
    for name, known, wanted in (("symbols", SYMBOLS, options.symbols), ("sources", SOURCES, options.sources)):
        unknown = [one for one in wanted if one not in known]
        if unknown:
            raise CollectError(f"--{name}: got {unknown[0]!r}, wanted some of {', '.join(known)}")

    async def parts(room: Room) -> list[Part]:
        symbols = [SYMBOLS[name] for name in room.owned(options.symbols)]
        if not symbols:
            return []
        found: list[Part] = []
        for name in options.sources:
            key = room.key_or_say(INDEX, name, _KEYS[name]) if name in _KEYS else ""
            url = room.places[name]
            if name == MASSIVE and key:
                found.append(room.streamer(INDEX, Massive(symbols, key, url), (key,)))
            elif name == YAHOO:
                found.append(room.poller(INDEX, Yahoo(symbols, url)))
            elif name == CBOE:
                found.append(room.poller(INDEX, Cboe(symbols, url)))
            elif name == FRED and key:
                found.append(room.poller(INDEX, Fred(symbols, key, url), (key,)))
        return found

    return Collector(INDEX, _TABLES, parts)
