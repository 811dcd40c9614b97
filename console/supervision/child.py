"""One child process that is kept running: begun in a session of its own, read in bounds, begun anew with
growing pauses when it ends, hangs or writes what nobody understands; it ends with us."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from collectors.observations import FrameError, FrameReader, Message
from console.supervision import leash
from console.supervision.spoken import Spoken

_log = logging.getLogger(__name__)
_CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds, and bytes a second."""

    silent_s: float = 30.0
    """Without a word for so long it is taken for hung."""
    first_pause_s: float = 1.0
    most_pause_s: float = 60.0
    well_after_s: float = 60.0
    """Having run for so long, it begins again after the first pause."""
    grace_s: float = 3.0
    """Between SIGTERM and SIGKILL."""
    bytes_each_s: int = 1_000_000
    """Read at most; what is beyond waits in the pipe, and so does who wrote it."""


@dataclass(frozen=True, slots=True)
class Plan:
    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    timings: Timings = Timings()


Feed: TypeAlias = Callable[[asyncio.StreamWriter], Coroutine[Any, Any, None]]


class Child:
    """Runs from :meth:`run` until that is cancelled. ``take`` is given each message."""

    def __init__(self, plan: Plan, take: Callable[[Message], None], feed: Feed | None = None) -> None:
        """``feed`` writes to the child's standard input as long as it runs; without it there is none."""
        self.plan = plan
        self._feed = feed
        self.is_running = False
        self.restarts = 0
        self.problem = ""
        """How the last run came to its end; empty once the present one has said a word."""
        self._take = take

    @property
    def run_number(self) -> int | None:
        """Of the present run; None between two of them."""
        return self.restarts if self.is_running else None

    async def run(self) -> None:
        pause_s = self.plan.timings.first_pause_s
        while True:
            began = time.monotonic()
            self.problem = await self._one_run()
            if time.monotonic() - began >= self.plan.timings.well_after_s:
                pause_s = self.plan.timings.first_pause_s
            wait_s = pause_s * random.uniform(1.0, 1.2)  # so that several do not come back together
            _log.warning("collector %s %s; it begins again in %.1f s", self.plan.name, self.problem, wait_s)
            await asyncio.sleep(wait_s)
            pause_s = min(2 * pause_s, self.plan.timings.most_pause_s)
            self.restarts += 1

    async def _one_run(self) -> str:
        """How it ended, in one line that goes on from its name."""
        spoken = Spoken(self.plan.name)
        try:
            process = await self._begin()
        except OSError as error:
            return f"cannot be begun: {error.strerror or error}"
        self.is_running = True
        assert process.stdout is not None
        assert process.stderr is not None
        listening = asyncio.create_task(spoken.listen(process.stderr))
        feeding = [] if process.stdin is None else [asyncio.create_task(self._fed(process.stdin))]
        try:
            ended = await self._read(process.stdout)
        finally:
            self.is_running = False
            await _cancelled(feeding)
            await self._end(process)
            await _cancelled([listening])
        return ended or _end_text(process.returncode, spoken.last)

    async def _begin(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-S",
            str(Path(leash.__file__)),
            str(os.getpid()),
            *self.plan.command,
            stdin=asyncio.subprocess.DEVNULL if self._feed is None else asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            env=dict(self.plan.environment),
            limit=_CHUNK,
        )

    async def _read(self, pipe: asyncio.StreamReader) -> str:
        """Until it ends, or why it has to; empty: it closed its standard output."""
        timings, reader = self.plan.timings, FrameReader()
        while True:
            try:
                async with asyncio.timeout(timings.silent_s):
                    data = await pipe.read(_CHUNK)
            except TimeoutError:
                return f"said nothing for {timings.silent_s:g} s and was ended"
            if not data:
                return ""
            try:
                for message in reader.take(data):
                    self.problem = ""
                    self._take(message)
            except FrameError as error:
                return f"was ended, for it wrote what is no message: {error}"
            await asyncio.sleep(len(data) / timings.bytes_each_s)

    async def _fed(self, pipe: asyncio.StreamWriter) -> None:
        if self._feed is not None:
            await self._feed(pipe)

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        """First asked, then made to; its whole session. What it still says is passed over.

        One that is fed is asked by the end of its input."""
        assert process.stdout is not None
        emptying = asyncio.create_task(_empty(process.stdout))
        grace_s = self.plan.timings.grace_s
        steps: list[tuple[signal.Signals | None, float | None]]
        steps = [(signal.SIGTERM, grace_s), (signal.SIGKILL, None)]
        if process.stdin is not None:
            process.stdin.close()
            steps.insert(0, (None, grace_s))
        for number, wait_s in steps:
            with contextlib.suppress(ProcessLookupError):
                if number is not None:
                    os.killpg(process.pid, number)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await process.wait()
                    break
        await emptying


async def _cancelled(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _empty(pipe: asyncio.StreamReader) -> None:
    """Until nobody holds its other end any more."""
    while await pipe.read(_CHUNK):
        pass


def _end_text(code: int | None, last_words: str) -> str:
    if code is not None and code < 0:
        how = f"was killed by {signal.Signals(-code).name}"
    else:
        how = f"ended with code {code}"
    return f"{how}: {last_words}" if last_words else how
