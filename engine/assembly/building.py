"""Puts the parts of an engine together: the module that knows each of them."""

from __future__ import annotations

import os

from engine.assembly.account_report import KeptXray
from engine.assembly.assembled import AssembledEngine
from engine.assembly.connecting import Connection
from engine.assembly.core_settings import engine_settings, strategies
from engine.assembly.deciding import Decisions
from engine.assembly.exchange_feed import exchange_row, feed_maker, public_taker
from engine.assembly.forecasting import Forecasting
from engine.assembly.input_recording import recorder_of
from engine.assembly.low_space import watch_space
from engine.assembly.observing import Observing
from engine.assembly.readiness import has_stakes
from engine.assembly.tapping import Both, Tap
from engine.assembly.telling import Telling, Workings
from engine.assembly.watching import watch_machine
from engine.control.forecast_board import ForecastBoard
from engine.control.outside_board import OutsideBoard
from engine.control.public_board import PublicBoard
from engine.control.server import ControlServer
from engine.core.engine import Engine
from engine.core.money import MoneyState
from engine.kalshi.client import KalshiClient
from engine.kalshi.market_history import MarketHistory
from engine.kalshi.settings import ClientSettings
from engine.kalshi.venue import KalshiVenue
from engine.ledger.decision_store import DecisionStore
from engine.ledger.queries import LedgerQueries
from engine.ledger.sqlite_ledger import SqliteLedger
from engine.ops.clock import Uuids
from engine.ops.config import Config
from engine.ops.halt import HaltFile
from engine.ops.home import Home
from engine.runtime import Runtime


def build_engine(home: Home, config: Config, connection: Connection, ledger: SqliteLedger) -> AssembledEngine:
    """Nothing runs yet. Raises ConfigError, LedgerError."""
    halt = HaltFile(home.root)
    client = _client(connection, config, halt)
    settings = engine_settings(connection, config)
    money = ledger.load()
    recorder = recorder_of(home, settings, money, ledger) if config.record_inputs else None
    clock = connection.clock(client)
    board, forecasts, outside = PublicBoard(), ForecastBoard(), OutsideBoard()
    decisions = DecisionStore(home.decisions)
    tap = Tap(lambda: engine.books) if config.recording.is_on else None
    venue = _venue(client, board, tap, money)
    engine = Engine(settings, money, strategies(config, settings.series))
    telling = Telling(home, settings.venue, config.alerts, os.environ)
    steps = Both(recorder, tap) if recorder and tap else recorder or tap
    runtime = Runtime(engine, venue, ledger, clock, Uuids(), telling.notifier, steps, halt)
    runtime.on_decision = decisions.put
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
    telling.watch(_workings(control, money, ledger))
    observing = Observing(runtime.post, outside)
    made = AssembledEngine(home, connection, runtime, control, queries, recorder, telling, observing)
    made.decisions, made.tap = decisions, tap
    made.watching = lambda: watch_machine(client.offset, ledger, settings.most_skew_ms, runtime.post)
    if config.forecaster.is_on:
        reads = MarketHistory(client)
        made.forecasting = Forecasting(runtime, forecasts, reads, clock, config.forecaster, home.coverage).run
    return made


def _client(connection: Connection, config: Config, halt: HaltFile) -> KalshiClient:
    return KalshiClient(
        connection.endpoint,
        connection.credentials,
        settings=ClientSettings(post_timeout_ns=config.post_timeout_ns),
        is_halted=halt.is_there,
    )


def _venue(client: KalshiClient, board: PublicBoard, tap: Tap | None, money: MoneyState) -> KalshiVenue:
    """Consoles choose on the board whose prints are heard; a recorder hears those of all markets."""
    venue = KalshiVenue(client, feed_maker(client), public_taker(board, tap))
    venue.tapes_all = tap is not None
    venue.is_patient = has_stakes(money)
    board.on_follow = venue.follow_trades
    return venue


def _workings(control: ControlServer, money: MoneyState, ledger: SqliteLedger) -> Workings:
    """What alerts and the heartbeat look at."""
    return Workings(
        control.status,
        lambda: (plan.state for plan in money.plans.values()),
        lambda: ledger.appended,
        lambda: ledger.durable,
    )
