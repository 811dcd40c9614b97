"""An engine as a user runs it: a daemon on a home, its embedded exchange, and ``sparko``."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from ground_truth import disagreements, truth_by_side_door
from plain_http import ask

from console.starting import is_listening
from engine.core.money import MoneyState
from engine.domain.units import DOLLAR_UD
from engine.ledger.loading import read_state
from engine.ledger.opening import reading
from engine.sandbox.endpoint import SandboxEndpoint, read_endpoint
from engine.sandbox.side_door_client import root_of

ROOT = Path(__file__).parent.parent.parent
PATIENCE_S = 60.0
LOOK_EACH_S = 0.02
DEPOSITS_UD = 20_000 * DOLLAR_UD
SMALL_WORLD = '[sandbox]\nseries = ["KXHIGHNY"]\nstart = "2026-11-20T15:00:00Z"\n'
"""A Friday: no maintenance window is near. Twelve markets, and seconds without any news."""
LIVELY_WORLD = '[sandbox]\nseries = ["KXHIGHNY", "KXBTCD"]\nstart = "2026-11-20T15:00:00Z"\n'
"""The same day with something going on each second."""
_EXCHANGE = b"engine.sandbox.server.embedded_process"


class RunningDaemon:
    """One home, and the processes that belong to it. :meth:`close` ends them, whatever state they are in."""

    program: tuple[str, ...] = ("-m", "console.daemon")

    def __init__(self, home: Path, config: str = SMALL_WORLD, **environment: str) -> None:
        self.home = home
        self.process: subprocess.Popen[bytes] | None = None
        self.errors = home.with_name(f"{home.name}.stderr")
        """All that its engines said on standard error."""
        self._environment = os.environ | environment
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.configure(config)

    def configure(self, text: str) -> None:
        (self.home / "config.toml").write_text(text)

    def begin(self, *options: str) -> None:
        """Starts an engine and does not wait for it; the one before has ended, or is ending."""
        if self.process is not None:
            self.wait()
        with self.errors.open("ab") as errors:
            self.process = subprocess.Popen(
                daemon_words(self.home, *options, program=self.program),
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                cwd=ROOT,
                env=self._environment,
            )

    def start(self, *options: str) -> None:
        """Returns when it answers on its socket."""
        self.begin(*options)
        self.until_listening()

    def until_listening(self) -> None:
        self.until(lambda: is_listening(self.home), "no socket")

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """Looks until it holds; fails when the engine ends before, or patience does."""
        deadline = time.monotonic() + PATIENCE_S
        while not holds():
            assert self.process is None or self.process.poll() is None, self.said
            assert time.monotonic() < deadline, f"{what} after {PATIENCE_S:g} s: {self.said}"
            time.sleep(LOOK_EACH_S)

    @property
    def said(self) -> str:
        return self.errors.read_text("utf-8", "replace")[-2_000:]

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def wait(self) -> int:
        """The exit code, once it has ended."""
        assert self.process is not None
        return self.process.wait(timeout=PATIENCE_S)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def refused(self, *options: str) -> str:
        """The one line of an engine that does not start."""
        ran = subprocess.run(
            daemon_words(self.home, *options),
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=self._environment,
            timeout=PATIENCE_S,
            check=False,
        )
        assert (ran.returncode, ran.stdout) == (1, ""), ran
        lines = ran.stderr.splitlines()
        assert len(lines) == 1, ran.stderr
        assert lines[0].startswith("error: ")
        return lines[0].removeprefix("error: ")

    def sparko(self, *words: str, code: int = 0) -> Any:
        """The document that a command prints."""
        command = [sys.executable, "-m", "console.tools.app", *words, "--home", str(self.home), "--json"]
        ran = subprocess.run(
            command, capture_output=True, text=True, cwd=ROOT, timeout=PATIENCE_S, check=False
        )
        assert ran.returncode == code, ran.stderr
        return json.loads(ran.stdout)

    @property
    def endpoint(self) -> SandboxEndpoint:
        """Of the embedded exchange, as that says itself."""
        found = read_endpoint(self.home / "exchange")
        assert found is not None
        return found

    def side_door(self, method: str, path: str, **body: object) -> dict[str, Any]:
        return ask_side_door(root_of(self.endpoint.rest), method, path, **body)

    def kill_exchange(self) -> int:
        """Kills the one that runs; its process number, or 0 if none runs."""
        pid = self.endpoint.pid
        if not is_exchange(pid):
            return 0
        os.kill(pid, signal.SIGKILL)
        return pid

    def until_exchange_is_back(self, killed: int) -> None:
        def is_back() -> bool:
            found = read_endpoint(self.home / "exchange")
            return found is not None and found.pid != killed and is_exchange(found.pid)

        self.until(is_back, "no exchange")

    def money(self) -> MoneyState:
        """What the ledger holds now."""
        with reading(self.home / "ledger.sqlite") as connection:
            return read_state(connection)

    def wrong(self) -> list[str]:
        """In what ledger and exchange differ now."""
        money = self.money()
        try:
            exclusive = self._exclusive({ticker.rpartition("-")[0] for ticker in money.positions})
            truth = truth_by_side_door(lambda path: self.side_door("GET", path), exclusive)
        except httpx.TransportError as error:
            return [f"the exchange does not answer: {error}"]
        return disagreements(money, truth, DEPOSITS_UD)

    def _exclusive(self, events: set[str]) -> set[str]:
        """Those of which one market wins."""
        told = {name: ask("GET", f"{self.endpoint.rest}/events/{name}") for name in events}
        return {name for name, answer in told.items() if answer.json()["event"]["mutually_exclusive"]}

    def log_lines(self) -> list[dict[str, Any]]:
        lines = (self.home / "logs" / "engine.jsonl").read_text("utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def events(self) -> list[str]:
        """The texts of the log."""
        return [line["event"] for line in self.log_lines()]

    def exchanges(self) -> list[int]:
        """Every embedded exchange of this home that runs, ready or not."""
        folder = str(self.home / "exchange").encode()
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                words = path.read_bytes()
                if _EXCHANGE in words and folder in words:
                    found.append(int(path.parent.name))
        return found

    def close(self) -> None:
        if self.process is not None:
            self.kill()
        for pid in self.exchanges():
            os.kill(pid, signal.SIGKILL)


def daemon_words(home: Path, *options: str, program: tuple[str, ...] = RunningDaemon.program) -> list[str]:
    return [sys.executable, *program, "--home", str(home), *options]


def is_exchange(pid: int) -> bool:
    """Whether an embedded exchange runs under that number, and is no zombie."""
    try:
        return _EXCHANGE in Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False


def ask_side_door(root: str, method: str, path: str, **body: object) -> dict[str, Any]:
    answer = ask(method, f"{root}/sandbox/{path}", body or None)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json() if answer.content else {}
    return found
