"""A control server without an engine: it speaks the real protocol and says what the test told it to."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec
from websockets.asyncio.server import ServerConnection, unix_serve

from engine.control.endpoint import socket_to_listen
from engine.control.protocol import (
    DESK,
    CommandAnswer,
    CommandRequest,
    ControlCode,
    Delta,
    DeskRows,
    Frame,
    Hello,
    Query,
    QueryAnswer,
    Rows,
    Snapshot,
    Subscribe,
    Welcome,
    decode_client_frame,
    encode,
    encode_value,
)
from engine.control.queries import KINDS
from engine.control.rows.account import CashRow
from engine.control.rows.forecasts import ScanRow
from engine.control.rows.orders import ConditionRow, LoadRow, OrderRow, PlanRow
from engine.control.rows.status import StatusRow

Script = Callable[[CommandRequest], Sequence[Frame] | None]
"""What follows a command; None ends the connection without a word."""


def status_row(**fields: Any) -> StatusRow:
    base: dict[str, Any] = {
        "venue": "sandbox",
        "mode": "RUNNING",
        "pid": os.getpid(),
        "uptime_ns": 0,
        "rev": 1,
    }
    return StatusRow(**{**base, "is_ready": True, **fields})


class FakeControl:
    """``with FakeControl(home) as desk:`` listens in a thread of its own.

    ``rows`` are the answers of queries by kind; ``script`` answers commands; ``commands`` is what was asked.
    """

    def __init__(self, home: Path, *, venue: str = "sandbox", pid: int | None = None) -> None:
        self.status = status_row(venue=venue)
        self.cash: CashRow | None = None
        self.conditions: tuple[ConditionRow, ...] = ()
        self.loads: tuple[LoadRow, ...] = ()
        self.plans: tuple[PlanRow, ...] = ()
        self.scan: ScanRow | None = None
        self.topics: dict[str, Rows] = {}
        """What those that may be followed hold."""
        self.rows: dict[str, list[Any]] = {}
        self.refusals: dict[str, str] = {}
        self.script: Script = lambda request: ()
        self.commands: list[CommandRequest] = []
        self.queries: list[Query] = []
        self.page = 2
        """Rows on one page, so that paging is always exercised."""
        self._pid = os.getpid() if pid is None else pid
        self._path = socket_to_listen(home / "engine.sock")
        self._is_up = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end = asyncio.Event()

    def __enter__(self) -> FakeControl:
        self._thread.start()
        assert self._is_up.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with unix_serve(self._talk, str(self._path), compression=None):
            self._is_up.set()
            await self._end.wait()

    async def _talk(self, socket: ServerConnection) -> None:
        hello = decode_client_frame(await socket.recv())
        assert isinstance(hello, Hello)
        welcome = Welcome(
            protocol=hello.protocol,
            role=hello.role,
            client="sparko-1",
            venue=self.status.venue,
            pid=self._pid,
        )
        await socket.send(encode(welcome), text=True)
        desk = DeskRows(
            status=self.status,
            cash=self.cash,
            conditions=self.conditions,
            loads=self.loads,
            plans=self.plans,
            scan=self.scan,
        )
        await socket.send(encode(Snapshot(DESK, 1, desk)), text=True)
        async for text in socket:
            for frame in self._replies(decode_client_frame(text)) or [None]:
                if frame is None:
                    socket.transport.abort()
                    return
                await socket.send(encode(frame), text=True)

    def _replies(self, frame: Frame) -> Sequence[Frame] | None:
        if isinstance(frame, Query):
            self.queries.append(frame)
            return [self._answer(frame)]
        if isinstance(frame, Subscribe):
            return [Snapshot(frame.topic, 1, self.topics[frame.topic])]
        assert isinstance(frame, CommandRequest)
        self.commands.append(frame)
        return self.script(frame)

    def _answer(self, query: Query) -> QueryAnswer:
        if query.kind in self.refusals:
            return QueryAnswer(query.query_id, code=ControlCode.NOT_FOUND, text=self.refusals[query.kind])
        msgspec.json.decode(query.args, type=KINDS[query.kind].args)
        rows = self.rows.get(query.kind, [])
        start = int(query.cursor or 0)
        end = start + min(self.page, query.limit)
        cursor = str(end) if end < len(rows) else None
        return QueryAnswer(query.query_id, encode_value(rows[start:end]), cursor)


def told(order: OrderRow, rev: int) -> Delta:
    """The order moved, after ``rev`` of the desk."""
    return Delta(DESK, rev, rev + 1, DeskRows(orders=(order,)))


__all__ = ["CommandAnswer", "FakeControl", "status_row", "told"]
