"""What the core asks for leaves only after every record that it may rest on is durable."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from engine.core.changes import Change
from engine.core.effects import Alert, AlertLevel, ReadFills
from engine.core.facts.money import ReadThrough
from engine.core.inputs import CoreEvent, Input, Woken
from engine.core.row import Row
from engine.core.step import Step
from engine.ports import Clock
from engine.runtime import JournalFailed, Runtime


class ManualJournal:
    """Durable only when a test says so."""

    def __init__(self) -> None:
        self.appended = self.durable = 0
        self.tell: Callable[[int], None] = lambda number: None
        self.tell_failure: Callable[[Exception], None] = lambda error: None

    def append(self, changes: Sequence[Change], rows: Sequence[Row]) -> int:
        self.appended += len(changes)
        return self.appended

    def on_durable(self, callback: Callable[[int], None]) -> None:
        self.tell = callback

    def on_failure(self, callback: Callable[[Exception], None]) -> None:
        self.tell_failure = callback

    def reach(self, number: int) -> None:
        self.durable = number
        self.tell(number)

    async def close(self) -> None:
        return None


class StillVenue:
    async def start(self, sink: Callable[[CoreEvent], None]) -> None:
        return None

    async def carry_out(self, effect: object) -> None:
        return None

    async def stop(self) -> None:
        return None


class StillClock:
    def exchange_ns(self) -> int:
        return 0

    mono_ns = wall_ns = exchange_ns

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


class ScriptedCore:
    """Answers each event with the next step of a script."""

    def __init__(self, *steps: Step) -> None:
        self._steps = list(steps)
        self.taken: list[str] = []

    def step(self, given: Input) -> Step:
        self.taken.append(type(given.event).__name__)
        return self._steps.pop(0) if self._steps else Step((), (), (), (), None)


class Told:
    def __init__(self) -> None:
        self.codes: list[str] = []

    def notify(self, alert: Alert) -> None:
        self.codes.append(alert.code)

    def mint(self) -> str:
        return "run"


def step(*, changes: int = 0, alert: str = "") -> Step:
    facts = tuple(ReadThrough("fills", number) for number in range(changes))
    effects = (Alert(AlertLevel.NOTE, alert, ""),) if alert else ()
    return Step(facts, (), effects, (), None)


async def begun(*steps: Step) -> tuple[Runtime, ManualJournal, Told, asyncio.Task[None]]:
    """A runtime that has taken all the steps."""
    journal, told, clock = ManualJournal(), Told(), StillClock()
    core: Any = ScriptedCore(*steps)
    typed_clock: Clock = clock
    runtime = Runtime(core, StillVenue(), journal, typed_clock, told, told)
    running = asyncio.create_task(runtime.run())
    for _ in steps[1:]:
        runtime.post(Woken())
    for _ in range(5):
        await asyncio.sleep(0)
    return runtime, journal, told, running


async def test_effects_leave_in_order_and_not_before_their_record() -> None:
    runtime, journal, told, running = await begun(
        step(changes=1, alert="first"), step(changes=2, alert="second"), step(alert="third")
    )
    assert told.codes == []
    journal.reach(1)
    assert told.codes == ["first"]
    journal.reach(2)
    assert told.codes == ["first"]
    journal.reach(3)
    assert told.codes == ["first", "second", "third"]
    await runtime.stop(graceful=False)
    await running


async def test_an_effect_without_a_record_waits_for_the_records_before_it() -> None:
    runtime, journal, told, running = await begun(step(changes=1), step(alert="knows of it"))
    assert told.codes == []
    journal.reach(1)
    assert told.codes == ["knows of it"]
    await runtime.stop(graceful=False)
    await running


async def test_a_journal_that_fails_releases_nothing_and_ends_the_run() -> None:
    _, journal, told, running = await begun(step(changes=1, alert="never"), step(alert="never either"))
    journal.tell_failure(OSError("disk full"))
    journal.reach(1)
    with pytest.raises(JournalFailed, match="disk full"):
        await running
    assert told.codes == ["JOURNAL_FAILED"]


async def test_what_comes_while_the_venue_starts_is_taken_up_after_the_recovery() -> None:
    core, told = ScriptedCore(), Told()
    typed_core: Any = core
    runtime = Runtime(typed_core, StillVenue(), ManualJournal(), StillClock(), told, told)
    runtime.post(Woken())
    running = asyncio.create_task(runtime.run())
    for _ in range(3):
        await asyncio.sleep(0)
    await runtime.stop(graceful=False)
    await running
    assert core.taken == ["Recovered", "Woken"]


async def test_an_effect_that_breaks_is_told_and_answered() -> None:
    class BrokenVenue(StillVenue):
        async def carry_out(self, effect: object) -> None:
            raise KeyError("a mistake")

    asks = Step((), (), (ReadFills(0),), (), None)
    core, told = ScriptedCore(asks), Told()
    typed_core: Any = core
    runtime = Runtime(typed_core, BrokenVenue(), ManualJournal(), StillClock(), told, told)
    running = asyncio.create_task(runtime.run())
    for _ in range(6):
        await asyncio.sleep(0)
    await runtime.stop(graceful=False)
    await running
    assert core.taken == ["Recovered", "ReadFailed"]
    assert told.codes == ["EFFECT_BROKE"]
