"""The threads that deliver alerts, so that nothing of it is ever waited for by the engine.

One thread keeps the outbox and its file; each sink has a thread of its own, because a service may take its
time. They talk through queues alone. What the engine tells goes into a queue and is done.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import NamedTuple, TypeAlias

from engine.core.effects import Alert, AlertLevel
from engine.domain.units import SECOND_NS, Nanoseconds
from engine.ops.alerts.codes import STORE_FAILED
from engine.ops.alerts.entries import Entry, Job, SinkState
from engine.ops.alerts.outbox import Outbox
from engine.ops.alerts.sink_thread import Sink, SinkThread
from engine.ops.alerts.sinks import Outcome
from engine.ops.alerts.store import AlertStore, StoreFailed
from engine.ops.alerts.trying import TEXT, try_title

_log = logging.getLogger("engine.alerts")
_LONGEST_WAIT_S = 60.0
_HANDLED_AT_ONCE = 500
_MOST_UNREAD = 10_000
_PAUSE_S = 1.0
_STORE_RETRY_NS = 60 * SECOND_NS
OPEN_SHOWN = 20


class Clocks(NamedTuple):
    """Monotonic time for what is waited for, wall time for people."""

    mono_ns: Callable[[], Nanoseconds]
    wall_ns: Callable[[], Nanoseconds]


class Picture(NamedTuple):
    """All alerts that are kept, newest first, and how the sinks do."""

    entries: tuple[Entry, ...]
    sinks: tuple[SinkState, ...]


class _Told(NamedTuple):
    alert: Alert


class _Acknowledge(NamedTuple):
    number: int | None
    who: str
    answer: Future[tuple[Entry, ...]]


class _Ask(NamedTuple):
    answer: Future[Picture]


class _Test(NamedTuple):
    answer: Future[dict[str, str]]
    failures: dict[str, str]


class _Done(NamedTuple):
    job: Job
    outcome: Outcome
    test: _Test | None


class _Stop(NamedTuple):
    until_mono: Nanoseconds


_Message: TypeAlias = _Told | _Acknowledge | _Ask | _Test | _Done | _Stop


class AlertKeeper:
    """Delivers from :meth:`start` on; every other method may be called from any thread and never waits."""

    def __init__(self, venue: str, path: Path, sinks: Sequence[Sink], clocks: Clocks) -> None:
        self.open: tuple[Entry, ...] = ()
        """The newest alerts that wait for somebody to acknowledge them, newest last; copies, the same ones
        until something changes."""
        self._venue = venue
        self._path = path
        self._clocks = clocks
        self._mail: SimpleQueue[_Message] = SimpleQueue()
        self._sinks = {sink.spec.name: SinkThread(sink, self._sent) for sink in sinks}
        self._outbox = Outbox(venue, [sink.spec for sink in sinks])
        self._store: AlertStore | None = None
        self._is_loaded = False
        self._store_again_mono: Nanoseconds | None = None
        """When the file is tried again; None while it can be written."""
        self._ends_mono: Nanoseconds | None = None
        self._answers: list[Callable[[], None]] = []
        """To be given at the end of the turn."""
        self._thread = Thread(target=self._run, name="alerts", daemon=True)

    def start(self) -> None:
        """Reads what a run before left undelivered, and delivers. Never fails: without a file the alerts
        are kept in memory."""
        try:
            store = AlertStore.open(self._path)
            self._recall(store)
            # A connection belongs to the thread that made it.
            store.close()
        except StoreFailed as error:
            _log.error("alerts are not kept over a restart: %s", error)
        self._publish()
        for sink in self._sinks.values():
            sink.start()
        self._thread.start()

    def tell(self, alert: Alert) -> None:
        """Only while the keeper itself stands still do the less urgent ones get lost, and only then."""
        if alert.level is AlertLevel.URGENT or self._mail.qsize() < _MOST_UNREAD:
            self._mail.put(_Told(alert))

    def acknowledge(self, number: int | None, who: str) -> Future[tuple[Entry, ...]]:
        """Of one alert, or (None) of all; gives those that were open."""
        answer: Future[tuple[Entry, ...]] = Future()
        self._mail.put(_Acknowledge(number, who, answer))
        return answer

    def picture(self) -> Future[Picture]:
        answer: Future[Picture] = Future()
        self._mail.put(_Ask(answer))
        return answer

    def test(self) -> Future[dict[str, str]]:
        """Sends a message to each sink; gives the failure of each by its name, empty where it was taken."""
        answer: Future[dict[str, str]] = Future()
        self._mail.put(_Test(answer, {}))
        return answer

    def close(self, within_s: float) -> None:
        """Gives each sink one more chance to take what waits, and ends; waits so long at most."""
        if not self._thread.is_alive():
            return
        self._mail.put(_Stop(self._clocks.mono_ns() + int(within_s * SECOND_NS)))
        self._thread.join(within_s + 1)

    def _sent(self, job: Job, outcome: Outcome, test: _Test | None) -> None:
        self._mail.put(_Done(job, outcome, test))

    # The keeper's thread.

    def _run(self) -> None:
        while not self._is_over():
            try:
                self._turn()
            except Exception:
                # What guards money goes on, and so do the other alerts.
                _log.exception("an alert could not be kept")
                time.sleep(_PAUSE_S)
        if self._store is not None:
            self._store.close()

    def _turn(self) -> None:
        for message in self._gather():
            self._handle(message)
        now = self._clocks.mono_ns()
        if self._ends_mono is None:
            self._outbox.advance(now)
        self._hand_out(now)
        self._save(now)
        self._publish()
        # Whoever asked sees what was done, wherever they look.
        while self._answers:
            self._answers.pop(0)()

    def _is_over(self) -> bool:
        """Asked to end, and nobody is sending, or there is no more time."""
        if self._ends_mono is None:
            return False
        is_busy = any(sink.is_busy for sink in self._outbox.sinks.values())
        return (not is_busy and self._mail.empty()) or self._clocks.mono_ns() >= self._ends_mono

    def _gather(self) -> list[_Message]:
        """What came, after waiting for it until something is due."""
        try:
            found = [self._mail.get(timeout=self._patience_s())]
        except Empty:
            return []
        while len(found) < _HANDLED_AT_ONCE and not self._mail.empty():
            found.append(self._mail.get())
        return found

    def _patience_s(self) -> float:
        now = self._clocks.mono_ns()
        due = self._outbox.next_due() if self._ends_mono is None else self._ends_mono
        if due is None:
            return _LONGEST_WAIT_S
        return min(max(0.0, (due - now) / SECOND_NS), _LONGEST_WAIT_S)

    def _handle(self, message: _Message) -> None:
        wall = self._clocks.wall_ns()
        match message:
            case _Told():
                self._outbox.take(message.alert, self._clocks.mono_ns(), wall)
            case _Acknowledge():
                found = self._outbox.acknowledge(message.number, message.who, wall)
                ended = tuple(entry.copy() for entry in found)
                self._answers.append(partial(message.answer.set_result, ended))
            case _Ask():
                self._answers.append(lambda: message.answer.set_result(self._pictured()))
            case _Test():
                self._begin_test(message)
            case _Done():
                self._done(message, wall)
            case _Stop():
                self._ends_mono = message.until_mono
                self._outbox.hurry(self._clocks.mono_ns())

    def _begin_test(self, test: _Test) -> None:
        if not self._sinks:
            test.answer.set_result({})
        for name, sink in self._sinks.items():
            sink.give(Job(name, AlertLevel.NOTE, try_title(self._venue), TEXT), test)

    def _done(self, done: _Done, wall: Nanoseconds) -> None:
        job, outcome, test = done
        if test is not None:
            test.failures[job.sink] = outcome.failure
            if len(test.failures) == len(self._sinks):
                test.answer.set_result({name: test.failures[name] for name in self._sinks})
            return
        now = self._clocks.mono_ns()
        if not outcome.failure:
            if self._outbox.delivered(job, now, wall):
                _log.info("alerts reach %s again", job.sink)
        elif self._outbox.failed(job, outcome.failure, outcome.is_refused, now, wall):
            _log.warning("alerts do not reach %s: %s; they wait", job.sink, outcome.failure)

    def _hand_out(self, now: Nanoseconds) -> None:
        for name, sink in self._sinks.items():
            job = self._outbox.next_job(name, now)
            if job is not None:
                sink.give(job, None)

    def _save(self, now: Nanoseconds) -> None:
        """What could not be written stays to be written; it is delivered all the same."""
        outbox, again_mono = self._outbox, self._store_again_mono
        if not (outbox.changed or outbox.removed) or (again_mono is not None and now < again_mono):
            return
        try:
            store = self._opened()
            store.write([outbox.entries[number] for number in outbox.changed], outbox.removed)
        except StoreFailed as error:
            self._store_again_mono = now + _STORE_RETRY_NS
            if again_mono is None:
                _log.error("alerts are not kept over a restart: %s", error)
                text = f"{error}; alerts are delivered, but lost if the engine ends before"
                failed = Alert(AlertLevel.WARNING, STORE_FAILED, text, STORE_FAILED)
                outbox.take(failed, now, self._clocks.wall_ns())
            return
        self._store_again_mono = None
        outbox.changed.clear()
        outbox.removed.clear()

    def _opened(self) -> AlertStore:
        """Opens the file anew after a failure; what could not be read at the start is read now."""
        if self._store is not None and self._store_again_mono is not None:
            self._store.close()
            self._store = None
        if self._store is None:
            self._store = AlertStore.open(self._path)
            if not self._is_loaded:
                self._recall(self._store)
        return self._store

    def _recall(self, store: AlertStore) -> None:
        self._outbox.recall(store.load(), self._clocks.mono_ns(), self._clocks.wall_ns())
        self._is_loaded = True

    def _publish(self) -> None:
        found = tuple(entry.copy() for entry in self._outbox.open[-OPEN_SHOWN:])
        if found != self.open:
            self.open = found

    def _pictured(self) -> Picture:
        entries = tuple(entry.copy() for entry in reversed(self._outbox.entries.values()))
        return Picture(entries, tuple(sink.copy() for sink in self._outbox.sinks.values()))
