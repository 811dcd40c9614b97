"""What a kill comes to: the file, the engine if it answers, the sweep of the account, and what is held."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from enum import StrEnum

import msgspec

from engine.assembly.killing import KILL_SETTINGS, Say, Sweep, Swept
from engine.assembly.own_client import own_client
from engine.control.client import ControlClient
from engine.control.errors import ControlError, EngineNotRunning
from engine.control.protocol import CommandAnswer
from engine.domain.command import Kill
from engine.domain.halt import Halt
from engine.domain.units import CountC
from engine.kalshi.budget_queue import Lane
from engine.kalshi.client import KalshiClient
from engine.kalshi.credentials import CredentialError
from engine.kalshi.errors import KalshiError
from engine.kalshi.hosts import HostRefused, VenueMismatch
from engine.ledger.errors import LedgerError
from engine.ledger.glimpse import glimpse
from engine.ops.config import read_config
from engine.ops.errors import OpsError
from engine.ops.halt import HaltFile
from engine.ops.home import Home

ASK_WITHIN_S = 2.0
"""How long the engine has to answer; the sweep does not wait for it."""
_NO_ACCOUNT = (OpsError, CredentialError, HostRefused, VenueMismatch, OSError)


class EngineWord(StrEnum):
    """What the engine of the home said to the kill."""

    ANSWERED = "answered"
    SILENT = "silent"
    NOT_RUNNING = "not running"


class Held(msgspec.Struct, frozen=True):
    """``count_c`` contracts of YES above zero, of NO below."""

    ticker: str
    count_c: CountC
    has_plan: bool


class Killed(msgspec.Struct, frozen=True):
    """``swept`` None: the account could not be reached at all, for ``problem``."""

    halt: Halt
    engine: EngineWord
    swept: Swept | None
    held: tuple[Held, ...]
    exits_off: str
    """Why exits by plan do not work although the engine runs; empty while they do."""
    problem: str = ""

    @property
    def stops_run(self) -> bool:
        """Whether somebody guards what is held."""
        return self.engine is EngineWord.ANSWERED and not self.exits_off

    @property
    def is_done(self) -> bool:
        return self.swept is not None and self.swept.is_verified


async def kill(home: Home, halt: Halt, *, verify_s: float, say: Say) -> Killed:
    """Halts the home, then everything else at once. ``say`` hears lines on the way.

    Raises OSError if not even the file could be written; then nothing else was done.
    """
    began = time.monotonic()
    await asyncio.to_thread(HaltFile(home.root).write, halt)
    asked = asyncio.create_task(_ask(home, halt))
    swept, problem = None, ""
    try:
        client = own_client(home, read_config(home.config), KILL_SETTINGS)
    except _NO_ACCOUNT as error:
        problem = str(error)
        await asyncio.wait([asked])
        held = _held_by_ledger(home)
    else:
        async with client:
            sweep = Sweep(client, home.ledger, exits_off=halt.exits_off, began=began, say=say)
            swept = await sweep.run(verify_s)
            held = await _held(home, client)
    word, exits_off = await asked
    return Killed(halt, word, swept, held, exits_off, problem)


async def _ask(home: Home, halt: Halt) -> tuple[EngineWord, str]:
    """The engine's own kill, by the same name: it records it once."""
    body = Kill(exits_off=halt.exits_off, reason=halt.why)
    try:
        async with asyncio.timeout(ASK_WITHIN_S):
            client = await ControlClient.connect(home.socket, name="sparko kill", within_s=ASK_WITHIN_S)
            try:
                answer = await client.command(body, command_id=halt.halt_id, within_s=ASK_WITHIN_S)
            finally:
                await client.close()
    except EngineNotRunning:
        return EngineWord.NOT_RUNNING, ""
    except (ControlError, TimeoutError):
        return EngineWord.SILENT, ""
    return EngineWord.ANSWERED, _exits_off(answer)


def _exits_off(answer: CommandAnswer) -> str:
    return str(answer.numbers.get("exits_off", "")) if not answer.deny_code else answer.text


async def _held(home: Home, client: KalshiClient) -> tuple[Held, ...]:
    """By the exchange; by the ledger where that cannot be asked."""
    try:
        rows = await client.reads(Lane.RECONCILE).portfolio.positions().collect()
    except KalshiError:
        return _held_by_ledger(home)
    guarded = _guarded(home)
    return tuple(Held(row.ticker, row.count_c, row.ticker in guarded) for row in rows if row.count_c)


def _held_by_ledger(home: Home) -> tuple[Held, ...]:
    try:
        seen = glimpse(home.ledger)
    except (LedgerError, OSError, sqlite3.Error):
        return ()
    return tuple(
        Held(ticker, record.position.count_c, ticker in seen.guarded) for ticker, record in seen.held.items()
    )


def _guarded(home: Home) -> tuple[str, ...]:
    try:
        return glimpse(home.ledger).guarded
    except (LedgerError, OSError, sqlite3.Error):
        return ()


def new_halt(*, why: str, exits_off: bool) -> Halt:
    """A kill of this moment by this user."""
    import uuid

    who = f"sparko kill ({os.environ.get('USER') or os.getuid()})"
    return Halt(uuid.uuid4().hex, time.time_ns(), who, why, exits_off)
