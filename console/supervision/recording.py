"""The recorder beside an engine: a process that is given the engine's own feed and writes it to the lake."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from pathlib import Path

from console.supervision.child import Plan, Timings
from console.supervision.collecting import Collector
from engine.assembly.observing import Observing
from engine.assembly.tapping import Tap
from engine.domain.units import SECOND_NS
from engine.ops.collectors_config import CollectorSettings, RecordingConfig

NAME = "recording"
STALE_NS = 60 * SECOND_NS
"""A market may be silent; all of them together are not for so long."""
EACH_S = 0.1
_GRACE_S = 10.0
"""For its last segments; what is not in one by then is in its journals."""


class Recording(Collector):
    """A collector that is fed; what it could not be told in time is counted by the tap."""

    dropped_words = "messages of the feed were not recorded: the recorder did not keep up"

    def __init__(self, config: RecordingConfig, home: Path, observing: Observing, tap: Tap) -> None:
        command = (sys.executable, "-m", "collectors.tap", str(home / "lake"), str(config.node_id))
        plan = Plan(NAME, command, dict(os.environ), Timings(grace_s=_GRACE_S))
        settings = CollectorSettings(NAME, True, (), STALE_NS, command)
        super().__init__(settings, plan, observing, self._pour)
        self._tap = tap

    def look(self) -> None:
        self.dropped = self._tap.dropped
        super().look()

    async def _pour(self, pipe: asyncio.StreamWriter) -> None:
        """As fast as the recorder takes it; what comes meanwhile is held by the tap."""
        self._tap.begin()
        try:
            with contextlib.suppress(ConnectionError):
                while True:
                    pipe.write(self._tap.take_held())
                    await pipe.drain()
                    await asyncio.sleep(EACH_S)
        finally:
            pipe.write(self._tap.take_held())
            self._tap.end()


def recorders(
    config: RecordingConfig, home: Path, observing: Observing, tap: Tap | None
) -> tuple[Recording, ...]:
    """None where nothing is tapped."""
    return () if tap is None else (Recording(config, home, observing, tap),)
