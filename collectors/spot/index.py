"""Settlement indexes as the exchange streams them: what crypto markets are paid by.

The mean of the last sixty seconds comes with each value; in the last minute before a quarter of an hour there
is also the running mean of that minute, of ``window_count`` values.
"""

from __future__ import annotations

from collectors.kinds import INDEX, INDEX_AVERAGE, SETTLEMENT_AVERAGE
from collectors.numbers import plain, positive
from collectors.observations import Observation
from collectors.seen import Seen
from collectors.spot.rows import SpotRow, as_float
from collectors.taking import FaultKind, SourceFault, Taken
from collectors.words import one_line
from engine.domain.feed import Channel, IndexSeen
from engine.domain.units import Nanoseconds

NAME = "kalshi"
_LONGEST_NAME = 64
_SOURCES = {Channel.INDEX: NAME, Channel.FAST_INDEX: "kalshi_5hz", Channel.PYTH: "kalshi_pyth"}


class IndexTaker:
    """Takes each value of an index once, whatever connection brought it."""

    def __init__(self) -> None:
        self._seen = Seen()

    def take(self, event: IndexSeen, received_ns: Nanoseconds) -> Taken:
        """Raises SourceFault for a value that no price can have."""
        source_ns = event.received_ns if event.source_ns is None else event.source_ns
        average, window = event.average_60s, event.window_average
        for value in (event.value, average, window):
            if value is not None:
                positive(f"{value:f}", one_line(event.index_id, 40))
        if not 0 < source_ns < 1 << 63 or not 0 < len(event.index_id) <= _LONGEST_NAME:
            raise SourceFault(FaultKind.SHAPE, f"index {one_line(event.index_id, 40)!r} at {source_ns}")
        if not self._seen.is_new((event.channel, event.index_id, source_ns)):
            return Taken(repeats=1)
        row = SpotRow(
            source=_SOURCES[event.channel],
            product=event.index_id,
            kind="index",
            id=str(source_ns),
            value=float(event.value),
            value_text=f"{event.value:f}",
            average_60s=as_float(average),
            average_60s_text=None if average is None else f"{average:f}",
            window_average=as_float(window),
            window_average_text=None if window is None else f"{window:f}",
            window_count=event.window_count,
            source_ns=source_ns,
            received_ns=received_ns,
        )
        values = ((INDEX, event.value), (INDEX_AVERAGE, average), (SETTLEMENT_AVERAGE, window))
        told = [
            Observation(kind, event.index_id, plain(value), source_ns, received_ns, (event.index_id,))
            for kind, value in values
            if value is not None
        ]
        return Taken(rows=[row], told=[*told])
