"""A real socket to the exchange that misbehaves on its way, and remembers what it let through."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Mapping
from itertools import cycle
from typing import Any

import msgspec

from engine.kalshi.stream.socket import Socket, SocketLost, open_websocket

LINE_TROUBLES = ("drop", "gap", "duplicate", "reorder", "nonsense", "shape", "error", "silence")
_EACH = 60
"""Frames from trouble to trouble."""


class BadLine:
    """Implements :data:`engine.kalshi.stream.socket.Connect`. ``served`` are the frames of data that came
    through whole, ``heard_ns`` when the last of them did; ``key`` is what such a frame's message has."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.opened = 0
        self.said: set[str] = set()
        self.served: list[dict[str, Any]] = []
        self.heard_ns = 0
        self.is_calm = False
        self._troubles = cycle(LINE_TROUBLES)
        self._frames = 0

    async def __call__(self, url: str, headers: Mapping[str, str]) -> Socket:
        socket = await open_websocket(url, headers)
        self.opened += 1
        return BadSocket(self, socket)

    def has_ended(self) -> bool:
        """Whether every trouble was met; from then on the line is a good one."""
        self.is_calm = self.is_calm or self.said >= set(LINE_TROUBLES)
        return self.is_calm

    def next_trouble(self) -> str:
        """Of a frame of data."""
        self._frames += 1
        if self.is_calm or self._frames % _EACH:
            return ""
        trouble = next(self._troubles)
        self.said.add(trouble)
        return trouble

    def let_through(self, frame: bytes) -> bytes:
        found = msgspec.json.decode(frame)
        if self.key in found.get("msg", {}):
            self.served.append(found)
            self.heard_ns = time.monotonic_ns()
        return frame


class BadSocket:
    """One connection over the line."""

    def __init__(self, line: BadLine, socket: Socket) -> None:
        self._line, self._socket = line, socket
        self._waiting: deque[bytes] = deque()
        self._held: bytes | None = None
        self._closed = asyncio.Event()
        self._is_silent = False

    @property
    def frames(self) -> int:
        return self._socket.frames if not self._is_silent else -1

    @frames.setter
    def frames(self, count: int) -> None:
        self._socket.frames = count

    async def send(self, text: bytes) -> None:
        await self._socket.send(text)

    async def probe(self) -> None:
        if self._is_silent:
            await self._closed.wait()
        await self._socket.probe()

    async def close(self) -> None:
        self._closed.set()
        await self._socket.close()

    async def receive(self) -> str | bytes:
        while not self._waiting:
            frame = await self._socket.receive()
            await self._come(frame if isinstance(frame, bytes) else frame.encode())
        frame = self._waiting.popleft()
        return self._line.let_through(frame) if frame.startswith(b'{"type":"') else frame

    async def _come(self, frame: bytes) -> None:
        held, self._held = self._held, None
        is_data = self._line.key in msgspec.json.decode(frame).get("msg", {})
        await self._spoilt(frame, self._line.next_trouble() if is_data else "")
        if held is not None:
            self._waiting.append(held)

    async def _spoilt(self, frame: bytes, trouble: str) -> None:
        match trouble:
            case "drop":
                await self._socket.close()
                raise SocketLost("connection dropped")
            case "gap":
                return
            case "duplicate":
                self._waiting += [frame, frame]
            case "reorder":
                self._held = frame
            case "nonsense":
                self._waiting += [b"<html><title>Bad gateway</title></html>", frame]
            case "shape":
                self._waiting.append(frame.replace(f'"{self._line.key}"'.encode(), b'"other"'))
            case "error":
                self._waiting += [b'{"type":"error","msg":{"code":99,"msg":"internal"}}', frame]
            case "silence":
                self._is_silent = True
                await self._closed.wait()
            case _:
                self._waiting.append(frame)
