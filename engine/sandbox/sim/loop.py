"""An event loop whose time is virtual: when nothing can run, it jumps to the next timer.

Nothing ever waits, so a day passes as fast as its work is done, and two runs of the same program are the same
run. Where several timers are due at once, the one set first goes first.

There is no input or output here: a loop that had to wait for the outside world could not jump. Sockets, pipes
and signals are refused, as are other threads; what is given to an executor runs in place, in no time.
"""

from __future__ import annotations

import asyncio
import heapq
import threading
from asyncio import base_events, events
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from contextvars import Context
from typing import Any, NoReturn, TypeAlias, TypeVar, TypeVarTuple

from engine.domain.units import SECOND_NS, Nanoseconds

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
MOST_TURNS = 1_000_000
"""Turns of the loop at one instant before it counts as spinning."""


class SimStalled(RuntimeError):
    """Nothing can run and no timer is set: every task waits for something that cannot come any more."""

    def __init__(self, now_ns: Nanoseconds, waiting: Sequence[str]) -> None:
        named = ", ".join(waiting) or "none"
        super().__init__(f"at {now_ns} ns nothing can run and no timer is set; tasks that wait: {named}")
        self.now_ns = now_ns
        self.waiting = tuple(waiting)


class SimSpinning(RuntimeError):
    """Something runs again and again and never lets time pass."""

    def __init__(self, now_ns: Nanoseconds) -> None:
        super().__init__(f"at {now_ns} ns the loop turned {MOST_TURNS} times and time did not pass")
        self.now_ns = now_ns


class RealInputOutput(RuntimeError):
    """Something asked a virtual loop for another thread, a socket, a pipe or a signal."""


_Due: TypeAlias = tuple[float, int, events.TimerHandle]
"""When, the how manieth timer of the loop, and the timer: of equal times the one set first goes first. Tuples
compare without a call into Python."""
_FEW_CANCELED = 100


class SimLoop(base_events.BaseEventLoop):
    """See the module. ``now_ns`` is the time since the loop was made, in whole nanoseconds."""

    def __init__(self) -> None:
        super().__init__()
        self._now_ns: Nanoseconds = 0
        self._due: list[_Due] = []
        self._timers_made = 0
        self._timers_canceled = 0
        """About how many canceled ones are among those that are due."""
        self._turns = 0
        self._thread = threading.get_ident()

    @property
    def now_ns(self) -> Nanoseconds:
        return self._now_ns

    def time(self) -> float:
        """Seconds since the loop was made; good to the nanosecond for 50 days."""
        return self._now_ns / SECOND_NS

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> events.TimerHandle:
        self._timers_made += 1
        timer = events.TimerHandle(when, callback, args, self, context)
        heapq.heappush(self._due, (when, self._timers_made, timer))
        return timer

    def call_soon_threadsafe(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> events.Handle:
        if threading.get_ident() != self._thread:
            raise RealInputOutput("another thread called into a virtual loop")
        return self.call_soon(callback, *args, context=context)

    def run_in_executor(  # type: ignore[override]
        self, executor: object, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """Runs ``func`` at once, here; the executor is left alone."""
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:
            done.set_exception(error)
        return done

    def _run_once(self) -> None:
        """One turn, as the base class makes it, without files to wait for: where nothing can run at this
        instant, time moves to the first timer."""
        ready: deque[events.Handle] = self._ready  # type: ignore[attr-defined]
        due = self._due_and_wanted()
        if ready or self._stopping:  # type: ignore[attr-defined]
            self._turns += 1
            if self._turns > MOST_TURNS:
                self._turns = 0
                raise SimSpinning(self._now_ns)
        elif due:
            self._now_ns = max(self._now_ns, round(due[0][0] * SECOND_NS))
            self._turns = 0
        else:
            self.stall()
        end_s = (self._now_ns + 1) / SECOND_NS
        while due and due[0][0] < end_s:
            ready.append(heapq.heappop(due)[2])
        for _ in range(len(ready)):
            handle = ready.popleft()
            if not handle.cancelled():
                handle._run()

    def _due_and_wanted(self) -> list[_Due]:
        """The timers, of which the first is not canceled; many canceled ones are dropped at once."""
        due = self._due
        if self._timers_canceled > _FEW_CANCELED and 2 * self._timers_canceled > len(due):
            due[:] = [one for one in due if not one[2].cancelled()]
            heapq.heapify(due)
            self._timers_canceled = 0
        while due and due[0][2].cancelled():
            heapq.heappop(due)
            self._timers_canceled -= 1
        return due

    def _timer_handle_cancelled(self, handle: events.TimerHandle) -> None:
        self._timers_canceled += 1

    def stall(self) -> NoReturn:
        """Raises SimStalled, naming who waits."""
        raise SimStalled(self._now_ns, sorted(_name(task) for task in asyncio.all_tasks(self)))

    def add_signal_handler(self, sig: int, callback: Callable[[*Ts], object], *args: *Ts) -> None:
        raise RealInputOutput(f"signal {sig} on a virtual loop")

    async def getaddrinfo(self, *args: Any, **options: Any) -> NoReturn:
        raise RealInputOutput("a name or address was looked up on a virtual loop")

    async def create_connection(self, *args: Any, **options: Any) -> NoReturn:
        raise RealInputOutput("a connection was opened on a virtual loop")

    async def create_server(self, *args: Any, **options: Any) -> NoReturn:
        raise RealInputOutput("a server was opened on a virtual loop")

    async def create_unix_server(self, *args: Any, **options: Any) -> NoReturn:
        raise RealInputOutput("a socket was opened on a virtual loop")


def simulate(main: Coroutine[Any, Any, T]) -> T:
    """Runs ``main`` to its end on a new virtual loop, cancels what it left running, and returns its result.

    Raises what it raises, SimStalled, and SimSpinning.
    """
    with asyncio.Runner(loop_factory=SimLoop) as runner:
        return runner.run(main)


def running_loop() -> SimLoop:
    """The virtual loop that this code runs on. Raises RuntimeError on any other loop."""
    loop = asyncio.get_running_loop()
    if not isinstance(loop, SimLoop):
        raise RuntimeError(f"loop: got {type(loop).__name__}, wanted SimLoop")
    return loop


def _name(task: asyncio.Task[Any]) -> str:
    coroutine = task.get_coro()
    return getattr(coroutine, "__qualname__", task.get_name())
