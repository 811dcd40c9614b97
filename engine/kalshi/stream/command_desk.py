"""Commands on their way: their ids, what each asked for, and when an answer is overdue."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import Enum
from itertools import count
from typing import Protocol

import msgspec

from engine.domain.units import Nanoseconds
from engine.wire.stream import Command, CommandParams


class CommandKind(Enum):
    SUBSCRIBE = "subscribe"
    ADD_MARKETS = "add_markets"
    DELETE_MARKETS = "delete_markets"
    GET_SNAPSHOT = "get_snapshot"
    UNSUBSCRIBE = "unsubscribe"


class Asker(Protocol):
    """Who is told that no answer came."""

    def on_timeout(self, asked: Asked) -> None: ...


class Asked(msgspec.Struct, frozen=True, eq=False):
    id: int
    kind: CommandKind
    asker: Asker
    tickers: tuple[str, ...]
    deadline_ns: Nanoseconds
    """Monotonic."""


class CommandDesk:
    """The outgoing queue of one connection. ``on_waiting`` is called whenever something was put in it."""

    def __init__(self, now: Callable[[], Nanoseconds], timeout_ns: Nanoseconds) -> None:
        self.outbox: deque[bytes] = deque()
        self.on_waiting: Callable[[], None] = _nothing
        self._now = now
        self._timeout_ns = timeout_ns
        self._ids = count(1)
        self._waiting: dict[int, Asked] = {}

    def now(self) -> Nanoseconds:
        return self._now()

    def send(
        self,
        kind: CommandKind,
        params: CommandParams,
        asker: Asker,
        tickers: tuple[str, ...] = (),
        timeout_ns: Nanoseconds | None = None,
    ) -> int:
        """Queues one command; returns its id, which no other command of this process has."""
        number = next(self._ids)
        name = (
            kind.value if kind in (CommandKind.SUBSCRIBE, CommandKind.UNSUBSCRIBE) else "update_subscription"
        )
        deadline = self._now() + (self._timeout_ns if timeout_ns is None else timeout_ns)
        self._waiting[number] = Asked(number, kind, asker, tickers, deadline)
        self.outbox.append(msgspec.json.encode(Command(id=number, cmd=name, params=params)))
        self.on_waiting()
        return number

    def peek(self, number: object) -> Asked | None:
        return self._waiting.get(number) if isinstance(number, int) else None

    def close(self, number: object) -> Asked | None:
        """The command that an answer belongs to, which then waits no more."""
        return self._waiting.pop(number, None) if isinstance(number, int) else None

    def is_waiting_for(self, kind: CommandKind) -> bool:
        return any(asked.kind is kind for asked in self._waiting.values())

    def overdue(self) -> list[Asked]:
        """Commands whose time is up, taken off the list."""
        now = self._now()
        late = [asked for asked in self._waiting.values() if asked.deadline_ns <= now]
        for asked in late:
            del self._waiting[asked.id]
        return late

    def forget(self) -> None:
        """The connection is gone, with everything that was under way on it."""
        self.outbox.clear()
        self._waiting.clear()


def _nothing() -> None:
    return None
