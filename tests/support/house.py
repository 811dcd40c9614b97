"""A sandbox and an engine as processes, to be started, listened to and killed."""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

SANDBOX_OPTIONS = ("--start", "2026-11-20T15:00:00Z", "--tier", "prestige")
"""A Friday: no maintenance window is near."""
SUPPORT = Path(__file__).parent
ROOT = SUPPORT.parent.parent
PATIENCE_S = 90.0


class Child:
    """A process that writes lines of JSON."""

    def __init__(self, *command: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": f"{ROOT}:{SUPPORT}"},
        )
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self.process.stdout, selectors.EVENT_READ)
        self._rest = b""

    def lines(self, seconds: float) -> list[dict[str, Any]]:
        """What is there, or comes first within that time; half a line of a killed process is dropped."""
        assert self.process.stdout is not None
        if self._selector.select(seconds):
            self._rest += self.process.stdout.read() or b""
        *whole, self._rest = self._rest.split(b"\n")
        return [json.loads(line) for line in whole]

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def close(self) -> None:
        if self.process.poll() is None:
            self.kill()
        self._selector.close()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()


class House:
    """A sandbox on one port and one state, an engine on one home, and what the engine promised."""

    def __init__(self, folder: Path, *series: str) -> None:
        self.folder = folder
        self.series = series
        self.sandbox: Child | None = None
        self.engine: Child | None = None
        self.promised: set[str] = set()
        self.checked: dict[str, Any] = {}
        self._port = free_port()
        self._runs = 0

    def start_sandbox(self) -> None:
        state = str(self.folder / "exchange")
        series = [word for name in self.series for word in ("--series", name)]
        options = ("--port", str(self._port), "--state", state, *series, *SANDBOX_OPTIONS)
        self.sandbox = Child("-m", "console.tools.app", "sandbox", *options)
        ready = self._wait(self.sandbox, "rest")
        (self.folder / "sandbox.json").write_text(json.dumps(ready))

    def start_engine(self) -> None:
        self._runs += 1
        script = str(SUPPORT / "engine_process.py")
        self.engine = Child(script, str(self.folder), f"{self._runs}", ",".join(self.series))

    def engine_ready(self) -> dict[str, Any]:
        """The line that says so."""
        assert self.engine is not None
        return self._wait(self.engine, "ready")

    def trade_until(self, answers: int) -> None:
        """Waits for so many more promises."""
        assert self.engine is not None
        goal, deadline = len(self.promised) + answers, time.monotonic() + PATIENCE_S
        while len(self.promised) < goal:
            assert time.monotonic() < deadline, "the engine answers no orders"
            self._listen(self.engine, 1)

    def kill(self, whom: str) -> None:
        for name in ("engine", "sandbox"):
            child: Child | None = getattr(self, name)
            if whom in (name, "both") and child is not None:
                child.kill()
                self._listen(child, 0)
                child.close()
                setattr(self, name, None)

    def check(self) -> dict[str, Any]:
        assert self.engine is not None
        self.engine.say("check")
        found = self._wait(self.engine, "wrong")
        assert found["wrong"] == []
        assert self.promised <= set(found["known"])
        return found

    def stop_engine(self) -> None:
        assert self.engine is not None
        self.engine.say("stop")
        self.engine.process.wait(timeout=PATIENCE_S)
        assert self.engine.process.returncode == 0

    def close(self) -> None:
        for child in (self.engine, self.sandbox):
            if child is not None:
                child.close()

    def _wait(self, child: Child, key: str) -> dict[str, Any]:
        """The first line that has ``key``."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            for line in self._listen(child, 1):
                if key in line:
                    return line
            assert child.process.poll() is None, f"ended with {child.process.returncode}"
        raise AssertionError(f"no {key} within {PATIENCE_S} s")

    def _listen(self, child: Child, seconds: float) -> list[dict[str, Any]]:
        lines = child.lines(seconds)
        self.promised.update(line["answered"] for line in lines if "answered" in line)
        return lines


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
