"""A paper home from outside: what its exchange saw around each fill, and starting over with new money."""

from __future__ import annotations

import asyncio
import os
import select
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from engine.assembly.paper_options import PAPER_MODULE
from engine.ledger.errors import LedgerError
from engine.ledger.lock import WriterLock
from engine.ops.errors import OpsError
from engine.ops.home import Home, HomeError
from engine.sandbox.embedded import is_exchange_of
from engine.sandbox.endpoint import SandboxEndpoint, read_endpoint
from engine.sandbox.server.store import FILE_NAME as WORLD_FILE
from engine.sandbox.server.store import Store, StoreError
from engine.sandbox.side_door_client import SideDoorClient, SideDoorError, root_of
from engine.sandbox.sources.upstream.evidence import FillEvidence
from engine.sandbox.sources.upstream.memory import FILL

VENUE = "paper"
ARCHIVE = "before-reset"
_ENDS_WITHIN_S = 10.0
_LEDGER = ("ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm")
_ACCOUNT = ("account.sqlite", "account.sqlite-wal", "account.sqlite-shm")
_BINDING = "binding.json"


def fills_of(root: Path) -> list[FillEvidence]:
    """Every fill of a paper home with what was seen around it, oldest first; asked of the exchange if that
    runs, else read from its file. Raises HomeError."""
    home = _paper_home(root)
    running = _running(home)
    if running is not None:
        return asyncio.run(_asked(running))
    if not (home.exchange / WORLD_FILE).exists():
        raise HomeError(f"home {root}: no paper exchange has run here")
    try:
        store = Store.at(home.exchange)
        try:
            rows = sorted((key, value) for kind, key, value in store.rows() if kind == FILL)
        finally:
            store.close()
        return [msgspec.msgpack.decode(value, type=FillEvidence) for _, value in rows]
    except (StoreError, msgspec.MsgspecError) as error:
        raise HomeError(f"home {root}: {error}") from None


def reset(root: Path, now: datetime) -> Path:
    """Ends the home's exchange and puts ledger, exchange and binding aside, so that the next start begins
    with new money; returns where they are now. Raises HomeError and LedgerInUse; said again, it goes on."""
    home = _paper_home(root)
    lock = WriterLock(home.ledger)
    try:
        running = _running(home)
        if running is not None:
            asyncio.run(_end(running))
        aside = root / ARCHIVE / now.astimezone(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
        aside.mkdir(mode=0o700, parents=True)
        # The binding goes last: with it a reset that was interrupted can be said again.
        for name in (home.exchange.name, *_LEDGER, *_ACCOUNT, _BINDING):
            if (root / name).exists():
                (root / name).rename(aside / name)
        return aside
    except OSError as error:
        raise HomeError(f"home {root}: cannot be reset: {error.strerror or error}") from None
    finally:
        lock.release()


def _paper_home(root: Path) -> Home:
    home = Home(root)
    bound = home.binding()
    if bound is None:
        raise HomeError(f"home {root}: no paper exchange has run here")
    if bound.venue != VENUE:
        raise HomeError(f"home {root}: bound to {bound}; wanted venue {VENUE}")
    return home


def _running(home: Home) -> SandboxEndpoint | None:
    known = read_endpoint(home.exchange)
    return known if known is not None and is_exchange_of(known.pid, home.exchange, PAPER_MODULE) else None


async def _asked(endpoint: SandboxEndpoint) -> list[FillEvidence]:
    door = SideDoorClient(root_of(endpoint.rest))
    try:
        return msgspec.convert(await door.fills(), list[FillEvidence])
    except (SideDoorError, msgspec.ValidationError) as error:
        raise HomeError(str(error)) from None
    finally:
        await door.aclose()


async def _end(endpoint: SandboxEndpoint) -> None:
    """Raises HomeError if it does not end."""
    door = SideDoorClient(root_of(endpoint.rest))
    handle = os.pidfd_open(endpoint.pid)
    try:
        await door.stop()
        has_ended = await asyncio.to_thread(_ends, handle)
    except SideDoorError as error:
        raise HomeError(str(error)) from None
    finally:
        os.close(handle)
        await door.aclose()
    if not has_ended:
        raise HomeError(f"the exchange (pid {endpoint.pid}) is still ending after {_ENDS_WITHIN_S:g} s")


def _ends(handle: int) -> bool:
    return bool(select.select([handle], [], [], _ENDS_WITHIN_S)[0])


FAILURES = (OpsError, LedgerError)
"""What both raise: each one line."""
