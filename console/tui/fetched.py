"""Queries of the engine on their way: what is due is asked, what failed is asked again.

Nothing here blocks. :meth:`Fetcher.pump` starts what is due; a query that failed is an error with its text,
asked again after a pause that grows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from console.tui.clocks import DeskClock
from engine.control.errors import ControlError, QueryRefused
from engine.control.queries import Args, Page
from engine.domain.units import SECOND_NS, Nanoseconds

AT_ONCE = 3
"""Queries under way; the engine takes four of one client, and one is left for a person's own."""
_PAUSES_S = (1, 2, 4, 8, 15, 30)


class Asker(Protocol):
    async def query(
        self, kind: str, args: Args | None = None, cursor: str | None = None, limit: int = 100
    ) -> Page[Any]: ...


class What(NamedTuple):
    """One thing to be fetched: the kind of query, a market, and for candles the minutes of one."""

    kind: str
    ticker: str
    period_min: int = 0


class Standing(StrEnum):
    ASKED = "asked"
    KNOWN = "known"
    FAILED = "failed"
    DENIED = "denied"
    """The engine says that there is none; asked again only when everything is."""


@dataclass(slots=True)
class _State:
    standing: Standing
    text: str = ""
    failures: int = 0
    due_mono: Nanoseconds | None = None
    """When it is asked again; None: not by itself."""


Plan = Callable[[What], tuple[Args, int]]
"""The arguments of the query and the most rows that are wanted."""
Keep = Callable[[What, tuple[Any, ...]], Nanoseconds | None]
"""Takes the rows; returns after how long they are to be fetched anew, or None."""


class Fetcher:
    """``want`` says what the desk needs now; everything else is left alone."""

    def __init__(
        self, asker: Asker, clock: DeskClock, plan: Plan, keep: Keep, changed: Callable[[], None]
    ) -> None:
        self._asker = asker
        self._clock = clock
        self._plan = plan
        self._keep = keep
        self._changed = changed
        self._states: dict[What, _State] = {}
        self._tasks: dict[What, asyncio.Task[None]] = {}

    def failure(self, what: What) -> str:
        """Why it is not there; empty while nothing went wrong."""
        state = self._states.get(what)
        return "" if state is None else state.text

    def is_asked(self, what: What) -> bool:
        """Whether it is wanted and has not been answered even once."""
        state = self._states.get(what)
        return state is not None and state.standing is Standing.ASKED

    def forget(self) -> None:
        """Everything is to be fetched anew: the engine was lost and may know more now."""
        for task in self._tasks.values():
            task.cancel()
        self._tasks.clear()
        for state in self._states.values():
            state.due_mono, state.failures = self._clock.mono_ns(), 0

    def pump(self, wanted: Iterable[What]) -> None:
        """Starts what is wanted and due, as far as the engine takes it."""
        now = self._clock.mono_ns()
        for what in wanted:
            if len(self._tasks) >= AT_ONCE:
                return
            state = self._states.get(what)
            is_due = state is None or (state.due_mono is not None and state.due_mono <= now)
            if is_due and what not in self._tasks:
                self._start(what)

    async def stop(self) -> None:
        tasks = tuple(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, what: What) -> None:
        state = self._states.setdefault(what, _State(Standing.ASKED))
        state.due_mono = None
        task = asyncio.create_task(self._fetch(what, state))
        self._tasks[what] = task
        task.add_done_callback(lambda done: self._ended(what, done))

    def _ended(self, what: What, task: asyncio.Task[None]) -> None:
        if self._tasks.get(what) is task:
            del self._tasks[what]
        if not task.cancelled():
            task.result()

    async def _fetch(self, what: What, state: _State) -> None:
        args, limit = self._plan(what)
        asked: Awaitable[Page[Any]] = self._asker.query(what.kind, args, None, limit)
        try:
            page = await asked
        except QueryRefused as error:
            self._fail(state, str(error), Standing.DENIED)
        except ControlError as error:
            self._fail(state, str(error), Standing.FAILED)
        else:
            again_ns = self._keep(what, page.items)
            state.standing, state.text, state.failures = Standing.KNOWN, "", 0
            state.due_mono = None if again_ns is None else self._clock.mono_ns() + again_ns
        self._changed()

    def _fail(self, state: _State, text: str, standing: Standing) -> None:
        pause_s = _PAUSES_S[min(state.failures, len(_PAUSES_S) - 1)]
        if standing is Standing.DENIED:
            pause_s = _PAUSES_S[-1]
        state.standing, state.text, state.failures = standing, text, state.failures + 1
        state.due_mono = self._clock.mono_ns() + pause_s * SECOND_NS
