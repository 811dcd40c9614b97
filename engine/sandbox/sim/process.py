"""Processes of a simulation: tasks that belong together and end together, as under ``kill -9``."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from contextvars import Context, ContextVar, copy_context
from typing import Any, TypeVar

from engine.sandbox.sim.loop import SimLoop

T = TypeVar("T")

_CURRENT: ContextVar[SimProcess | None] = ContextVar("sim process", default=None)


class SimProcess:
    """Every task that is started inside, directly or by another one, belongs to it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_alive = True
        self._tasks: dict[asyncio.Task[Any], None] = {}

    def run(self, loop: SimLoop, main: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Starts ``main`` inside."""
        install(loop)
        context = copy_context()
        context.run(_CURRENT.set, self)
        return loop.create_task(main, context=context)

    def kill(self) -> None:
        """Ends every task where it waits. Nothing of the process is asked or told; whatever it shares with
        others must look at ``is_alive``, since a task's own cleaning up still runs."""
        self.is_alive = False
        for task in list(self._tasks):
            task.cancel()

    @property
    def tasks(self) -> list[asyncio.Task[Any]]:
        """Those that have not ended."""
        return list(self._tasks)

    def adopt(self, task: asyncio.Task[Any]) -> None:
        if not self.is_alive:
            task.cancel()
        self._tasks[task] = None
        task.add_done_callback(lambda done: self._tasks.pop(done, None))


def outside() -> Context:
    """A context that belongs to no process, for what must outlive the one that asks."""
    context = copy_context()
    context.run(_CURRENT.set, None)
    return context


def install(loop: SimLoop) -> None:
    """Makes the loop note to which process each new task belongs; once is enough."""
    if loop.get_task_factory() is not _make_task:
        loop.set_task_factory(_make_task)


def _make_task(
    loop: asyncio.AbstractEventLoop,
    coro: Coroutine[Any, Any, T] | Generator[Any, None, T],
    context: Context | None = None,
) -> asyncio.Task[T]:
    task: asyncio.Task[T] = asyncio.Task(coro, loop=loop, context=context)
    process = _CURRENT.get() if context is None else context.get(_CURRENT)
    if process is not None:
        process.adopt(task)
    return task
