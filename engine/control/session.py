"""One client: what it sends is read at the engine's pace, what it gets waits in bounds.

Nothing that a client does or leaves undone waits in the engine's own path. Its reader and its writer are
tasks of their own; the hub only adds to the outbox and to what is due.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from itertools import count
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from engine.control.bucket import Bucket
from engine.control.bundled_feeds import BookFeed, BundledFeed, WatchFeed
from engine.control.command_desk import CommandDesk, refused
from engine.control.forecast_board import ForecastFeed
from engine.control.history import History
from engine.control.hub import Hub
from engine.control.limits import ControlLimits
from engine.control.outbox import Outbox, OutboxFull
from engine.control.outside_board import OutsideFeed
from engine.control.protocol import (
    BOOK_PREFIX,
    DESK,
    FORECAST_PREFIX,
    INDEX,
    LOG,
    OUTSIDE,
    TAPE_PREFIX,
    WATCH,
    BadFrame,
    CommandRequest,
    ControlCode,
    Frame,
    Hello,
    Query,
    QueryAnswer,
    Resync,
    Role,
    Subscribe,
    Trouble,
    Unsubscribe,
    decode_client_frame,
    encode,
)
from engine.control.public_board import IndexFeed, TapeFeed
from engine.core.engine import Engine
from engine.domain.command import WatchMarkets

_log = logging.getLogger(__name__)
_LONGEST_TOPIC = 120
_FRAMES_A_TURN = 8
"""Written before other tasks get their turn; making a snapshot counts as one."""
POLICY = 1008


class Session:
    """Runs from :meth:`run` until the client leaves, breaks the rules, or takes nothing for too long."""

    def __init__(
        self,
        socket: ServerConnection,
        who: str,
        role: Role,
        engine: Engine,
        hub: Hub,
        commands: CommandDesk,
        history: History,
        limits: ControlLimits,
    ) -> None:
        self.who = who
        self.role = role
        self.watches = False
        """Whether it ever asked the engine to watch markets."""
        self._socket = socket
        self._engine = engine
        self._hub = hub
        self._commands = commands
        self._history = history
        self._limits = limits
        self._outbox = Outbox(limits.outbox_frames, limits.outbox_bytes)
        self._pushed: set[str] = {DESK}
        self._bundled: dict[str, BundledFeed] = {}
        self._due: dict[str, None] = {DESK: None}
        """Topics of which something is to be sent, in the order in which they became so."""
        self._mail = asyncio.Event()
        self._mail.set()
        self._loop = asyncio.get_running_loop()
        self._pace = Bucket(limits.frames_each_s, limits.frames_burst, self._loop.time)
        self._asked = Bucket(limits.asked_bytes_each_s, limits.asked_bytes_burst, self._loop.time)
        self._wanted: set[str] = set()
        """Topics whose snapshot the client asked for and that is not made yet."""
        self._bad_frames = 0
        self._waiting = {ControlCode.TOO_MANY_COMMANDS: 0, ControlCode.TOO_MANY_QUERIES: 0}
        self._tasks: set[asyncio.Task[None]] = set()
        self._restarts = 0
        self._sending_since: float | None = None

    @property
    def restarts(self) -> int:
        """How often topics began anew because the client was too slow."""
        return self._restarts

    async def run(self) -> None:
        """Until the connection ends."""
        writer = asyncio.create_task(self._guarded(self._write))
        try:
            await self._read()
        except ConnectionClosed:
            pass
        finally:
            for feed in self._bundled.values():
                feed.leave()
            for task in (writer, *self._tasks):
                task.cancel()
            await asyncio.gather(writer, *self._tasks, return_exceptions=True)

    async def _guarded(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """A client is not left waiting for what failed here: it is sent away, and comes back if it likes."""
        try:
            await work()
        except OutboxFull as error:
            _log.warning("client %s: %s; sent away", self.who, error)
            self._socket.transport.abort()
        except Exception:
            _log.exception("client %s: not served any more", self.who)
            self._socket.transport.abort()

    # What the hub calls; none of it waits.

    def push(self, topic: str, data: bytes) -> None:
        """A change of a topic that everyone who follows it gets."""
        if topic not in self._pushed or topic in self._due:
            return
        if topic == DESK and len(data) > self._limits.desk_bytes:
            self._restart(topic)
            return
        for dropped in self._outbox.push(topic, data):
            self._restarts += 1
            self._due[dropped] = None
        self._mail.set()

    def touch(self, tickers: set[str]) -> None:
        """Quotes or books of these changed."""
        self._mark(lambda feed: feed.touch(tickers))

    def universe_changed(self) -> None:
        self._mark(lambda feed: feed.universe_changed())

    def public_moved(self, topics: set[str]) -> None:
        self._mark(lambda feed: feed.public_moved(topics))

    def restart(self) -> None:
        """Everything begins anew: what was sent may be wrong."""
        for topic in self._pushed:
            self._restart(topic)
        for topic in self._bundled:
            self._restart(topic)

    def check(self) -> None:
        """Ends a connection that takes nothing, or whose transport holds too much (pongs are not in the
        outbox)."""
        since = self._sending_since
        is_stuck = since is not None and self._loop.time() - since > self._limits.send_s
        if is_stuck or self._socket.transport.get_write_buffer_size() > self._limits.transport_bytes:
            self._socket.transport.abort()

    def _mark(self, is_due: Callable[[BundledFeed], bool]) -> None:
        for topic, feed in self._bundled.items():
            if is_due(feed):
                self._due[topic] = None
                self._mail.set()

    # The writer.

    async def _write(self) -> None:
        for number in count():
            data = self._outbox.pop() or self._next_due()
            if data is None:
                self._mail.clear()
                await self._mail.wait()
                continue
            self._sending_since = self._loop.time()
            try:
                await self._socket.send(data, text=True)
            except ConnectionClosed:
                return
            self._sending_since = None
            if number % _FRAMES_A_TURN == 0:
                await asyncio.sleep(0)

    def _next_due(self) -> bytes | None:
        while self._due:
            topic = next(iter(self._due))
            del self._due[topic]
            feed = self._bundled.get(topic)
            if topic in self._pushed:
                data: bytes | None = self._hub.snapshot(topic)
            else:
                data = None if feed is None else feed.next_frame()
            has_more = feed is not None and feed.has_more
            if has_more:
                self._due[topic] = None
            if data is not None:
                self._charge(topic, data, is_all=not has_more)
                return data
        return None

    def _charge(self, topic: str, data: bytes, *, is_all: bool) -> None:
        """What a client asked for is on its account; what the engine tells unasked is not."""
        if topic in self._wanted:
            self._asked.spend(len(data))
            if is_all:
                self._wanted.discard(topic)

    # The reader.

    async def _read(self) -> None:
        async for text in self._socket:
            wait_s = max(self._pace.spend(), self._asked.wait_s())
            if wait_s > 0:
                await self._pause(wait_s)
            try:
                self._take(decode_client_frame(text))
            except BadFrame as error:
                self._bad_frames += 1
                self._reply(Trouble(ControlCode.BAD_FRAME, str(error)[:200]))
                if self._bad_frames >= self._limits.bad_frames:
                    await self._socket.close(POLICY, "too many frames that are none")
                    return
            except OutboxFull as error:
                _log.warning("client %s: %s; sent away", self.who, error)
                self._socket.transport.abort()
                return

    async def _pause(self, wait_s: float) -> None:
        """Nobody waits for a client that has left."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._socket.wait_closed()

    def _take(self, frame: Frame) -> None:
        match frame:
            case CommandRequest():
                self._command(frame)
            case Query():
                self._query(frame)
            case Subscribe():
                self._subscribe(frame.topic)
            case Unsubscribe():
                self._unsubscribe(frame.topic)
            case Resync():
                self._resync(frame.topic)
            case Hello():
                raise BadFrame("hello came twice")

    def _subscribe(self, topic: str) -> None:
        if topic in self._pushed or topic in self._bundled:
            return
        if len(self._pushed) + len(self._bundled) >= self._limits.topics:
            text = f"topics: {self._limits.topics} are followed already; leave one first"
            self._reply(Trouble(ControlCode.TOO_MANY_TOPICS, text, topic[:_LONGEST_TOPIC]))
            return
        if topic == LOG:
            self._pushed.add(topic)
        elif topic == WATCH:
            self._bundled[topic] = WatchFeed(self._engine, self._limits.rows_per_frame, self._hub.forecasts)
        elif topic.startswith(BOOK_PREFIX) and len(BOOK_PREFIX) < len(topic) <= _LONGEST_TOPIC:
            self._bundled[topic] = BookFeed(self._engine, topic.removeprefix(BOOK_PREFIX))
        elif topic == INDEX:
            self._bundled[topic] = IndexFeed(self._hub.board)
        elif topic == OUTSIDE:
            self._bundled[topic] = OutsideFeed(self._hub.outside)
        elif topic.startswith(TAPE_PREFIX) and len(TAPE_PREFIX) < len(topic) <= _LONGEST_TOPIC:
            self._bundled[topic] = TapeFeed(self._hub.board, topic.removeprefix(TAPE_PREFIX))
        elif topic.startswith(FORECAST_PREFIX) and len(FORECAST_PREFIX) < len(topic) <= _LONGEST_TOPIC:
            name = topic.removeprefix(FORECAST_PREFIX)
            self._bundled[topic] = ForecastFeed(self._hub.forecasts, name)
        else:
            wanted = "desk, watch, log, index, outside, book:TICKER, tape:TICKER or forecast:TICKER"
            text = f"topic: got {topic[:_LONGEST_TOPIC]!r}, wanted {wanted}"
            self._reply(Trouble(ControlCode.UNKNOWN_TOPIC, text, topic[:_LONGEST_TOPIC]))
            return
        self._wanted.add(topic)
        self._due[topic] = None
        self._mail.set()

    def _unsubscribe(self, topic: str) -> None:
        """The desk stays: everyone gets it."""
        if topic == DESK:
            return
        self._pushed.discard(topic)
        feed = self._bundled.pop(topic, None)
        if feed is not None:
            feed.leave()
        self._due.pop(topic, None)
        self._wanted.discard(topic)
        self._outbox.discard(topic)

    def _resync(self, topic: str) -> None:
        if topic in self._pushed or topic in self._bundled:
            self._wanted.add(topic)
            self._restart(topic)
        else:
            text = f"topic: {topic[:_LONGEST_TOPIC]!r} is not followed"
            self._reply(Trouble(ControlCode.UNKNOWN_TOPIC, text, topic[:_LONGEST_TOPIC]))

    def _restart(self, topic: str) -> None:
        feed = self._bundled.get(topic)
        if feed is not None:
            feed.restart()
        self._outbox.discard(topic)
        self._due[topic] = None
        self._mail.set()

    def _command(self, request: CommandRequest) -> None:
        if self._is_full(ControlCode.TOO_MANY_COMMANDS, self._limits.commands):
            text = f"commands: {self._limits.commands} of this client wait for their answers already"
            self._reply(refused(request.command_id, ControlCode.TOO_MANY_COMMANDS, text))
            return
        if isinstance(request.body, WatchMarkets) and self.role is Role.OPERATE:
            self.watches = True
        answer = partial(self._commands.answer, request, self.who, self.role)
        self._spawn(ControlCode.TOO_MANY_COMMANDS, answer)

    def _query(self, query: Query) -> None:
        if self._is_full(ControlCode.TOO_MANY_QUERIES, self._limits.queries):
            text = f"queries: {self._limits.queries} of this client are under way already"
            self._reply(QueryAnswer(query.query_id, code=ControlCode.TOO_MANY_QUERIES, text=text))
            return
        self._spawn(ControlCode.TOO_MANY_QUERIES, partial(self._history.answer, query))

    def _is_full(self, kind: ControlCode, most: int) -> bool:
        return self._waiting[kind] >= most

    def _spawn(self, kind: ControlCode, answer: Callable[[], Awaitable[Frame]]) -> None:
        self._waiting[kind] += 1
        task = asyncio.create_task(self._guarded(partial(self._answered, kind, answer)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answered(self, kind: ControlCode, answer: Callable[[], Awaitable[Frame]]) -> None:
        try:
            size = self._reply(await answer())
            if kind is ControlCode.TOO_MANY_QUERIES:
                self._asked.spend(size)
        finally:
            self._waiting[kind] -= 1

    def _reply(self, frame: Frame) -> int:
        """Returns its size in bytes."""
        data = encode(frame)
        self._outbox.answer(data)
        self._mail.set()
        return len(data)
