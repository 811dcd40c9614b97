"""The stream of one exchange: every connection, and the events that reach them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from starlette.websockets import WebSocket

from engine.domain.units import MILLISECOND_NS
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.feed import FeedEvent
from engine.sandbox.server.answers import TOO_MANY_REQUESTS, refusal_response
from engine.sandbox.server.auth import READ, AuthRefusal, Caller, KeyRing
from engine.sandbox.server.stream.channels import Channel
from engine.sandbox.server.stream.commands import handle
from engine.sandbox.server.stream.faults import StreamFaults
from engine.sandbox.server.stream.limits import StreamLimits
from engine.sandbox.server.stream.publisher import Publisher
from engine.sandbox.server.stream.registry import Registry
from engine.sandbox.server.stream.session import GOING_AWAY, Session
from engine.sandbox.server.stream.wires import wires_of
from engine.sandbox.server.wall import SystemWall, Wall
from engine.wire.signing import WEBSOCKET_PATH


class Hub:
    """``publish`` is synchronous and never waits for a client; ``endpoint`` is the WebSocket route."""

    def __init__(
        self,
        exchange: Exchange,
        faults: StreamFaults,
        keys: KeyRing,
        limits: StreamLimits | None = None,
        wall: Wall | None = None,
    ) -> None:
        self._exchange = exchange
        self._keys = keys
        self._limits = limits if limits is not None else StreamLimits()
        self._wall = wall if wall is not None else SystemWall()
        self._registry = Registry()
        self._publisher = Publisher(exchange, faults, self._registry)
        self._sessions: dict[Session, None] = {}

    @property
    def connections(self) -> int:
        return len(self._sessions)

    @property
    def followed(self) -> list[str]:
        """The markets whose books clients ask for by name."""
        return self._registry.names(Channel.ORDERBOOK_DELTA)

    @property
    def sessions(self) -> list[Session]:
        """The open connections, the oldest first."""
        return list(self._sessions)

    def publish(self, events: Sequence[FeedEvent]) -> None:
        """Sends a batch of events to whoever listens; costs one look when nobody does."""
        if not self._registry:
            self._publisher.forget_tickers()
        elif events:
            self._publisher.publish(events)

    async def endpoint(self, websocket: WebSocket) -> None:
        """One connection from its upgrade to its end."""
        caller = await self._admit(websocket)
        if caller is None:
            return
        session = self.open_session(caller)
        try:
            await websocket.accept()
            await self._serve(session, websocket)
        finally:
            self.close_session(session)

    async def close(self) -> None:
        """Says goodbye to every client."""
        for session in list(self._sessions):
            session.end(GOING_AWAY)

    def open_session(self, caller: Caller) -> Session:
        session = Session(
            caller.account_id,
            may_read=caller.may(READ),
            registry=self._registry,
            limits=self._limits,
            now_ns=self._wall.now_ns(),
        )
        self._sessions[session] = None
        return session

    def close_session(self, session: Session) -> None:
        """The connection is over; nothing is made for it any more."""
        self._sessions.pop(session, None)
        session.leave()

    def receive(self, session: Session, raw: bytes | str) -> None:
        """One message of a client."""
        handle(session, self._exchange, raw, self._wall.now_ns())

    async def _admit(self, websocket: WebSocket) -> Caller | None:
        """The caller, or None once the upgrade has been refused with an HTTP answer."""
        at_ms = self._wall.now_ns() // MILLISECOND_NS
        try:
            caller = self._keys.verify(websocket.headers, "GET", WEBSOCKET_PATH, at_ms)
        except AuthRefusal as refused:
            await websocket.send_denial_response(refusal_response(refused))
            return None
        open_already = sum(session.account_id == caller.account_id for session in self._sessions)
        if open_already >= self._limits.connections_per_account:
            await websocket.send_denial_response(refusal_response(TOO_MANY_REQUESTS, 429))
            return None
        return caller

    async def _serve(self, session: Session, websocket: WebSocket) -> None:
        """Reads and writes until one of them, or the session itself, is over."""
        wires = wires_of(websocket)
        tasks = [
            asyncio.create_task(self._read(session, websocket)),
            asyncio.create_task(session.pump(wires)),
            asyncio.create_task(session.ended.wait()),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            session.leave()
            await _stop(tasks)
            await session.say_goodbye(wires)

    async def _read(self, session: Session, websocket: WebSocket) -> None:
        while True:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            raw = message.get("text")
            self.receive(session, message.get("bytes", b"") if raw is None else raw)


async def _stop(tasks: Sequence[asyncio.Task[Any]]) -> None:
    """Cancels what still runs; a task that failed fails the connection."""
    for task in tasks:
        task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, Exception):
            raise outcome
