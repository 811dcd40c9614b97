"""Where a candle collector writes: four tables of the lake, in a thread of its own.

What is known is written after what it is about, and after that outlives a power cut: an event is never said
to be known further than its candlesticks are there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

from collectors.candles.rows import Row
from engine.domain.units import Nanoseconds
from engine.lake.table import Table
from engine.lake.tables import CANDLE_EVENTS, CANDLE_LISTINGS, CANDLES, MARKETS
from engine.lake.writer import LakeWriter

T = TypeVar("T")
_TABLES = (CANDLES, MARKETS, CANDLE_EVENTS, CANDLE_LISTINGS)


class CandleStore:
    """Opens its tables; raises NodeTaken where another collector has the same node id, and LakeError."""

    def __init__(self, root: Path, node_id: int, now_ns: Callable[[], Nanoseconds]) -> None:
        self.root = root
        self._writers: dict[str, LakeWriter] = {}
        with ExitStack() as stack:
            for table in _TABLES:
                writer = LakeWriter(root, table, node_id, now_ns=now_ns)
                stack.callback(writer.close)
                self._writers[table.name] = writer
            self._close = stack.pop_all().close
        self._thread = ThreadPoolExecutor(1, "lake")
        self._now_ns = now_ns
        self._stamped_ns: Nanoseconds = 0

    def stamp(self, after_ns: Nanoseconds = 0) -> Nanoseconds:
        """When what is known was written: later than every stamp before and than ``after_ns``, however the
        clock goes, since the latest row of an event is the one that counts."""
        self._stamped_ns = max(self._now_ns(), self._stamped_ns + 1, after_ns + 1)
        return self._stamped_ns

    async def put(self, table: Table, rows: Sequence[Row]) -> None:
        """In the journal when it returns. Raises RowRefused, LakeFull, LakeUnwritable."""
        if rows:
            await self._do(lambda: self._writers[table.name].append(rows))

    async def commit(self, events: Sequence[Row], listings: Sequence[Row] = ()) -> None:
        """What is known by now, behind what it is about. Raises LakeFull and LakeUnwritable."""
        if events or listings:
            await self._do(lambda: self._commit(events, listings))

    async def aclose(self) -> None:
        """Makes segments of everything. Raises LakeError; the places are given up on an error too."""
        try:
            await self._do(self._close)
        finally:
            self._thread.shutdown()

    def _commit(self, events: Sequence[Row], listings: Sequence[Row]) -> None:
        for table, rows in ((CANDLE_EVENTS, events), (CANDLE_LISTINGS, listings)):
            if rows:
                self._writers[CANDLES.name].sync()
                self._writers[MARKETS.name].sync()
                self._writers[table.name].append(rows)
                self._writers[table.name].sync()

    async def _do(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
