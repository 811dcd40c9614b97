"""The engine's local interface: a WebSocket on a Unix socket that only its own user may open."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Callable
from http import HTTPStatus
from itertools import count
from pathlib import Path
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, unix_serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol

from engine.control.command_desk import CommandDesk
from engine.control.decisions import DecisionReader
from engine.control.endpoint import pointer_of, socket_to_listen
from engine.control.forecast_board import ForecastBoard
from engine.control.history import History
from engine.control.hub import Hub
from engine.control.limits import ControlLimits
from engine.control.market_answers import MarketAnswers
from engine.control.outside_board import OutsideBoard
from engine.control.people import People
from engine.control.protocol import (
    OLDEST_PROTOCOL,
    PROTOCOL,
    BadFrame,
    Frame,
    Hello,
    Refused,
    RefusedCode,
    Welcome,
    agreed_protocol,
    decode_client_frame,
    encode,
)
from engine.control.public_board import PublicBoard
from engine.control.pushed_topics import DeskTopic, LogTopic
from engine.control.rows.status import ExchangeRow, StatusRow
from engine.control.session import POLICY, Session
from engine.control.shell import Shell
from engine.control.socket_guard import GuardedConnection, Turnstile, is_ours
from engine.control.status_row import StatusSource
from engine.control.xray import XrayReader
from engine.core.inputs import Command
from engine.domain.command import Arm, CommandBody, WatchMarkets
from engine.ledger.queries import LedgerQueries
from engine.ports import Clock, MarketReads

_log = logging.getLogger(__name__)
_wire_log = logging.getLogger(__name__ + ".wire")
_wire_log.setLevel(logging.CRITICAL)
"""A hostile client must not fill the log with tracebacks of its own making."""
_LONGEST_NAME = 64
_TRY_AGAIN = 1013
_BACKLOG = 16
"""Connections taken in one turn of the loop: each has a file open until the turnstile has looked at it."""


class ControlServer:
    """Serves ``path`` from :meth:`start` to :meth:`stop`. Open it once the engine has a picture to show."""

    def __init__(
        self,
        shell: Shell,
        ledger: LedgerQueries,
        path: Path,
        clock: Clock,
        *,
        exchange: Callable[[], ExchangeRow] | None = None,
        limits: ControlLimits | None = None,
        reads: MarketReads | None = None,
        board: PublicBoard | None = None,
        people: People | None = None,
        forecasts: ForecastBoard | None = None,
        decisions: DecisionReader | None = None,
        outside: OutsideBoard | None = None,
        xray: XrayReader | None = None,
    ) -> None:
        """``exchange`` tells of requests and clock offset, which only the adapter knows; ``reads`` asks the
        exchange about a market; ``board`` is given its public trades and index values, ``forecasts`` what
        the scans find, ``outside`` what collectors tell; ``decisions`` reads verdicts, ``xray`` the
        account's own results."""
        self._shell = shell
        self._path = path
        self._limits = limits or ControlLimits()
        engine = shell.engine
        self._outside = outside or OutsideBoard()
        self._status = StatusSource(
            engine, clock, os.getpid(), lambda: shell.rev, exchange, people, self._outside
        )
        self._forecasts = forecasts or ForecastBoard()
        self._desk = DeskTopic(engine, self._status, self._limits, self._forecasts)
        self._log_topic = LogTopic(engine, clock, self._limits)
        self._commands = CommandDesk(shell, self._limits.commands_kept, people)
        answers = None if reads is None else MarketAnswers(reads, clock)
        self._history = History(engine, ledger, answers, people, decisions, xray)
        self._board = board or PublicBoard()
        self._hub: Hub | None = None
        self._turnstile: Turnstile | None = None
        self._sessions: dict[Session, None] = {}
        self._names = count(1)
        self._end_subscription: Callable[[], None] | None = None
        self._server: Server | None = None
        self._bound: tuple[Path, int] | None = None
        self._releasing: set[asyncio.Task[None]] = set()
        self._is_stopping = False

    @property
    def clients(self) -> int:
        return len(self._sessions)

    @property
    def turned_away(self) -> int:
        """Connections that were ended before a word was read."""
        return 0 if self._turnstile is None else self._turnstile.turned_away

    @property
    def restarts(self) -> int:
        """How often topics of the clients that are here began anew because those were too slow."""
        return sum(session.restarts for session in self._sessions)

    def status(self) -> StatusRow:
        """As clients are told it."""
        return self._status.row(self.clients)

    async def start(self) -> None:
        """Raises OSError if the socket cannot be made, RuntimeFolderUnsafe if it would lie among
        strangers."""
        limits = self._limits
        loop = asyncio.get_running_loop()
        self._hub = Hub(self._desk, self._log_topic, limits, self._board, self._forecasts, self._outside)
        turnstile = self._turnstile = Turnstile(limits, loop.time)

        def connection(protocol: ServerProtocol, server: Server, **options: Any) -> GuardedConnection:
            return GuardedConnection(turnstile, protocol, server, **options)

        self._server = await unix_serve(
            self._serve,
            sock=self._bind(),
            process_request=self._admit,
            create_connection=connection,
            compression=None,
            open_timeout=limits.open_s,
            close_timeout=1,
            ping_interval=limits.ping_s,
            ping_timeout=limits.ping_timeout_s,
            max_size=limits.frame_bytes,
            max_queue=16,
            server_header=None,
            backlog=_BACKLOG,
            logger=_wire_log,
        )
        self._hub.start()
        self._end_subscription = self._shell.subscribe(self._hub.on_step)

    async def stop(self) -> None:
        """Says goodbye to everyone and takes the socket away."""
        if self._server is None or self._hub is None or self._end_subscription is None:
            return
        self._is_stopping = True
        self._end_subscription()
        self._hub.stop()
        self._server.close()
        await self._server.wait_closed()
        for task in self._releasing:
            task.cancel()
        await asyncio.gather(*self._releasing, return_exceptions=True)
        self._unbind()
        self._server = None

    def _bind(self) -> socket.socket:
        """A socket of mode 0600 from its first moment on under its name; takes the place of a dead one."""
        path = socket_to_listen(self._path)
        fresh = path.with_name(path.name + ".new")
        fresh.unlink(missing_ok=True)
        end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            end.bind(str(fresh))
            fresh.chmod(0o600)
            end.setblocking(False)
            self._bound = (path, fresh.stat().st_ino)
            fresh.replace(path)
        except OSError:
            end.close()
            raise
        return end

    def _unbind(self) -> None:
        """Only what is still ours: another engine may have come since."""
        if self._bound is None:
            return
        path, inode = self._bound
        with contextlib.suppress(FileNotFoundError):
            if path.lstat().st_ino == inode:
                path.unlink()
                pointer_of(self._path).unlink(missing_ok=True)

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        assert isinstance(connection, GuardedConnection)
        if not is_ours(connection):
            _log.warning("control: turned away user %s", connection.peer_uid)
            return connection.respond(HTTPStatus.FORBIDDEN, "another user's engine\n")
        if len(self._sessions) >= self._limits.clients:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "too many clients\n")
        return None

    async def _serve(self, connection: ServerConnection) -> None:
        try:
            async with asyncio.timeout(self._limits.open_s):
                hello = self._read_hello(await connection.recv())
                if len(self._sessions) >= self._limits.clients:
                    await connection.close(_TRY_AGAIN, "too many clients")
                    return
                reply = self._reply_to(hello)
                await connection.send(encode(reply), text=True)
        except (TimeoutError, ConnectionClosed):
            connection.transport.abort()
            return
        if not isinstance(reply, Welcome):
            await connection.close(POLICY, "refused")
            return
        if self._turnstile is not None and isinstance(connection, GuardedConnection):
            self._turnstile.greeted(connection)
        await self._run(connection, reply)

    def _read_hello(self, text: str | bytes) -> Hello | Refused:
        try:
            frame = decode_client_frame(text)
        except BadFrame as error:
            return _refused(RefusedCode.BAD_HELLO, f"hello: {error}"[:200])
        if isinstance(frame, Hello):
            return frame
        return _refused(RefusedCode.BAD_HELLO, "the first frame must be hello")

    def _reply_to(self, hello: Hello | Refused) -> Frame:
        if isinstance(hello, Refused):
            return hello
        protocol = agreed_protocol(hello)
        if protocol is None:
            text = (
                f"protocol: got {hello.protocol}, wanted {OLDEST_PROTOCOL} to {PROTOCOL}; "
                f"{'the engine is older: restart it' if hello.protocol > PROTOCOL else 'update this program'}"
            )
            return _refused(RefusedCode.PROTOCOL, text)
        settings = self._shell.engine.settings
        return Welcome(
            protocol=protocol,
            role=hello.role,
            client=hello.client[:_LONGEST_NAME] or f"{hello.name[:32] or 'client'}-{next(self._names)}",
            venue=settings.venue,
            pid=os.getpid(),
            account=settings.account,
            build=settings.build,
            run_id=self._shell.engine.money.run_id,
        )

    async def _run(self, connection: ServerConnection, welcome: Welcome) -> None:
        assert self._hub is not None
        session = Session(
            connection,
            welcome.client,
            welcome.role,
            self._shell.engine,
            self._hub,
            self._commands,
            self._history,
            self._limits,
        )
        self._sessions[session] = None
        self._hub.add(session)
        try:
            await session.run()
        finally:
            self._hub.remove(session)
            del self._sessions[session]
            self._release(session)

    def _release(self, session: Session) -> None:
        """Nobody is there any more under that name: its lease and its watch list end."""
        who = session.who
        if self._is_stopping or any(other.who == who for other in self._sessions):
            return
        lease = self._shell.engine.lease
        bodies: list[CommandBody] = []
        if lease is not None and lease.who == who:
            bodies.append(Arm(0))
        if session.watches:
            bodies.append(WatchMarkets(()))
        for body in bodies:
            task = asyncio.create_task(self._give_back(who, body))
            self._releasing.add(task)
            task.add_done_callback(self._releasing.discard)

    async def _give_back(self, who: str, body: CommandBody) -> None:
        command_id = f"control-{self._shell.engine.money.run_id}-{next(self._names)}"
        try:
            await self._shell.command(Command(command_id, who, body))
        except TimeoutError:
            _log.warning("control: %s of %s was not answered", type(body).__name__, who)


def _refused(code: RefusedCode, text: str) -> Refused:
    return Refused(code, text, PROTOCOL, OLDEST_PROTOCOL)
