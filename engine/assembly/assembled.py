"""One engine with its exchange, ledger and consoles, from its recovery to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from engine.assembly.connecting import Connection
from engine.assembly.halting import watch_halt
from engine.assembly.input_recording import flush_each_second
from engine.assembly.observing import Observing
from engine.assembly.practice import take_practice_position
from engine.assembly.readiness import until_ready
from engine.assembly.tapping import Tap
from engine.assembly.telling import Telling, first_line
from engine.control.server import ControlServer
from engine.ledger.decision_store import DecisionStore
from engine.ledger.queries import LedgerQueries
from engine.ledger.recording import InputRecorder
from engine.ops.home import Home
from engine.runtime import Runtime


class AssembledEngine:
    """Made by :func:`engine.assembly.opening.open_engine`; :meth:`close` ends it."""

    def __init__(
        self,
        home: Home,
        connection: Connection,
        runtime: Runtime,
        control: ControlServer,
        queries: LedgerQueries,
        recorder: InputRecorder | None,
        telling: Telling,
        observing: Observing,
    ) -> None:
        """``observing`` takes what collectors tell."""
        self.home = home
        self.connection = connection
        self.runtime = runtime
        self.observing = observing
        self.tap: Tap | None = None
        """What a recorder is told of the feed."""
        self.watching: Callable[[], Coroutine[Any, Any, None]] | None = None
        """Tells the core of its own machine."""
        self.decisions: DecisionStore | None = None
        """Keeps verdicts."""
        self.forecasting: Callable[[], Coroutine[Any, Any, None]] | None = None
        """Scans the markets for forecasts."""
        self.practice = False
        """Whether a new home is to begin with one small position."""
        self._control = control
        self._queries = queries
        self._recorder = recorder
        self._telling = telling
        self._failure = ""
        """Why it ended without being asked to."""

    def start_telling(self) -> None:
        """Alerts go out from here on, those that wait from the run before too."""
        self._telling.start()

    async def run(self, on_ready: Callable[[], None]) -> None:
        """Recovers, opens the control socket, calls ``on_ready``, and runs until :meth:`stop`.

        Raises JournalFailed, NotReady, what the venue's start raises, and ExchangeError when an embedded
        exchange is lost for good.
        """
        running = asyncio.create_task(self.runtime.run(), name="engine")
        aside = [asyncio.create_task(work) for work in self._work_aside()]
        try:
            await until_ready(self.runtime, [running, *aside], self._telling.engine_delayed)
            if not any(task.done() for task in (running, *aside)):
                await self._control.start()
                await self._practise()
                await self._tell_start()
                on_ready()
            await asyncio.wait([running, *aside], return_when=asyncio.FIRST_COMPLETED)
            for task in aside:
                if task.done() and not task.cancelled():
                    task.result()
            await running
        except Exception as error:
            self._failure = first_line(error)
            raise
        finally:
            for task in aside:
                task.cancel()
            await asyncio.gather(*aside, return_exceptions=True)
            if not running.done():
                await self.runtime.stop(graceful=False)
            await asyncio.gather(running, return_exceptions=True)

    async def _tell_start(self) -> None:
        """Also whether the run before this one ended in order."""
        money = self.runtime.engine.money
        runs = (await self._queries.runs(None, 2)).items
        before = [entry for entry in runs if entry.started.run_id != money.run_id]
        self._telling.engine_started(
            self.connection.binding.account,
            len(self._held()),
            ended_in_order=not before or before[0].ended_at is not None,
        )

    def _held(self) -> list[tuple[str, int]]:
        """Markets with contracts; above zero YES."""
        positions = self.runtime.engine.money.positions.values()
        held = [(record.position.ticker, record.position.count_c) for record in positions]
        return [(ticker, count_c) for ticker, count_c in held if count_c]

    async def _practise(self) -> None:
        now_ns = self.connection.now_ns
        if self.practice and self.connection.is_ours and now_ns is not None:
            await take_practice_position(self.runtime, now_ns)

    async def stop(self, *, graceful: bool) -> None:
        """Ends :meth:`run`. See :meth:`engine.runtime.Runtime.stop`."""
        await self.runtime.stop(graceful=graceful)

    async def close(self, *, graceful: bool) -> None:
        """Takes the socket away and, after a graceful end, ends the exchange that was started for us."""
        self._telling.engine_stopped(self._held(), self._failure)
        self.observing.stop()
        await self._control.stop()
        await self._queries.close()
        if self.decisions is not None:
            await self.decisions.close()
        if self._recorder is not None:
            self._recorder.close()
        if graceful:
            await self.connection.end_exchange()
        await self.connection.aclose()
        await self._telling.close()

    def _work_aside(self) -> list[Coroutine[Any, Any, None]]:
        work = [self.connection.watch(), watch_halt(self.runtime)]
        if self.watching is not None:
            work.append(self.watching())
        if self.forecasting is not None:
            work.append(self.forecasting())
        if self._recorder is not None:
            work.append(flush_each_second(self._recorder))
        heartbeat = self._telling.heartbeat()
        if heartbeat is not None:
            work.append(heartbeat.run())
        return work
