"""From a home and what the command line chose to an engine that is ready to run."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
from pathlib import Path

import msgspec

from engine.assembly.assembled import AssembledEngine
from engine.assembly.building import build_engine
from engine.assembly.connecting import check_choice, connect
from engine.assembly.core_settings import strategies
from engine.assembly.telling import check_alerts
from engine.ledger.sqlite_ledger import SqliteLedger
from engine.ops.config import Config, read_config
from engine.ops.home import Home, HomeError


class Options(msgspec.Struct, frozen=True):
    """What the command line chose. ``exchange`` is the address of a sandbox that somebody else runs."""

    home: Path
    venue: str = "sandbox"
    exchange: str | None = None
    practice: bool = False
    """Begin a new home of the embedded exchange with one small position."""


def check_options(options: Options) -> Config:
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


async def open_engine(options: Options, config: Config) -> AssembledEngine:
    """Locks the ledger, finds or starts the exchange, binds the home, and loads what was; ``config`` is from
    :func:`check_options`.

    Raises OpsError, LedgerError, ExchangeError, SideDoorError, CredentialError, HostRefused: each one line,
    and nothing was sent.
    """
    home = Home(options.home)
    home.make()
    home.check_ledger()
    try:
        ledger = SqliteLedger.open(home.ledger, loop=asyncio.get_running_loop())
    except sqlite3.Error as error:
        raise HomeError(f"home {home.root}: {home.ledger.name}: {error}") from None
    async with contextlib.AsyncExitStack() as undo:
        undo.push_async_callback(ledger.close)
        connection = await connect(home, options.venue, options.exchange, config)
        undo.push_async_callback(connection.abandon)
        home.bind(connection.binding)
        engine = build_engine(home, config, connection, ledger)
        engine.practice = options.practice
        engine.start_telling()
        undo.pop_all()
        return engine
