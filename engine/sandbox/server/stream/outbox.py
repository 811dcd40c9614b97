"""The frames that wait for one connection: bounded, and never waited for by the exchange."""

from __future__ import annotations

import asyncio
from collections import deque

from engine.sandbox.server.stream.limits import StreamLimits
from engine.sandbox.server.stream.subscription import Subscription

BATCH_BYTES = 64 * 1024
"""How much goes to the socket at once; about what the transport takes before it asks to wait."""


class OutboxFull(Exception):
    """No room for another frame. ``fullest`` is the subscription with the most waiting, if any has some."""

    def __init__(self, messages: int, size_bytes: int, fullest: Subscription | None) -> None:
        self.fullest = fullest
        super().__init__(f"outbox: got {messages} messages of {size_bytes} bytes waiting")


class Outbox:
    """First in, first out. Frames of a subscription count towards its ``waiting``."""

    __slots__ = ("_frames", "_limits", "_ready", "_size_bytes")

    def __init__(self, limits: StreamLimits) -> None:
        self._limits = limits
        self._frames: deque[tuple[Subscription | None, bytes]] = deque()
        self._size_bytes = 0
        self._ready = asyncio.Event()

    def __len__(self) -> int:
        return len(self._frames)

    def put(self, subscription: Subscription | None, frame: bytes) -> None:
        """Raises OutboxFull, and takes nothing, when a limit would be passed."""
        limits = self._limits
        size = self._size_bytes + len(frame)
        if len(self._frames) >= limits.buffer_messages or size > limits.buffer_bytes:
            raise OutboxFull(len(self._frames), self._size_bytes, self._fullest())
        self._frames.append((subscription, frame))
        self._size_bytes = size
        if subscription is not None:
            subscription.waiting += 1

    def wake(self) -> None:
        """Tells the writer that there is something; called once after many frames."""
        if self._frames:
            self._ready.set()

    def drop(self, subscription: Subscription) -> None:
        """Forgets everything that waits for one subscription."""
        self._frames = deque(item for item in self._frames if item[0] is not subscription)
        self._size_bytes = sum(len(frame) for _, frame in self._frames)
        subscription.waiting = 0

    async def take(self) -> list[bytes]:
        """The next frames to write, about BATCH_BYTES of them; waits while there are none."""
        while not self._frames:
            self._ready.clear()
            await self._ready.wait()
        return self.take_now()

    def take_now(self) -> list[bytes]:
        """As :meth:`take`, but empty when nothing waits."""
        batch: list[bytes] = []
        size = 0
        while self._frames and size < BATCH_BYTES:
            subscription, frame = self._frames.popleft()
            if subscription is not None:
                subscription.waiting -= 1
            size += len(frame)
            batch.append(frame)
        self._size_bytes -= size
        return batch

    def _fullest(self) -> Subscription | None:
        waiting = {id(s): s for s, _ in self._frames if s is not None}
        return max(waiting.values(), key=lambda s: s.waiting, default=None)
