"""The embedded exchange of a home, as the engine sees it: found or started, watched, ended.

It is a process of its own in a session of its own, so that it outlives an engine that is killed; the next
engine finds it through the endpoint that it left in its folder.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from engine.sandbox.endpoint import SandboxEndpoint, read_endpoint
from engine.sandbox.server.process_options import ProcessOptions
from engine.sandbox.side_door_client import SideDoorClient, SideDoorError, WorldFacts, root_of

_log = logging.getLogger(__name__)
_ERROR = "error: "
READY_WITHIN_S = 30.0
ENDS_WITHIN_S = 5.0
_LOOK_EACH_S = 0.05
_WATCH_EACH_S = 0.5
_TRIES = 5
"""Starts in a row that fail before the watch gives up."""
MODULE = "engine.sandbox.server.embedded_process"
_IN_USE = "in use by another sandbox"


class ExchangeError(Exception):
    """The embedded exchange cannot be had. One line."""


class EmbeddedExchange:
    """Owns what is known of the process; :meth:`ensure` before anything else.

    ``on_event`` hears one line whenever the process was found dead, or came back. ``module`` is what the
    process runs; it takes the options as JSON.
    """

    def __init__(
        self,
        options: ProcessOptions,
        log_file: Path,
        on_event: Callable[[str], None] = _log.warning,
        module: str = MODULE,
    ) -> None:
        self._options = options
        self._module = module
        self._folder = Path(options.folder)
        self._log_file = log_file
        self._on_event = on_event
        self._child: subprocess.Popen[bytes] | None = None
        self._process = _Process()
        self.endpoint: SandboxEndpoint | None = None
        self.was_started = False
        """By us, that is not adopted."""

    async def ensure(self) -> SandboxEndpoint:
        """Adopts the running one of this folder, or starts one, on the port it had before if that is free.

        One that another engine has just started, or that is ending, is waited for. Raises ExchangeError with
        the process's own line.
        """
        loop = asyncio.get_running_loop()
        end_s = loop.time() + READY_WITHIN_S
        while True:
            known = read_endpoint(self._folder)
            if known is not None and await self._adopts(known):
                return known
            try:
                return await self._start_anywhere(0 if known is None else urlsplit(known.rest).port or 0)
            except ExchangeError as error:
                if _IN_USE not in str(error) or loop.time() > end_s:
                    raise
            await asyncio.sleep(_WATCH_EACH_S)

    async def _adopts(self, known: SandboxEndpoint) -> bool:
        """Whether the process that left the endpoint lives, and the world at the address is its own."""
        if (
            not is_exchange_of(known.pid, self._folder, self._module)
            or await _world_of(known) != known.world_id
        ):
            return False
        self.endpoint = known
        self._process.follow(known.pid)
        return True

    async def _start_anywhere(self, port: int) -> SandboxEndpoint:
        try:
            self.endpoint = await self._start(port)
        except ExchangeError as error:
            if not port or "--port" not in str(error):
                raise
            self.endpoint = await self._start(0)
        self.was_started = True
        return self.endpoint

    async def watch(self) -> None:
        """Starts it again, at the same address and with the same world, each time it dies.

        Raises ExchangeError after five starts in a row that failed, and at once when its folder is gone or
        another world came back.
        """
        failures = 0
        while True:
            await asyncio.sleep(_WATCH_EACH_S)
            if self._is_alive():
                continue
            assert self.endpoint is not None
            self._on_event(f"the exchange (pid {self.endpoint.pid}) has died; it is started again")
            if not self._folder.is_dir():
                raise ExchangeError(f"exchange: its folder {self._folder} is gone")
            try:
                found = await self._start(urlsplit(self.endpoint.rest).port or 0)
            except ExchangeError as error:
                failures += 1
                self._on_event(f"the exchange does not start: {error}")
                if failures == _TRIES:
                    raise
                continue
            wanted = self.endpoint.world_id
            if found.world_id != wanted:
                self._process.kill()
                raise ExchangeError(f"exchange: world {found.world_id} came back, wanted {wanted}")
            self.endpoint, failures = found, 0
            self._on_event(f"the exchange is back (pid {self.endpoint.pid})")

    async def stop(self) -> None:
        """Ends it in order, and by force if it does not end."""
        if self.endpoint is None:
            return
        door = SideDoorClient(root_of(self.endpoint.rest))
        try:
            await door.stop()
        except SideDoorError:
            pass
        finally:
            await door.aclose()
        loop = asyncio.get_running_loop()
        end_s = loop.time() + ENDS_WITHIN_S
        while self._is_alive():
            if loop.time() > end_s:
                _log.warning("the exchange (pid %s) does not end by itself; it is killed", self.endpoint.pid)
                self._process.kill()
                end_s += ENDS_WITHIN_S
            await asyncio.sleep(_LOOK_EACH_S)
        self._process.leave()

    async def _start(self, port: int) -> SandboxEndpoint:
        options = msgspec.structs.replace(self._options, port=port)
        self._log_file.parent.mkdir(parents=True, exist_ok=True)
        mark = self._log_file.stat().st_size if self._log_file.exists() else 0
        child = self._child = _spawn(self._module, options, self._log_file)
        self._process.follow(child.pid)
        try:
            return await self._until_ready(child, mark)
        except BaseException:
            # Killed in whatever it does: what it has written is whole.
            child.kill()
            child.wait()
            raise

    async def _until_ready(self, child: subprocess.Popen[bytes], mark: int) -> SandboxEndpoint:
        loop = asyncio.get_running_loop()
        end_s = loop.time() + READY_WITHIN_S
        while (found := read_endpoint(self._folder)) is None or found.pid != child.pid:
            if child.poll() is not None:
                raise ExchangeError(_last_line(self._log_file, mark) or f"ended with {child.returncode}")
            if loop.time() > end_s:
                raise ExchangeError(f"exchange: not ready after {READY_WITHIN_S:g} s")
            await asyncio.sleep(_LOOK_EACH_S)
        return found

    def _is_alive(self) -> bool:
        if self._child is not None:
            self._child.poll()
        return self._process.is_alive()


class _Process:
    """A process that need not be our child, by a handle that no other process can come to have."""

    def __init__(self) -> None:
        self._handle = -1

    def follow(self, pid: int) -> None:
        self.leave()
        try:
            self._handle = os.pidfd_open(pid)
        except OSError:
            self._handle = -1

    def is_alive(self) -> bool:
        return self._handle >= 0 and not select.select([self._handle], [], [], 0)[0]

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def leave(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def _spawn(module: str, options: ProcessOptions, log_file: Path) -> subprocess.Popen[bytes]:
    with log_file.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", module, msgspec.json.encode(options).decode()],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def is_exchange_of(pid: int, folder: Path, module: str) -> bool:
    """Whether that process was started as the exchange of this folder; a process number may be used anew."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        options = msgspec.json.decode(words[-2], type=ProcessOptions)
        return module.encode() in words and Path(options.folder).samefile(folder)
    except (OSError, IndexError, msgspec.MsgspecError):
        return False


def _last_line(path: Path, since: int) -> str:
    """The last error; another exchange of the folder, which says how it opened, may write there too."""
    lines = path.read_bytes()[since:].decode("utf-8", "replace").strip().splitlines()
    errors = [line for line in lines if line.startswith(_ERROR)]
    return (errors or lines or [""])[-1].removeprefix(_ERROR)


async def _world_of(endpoint: SandboxEndpoint) -> str | None:
    """The id of the world that answers there; None if no sandbox does."""
    facts = await world_at(endpoint.rest)
    return None if facts is None else facts.world_id


async def world_at(url: str) -> WorldFacts | None:
    """What a sandbox at this address says of itself; None if none answers."""
    door = SideDoorClient(root_of(url))
    try:
        return await door.world()
    except SideDoorError:
        return None
    finally:
        await door.aclose()
