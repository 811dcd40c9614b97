"""A console's lasting tie to its engine: it comes back by itself, and asks again for what was followed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import uuid4

from engine.control.client import ControlClient
from engine.control.errors import (
    ConnectionLost,
    ControlError,
    EngineBusy,
    EngineNotRunning,
    EngineSilent,
    NoAnswer,
)
from engine.control.protocol import CommandAnswer, Role
from engine.control.queries import Args, Page
from engine.control.replica import Replica
from engine.domain.command import AlertBody, CommandBody, WatchMarkets

_PASSING = (EngineNotRunning, EngineSilent, EngineBusy, ConnectionLost, NoAnswer)
"""What may be over in a moment. A foreign engine or another protocol will not be."""


class TieState(StrEnum):
    SEEKING = "seeking"
    ATTACHED = "attached"
    ENDED = "ended"


class Attachment:
    """``replica`` stays the same object for good; while nothing is attached its pictures are old.

    Commands are never repeated by themselves: when the connection is lost, ConnectionLost says which one was
    under way, and the same command id asks what became of it.
    """

    def __init__(
        self,
        path: Path,
        *,
        role: Role = Role.OPERATE,
        name: str = "console",
        shortest_pause_s: float = 0.1,
        longest_pause_s: float = 2.0,
    ) -> None:
        self.replica = Replica()
        self.state = TieState.SEEKING
        self.reason: ControlError | None = None
        """Why nothing is attached."""
        self.client: ControlClient | None = None
        self.attached = 0
        """How often it attached."""
        self._path = path
        self._role = role
        self._name = name
        self._id = f"{name}-{uuid4().hex[:12]}"
        self._pauses = (shortest_pause_s, longest_pause_s)
        self._topics: dict[str, None] = {}
        self._watched: tuple[str, ...] = ()
        self._listeners: dict[Callable[[str], None], None] = {}
        self._closing = asyncio.Event()

    def listen(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Calls ``listener`` with the topic that changed, or an empty text when :attr:`state` did.

        Returns how to end it.
        """
        self._listeners[listener] = None

        def end() -> None:
            self._listeners.pop(listener, None)

        return end

    async def run(self) -> None:
        """Until :meth:`close`. Raises ProtocolMismatch and NotAllowed, which time does not heal."""
        shortest_s, longest_s = self._pauses
        pause_s = shortest_s
        try:
            while not self._closing.is_set():
                try:
                    await self._attach()
                except _PASSING as error:
                    was_attached = self.state is TieState.ATTACHED
                    self._move(TieState.SEEKING, error)
                    pause_s = shortest_s if was_attached else min(2 * pause_s, longest_s)
                    await self._rest(pause_s)
        except ControlError as error:
            self.reason = error
            raise
        finally:
            self._move(TieState.ENDED, self.reason)

    async def close(self) -> None:
        self._closing.set()
        if self.client is not None:
            await self.client.close()

    async def until_attached(self) -> ControlClient:
        """Waits for a connection. Raises what ended the search."""
        moved = asyncio.Event()
        end = self.listen(lambda topic: None if topic else moved.set())
        try:
            while self.client is None or self.state is not TieState.ATTACHED:
                if self.state is TieState.ENDED:
                    raise self.reason or ConnectionLost("closed")
                await moved.wait()
                moved.clear()
        finally:
            end()
        return self.client

    async def command(
        self, body: CommandBody | AlertBody, *, command_id: str = "", is_interactive: bool = False
    ) -> CommandAnswer:
        """Raises what :meth:`ControlClient.command` does, and :attr:`reason` while nothing is attached."""
        if isinstance(body, WatchMarkets):
            self._watched = body.tickers
        client = self._connected()
        return await client.command(body, command_id=command_id, is_interactive=is_interactive)

    async def query(
        self, kind: str, args: Args | None = None, cursor: str | None = None, limit: int = 100
    ) -> Page[Any]:
        return await self._connected().query(kind, args, cursor, limit)

    async def subscribe(self, topic: str) -> None:
        """Follows a topic now and after each return."""
        self._topics[topic] = None
        if self.client is not None:
            await self.client.subscribe(topic)

    async def unsubscribe(self, topic: str) -> None:
        self._topics.pop(topic, None)
        if self.client is not None:
            await self.client.unsubscribe(topic)

    def _connected(self) -> ControlClient:
        if self.client is None:
            raise self.reason or EngineNotRunning(self._path)
        return self.client

    async def _attach(self) -> None:
        client = await ControlClient.connect(
            self._path, role=self._role, name=self._name, client=self._id, replica=self.replica
        )
        try:
            if self._closing.is_set():
                return
            client.listen(self._tell)
            self.client = client
            for topic in tuple(self._topics):
                await client.subscribe(topic)
            if self._watched and self._role is Role.OPERATE:
                await client.command(WatchMarkets(self._watched))
            self.attached += 1
            self._move(TieState.ATTACHED, None)
            raise await client.wait_lost()
        finally:
            self.client = None
            await client.close()

    async def _rest(self, pause_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._closing.wait()

    def _move(self, state: TieState, reason: ControlError | None) -> None:
        """Another try that fails as the one before is no news."""
        before = (self.state, str(self.reason))
        self.state, self.reason = state, reason
        if (state, str(reason)) != before:
            self._tell("")

    def _tell(self, topic: str) -> None:
        for listener in tuple(self._listeners):
            listener(topic)
