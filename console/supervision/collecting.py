"""The collectors beside an engine: their processes, what they tell, and whether it may be relied on."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from collectors.observations import Headline, Health, Message, Observation
from console.supervision.child import Child, Feed, Plan, Timings
from console.supervision.source_state import Source, State
from engine.assembly.observing import Observing
from engine.control.rows.outside import HeadlineRow, ObservationRow, SourceRow
from engine.core.inputs import SourceSeen
from engine.domain.units import SECOND_NS
from engine.ops.collectors_config import CollectorSettings

_log = logging.getLogger(__name__)
LOOK_EACH_S = 1.0
MOST_SOURCES = 32
"""Of one collector."""
_SAY_EACH_S = 60.0


class Collector:
    """One collector and its sources."""

    dropped_words = "values came too fast and were passed over"

    def __init__(
        self, settings: CollectorSettings, plan: Plan, observing: Observing, feed: Feed | None = None
    ) -> None:
        self.name, self.is_on = settings.name, settings.is_on
        self.sources: dict[str, Source] = {}
        self.dropped = 0
        self.child = Child(plan, self._take, feed)
        self._settings = settings
        self._observing = observing
        self._said_dropped = 0
        self._said_s = -_SAY_EACH_S

    def rows(self) -> Iterator[SourceRow]:
        if not self.is_on:
            note = f"is_on = false in [collectors.{self.name}]"
            yield SourceRow(name=self.name, state=State.OFF.value, note=note)
            return
        now_s = time.monotonic()
        for source in self.sources.values() or [self._unheard()]:
            yield self._row(source, now_s)

    def look(self) -> None:
        """Tells the engine which sources became live or are so no more; and a line a minute of what was
        dropped."""
        now_s = time.monotonic()
        if not self.sources and self.child.problem:
            self._source(self.name)
        for source in self.sources.values():
            self._tell(source, now_s)
        if self.dropped > self._said_dropped and now_s - self._said_s >= _SAY_EACH_S:
            count, self._said_dropped, self._said_s = self.dropped - self._said_dropped, self.dropped, now_s
            _log.warning("collector %s: %d %s", self.name, count, self.dropped_words)

    def _take(self, message: Message) -> None:
        match message:
            case Observation():
                self._observation(message)
            case Headline():
                self._observing.headline(_headline_row(message))
            case Health():
                source = self._source(message.name)
                if source is not None:
                    source.hear(message, time.monotonic(), self.child.restarts)

    def _observation(self, told: Observation) -> None:
        named = self._source(told.source) if told.source else None
        now_s = time.monotonic()
        for source in self.sources.values() if named is None else (named,):
            source.kinds[told.kind], source.value_s = None, now_s
        if not self._observing.value(_observation_row(told)):
            self.dropped += 1

    def _source(self, name: str) -> Source | None:
        """The one of that name; None where there are too many already."""
        known = self.sources.get(name)
        if known is None and len(self.sources) < MOST_SOURCES:
            known = self.sources[name] = Source(self._full_name(name), self._settings.stale_ns / SECOND_NS)
        if known is None:
            self.dropped += 1
        return known

    def _full_name(self, name: str) -> str:
        """``coinbase`` and ``spot.coinbase`` are ``spot/coinbase``."""
        first, _, rest = name.replace(".", "/").partition("/")
        own = rest if first == self.name else name
        return f"{self.name}/{own}" if own else self.name

    def _unheard(self) -> Source:
        return Source(self.name, self._settings.stale_ns / SECOND_NS)

    def _row(self, source: Source, now_s: float) -> SourceRow:
        state, age_s = source.state(now_s, self.child.run_number), source.age_s(now_s)
        health = source.health
        note = self._reason(source, now_s) if state is not State.LIVE else ""
        return SourceRow(
            name=source.name,
            state=state.value,
            age_ns=None if age_s is None else int(age_s * SECOND_NS),
            rate=None if health is None else round(health.rate, 2),
            note=note or (health.note if health is not None else ""),
            restarts=self.child.restarts,
            dropped=self.dropped,
        )

    def _tell(self, source: Source, now_s: float) -> None:
        state = source.state(now_s, self.child.run_number)
        told = (tuple(source.kinds), state is State.LIVE)
        is_early = source.told is None and not told[1] and not self.child.problem
        if told == source.told or (is_early and source.is_young(now_s)):
            return
        source.told = told
        reason = "" if told[1] else self._reason(source, now_s)
        self._observing.source(SourceSeen(source.name, *told, reason))

    def _reason(self, source: Source, now_s: float) -> str:
        return source.reason(now_s, self.child.run_number, self.child.problem)


class Collecting:
    """Runs the configured collectors from :meth:`start` to :meth:`stop`."""

    def __init__(
        self,
        settings: Sequence[CollectorSettings],
        home: Path,
        observing: Observing,
        timings: Timings | None = None,
        beside: Sequence[Collector] = (),
    ) -> None:
        """``beside`` are run like those of ``settings``."""
        self.collectors = [
            Collector(each, plan_of(each, home, timings or Timings()), observing) for each in settings
        ]
        self.collectors += beside
        self._wanted = [each for each in self.collectors if each.is_on]
        self._work: list[asyncio.Task[None]] = []
        observing.watch(self.rows)

    def rows(self) -> Iterator[SourceRow]:
        for collector in self.collectors:
            yield from collector.rows()

    def start(self) -> None:
        if not self._wanted:
            return
        self._work = [asyncio.create_task(each.child.run(), name=each.name) for each in self._wanted]
        self._work.append(asyncio.create_task(self._look(), name="sources"))
        for task in self._work:
            task.add_done_callback(_say_failure)

    async def stop(self) -> None:
        """Ends the processes, and waits for that."""
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        self._work = []

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EACH_S)
            for collector in self._wanted:
                collector.look()


def plan_of(settings: CollectorSettings, home: Path, timings: Timings) -> Plan:
    """The command line of a collector: its own, or that of ``sparko collect``."""
    ours = (sys.executable, "-m", "console.tools.app", "collect", settings.name)
    command = settings.command or (*ours, "--observations", "--loop", "--home", str(home))
    environment = os.environ | {"SPARKO_HOME": str(home)}
    return Plan(settings.name, (*command, *settings.options), environment, timings)


def _say_failure(task: asyncio.Task[None]) -> None:
    """The engine goes on without its collectors; that they are gone is said."""
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("collector %s: its supervision has failed", task.get_name(), exc_info=error)


def _observation_row(told: Observation) -> ObservationRow:
    return ObservationRow(
        told.kind, told.key, told.value, told.source_ts_ns, told.received_ts_ns, told.about, told.source
    )


def _printable(text: str) -> str:
    """Words of strangers as one line of a terminal."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _headline_row(told: Headline) -> HeadlineRow:
    return HeadlineRow(
        headline_id=told.headline_id,
        title=_printable(told.title),
        source=told.source,
        received_ns=told.received_ts_ns,
        published_ns=told.published_ts_ns,
        url=told.url,
        category=told.category,
        series=told.series,
    )
