"""A collector in a test: rows and observations kept where the test sees them, sockets that it plays."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from manual_clock import ManualClock

from collectors.fetching import Body
from collectors.health import SourceHealth
from collectors.observations import Headline, Health, Observation
from collectors.polling import PollSource
from collectors.recording import Recorder
from collectors.taking import Row, Taken
from engine.kalshi.stream.socket import SocketLost

NOW_NS = 1_795_000_000 * 10**9
"""2026-11-18T11:06:40Z."""


class ListSink:
    """Everything that the engine would have heard, in order."""

    def __init__(self) -> None:
        self.messages: list[Observation | Headline | Health] = []

    def put(self, message: Observation | Headline | Health) -> None:
        self.messages.append(message)

    def close(self) -> None:
        return None

    @property
    def observations(self) -> list[Observation]:
        return [message for message in self.messages if isinstance(message, Observation)]

    @property
    def headlines(self) -> list[Headline]:
        return [message for message in self.messages if isinstance(message, Headline)]


class ListWriter:
    """A table in memory; ``error`` is raised by the next appends."""

    def __init__(self) -> None:
        self.rows: list[Mapping[str, object]] = []
        self.error: Exception | None = None
        self.is_closed = False

    def append(self, rows: Sequence[Mapping[str, object]]) -> None:
        if self.error is not None:
            raise self.error
        self.rows.extend(rows)

    def tick(self) -> None:
        return None

    def close(self) -> None:
        self.is_closed = True


class Bench:
    """A recorder over memory, a clock that the test moves, and the lines that were said."""

    def __init__(self, *tables: str) -> None:
        self.clock = ManualClock(wall_ns=NOW_NS)
        self.sink = ListSink()
        self.lines: list[str] = []
        self.writers = {table: ListWriter() for table in tables}
        self.recorder = Recorder(tables, self.writers.__getitem__, self.sink, self.lines.append)

    def health(self, name: str) -> SourceHealth:
        return SourceHealth(name, self.clock.monotonic_ns, self.lines.append)

    def rows(self, table: str) -> list[Mapping[str, object]]:
        self.recorder.flush()
        return self.writers[table].rows


class PlayedSocket:
    """A socket whose other end is the test."""

    def __init__(self) -> None:
        self.frames = 0
        self.sent: list[bytes] = []
        self.is_closed = False
        self._coming: asyncio.Queue[bytes | SocketLost] = asyncio.Queue()

    def play(self, *texts: bytes) -> None:
        for text in texts:
            self._coming.put_nowait(text)

    def drop(self, why: str = "connection dropped") -> None:
        self._coming.put_nowait(SocketLost(why))

    async def send(self, text: bytes) -> None:
        self.sent.append(text)

    async def receive(self) -> bytes:
        found = await self._coming.get()
        if isinstance(found, SocketLost):
            raise found
        return found

    async def probe(self) -> None:
        return None

    async def close(self) -> None:
        self.is_closed = True


class PlayedSockets:
    """Implements :data:`engine.kalshi.stream.socket.Connect`; the first ``refusals`` connections fail."""

    def __init__(self, refusals: int = 0) -> None:
        self.opened: list[PlayedSocket] = []
        self.refusals = refusals

    async def __call__(self, url: str, headers: Mapping[str, str]) -> PlayedSocket:
        if self.refusals:
            self.refusals -= 1
            raise SocketLost("cannot connect: refused")
        self.opened.append(PlayedSocket())
        return self.opened[-1]


def body(data: bytes, url: str = "https://source.example/path", received_ns: int = NOW_NS) -> Body:
    return Body(url=url, status=200, data=data, headers={}, received_ns=received_ns)


def taken_of(source: PollSource, name: str, data: bytes, received_ns: int = NOW_NS) -> Taken:
    """What a source takes of an answer to its errand of this name."""
    errand = next(errand for errand in source.errands(received_ns) if errand.name == name)
    return source.take(errand, body(data, errand.request.url, received_ns))


def values(rows: Sequence[Row], *columns: str) -> list[tuple[object, ...]]:
    return [tuple(getattr(row, column) for column in columns) for row in rows]


def told(taken: Taken) -> list[tuple[str, str, str]]:
    """Kind, key and value of the observations."""
    return [(m.kind, m.key, m.value) for m in taken.told if isinstance(m, Observation)]
