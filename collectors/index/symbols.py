"""Stock indexes that markets settle on, and what each source calls them."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from collectors.kinds import INDEX_CLOSE, INDEX_LEVEL, INDEX_LEVEL_DELAYED
from collectors.moments import not_to_come
from collectors.numbers import plain
from collectors.observations import Observation
from collectors.taking import Row, Taken
from engine.domain.units import Nanoseconds

REALTIME, DELAYED, END_OF_DAY = "realtime", "delayed15", "eod"
_KINDS = {REALTIME: INDEX_LEVEL, DELAYED: INDEX_LEVEL_DELAYED, END_OF_DAY: INDEX_CLOSE}


class Symbol(msgspec.Struct, frozen=True):
    name: str
    massive: str
    yahoo: str
    cboe: str
    fred: str
    series: tuple[str, ...]


SYMBOLS = {
    "SPX": Symbol("SPX", "I:SPX", "^GSPC", "_SPX", "SP500", ("KXINX", "KXINXU")),
    "NDX": Symbol("NDX", "I:NDX", "^NDX", "_NDX", "NASDAQ100", ("KXNASDAQ100", "KXNASDAQ100U")),
}


class LevelRow(Row, frozen=True, kw_only=True):
    """``kind`` level or close; ``delay`` realtime, delayed15 or eod."""

    TABLE = "index_levels"
    source: str
    symbol: str
    kind: str
    source_ns: Nanoseconds
    value: float
    value_text: str
    delay: str
    received_ns: Nanoseconds


def level_taken(
    source: str,
    symbol: Symbol,
    value: Decimal,
    delay: str,
    source_ns: Nanoseconds,
    received_ns: Nanoseconds,
    day: str = "",
) -> Taken:
    """One level, or with ``day`` one day's close. Raises SourceFault for one that is to come."""
    row = LevelRow(
        source=source,
        symbol=symbol.name,
        kind="close" if day else "level",
        source_ns=not_to_come(source_ns, received_ns, symbol.name),
        value=float(value),
        value_text=f"{value:f}",
        delay=delay,
        received_ns=received_ns,
    )
    key = f"{symbol.name}:{day}" if day else symbol.name
    told = Observation(_KINDS[delay], key, plain(value), source_ns, received_ns, symbol.series)
    return Taken(rows=[row], told=[told])
