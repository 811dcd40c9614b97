"""The shell around the core: inbox, stamps, journal, effects, and the answers that come back.

One event at a time is taken from the inbox, stamped, and given to the core. What the core asks for waits
until the record that it came with is durable; reading and subscriptions do not wait. A journal that fails
releases nothing behind it: the shell says so and ends, and the next start recovers.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from engine.core.effects import Alert, AlertLevel, Answer, Effect, KeepDecision, LiftHalt, WriteHalt
from engine.core.engine import Engine
from engine.core.failed_effect import answer_of_failure
from engine.core.inputs import Command, CoreEvent, HaltLifted, HaltSeen, Input, Recovered, Stopping, Woken
from engine.core.step import Step
from engine.domain.decision import DecisionRow
from engine.domain.units import SECOND_NS, Nanoseconds
from engine.ports import Clock, HaltSwitch, Ids, Journal, Notifier, Venue

_log = logging.getLogger(__name__)
ANSWER_WITHIN_S = 10.0
"""How long a command waits for its answer; the order itself goes on."""
STOP_WITHIN_S = 5.0
"""How long a graceful end waits for what is under way."""

Listener = Callable[[Step], None]


class Recorder(Protocol):
    """Keeps every input, to be run again."""

    def record(self, given: Input) -> None: ...


class JournalFailed(Exception):
    """A record could not be made durable. Nothing behind it was released."""


class Runtime:
    """Runs one engine from :meth:`run` until :meth:`stop`, or until its journal fails."""

    def __init__(
        self,
        engine: Engine,
        venue: Venue,
        journal: Journal,
        clock: Clock,
        ids: Ids,
        notifier: Notifier,
        recorder: Recorder | None = None,
        halt: HaltSwitch | None = None,
    ) -> None:
        """Without ``halt`` a kill is a mode of the engine and nothing else."""
        self.engine = engine
        self.rev = 0
        """Counts the steps that changed something."""
        self.on_decision: Callable[[DecisionRow], None] | None = None
        """Is given every verdict, at once; without it none is kept."""
        self._venue = venue
        self._journal = journal
        self._clock = clock
        self._ids = ids
        self._notifier = notifier
        self._recorder = recorder
        self._halt = halt
        self._inbox: deque[CoreEvent] = deque()
        self._has_mail = asyncio.Event()
        self._held: deque[tuple[int, Sequence[Effect]]] = deque()
        self._appended = journal.durable
        self._answers: dict[str, list[asyncio.Future[Answer]]] = {}
        self._under_way: set[asyncio.Task[None]] = set()
        self._listeners: dict[Listener, None] = {}
        self._wake_mono: Nanoseconds | None = None
        """When the core wants to step again; ``_wake`` rings at ``_rings_mono``, which may be before."""
        self._wake: asyncio.TimerHandle | None = None
        self._rings_mono: Nanoseconds = 0
        self._starting: asyncio.Future[None] | None = None
        """The venue's start while it goes on: nothing came in before its end."""
        self._is_ending = False
        self._failure: Exception | None = None
        journal.on_durable(self._release)
        journal.on_failure(self._journal_failed)

    def post(self, event: CoreEvent) -> None:
        """Puts an event into the inbox; from the loop's own thread only."""
        self._inbox.append(event)
        self._has_mail.set()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Calls ``listener`` after every step, at once; it must not block. Returns how to end it."""
        self._listeners[listener] = None

        def end() -> None:
            self._listeners.pop(listener, None)

        return end

    async def command(self, command: Command) -> Answer:
        """Hands a command to the core and waits for its answer.

        Raises TimeoutError after ten seconds; what was asked for goes on, and can be asked for by its id.
        """
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        waiting = self._answers.setdefault(command.command_id, [])
        waiting.append(answer)
        self.post(command)
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                return await answer
        finally:
            waiting.remove(answer)
            if not waiting and self._answers.get(command.command_id) is waiting:
                del self._answers[command.command_id]

    async def run(self) -> None:
        """Starts the venue, recovers, and steps until the end. Raises JournalFailed, or what the venue's
        start raises."""
        if not await self._venue_started():
            return
        # Before whatever came while the venue started: the core takes nothing up before it has recovered.
        self._inbox.appendleft(Recovered(self._ids.mint()))
        self._has_mail.set()
        self.look_for_halt()
        while not self._is_ending:
            await self._has_mail.wait()
            self._has_mail.clear()
            while self._inbox and not self._is_ending:
                self._step(self._inbox.popleft())
        if self._failure is not None:
            await self._close()
            raise JournalFailed(f"journal: {self._failure}") from self._failure

    async def _venue_started(self) -> bool:
        """False if the end came before."""
        self._starting = asyncio.ensure_future(self._venue.start(self.post))
        try:
            await self._starting
        except asyncio.CancelledError:
            if not self._is_ending:
                raise
        finally:
            self._starting = None
        return not self._is_ending

    def look_for_halt(self) -> None:
        """Tells the core of a kill that it does not obey yet; called at the start and from time to time."""
        found = None if self._halt is None else self._halt.read()
        if found is not None and found.halt_id != self.engine.money.halt_id:
            self.post(HaltSeen(found))

    async def stop(self, *, graceful: bool) -> None:
        """Ends :meth:`run`. A graceful end takes no more entries, cancels those that work, and waits for what
        is under way; a fast one leaves all that to the next start, which is recovery in either case."""
        if graceful and not self._is_ending and self._starting is None:
            self.post(Stopping())
            await self._settled()
        self._is_ending = True
        if self._starting is not None:
            self._starting.cancel()
        self._has_mail.set()
        await self._close()

    async def _settled(self) -> None:
        """Until nothing is in the inbox, held or under way, or the patience ends."""
        deadline = self._clock.mono_ns() + int(STOP_WITHIN_S * SECOND_NS)
        while self._clock.mono_ns() < deadline:
            await self._clock.sleep(0.05)
            if not (self._inbox or self._held or self._under_way):
                return

    async def _close(self) -> None:
        if self._wake is not None:
            self._wake.cancel()
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        await self._venue.stop()
        await self._journal.close()

    def _step(self, event: CoreEvent) -> None:
        given = Input(self._clock.exchange_ns(), self._clock.mono_ns(), event)
        if self._recorder is not None:
            self._recorder.record(given)
        step = self.engine.step(given)
        if step.changes or step.touched:
            self.rev += 1
        if step.changes:
            self._appended = self._journal.append(step.changes, step.rows)
        if step.effects:
            # Without changes of its own it still knows what the records before it say.
            self._held.append((self._appended, step.effects))
            self._release(self._journal.durable)
        self._wake_at(step.next_wake_mono)
        for listener in tuple(self._listeners):
            listener(step)

    def _wake_at(self, mono: Nanoseconds | None) -> None:
        """Has the core step again at this time. A timer that would ring before it is left to ring and looks
        then: the time moves with nearly every event, and setting a timer costs more than the step."""
        self._wake_mono = mono
        if mono is None or (self._wake is not None and self._rings_mono <= mono):
            return
        if self._wake is not None:
            self._wake.cancel()
        wait_s = max(0, mono - self._clock.mono_ns()) / SECOND_NS
        self._rings_mono = mono
        self._wake = asyncio.get_running_loop().call_later(wait_s, self._rang)

    def _rang(self) -> None:
        self._wake = None
        if self._wake_mono is not None and self._wake_mono <= self._rings_mono:
            self.post(Woken())
        else:
            self._wake_at(self._wake_mono)

    def _release(self, durable: int) -> None:
        while self._held and self._held[0][0] <= durable and self._failure is None:
            for effect in self._held.popleft()[1]:
                self._carry_out(effect)

    def _carry_out(self, effect: Effect) -> None:
        if isinstance(effect, Answer):
            for waiting in self._answers.get(effect.command_id, ()):
                if not waiting.done():
                    waiting.set_result(effect)
        elif isinstance(effect, Alert):
            self._notifier.notify(effect)
        elif isinstance(effect, KeepDecision):
            if self.on_decision is not None:
                self.on_decision(effect.decision)
        elif isinstance(effect, WriteHalt | LiftHalt):
            self._turn(effect)
        else:
            task = asyncio.get_running_loop().create_task(self._venue_effect(effect))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    def _turn(self, effect: WriteHalt | LiftHalt) -> None:
        """At once and here, so that no step comes between a kill's file and what is told of it."""
        switch = self._halt
        if isinstance(effect, LiftHalt):
            problem = "" if switch is None else switch.lift(effect.halt_id)
            self.post(HaltLifted(effect.halt_id, problem))
        elif switch is not None:
            try:
                switch.write(effect.halt)
            except OSError as error:
                text = f"HALT cannot be written: {error}; the engine itself is halted"
                self._notifier.notify(Alert(AlertLevel.URGENT, "HALT_NOT_WRITTEN", text))

    async def _venue_effect(self, effect: Effect) -> None:
        """A venue does not raise; one that does has a mistake in it, and leaves no order hanging."""
        try:
            answer = await self._venue.carry_out(effect)
        except Exception as error:
            name = type(effect).__name__
            cause = f"{name} broke: {type(error).__name__}: {error}"
            _log.exception("%s broke", name)
            self._notifier.notify(Alert(AlertLevel.URGENT, "EFFECT_BROKE", cause, name))
            answer = answer_of_failure(effect, cause)
        if answer is not None:
            self.post(answer)

    def _journal_failed(self, error: Exception) -> None:
        self._failure = error
        self._is_ending = True
        text = f"journal: {error}; nothing behind it was sent, the engine stops"
        self._notifier.notify(Alert(AlertLevel.URGENT, "JOURNAL_FAILED", text))
        self._has_mail.set()
