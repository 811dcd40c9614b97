"""Runs the parts of a collector together until it is to end: writes rows, tells how each source is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from collectors.health import Counts, SourceHealth
from collectors.observations import HEALTH_EACH_S, Health
from collectors.recording import Recorder
from collectors.sinks import ObservationSink
from collectors.words import one_line
from engine.domain.units import MILLISECOND_NS, SECOND_NS, Nanoseconds
from engine.kalshi.clock import Clock

_FLUSH_NS = 200 * MILLISECOND_NS
_LOOK_NS = SECOND_NS
_NOTE = 300
_JUMP_NS = 2 * SECOND_NS


class Part(Protocol):
    """One source at work."""

    health: SourceHealth

    async def run(self) -> None:
        """Until it is canceled."""
        ...

    async def once(self) -> bool:
        """What there is to have now, once; whether it went well."""
        ...

    async def aclose(self) -> None:
        """Gives its connections up."""
        ...


class Summary(msgspec.Struct, frozen=True):
    """What a run did. ``written`` rows are in the lake, ``refused`` ones did not fit their table."""

    collector: str
    written: int
    refused: int
    sources: tuple[Counts, ...]


class Running:
    """One collector. ``on_look`` is called every second, for who shows what goes on; ``say`` gets a line."""

    def __init__(
        self,
        name: str,
        parts: Sequence[Part],
        recorder: Recorder,
        sink: ObservationSink,
        clock: Clock,
        stop: asyncio.Event,
        say: Callable[[str], None],
        on_look: Callable[[Sequence[SourceHealth]], None] = lambda _: None,
    ) -> None:
        self.name = name
        self.parts = tuple(parts)
        self._recorder = recorder
        self._sink = sink
        self._clock = clock
        self._stop = stop
        self._say = say
        self._times = (clock.monotonic_ns(), clock.wall_ns())
        self._on_look = on_look
        self._told: dict[str, tuple[bool, str]] = {}
        self._told_ns: Nanoseconds | None = None

    async def run(self, for_s: float | None = None) -> Summary:
        """Until ``stop`` is set, or for so many seconds. Raises LakeError where rows cannot be kept."""
        work = [asyncio.create_task(part.run()) for part in self.parts]
        work += [asyncio.create_task(self._flush()), asyncio.create_task(self._tell())]
        work.append(asyncio.create_task(self._end(for_s)))
        return await self._first(work)

    async def once(self) -> tuple[Summary, bool]:
        """Every part once, and whether all went well."""
        helpers = [asyncio.create_task(self._flush()), asyncio.create_task(self._tell())]
        try:
            results = await asyncio.gather(*(part.once() for part in self.parts))
        finally:
            await _canceled(helpers)
            await self._close()
        return self._summary(), all(results)

    async def _first(self, work: Sequence[asyncio.Task[None]]) -> Summary:
        try:
            done, _ = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await _canceled(work)
            await self._close()
        return self._summary()

    async def _close(self) -> None:
        self._tell_now()
        try:
            self._recorder.close()
        finally:
            self._sink.close()
            await asyncio.gather(*(part.aclose() for part in self.parts))

    def _summary(self) -> Summary:
        counts = tuple(part.health.counts() for part in self.parts)
        return Summary(self.name, self._recorder.written, self._recorder.refused, counts)

    async def _end(self, for_s: float | None) -> None:
        if for_s is None:
            await self._stop.wait()
            return
        stopping = asyncio.create_task(self._stop.wait())
        lasting = asyncio.create_task(self._clock.sleep(round(for_s * SECOND_NS)))
        try:
            await asyncio.wait({stopping, lasting}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            lasting.cancel()

    async def _flush(self) -> None:
        while True:
            await self._clock.sleep(_FLUSH_NS)
            self._recorder.flush()

    async def _tell(self) -> None:
        """How each source is: at each change, and every few seconds."""
        while True:
            self._look_at_clock()
            self._on_look([part.health for part in self.parts])
            now_ns = self._clock.monotonic_ns()
            is_due = self._told_ns is None or now_ns - self._told_ns >= HEALTH_EACH_S * SECOND_NS - _LOOK_NS
            self._tell_now(only_changes=not is_due)
            if is_due:
                self._told_ns = now_ns
            await self._clock.sleep(_LOOK_NS)

    def _look_at_clock(self) -> None:
        """A wall clock that jumps changes what "today" is and when rows were received; no wait, age or rate
        goes by it."""
        mono_ns, wall_ns = self._clock.monotonic_ns(), self._clock.wall_ns()
        jumped_ns = (wall_ns - self._times[1]) - (mono_ns - self._times[0])
        self._times = (mono_ns, wall_ns)
        if abs(jumped_ns) > _JUMP_NS:
            self._say(f"{self.name}: this machine's clock jumped by {jumped_ns / SECOND_NS:+.1f} s")

    def _tell_now(self, *, only_changes: bool = False) -> None:
        for part in self.parts:
            health = part.health
            note = self._recorder.trouble or health.note
            state = (health.is_up, note)
            if only_changes and self._told.get(health.name) == state:
                continue
            self._told[health.name] = state
            self._sink.put(_health(health, note))


def _health(health: SourceHealth, note: str) -> Health:
    return Health(
        health.name,
        health.is_up,
        health.age_s,
        round(health.rate, 3),
        one_line(note, _NOTE),
        health.stale_s,
    )


async def _canceled(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
