"""The whole engine in a simulation: core, runtime and adapter over a simulated exchange and disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from random import Random

from fault_points import Points
from sim_desk import SimDesk
from sim_journal import SimDisk, SimJournal

from engine.core.effects import Alert
from engine.core.engine import Engine
from engine.core.money import MoneyState
from engine.core.settings import EngineSettings
from engine.core.strategy import Strategy
from engine.domain.order import OrderState
from engine.domain.units import Nanoseconds
from engine.kalshi.client import KalshiClient
from engine.kalshi.errors import KalshiError
from engine.kalshi.settings import ClientSettings
from engine.kalshi.stream.feed import StreamFeed
from engine.kalshi.stream.machine import StreamMachine
from engine.kalshi.venue import KalshiVenue, Sink
from engine.ports import Journal, Venue
from engine.runtime import Recorder, Runtime
from engine.sandbox.sim.loop import running_loop
from engine.sandbox.sim.process import SimProcess

DOUBTFUL = frozenset({OrderState.INTENT, OrderState.SENT, OrderState.UNKNOWN})


class SimClock:
    """Implements :class:`engine.ports.Clock`: exchange time is wall time, as in a sandbox at real speed."""

    def __init__(self, desk: SimDesk) -> None:
        self._wall = desk.wall

    def exchange_ns(self) -> Nanoseconds:
        return self._wall.now_ns()

    def mono_ns(self) -> Nanoseconds:
        return self._wall.mono_ns()

    def wall_ns(self) -> Nanoseconds:
        return self._wall.now_ns()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class OffsetSimClock(SimClock):
    """As at a real exchange: its time is what its answers say it is."""

    def __init__(self, desk: SimDesk, client: KalshiClient) -> None:
        super().__init__(desk)
        self._client = client
        self._machine = desk.clock

    def exchange_ns(self) -> Nanoseconds:
        return self._client.offset.exchange_now_ns()

    def wall_ns(self) -> Nanoseconds:
        return self._machine.wall_ns()


class SimIds:
    """Ids in order; one for all lives of an engine, so that none comes twice."""

    def __init__(self) -> None:
        self._minted = 0

    def mint(self) -> str:
        self._minted += 1
        return f"id-{self._minted:06d}"


class Alerts:
    """Keeps what people would be told."""

    def __init__(self) -> None:
        self.heard: list[Alert] = []

    def notify(self, alert: Alert) -> None:
        self.heard.append(alert)


class SimEngine:
    """One engine's home. Its disk outlives its process, which starts, crashes, and starts again."""

    def __init__(
        self, desk: SimDesk, settings: EngineSettings, chance: Random, commit_s: float = 0.004
    ) -> None:
        self.desk = desk
        self.settings = settings
        self.disk = SimDisk(chance)
        self.commit_s = commit_s
        self.ids = SimIds()
        self.alerts = Alerts()
        self.make_recorder: Callable[[SimEngine, MoneyState], Recorder] | None = None
        """Of the inputs of each life, where that is wanted; called with the money that it begins with."""
        self.strategies: Callable[[], Sequence[Strategy]] = tuple
        """Makes those of each life."""
        self.points: Points | None = None
        """Where the next life may end."""
        self.runtime: Runtime | None = None
        self.machine: StreamMachine | None = None
        self._process: SimProcess | None = None
        self._journal: SimJournal | None = None
        self._running: asyncio.Task[None] | None = None

    @property
    def is_up(self) -> bool:
        return self._process is not None

    @property
    def money(self) -> MoneyState:
        assert self.runtime is not None
        return self.runtime.engine.money

    def start(self) -> None:
        """As the daemon does: the ledger's state, then everything around it."""
        process = self._process = SimProcess("engine")
        self._make(process)
        self._running = process.run(running_loop(), self._live(process))

    def crash(self) -> None:
        """``kill -9``."""
        assert self._process is not None
        assert self._journal is not None
        self._journal.crash()
        self._process.kill()
        self._process = self.runtime = None

    async def stop(self) -> None:
        """SIGTERM."""
        assert self.runtime is not None
        assert self._running is not None
        await self.runtime.stop(graceful=True)
        await self._running
        self._process = None

    def doubts(self, *, older_ns: Nanoseconds) -> list[str]:
        """Orders of which nobody can say whether the exchange has them, and that were not sent just now."""
        latest = self.desk.wall.now_ns() - older_ns
        return [
            f"{name}: {record.state} ({record.cause})"
            for name, record in self.money.orders.items()
            if record.state in DOUBTFUL and record.last_sent_at < latest
        ]

    async def _live(self, process: SimProcess) -> None:
        """Again after a moment, while the exchange cannot be reached."""
        while True:
            assert self.runtime is not None
            try:
                return await self.runtime.run()
            except KalshiError:
                await asyncio.sleep(1)
                self._make(process)

    def _make(self, process: SimProcess) -> None:
        points = self.points
        client = self.desk.client(ClientSettings(), process, None if points is None else points.transport)
        venue: Venue = KalshiVenue(client, lambda sink: self._feed(sink, client))
        kept = self._journal = SimJournal(self.disk, self.commit_s)
        journal: Journal = kept
        if points is not None:
            venue, journal = points.venue(venue), points.journal(journal)
        clock = OffsetSimClock(self.desk, client) if self.desk.has_own_clock else SimClock(self.desk)
        money = self.disk.load()
        recorder = None if self.make_recorder is None else self.make_recorder(self, money)
        engine = Engine(self.settings, money, self.strategies())
        self.runtime = Runtime(engine, venue, journal, clock, self.ids, self.alerts, recorder)

    def _feed(self, sink: Sink, client: KalshiClient) -> StreamFeed:
        machine = self.machine = self.desk.machine(sink, client)
        return self.desk.feed(machine, client)
