"""What waits to be sent to one client, bounded.

Answers always wait their turn. Frames of topics give way: when there is too much, those are all thrown out,
and their topics begin anew with a snapshot, which is never more than what there is.
"""

from __future__ import annotations

from collections import deque


class OutboxFull(Exception):
    """Answers alone are more than a client that reads would leave."""


class Outbox:
    def __init__(self, most_frames: int, most_bytes: int) -> None:
        self._most_frames = most_frames
        self._most_bytes = most_bytes
        self._frames: deque[tuple[str, bytes]] = deque()
        self._bytes = 0
        self._answer_bytes = 0

    def __len__(self) -> int:
        return len(self._frames)

    def push(self, topic: str, data: bytes) -> set[str]:
        """Adds a frame of a topic; returns the topics that were thrown out and must begin anew."""
        self._add(topic, data)
        if len(self._frames) <= self._most_frames and self._bytes - self._answer_bytes <= self._most_bytes:
            return set()
        dropped = {name for name, _ in self._frames if name}
        self._frames = deque(frame for frame in self._frames if not frame[0])
        self._bytes = self._answer_bytes
        return dropped

    def answer(self, data: bytes) -> None:
        """Adds an answer. Raises OutboxFull."""
        self._add("", data)
        self._answer_bytes += len(data)
        if self._answer_bytes > 4 * self._most_bytes:
            raise OutboxFull(f"{self._answer_bytes} bytes of answers wait to be read")

    def discard(self, topic: str) -> None:
        """Throws out a topic's frames: it is not followed any more, or begins anew."""
        self._frames = deque(frame for frame in self._frames if frame[0] != topic)
        self._bytes = sum(len(data) for _, data in self._frames)

    def pop(self) -> bytes | None:
        """The oldest frame."""
        if not self._frames:
            return None
        topic, data = self._frames.popleft()
        self._bytes -= len(data)
        if not topic:
            self._answer_bytes -= len(data)
        return data

    def _add(self, topic: str, data: bytes) -> None:
        self._frames.append((topic, data))
        self._bytes += len(data)
