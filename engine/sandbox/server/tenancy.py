"""When an exchange that serves one home ends by itself: nobody came for long, or its home is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Protocol

LOOK_EACH_S = 1.0


class Traffic(Protocol):
    """What the server has served and serves: :class:`uvicorn.server.ServerState` has both."""

    total_requests: int

    @property
    def connections(self) -> Collection[object]: ...


class Tenancy:
    """Watches one server. ``idle_s`` without a connection, or a home that vanished or was replaced, ends it.

    ``now_s`` is monotonic.
    """

    def __init__(self, home: Path, idle_s: float, now_s: Callable[[], float]) -> None:
        """Raises FileNotFoundError if the home is not there."""
        self._home = home
        self._idle_s = idle_s
        self._now_s = now_s
        self._inode = _inode(home)
        if self._inode is None:
            raise FileNotFoundError(home)
        self._requests = -1
        self._busy_s = now_s()

    def reason_to_end(self, traffic: Traffic) -> str:
        """Empty while it goes on."""
        if _inode(self._home) != self._inode:
            return f"its home {self._home} is gone"
        if traffic.connections or traffic.total_requests != self._requests:
            self._requests = traffic.total_requests
            self._busy_s = self._now_s()
        idle_s = self._now_s() - self._busy_s
        return f"no client for {idle_s:.0f} s" if idle_s >= self._idle_s else ""

    async def watch(self, traffic: Traffic, end: Callable[[str], None]) -> None:
        """Calls ``end`` with the reason, once."""
        reason = ""
        while not reason:
            await asyncio.sleep(LOOK_EACH_S)
            reason = self.reason_to_end(traffic)
        end(reason)


def _inode(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
