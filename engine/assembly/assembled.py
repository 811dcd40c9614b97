"""Builds an engine from a home and its configuration: the only module that knows more than one adapter."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import sqlite3
import uuid
from collections.abc import Callable, Coroutine
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec

from engine.assembly.account_report import KeptXray
from engine.assembly.connecting import Connection, check_choice, connect
from engine.assembly.deciding import Decisions
from engine.assembly.forecasting import Forecasting
from engine.assembly.halting import watch_halt
from engine.assembly.low_space import watch_space
from engine.assembly.observing import Observing
from engine.assembly.practice import take_practice_position
from engine.assembly.readiness import has_stakes, until_ready
from engine.assembly.tapping import Both, Tap
from engine.assembly.telling import Telling, Workings, check_alerts, first_line
from engine.assembly.watching import watch_machine
from engine.control.forecast_board import ForecastBoard
from engine.control.outside_board import OutsideBoard
from engine.control.public_board import PublicBoard
from engine.control.rows.status import ExchangeRow
from engine.control.server import ControlServer
from engine.core.engine import Engine
from engine.core.money import MoneyState
from engine.core.settings import EngineSettings, Timings
from engine.core.state_hash import state_hash
from engine.core.strategy import Strategy
from engine.domain.feed import IndexSeen, PublicTrade
from engine.kalshi.client import KalshiClient
from engine.kalshi.clock import SystemClock
from engine.kalshi.market_history import MarketHistory
from engine.kalshi.settings import ClientSettings
from engine.kalshi.stream.feed import StreamFeed
from engine.kalshi.stream.machine import StreamMachine
from engine.kalshi.venue import KalshiVenue, Sink
from engine.ledger.decision_store import DecisionStore
from engine.ledger.queries import LedgerQueries
from engine.ledger.recording import InputRecorder, RecordingHeader
from engine.ledger.sqlite_ledger import SqliteLedger
from engine.ops.clock import Uuids
from engine.ops.config import Config, ConfigError, read_config
from engine.ops.halt import HaltFile
from engine.ops.home import Home, HomeError
from engine.runtime import Runtime
from engine.strategies.registry import strategies_of
from engine.strategies.timesfm_params import StrategyUnfit

_log = logging.getLogger(__name__)
_FLUSH_EACH_S = 1.0


class Options(msgspec.Struct, frozen=True):
    """What the command line chose. ``exchange`` is the address of a sandbox that somebody else runs."""

    home: Path
    venue: str = "sandbox"
    exchange: str | None = None
    practice: bool = False
    """Begin a new home of the embedded exchange with one small position."""


class AssembledEngine:
    """One engine with its exchange, ledger and consoles, from :meth:`open` to :meth:`close`."""

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

    @staticmethod
    def check(options: Options) -> Config:
        """Reads the home's configuration and refuses what can be refused before anything is touched.

        Raises OpsError, CredentialError, SideDoorError, HostRefused: each one line.
        """
        home = Home(options.home)
        home.check()
        config = read_config(home.config)
        check_choice(home, options.venue, options.exchange, config)
        check_alerts(config.alerts, os.environ)
        strategies(config, config.series)
        return config

    @classmethod
    async def open(cls, options: Options, config: Config) -> AssembledEngine:
        """Locks the ledger, finds or starts the exchange, binds the home, and loads what was; ``config`` is
        from :meth:`check`.

        Raises OpsError, LedgerError, ExchangeError, SideDoorError, CredentialError, HostRefused: each one
        line, and nothing was sent.
        """
        home = Home(options.home)
        home.make()
        try:
            ledger = SqliteLedger.open(home.ledger, loop=asyncio.get_running_loop())
        except sqlite3.Error as error:
            raise HomeError(f"home {home.root}: {home.ledger.name}: {error}") from None
        async with contextlib.AsyncExitStack() as undo:
            undo.push_async_callback(ledger.close)
            connection = await connect(home, options.venue, options.exchange, config)
            undo.push_async_callback(connection.abandon)
            home.bind(connection.binding)
            made = cls._assembled(home, config, connection, ledger)
            made.practice = options.practice
            made._telling.start()
            undo.pop_all()
            return made

    @classmethod
    def _assembled(
        cls, home: Home, config: Config, connection: Connection, ledger: SqliteLedger
    ) -> AssembledEngine:
        halt = HaltFile(home.root)
        client = KalshiClient(
            connection.endpoint,
            connection.credentials,
            settings=ClientSettings(post_timeout_ns=config.post_timeout_ns),
            is_halted=halt.is_there,
        )
        settings = engine_settings(connection, config)
        money = ledger.load()
        recorder = _recorder(home, settings, money, ledger) if config.record_inputs else None
        clock = connection.clock(client)
        board, forecasts, outside = PublicBoard(), ForecastBoard(), OutsideBoard()
        decisions = DecisionStore(home.decisions)
        tap = Tap(lambda: engine.books) if config.recording.is_on else None
        venue = KalshiVenue(client, feed_maker(client), public_taker(board, tap))
        venue.tapes_all = tap is not None
        venue.is_patient = has_stakes(money)
        board.on_follow = venue.follow_trades
        engine = Engine(settings, money, strategies(config, settings.series))
        telling = Telling(home, settings.venue, config.alerts, os.environ)
        steps = Both(recorder, tap) if recorder and tap else recorder or tap
        runtime = Runtime(engine, venue, ledger, clock, Uuids(), telling.notifier, steps, halt)
        watch_space(ledger, runtime, telling.notifier)
        queries = LedgerQueries(home.ledger)
        control = ControlServer(
            runtime,
            queries,
            home.socket,
            clock,
            exchange=exchange_row(client, connection),
            reads=MarketHistory(client),
            board=board,
            people=telling,
            forecasts=forecasts,
            decisions=Decisions(decisions, queries),
            xray=KeptXray(home.account),
            outside=outside,
        )
        telling.watch(
            Workings(
                control.status,
                lambda: (plan.state for plan in money.plans.values()),
                lambda: ledger.appended,
                lambda: ledger.durable,
            )
        )
        runtime.on_decision = decisions.put
        observing = Observing(runtime.post, outside)
        made = cls(home, connection, runtime, control, queries, recorder, telling, observing)
        made.decisions, made.tap = decisions, tap
        if config.forecaster.is_on:
            made.forecasting = Forecasting(
                runtime, forecasts, MarketHistory(client), clock, config.forecaster, home.coverage
            ).run
        most_ms = settings.most_skew_ms
        made.watching = lambda: watch_machine(client.offset, ledger, most_ms, runtime.post)
        return made

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
            work.append(_flush(self._recorder))
        heartbeat = self._telling.heartbeat()
        if heartbeat is not None:
            work.append(heartbeat.run())
        return work


def engine_settings(connection: Connection, config: Config) -> EngineSettings:
    breakers = config.breakers
    return EngineSettings(
        speed_millionths=connection.speed_millionths,
        venue=connection.binding.venue,
        account=connection.binding.account,
        build=version("sparko-console"),
        series=config.series or connection.series,
        limits=config.limits,
        keep_entries_over_pause=config.keep_entries_over_pause,
        rejects_open=breakers.rejects_open,
        unknowns_open=breakers.unknowns_open,
        most_skew_ms=breakers.most_skew_ms,
        slow_commit_ms=breakers.slow_commit_ms,
        timings=Timings(breaker_wait_ns=breakers.breaker_wait_ns, feed_patience_ns=breakers.feed_patience_ns),
        strategies_begin_off=True,
    )


def strategies(config: Config, series: tuple[str, ...]) -> list[Strategy]:
    """Those of the registry, each as the configuration sets it. Raises ConfigError."""
    try:
        return strategies_of(config.strategies, series)
    except StrategyUnfit as error:
        raise ConfigError(str(error)) from None


def public_taker(board: PublicBoard, tap: Tap | None) -> Callable[[PublicTrade | IndexSeen], None]:
    """Consoles get what is public; a recorder gets the trades of it."""
    if tap is None:
        return board.take

    def take(event: PublicTrade | IndexSeen) -> None:
        board.take(event)
        if isinstance(event, PublicTrade):
            tap.trade(event)

    return take


def feed_maker(client: KalshiClient) -> Callable[[Sink], StreamFeed]:
    """How the stream of an account is made once it is known who listens."""
    clock = SystemClock()
    signer = client.signer
    assert signer is not None

    def make(sink: Sink) -> StreamFeed:
        machine = StreamMachine(sink, clock.monotonic_ns, client.drift)
        return StreamFeed(machine, client.endpoint.ws_url, signer, clock, random.random)

    return make


def exchange_row(client: KalshiClient, connection: Connection) -> Callable[[], ExchangeRow]:
    """What is known of requests and clocks outside of the core."""

    def row() -> ExchangeRow:
        known = client.offset.uncertainty_ms is not None
        return ExchangeRow(
            rest=client.health,
            clock_offset_ns=client.offset.offset_ms * 1_000_000 if known else None,
            prices=connection.prices,
            prices_age_ns=connection.prices_age_ns,
            speed_millionths=connection.speed_millionths,
        )

    return row


def _recorder(home: Home, settings: EngineSettings, money: MoneyState, ledger: SqliteLedger) -> InputRecorder:
    """A recording of this run, in a folder of its own."""
    run_id = str(uuid.uuid4())
    header = RecordingHeader(
        run_id=run_id,
        settings=settings,
        money_hash=state_hash(money),
        journal_seq=ledger.appended,
        journal_head=ledger.head.hex(),
    )
    return InputRecorder(home.inputs / run_id, header)


async def _flush(recorder: InputRecorder) -> None:
    """Hands what was recorded to the operating system each second; says so once if that fails."""
    while recorder.fault is None:
        await asyncio.sleep(_FLUSH_EACH_S)
        recorder.flush()
    _log.error("the recording of inputs has ended: %s", recorder.fault)
    await asyncio.Event().wait()
