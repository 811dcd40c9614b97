"""The keeper of the lake beside an engine: a process that joins the many small files of each day."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from console.supervision.child import Plan
from console.supervision.collecting import Collector
from console.supervision.source_state import State
from engine.assembly.observing import Observing
from engine.control.rows.outside import SourceRow
from engine.domain.units import SECOND_NS
from engine.ops.collectors_config import CollectorSettings, LakeConfig

NAME = "compaction"
STALE_NS = 3_600 * SECOND_NS


class Compaction(Collector):
    """A collector that brings nothing: its word is when it looked last, and what it joined."""

    def __init__(self, config: LakeConfig, home: Path, observing: Observing) -> None:
        command = (sys.executable, "-m", "collectors.compaction", str(home / "lake"))
        settings = CollectorSettings(NAME, config.compact, (), STALE_NS, command)
        super().__init__(settings, Plan(NAME, command, dict(os.environ)), observing)

    def rows(self) -> Iterator[SourceRow]:
        if self.is_on:
            yield from super().rows()
        else:
            yield SourceRow(name=self.name, state=State.OFF.value, note="compact = false in [lake]")


def compaction(
    config: LakeConfig, home: Path, observing: Observing, *, is_written: bool
) -> tuple[Compaction, ...]:
    """None where there is no lake and nobody who writes one."""
    return (Compaction(config, home, observing),) if is_written or (home / "lake").is_dir() else ()
