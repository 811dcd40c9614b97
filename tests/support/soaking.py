"""One part of a collector over a real lake for some seconds: ten minutes with SPARKO_SOAK=600."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from collecting import ListSink

from collectors.health import SourceHealth
from collectors.recording import Recorder
from collectors.running import Part, Running
from engine.kalshi.clock import SystemClock
from engine.lake.tables import table_named
from engine.lake.writer import LakeWriter

SECONDS = float(os.environ.get("SPARKO_SOAK", "2"))
PATIENCE_S = 60.0
EVERY_S = 0.02 if SECONDS < 60 else 0.2


class Soak:
    """One part over a real lake, for as long as the soak lasts."""

    def __init__(self, folder: Path, *tables: str) -> None:
        self.folder, self.table = folder, tables[0]
        self.sink, self.lines, self.clock = ListSink(), list[str](), SystemClock()
        self.health = SourceHealth("soak", self.clock.monotonic_ns, self.lines.append)
        self.recorder = Recorder(tables, self._open, self.sink, self.lines.append)
        self.put = partial(self.recorder.put, "soak")

    def other_health(self, name: str) -> SourceHealth:
        """Of a part that is not the one under test."""
        return SourceHealth(name, self.clock.monotonic_ns, self.lines.append)

    def _open(self, name: str) -> LakeWriter:
        return LakeWriter(self.folder, table_named(name), 0, now_ns=time.time_ns)

    async def run(self, parts: Sequence[Part], has_met_all: Callable[[], bool]) -> None:
        """For its time, and until it has met every trouble."""
        stop, until = asyncio.Event(), time.monotonic() + SECONDS

        def look(_: Sequence[SourceHealth]) -> None:
            if time.monotonic() >= until and has_met_all():
                stop.set()

        running = Running("soak", parts, self.recorder, self.sink, self.clock, stop, self.lines.append, look)
        await running.run(SECONDS + PATIENCE_S)

    def rows(self, *columns: str) -> list[tuple[object, ...]]:
        """Of the first table, sorted."""
        return sorted(tuple(row[column] for column in columns) for row in self.every_row(self.table))

    def every_row(self, table: str) -> list[dict[str, Any]]:
        paths = (self.folder / table).rglob("*.parquet")
        return [row for path in paths for row in pq.ParquetFile(path).read().to_pylist()]
