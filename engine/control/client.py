"""A connection to a running engine, for consoles and commands.

It imports nothing of the engine but its words, so that a console starts fast and may crash freely.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from itertools import count
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from engine.control.endpoint import socket_to_reach
from engine.control.errors import (
    ConnectionLost,
    ControlError,
    EngineBusy,
    EngineNotRunning,
    EngineSilent,
    NoAnswer,
    NotAllowed,
    ProtocolMismatch,
    QueryRefused,
)
from engine.control.protocol import (
    DESK,
    OLDEST_PROTOCOL,
    PROTOCOL,
    BadFrame,
    CommandAnswer,
    CommandRequest,
    Delta,
    Frame,
    Hello,
    Query,
    QueryAnswer,
    Refused,
    RefusedCode,
    Resync,
    Role,
    Snapshot,
    Subscribe,
    Trouble,
    Unsubscribe,
    Welcome,
    decode_server_frame,
    encode,
    encode_value,
)
from engine.control.queries import Args, NoArgs, Page, rows_of
from engine.control.replica import Replica
from engine.domain.command import AlertBody, CommandBody

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

OPEN_WITHIN_S = 5.0
ANSWER_WITHIN_S = 15.0
"""The engine itself answers each command within ten seconds."""
_LONGEST_FRAME = 16 * 1024 * 1024

Listener = Callable[[str], None]
"""Told the topic that changed, or an empty text when the connection ended."""


class ControlClient:
    """Made by :meth:`connect`. ``hello`` is the engine's welcome, ``replica`` the picture it sends."""

    def __init__(self, socket: ClientConnection, hello: Welcome, replica: Replica) -> None:
        self.hello = hello
        self.replica = replica
        self.heard_mono_s = monotonic()
        """When the engine was last heard; it beats at least every second or so."""
        self.troubles: list[Trouble] = []
        self.unread = 0
        """Frames that a newer engine sent and this program does not know."""
        self.lost: ConnectionLost | None = None
        self._socket = socket
        self._commands: dict[str, list[asyncio.Future[CommandAnswer]]] = {}
        self._queries: dict[int, asyncio.Future[QueryAnswer]] = {}
        self._numbers = count(1)
        self._listeners: dict[Listener, None] = {}
        self._reader: asyncio.Task[None] | None = None

    @classmethod
    async def connect(
        cls,
        path: Path,
        *,
        role: Role = Role.OPERATE,
        name: str = "",
        client: str = "",
        replica: Replica | None = None,
        within_s: float = OPEN_WITHIN_S,
    ) -> ControlClient:
        """Connects to the engine whose socket is at ``path`` (``<home>/engine.sock``) and waits for its desk.

        ``client`` names this program over all its connections (the lease and the watch list are its own).
        Raises EngineNotRunning, EngineSilent, EngineBusy, ProtocolMismatch, NotAllowed, ConnectionLost.
        """
        try:
            async with asyncio.timeout(within_s):
                socket = await _open(path)
                try:
                    made = await cls._greet(
                        socket, path, Hello(PROTOCOL, role, name, OLDEST_PROTOCOL, client), replica
                    )
                    await made.until(lambda replica: replica.rev(DESK) is not None)
                    return made
                except BaseException:
                    socket.transport.abort()
                    raise
        except TimeoutError:
            raise EngineSilent(path, within_s) from None

    @classmethod
    async def _greet(
        cls, socket: ClientConnection, path: Path, hello: Hello, replica: Replica | None
    ) -> ControlClient:
        from websockets.exceptions import ConnectionClosed

        try:
            await socket.send(encode(hello), text=True)
            reply = decode_server_frame(await socket.recv())
        except ConnectionClosed:
            raise EngineBusy(path) from None
        except BadFrame as error:
            raise ProtocolMismatch(
                PROTOCOL, -1, f"the engine's greeting is not understood: {error}"
            ) from None
        if isinstance(reply, Refused):
            raise _refusal(reply)
        if not isinstance(reply, Welcome):
            raise ProtocolMismatch(PROTOCOL, -1, f"the engine greets with {type(reply).__name__}")
        made = cls(socket, reply, replica or Replica())
        made._reader = asyncio.create_task(made._read())
        return made

    async def __aenter__(self) -> ControlClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Leaves. Commands that wait are answered with ConnectionLost."""
        await self._socket.close()
        if self._reader is not None:
            await self._reader

    async def drop(self) -> None:
        """Leaves without a goodbye, whether or not the engine still listens."""
        self._socket.transport.abort()
        if self._reader is not None:
            await self._reader

    async def command(
        self,
        body: CommandBody | AlertBody,
        *,
        command_id: str = "",
        is_interactive: bool = False,
        within_s: float = ANSWER_WITHIN_S,
    ) -> CommandAnswer:
        """Asks the engine to do something and returns what it said, a denial too.

        The same ``command_id`` with the same body gets the same answer. Raises NotAllowed for a viewer, and
        ConnectionLost or NoAnswer when it is not known what became of it.
        """
        if self.hello.role is not Role.OPERATE:
            raise NotAllowed("this client only looks; it may not change anything")
        command_id = command_id or uuid4().hex
        answer: asyncio.Future[CommandAnswer] = asyncio.get_running_loop().create_future()
        waiting = self._commands.setdefault(command_id, [])
        waiting.append(answer)
        try:
            await self._send(CommandRequest(command_id, body, is_interactive), command_id)
            async with asyncio.timeout(within_s):
                return await answer
        except TimeoutError:
            raise NoAnswer(f"command {command_id}", within_s) from None
        finally:
            waiting.remove(answer)
            if not waiting:
                self._commands.pop(command_id, None)

    async def query(
        self,
        kind: str,
        args: Args | None = None,
        cursor: str | None = None,
        limit: int = 100,
        within_s: float = ANSWER_WITHIN_S,
    ) -> Page[Any]:
        """One page of rows of the kind (:data:`engine.control.queries.KINDS`).

        Raises QueryRefused, ConnectionLost, NoAnswer.
        """
        number = next(self._numbers)
        answer: asyncio.Future[QueryAnswer] = asyncio.get_running_loop().create_future()
        self._queries[number] = answer
        try:
            await self._send(Query(number, kind, encode_value(args or NoArgs()), cursor, limit))
            async with asyncio.timeout(within_s):
                page = await answer
        except TimeoutError:
            raise NoAnswer(f"query {kind}", within_s) from None
        finally:
            del self._queries[number]
        if page.code:
            raise QueryRefused(kind, page.code, page.text)
        return Page(rows_of(kind).decode(page.items), page.cursor)

    async def subscribe(self, topic: str) -> None:
        """Follows a topic; its picture is in the replica from the first snapshot on."""
        await self._send(Subscribe(topic))

    async def unsubscribe(self, topic: str) -> None:
        await self._send(Unsubscribe(topic))
        self.replica.drop(topic)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Calls ``listener`` after each change of the replica. Returns how to end it."""
        self._listeners[listener] = None

        def end() -> None:
            self._listeners.pop(listener, None)

        return end

    async def until(self, holds: Callable[[Replica], bool]) -> None:
        """Waits until something is so in the replica. Raises ConnectionLost."""
        changed = asyncio.Event()
        end = self.listen(lambda _: changed.set())
        try:
            while not holds(self.replica):
                if self.lost is not None:
                    raise self.lost
                await changed.wait()
                changed.clear()
        finally:
            end()

    async def wait_lost(self) -> ConnectionLost:
        """Returns when the connection has ended, with why."""
        if self._reader is not None:
            await asyncio.shield(self._reader)
        return self.lost or ConnectionLost("closed")

    async def _send(self, frame: Frame, command_id: str = "") -> None:
        from websockets.exceptions import ConnectionClosed

        if self.lost is not None:
            raise ConnectionLost(str(self.lost), command_id)
        try:
            await self._socket.send(encode(frame), text=True)
        except ConnectionClosed as error:
            raise ConnectionLost(f"the engine is gone: {error}", command_id) from None

    async def _read(self) -> None:
        from websockets.exceptions import ConnectionClosed

        reason = "the engine closed the connection"
        try:
            async for text in self._socket:
                self.heard_mono_s = monotonic()
                await self._take(text)
        except ConnectionClosed as error:
            reason = f"the connection to the engine broke: {error}"
        finally:
            self._ended(reason)

    async def _take(self, text: str | bytes) -> None:
        try:
            frame = decode_server_frame(text)
        except BadFrame:
            self.unread += 1
            return
        match frame:
            case Snapshot() | Delta():
                resync = self.replica.apply(frame)
                if resync is not None:
                    await self._resync(resync)
                self._tell(frame.topic)
            case CommandAnswer():
                for waiting in self._commands.get(frame.command_id, ()):
                    if not waiting.done():
                        waiting.set_result(frame)
            case QueryAnswer():
                asked = self._queries.get(frame.query_id)
                if asked is not None and not asked.done():
                    asked.set_result(frame)
            case Trouble():
                self.troubles = [*self.troubles[-99:], frame]
                self._tell(frame.about)

    async def _resync(self, resync: Resync) -> None:
        with contextlib.suppress(ConnectionLost):
            await self._send(resync)

    def _tell(self, topic: str) -> None:
        for listener in tuple(self._listeners):
            listener(topic)

    def _ended(self, reason: str) -> None:
        self.lost = ConnectionLost(reason)
        self.replica.distrust()
        for command_id, waiting in self._commands.items():
            for answer in waiting:
                if not answer.done():
                    answer.set_exception(ConnectionLost(reason, command_id))
        for page in self._queries.values():
            if not page.done():
                page.set_exception(ConnectionLost(reason))
        self._tell("")


async def _open(path: Path) -> ClientConnection:
    # The library is loaded with the first connection: a desk paints its first screen before that.
    from websockets.asyncio.client import unix_connect
    from websockets.exceptions import InvalidHandshake, InvalidStatus

    try:
        return await unix_connect(
            str(socket_to_reach(path)),
            compression=None,
            max_size=_LONGEST_FRAME,
            ping_interval=None,
            open_timeout=None,
            close_timeout=1,
            user_agent_header=None,
        )
    except InvalidStatus as error:
        raise _turned_away(path, error.response.status_code) from None
    except PermissionError:
        raise NotAllowed(f"the socket {path} belongs to another user") from None
    except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
        raise EngineNotRunning(path) from None
    except (OSError, InvalidHandshake, EOFError):
        raise EngineBusy(path) from None


def _turned_away(path: Path, status: int) -> ControlError:
    if status == 403:
        return NotAllowed(f"the engine on {path} belongs to another user")
    return EngineBusy(path)


def _refusal(refused: Refused) -> ControlError:
    if refused.code is RefusedCode.NOT_ALLOWED:
        return NotAllowed(refused.text)
    return ProtocolMismatch(PROTOCOL, refused.protocol, refused.text)
