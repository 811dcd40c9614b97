"""A thread for each sink, because a service may take its time."""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Generic, Protocol, TypeVar

from engine.core.effects import AlertLevel
from engine.ops.alerts.entries import Job, SinkSpec
from engine.ops.alerts.sinks import Outcome

Why = TypeVar("Why")
THREAD_PREFIX = "alerts-"


class Sink(Protocol):
    spec: SinkSpec

    def send(self, title: str, body: str, level: AlertLevel) -> Outcome:
        """Waits for the service; never raises."""
        ...


class SinkThread(Generic[Why]):
    """Sends what it is given, one after the other, and tells ``done`` what came of it, in its own thread."""

    def __init__(self, sink: Sink, done: Callable[[Job, Outcome, Why], None]) -> None:
        self.spec = sink.spec
        self._sink = sink
        self._done = done
        self._jobs: SimpleQueue[tuple[Job, Why]] = SimpleQueue()
        self._thread = Thread(target=self._run, name=f"{THREAD_PREFIX}{sink.spec.name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def give(self, job: Job, why: Why) -> None:
        """Returns at once; ``why`` comes back with the outcome."""
        self._jobs.put((job, why))

    def _run(self) -> None:
        while True:
            job, why = self._jobs.get()
            self._done(job, self._sink.send(job.title, job.body, job.level), why)
