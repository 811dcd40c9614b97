"""One connection: its subscriptions, its outbox, and what it is sent."""

from __future__ import annotations

import asyncio

from engine.domain.units import Nanoseconds
from engine.sandbox.server.stream.encoding import control
from engine.sandbox.server.stream.faults import StreamEffect, transmitted
from engine.sandbox.server.stream.limits import CommandBudget, StreamLimits
from engine.sandbox.server.stream.outbox import Outbox, OutboxFull
from engine.sandbox.server.stream.refusal import TEXTS
from engine.sandbox.server.stream.registry import Registry
from engine.sandbox.server.stream.subscription import Subscription
from engine.sandbox.server.stream.wires import ConnectionGone, Wires
from engine.wire.stream import Frame, StreamError, StreamErrorCode, StreamErrorMessage

GOING_AWAY = 1001
OVERLOADED = 1013
"""Closing codes of RFC 6455 and its registry: the server leaves, or cannot keep up; try again later."""
CUT = 0
"""No closing frame at all."""


class Session:
    """Owned by the hub. Everything but :meth:`pump` is synchronous and never waits for the client."""

    def __init__(
        self,
        account_id: str,
        *,
        may_read: bool,
        registry: Registry,
        limits: StreamLimits,
        now_ns: Nanoseconds,
    ) -> None:
        self.account_id = account_id
        self.may_read = may_read
        self.limits = limits
        self.registry = registry
        self.subscriptions: dict[int, Subscription] = {}
        self.outbox = Outbox(limits)
        self.budget = CommandBudget(limits.commands_per_second, now_ns)
        self.closing: int | None = None
        """Once set, the connection ends with this code, or without one (CUT)."""
        self.ended = asyncio.Event()
        self._last_sid = 0

    def next_sid(self) -> int:
        self._last_sid += 1
        return self._last_sid

    @property
    def market_count(self) -> int:
        return sum(len(s.markets) for s in self.subscriptions.values())

    def answer(self, frame: Frame, subscription: Subscription | None = None) -> None:
        """A control frame; on a subscription it pushes out what a fault held back before it."""
        self._put(subscription, control(frame))
        self._release(subscription)

    def deliver(self, subscription: Subscription, frame: bytes, effect: str | None = None) -> None:
        """A data frame, as the faults would have it."""
        if effect is None and subscription.held is None:
            self._put(subscription, frame)
            return
        if effect == StreamEffect.DROP:
            self.end(CUT)
            return
        sent, subscription.held = transmitted(frame, subscription.held, effect)
        for one in sent:
            self._put(subscription, one)

    def wake(self) -> None:
        self.outbox.wake()

    def end(self, code: int) -> None:
        """Ends the connection soon: with a closing code, or by cutting it."""
        if self.closing is None:
            self.closing = code
        self.leave()

    def leave(self) -> None:
        """Ends every subscription: the connection is over."""
        for subscription in list(self.subscriptions.values()):
            self.forget(subscription)
        self.ended.set()

    def forget(self, subscription: Subscription) -> None:
        """The subscription is over; nothing more is made for it."""
        subscription.is_over = True
        self.registry.forget(subscription)
        self.subscriptions.pop(subscription.sid, None)

    async def pump(self, wires: Wires) -> None:
        """Sends what waits, for as long as the client takes it."""
        try:
            while True:
                await wires.send(await self.outbox.take())
                # One connection with much to send must not keep the others waiting.
                await asyncio.sleep(0)
        except ConnectionGone:
            return

    async def say_goodbye(self, wires: Wires) -> None:
        """Closes the connection as :meth:`end` asked; does nothing where the client has left."""
        if self.closing == CUT:
            await wires.cut()
        elif self.closing is not None:
            await wires.close(self.closing)

    def _release(self, subscription: Subscription | None) -> None:
        if subscription is not None and subscription.held is not None:
            held, subscription.held = subscription.held, None
            self._put(subscription, held)

    def _put(self, subscription: Subscription | None, frame: bytes) -> None:
        if subscription is not None and subscription.is_over:
            return
        try:
            self.outbox.put(subscription, frame)
        except OutboxFull as full:
            if full.fullest is None:
                self.end(OVERLOADED)
                return
            self._overflow(full.fullest)
            self._put(subscription, frame)

    def _overflow(self, fullest: Subscription) -> None:
        """Ends a subscription whose messages nobody takes; the client may subscribe anew."""
        self.outbox.drop(fullest)
        self.forget(fullest)
        code = StreamErrorCode.BUFFER_OVERFLOW
        error = StreamError(sid=fullest.sid, msg=StreamErrorMessage(code=code, msg=TEXTS[code]))
        self._put(None, control(error))
