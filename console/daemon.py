"""Runs one engine in the foreground, for a service manager or a console that wants it to outlive itself.

``python -m console.daemon`` takes the options of ``sparko-console --daemon``. SIGTERM and SIGINT end it in
order; a second signal ends it fast, which is safe: the next start is a recovery in either case. SIGHUP ends
nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import logging
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from console.supervision.collecting import Collecting
from console.supervision.compaction import compaction
from console.supervision.recording import recorders
from console.tools.attach import VENUES
from engine.assembly.assembled import AssembledEngine
from engine.assembly.opening import Options, check_options, open_engine
from engine.assembly.readiness import NotReady
from engine.kalshi.credentials import CredentialError
from engine.kalshi.errors import KalshiError
from engine.kalshi.hosts import HostRefused, VenueMismatch
from engine.ledger.errors import LedgerError, LedgerInUse
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
    OSError,
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
        self._main: asyncio.Task[None] | None = None
        self._endings: list[asyncio.Task[None]] = []
        self._logs: Logs | None = None

    async def run(self) -> None:
        """Until a signal. Raises EngineEnded."""
        self._main = asyncio.current_task()
        with self._signals():
            try:
                await self._run()
            except* _ONE_LINE as group:
                line = _first_line(group)
                self._log_end(line, group)
                raise EngineEnded(line) from group

    async def _run(self) -> None:
        began = time.monotonic()
        config = check_options(self._options)
        home = Home(self._options.home)
        home.make()
        self._logs = start_logs(home.logs, is_watched=self._is_watched)
        engine = self._engine = await open_engine(self._options, config)
        bound = engine.connection.binding
        recording = recorders(config.recording, home.root, engine.observing, engine.tap)
        is_written = bool(recording) or any(each.is_on for each in config.collectors)
        keeping = compaction(config.lake, home.root, engine.observing, is_written=is_written)
        collecting = Collecting(config.collectors, home.root, engine.observing, beside=[*recording, *keeping])
        _log.info("engine starts", extra={"home": str(home.root), "venue": bound.venue})

        def ready() -> None:
            gc.collect()
            gc.freeze()
            collecting.start()
            _log.info("engine is ready", extra={"after_s": round(time.monotonic() - began, 2)})

        try:
            await engine.run(ready)
        finally:
            await collecting.stop()
            while under_way := [ending for ending in self._endings if not ending.done()]:
                await asyncio.wait(under_way)
            await engine.close(graceful=len(self._endings) == 1)
            _log.info("engine has ended")

    def _log_end(self, line: str, group: BaseExceptionGroup[BaseException]) -> None:
        """Into the log, unless that is another engine's; standard error gets its one line at the end."""
        if self._logs is None or group.subgroup(LedgerInUse) is not None:
            return
        self._logs.only_the_file()
        _log.error("engine ended: %s", line, exc_info=group if group.subgroup(OSError) else None)

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self._signalled)
        loop.add_signal_handler(signal.SIGHUP, self._hung_up)
        try:
            yield
        finally:
            for number in (*SIGNALS, signal.SIGHUP):
                loop.remove_signal_handler(number)

    def _signalled(self) -> None:
        engine = self._engine
        if engine is None:
            if self._main is not None:
                self._main.cancel()
            return
        if not self._endings:
            _log.info("engine ends: no more entries, working ones are canceled; a second signal ends it now")
        elif len(self._endings) == 1:
            _log.warning("engine ends now")
            self._endings[0].cancel()
        else:
            return
        ending = engine.stop(graceful=not self._endings)
        self._endings.append(asyncio.get_running_loop().create_task(ending))

    def _hung_up(self) -> None:
        """The terminal is gone, and nothing else: what guards positions does not end with an ssh session."""
        if self._logs is not None:
            self._logs.only_the_file()
        _log.warning("the terminal is gone; the engine goes on: sparko stop ends it")


def _first_line(group: BaseExceptionGroup[BaseException]) -> str:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return " ".join(str(error).split())


def main() -> None:
    """The process of an engine. The options are those that ``sparko-console`` has checked."""
    parser = argparse.ArgumentParser(prog="sparko-console --daemon")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--venue", default=VENUES[0], choices=VENUES)
    parser.add_argument("--exchange")
    parser.add_argument("--practice", action="store_true", help="a new home begins with one position")
    parser.add_argument("--detached", action="store_true", help="nobody reads standard error")
    given = parser.parse_args()
    home = given.home.expanduser().absolute()
    options = Options(home, given.venue, given.exchange, practice=given.practice)
    # What is written here is for its user alone, whatever the home's own mode.
    os.umask(0o077)
    sys.exit(run_daemon(options, is_watched=not given.detached))


def run_daemon(options: Options, *, is_watched: bool) -> int:
    """Runs the engine to its end and returns the exit code; a failure is one line on standard error."""
    try:
        asyncio.run(Daemon(options, is_watched=is_watched).run())
    except EngineEnded as error:
        with contextlib.suppress(OSError):
            print(f"error: {error}", file=sys.stderr, flush=True)
        return 1
    except asyncio.CancelledError:
        # Asked to end before there was an engine: nothing was sent, nothing is left running.
        return 0
    return 0


if __name__ == "__main__":
    main()
