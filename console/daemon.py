"""Runs one engine in the foreground, for a service manager or a console that wants it to outlive itself.

``python -m console.daemon`` takes the options of ``sparko-console --daemon``. SIGTERM and SIGINT end it in
order; a second signal ends it fast, which is safe: the next start is a recovery in either case.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import logging
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from engine.assembly.assembled import AssembledEngine, NotReady, Options
from engine.kalshi.credentials import CredentialError
from engine.kalshi.errors import KalshiError
from engine.kalshi.hosts import HostRefused, VenueMismatch
from engine.ledger.errors import LedgerError
from engine.ops.config import read_config
from engine.ops.errors import OpsError
from engine.ops.home import Home
from engine.ops.logs import Logs, start_logs
from engine.runtime import JournalFailed
from engine.sandbox.embedded import ExchangeError
from engine.sandbox.side_door_client import SideDoorError

_log = logging.getLogger("console.daemon")
SIGNALS = (signal.SIGTERM, signal.SIGINT)
_ONE_LINE = (
    OpsError,
    LedgerError,
    ExchangeError,
    SideDoorError,
    CredentialError,
    HostRefused,
    VenueMismatch,
    KalshiError,
    JournalFailed,
    NotReady,
)
"""What an engine cannot start with or go on after; each says it in one line."""


class EngineEnded(Exception):
    """The engine could not start, or could not go on. One line."""


class Daemon:
    """One engine from its start to its end."""

    def __init__(self, options: Options, *, is_watched: bool) -> None:
        """``is_watched``: somebody reads standard error, so the log goes there too."""
        self._options = options
        self._is_watched = is_watched
        self._engine: AssembledEngine | None = None
        self._ending: asyncio.Task[None] | None = None
        self._is_graceful = True
        self._logs: Logs | None = None

    async def run(self) -> None:
        """Until a signal. Raises EngineEnded."""
        with self._signals():
            try:
                await self._run()
            except* _ONE_LINE as group:
                line = _first_line(group)
                if self._logs is not None:
                    self._logs.only_the_file()
                _log.error("engine ended: %s", line)
                raise EngineEnded(line) from group

    async def _run(self) -> None:
        began = time.monotonic()
        home = Home(self._options.home)
        home.make()
        config = read_config(home.config)
        self._logs = start_logs(home.logs, is_watched=self._is_watched)
        engine = self._engine = await AssembledEngine.open(self._options, config)
        bound = engine.connection.binding
        _log.info("engine starts", extra={"home": str(home.root), "venue": bound.venue})

        def ready() -> None:
            gc.collect()
            gc.freeze()
            _log.info("engine is ready", extra={"after_s": round(time.monotonic() - began, 2)})

        try:
            await engine.run(ready)
        finally:
            if self._ending is not None:
                await self._ending
            await engine.close(graceful=self._ending is not None and self._is_graceful)
            _log.info("engine has ended")

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self._signalled)
        try:
            yield
        finally:
            for number in SIGNALS:
                loop.remove_signal_handler(number)

    def _signalled(self) -> None:
        engine = self._engine
        if engine is None:
            raise KeyboardInterrupt
        if self._ending is None:
            _log.info("engine ends: no more entries, working ones are canceled; a second signal ends it now")
            self._ending = asyncio.get_running_loop().create_task(engine.stop(graceful=True))
        elif self._is_graceful:
            self._is_graceful = False
            _log.warning("engine ends now")
            self._ending.cancel()
            self._ending = asyncio.get_running_loop().create_task(engine.stop(graceful=False))


def _first_line(group: BaseExceptionGroup[BaseException]) -> str:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return " ".join(str(error).split())


def main() -> None:
    """The process of an engine. The options are those that ``sparko-console`` has checked."""
    parser = argparse.ArgumentParser(prog="sparko-console --daemon")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--venue", default="sandbox")
    parser.add_argument("--exchange")
    parser.add_argument("--detached", action="store_true", help="nobody reads standard error")
    given = parser.parse_args()
    options = Options(given.home, given.venue, given.exchange)
    sys.exit(run_daemon(options, is_watched=not given.detached))


def run_daemon(options: Options, *, is_watched: bool) -> int:
    """Runs the engine to its end and returns the exit code; a failure is one line on standard error."""
    try:
        asyncio.run(Daemon(options, is_watched=is_watched).run())
    except EngineEnded as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        return 1
    return 0


if __name__ == "__main__":
    main()
