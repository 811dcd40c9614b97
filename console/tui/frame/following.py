"""Keeps the topics that are followed and the markets that are watched as the desk wants them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from console.tui.tie import Tie
from engine.control.errors import ControlError
from engine.control.protocol import AnswerState
from engine.domain.command import WatchMarkets


class Follower:
    """One task at a time; while the engine is away the tie itself remembers what to ask for."""

    def __init__(self, tie: Tie, *, may_command: bool, fail: Callable[[str], None]) -> None:
        self._tie = tie
        self._may_command = may_command
        self._fail = fail
        self._wanted: tuple[str, ...] = ()
        self._followed: tuple[str, ...] = ()
        self._watch_wanted: tuple[str, ...] = ()
        self._watched: tuple[str, ...] = ()
        self._task: asyncio.Task[None] | None = None

    def sync(self, topics: tuple[str, ...], watched: tuple[str, ...]) -> None:
        """Says what is wanted now; the rest happens by itself."""
        self._wanted = topics
        if self._may_command:
            self._watch_wanted = watched
        if self._is_done or (self._task is not None and not self._task.done()):
            return
        self._task = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @property
    def _is_done(self) -> bool:
        return self._wanted == self._followed and self._watch_wanted == self._watched

    async def _follow(self) -> None:
        while not self._is_done:
            old, new = self._followed, self._wanted
            self._followed = new
            for topic in old:
                if topic not in new:
                    await self._quietly(self._tie.unsubscribe(topic))
            for topic in new:
                if topic not in old:
                    await self._quietly(self._tie.subscribe(topic))
            if self._watched != self._watch_wanted:
                await self._watch(self._watch_wanted)

    async def _watch(self, tickers: tuple[str, ...]) -> None:
        self._watched = tickers
        try:
            answer = await self._tie.command(WatchMarkets(tickers))
        except ControlError:
            return
        if answer.state is AnswerState.DENIED:
            self._fail(answer.text)

    async def _quietly(self, asked: Awaitable[None]) -> None:
        """The tie asks again for its topics when it has come back."""
        try:
            await asked
        except ControlError:
            return
