"""The first line of defence: who connects, how many, and how fast they talk.

It sits under the WebSocket's own reader, so that what it turns away has cost next to nothing.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Callable
from typing import Any

from websockets.asyncio.server import Server, ServerConnection
from websockets.protocol import Event
from websockets.server import ServerProtocol

from engine.control.bucket import Bucket
from engine.control.limits import ControlLimits

_READ_BYTES = 4096
"""Bytes taken from a socket at once: tiny frames are parsed in small helpings, the engine runs in between."""
_WIRE_FRAMES_EACH_S = 1_000.0
_WIRE_FRAMES_BURST = 3_000
_UCRED = struct.Struct("3i")


class Turnstile:
    """Counts the sockets of one server. Where all places are taken, the one that has been silent for longest
    since it came gives way."""

    def __init__(self, limits: ControlLimits, clock: Callable[[], float]) -> None:
        self._most = limits.sockets
        self._silent_s = limits.silent_s
        self._clock = clock
        self._pace = Bucket(limits.connects_each_s, limits.connects_burst, clock)
        self._strangers: dict[GuardedConnection, float] = {}
        """Those who have not said hello and when they came, the oldest first."""
        self.open = 0
        self.turned_away = 0

    def enter(self, connection: GuardedConnection) -> bool:
        if not self._pace.take() or (self.open >= self._most and not self._make_room()):
            self.turned_away += 1
            return False
        self.open += 1
        self._strangers[connection] = self._clock()
        return True

    def greeted(self, connection: GuardedConnection) -> None:
        """It has said who it is, and keeps its place."""
        self._strangers.pop(connection, None)

    def leave(self, connection: GuardedConnection) -> None:
        self._strangers.pop(connection, None)
        self.open -= 1

    def _make_room(self) -> bool:
        oldest = next(iter(self._strangers), None)
        if oldest is None or self._clock() - self._strangers[oldest] < self._silent_s:
            return False
        del self._strangers[oldest]
        self.turned_away += 1
        oldest.transport.abort()
        return True


class GuardedConnection(ServerConnection):
    """``peer_uid`` is the user at the other end; None where the system does not say."""

    def __init__(
        self, turnstile: Turnstile, protocol: ServerProtocol, server: Server, **options: Any
    ) -> None:
        super().__init__(protocol, server, **options)
        self._turnstile = turnstile
        self._is_in = False
        self._wire_pace = Bucket(_WIRE_FRAMES_EACH_S, _WIRE_FRAMES_BURST, self.loop.time)
        self.peer_uid: int | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not self._turnstile.enter(self):
            assert isinstance(transport, asyncio.Transport)
            transport.abort()
            return
        self._is_in = True
        self.peer_uid = peer_uid(transport.get_extra_info("socket"))
        if hasattr(transport, "max_size"):
            transport.max_size = _READ_BYTES
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._is_in:
            self._turnstile.leave(self)
            super().connection_lost(exc)

    def process_event(self, event: Event) -> None:
        """Pings and fragments are not messages, so only a count of frames stops a flood of them."""
        if not self._wire_pace.take():
            self.transport.abort()
            return
        super().process_event(event)


def peer_uid(end: socket.socket) -> int | None:
    """The user of the process that connected (SO_PEERCRED); None on systems that do not have it."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return None
    _, uid, _ = _UCRED.unpack(end.getsockopt(socket.SOL_SOCKET, option, _UCRED.size))
    return int(uid)


def is_ours(connection: GuardedConnection) -> bool:
    """Where the system does not tell the peer, the socket's mode (0600) stands alone."""
    return connection.peer_uid is None or connection.peer_uid == os.getuid()
