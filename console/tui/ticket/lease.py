"""The arm lease as this console sees it: the engine's word, minus the time since it was said."""

from __future__ import annotations

from collections.abc import Callable

from console.tui.desk import Desk
from console.tui.ticket.asking import Asking
from console.tui.ticket.messages import KEYS, Message, denial
from engine.control.protocol import AnswerState, CommandAnswer
from engine.control.rows.status import StatusRow
from engine.domain.command import Arm
from engine.domain.units import SECOND_NS, Nanoseconds

ARM_S = 600
RENEW_EACH_NS: Nanoseconds = 30 * SECOND_NS
_LOCKED = "KEYS LOCKED: nothing that adds risk is sent; A arms again"


class Lease:
    """``name`` is what the engine calls this console; empty: nobody knows, so nothing is ours."""

    def __init__(self, desk: Desk, asking: Asking, say: Callable[[Message], None]) -> None:
        self.name = ""
        self._desk = desk
        self._asking = asking
        self._say = say
        self._renewed_ns: Nanoseconds | None = None
        self._was_armed = False
        self._status: StatusRow | None = None
        self._told_ns: Nanoseconds = 0

    def look(self) -> None:
        """Takes the newest word of the engine, and under which name it knows us."""
        client = getattr(self._desk.tie, "client", None)
        if client is not None:
            self.name = client.hello.client
        status = self._desk.status
        if status is not self._status:
            self._status, self._told_ns = status, self._desk.mono_ns()
        if self._was_armed and not self.is_armed:
            self._say(Message(self._why_locked(), about=KEYS))
        self._was_armed = self.is_armed

    def _why_locked(self) -> str:
        if not self._desk.is_attached:
            return "KEYS LOCKED: the engine is lost; once it is back, A arms again"
        if self.armed_by:
            return f"KEYS LOCKED: {self.armed_by} armed its own; close and cancel go on working here"
        return _LOCKED

    def left_ns(self) -> Nanoseconds:
        """How much longer keys of this console may spend; 0 while they may not."""
        return self._left_ns() if self._is_ours() and self._desk.is_attached else 0

    @property
    def is_armed(self) -> bool:
        return self.left_ns() > 0

    @property
    def armed_by(self) -> str:
        """Who else holds the lease; empty if nobody."""
        lease = None if self._status is None else self._status.lease
        return lease.who if lease is not None and not self._is_ours() and self._left_ns() > 0 else ""

    async def arm(self, seconds: int) -> None:
        """Takes the lease, or (0) gives it back, and says what came of it."""
        answer = await self._asking.command(Arm(seconds))
        if isinstance(answer, str):
            text = f"not {'armed' if seconds else 'disarmed'}: {answer}; A again once the engine is back"
            self._say(Message(text, is_error=True, about=KEYS))
        elif answer.state is AnswerState.DENIED:
            self._say(Message(denial(answer), is_error=True, about=KEYS))
        elif seconds:
            self._say(Message("KEYS ARMED for ten minutes: Y or N opens a ticket, A disarms", about=KEYS))
        else:
            self._say(Message(_LOCKED, about=KEYS))

    def renew(self) -> None:
        """An order key was pressed: the lease goes on, asked for at most twice in a minute."""
        now = self._desk.mono_ns()
        is_soon = self._renewed_ns is not None and now - self._renewed_ns < RENEW_EACH_NS
        if 0 < self.left_ns() < ARM_S * SECOND_NS - RENEW_EACH_NS and not is_soon:
            self._renewed_ns = now
            self._asking.start(self._renew())

    async def _renew(self) -> None:
        answer = await self._asking.command(Arm(ARM_S))
        if isinstance(answer, CommandAnswer) and answer.state is AnswerState.DENIED:
            self._say(Message(denial(answer), is_error=True, about=KEYS))

    def _is_ours(self) -> bool:
        lease = None if self._status is None else self._status.lease
        return lease is not None and bool(self.name) and lease.who == self.name

    def _left_ns(self) -> Nanoseconds:
        lease = None if self._status is None else self._status.lease
        if lease is None:
            return 0
        return max(0, lease.left_ns - (self._desk.mono_ns() - self._told_ns))
