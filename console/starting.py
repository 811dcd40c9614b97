"""Starting the engine of a home as a process that outlives whoever started it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

from console.tools.homes import is_taken
from engine.control.endpoint import socket_to_reach

OUTPUT = "daemon.out"
"""In the home's logs: what a detached engine says on its standard error, which is why it ended early."""


def daemon_words(home: Path, venue: str, exchange: str | None) -> list[str]:
    """The command that is an engine's process."""
    words = [sys.executable, "-m", "console.daemon", "--home", str(home), "--venue", venue]
    return words if exchange is None else [*words, "--exchange", exchange]


def is_listening(home: Path) -> bool:
    """Whether an engine answers on the home's socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as end:
        end.settimeout(1)
        try:
            end.connect(str(socket_to_reach(home / "engine.sock")))
        except OSError:
            return False
    return True


class StartedEngine:
    """An engine that was asked to run. It need not be our child: one may have run already, or be starting."""

    def __init__(self, process: subprocess.Popen[bytes] | None, output: Path) -> None:
        self._process = process
        self._output = output

    @property
    def was_started(self) -> bool:
        """False if one was there before."""
        return self._process is not None

    def failure(self) -> str:
        """The line with which the process ended before it served anybody; empty while it has not."""
        if self._process is None or self._process.poll() is None:
            return ""
        lines = (
            self._output.read_text("utf-8", "replace").strip().splitlines() if self._output.exists() else []
        )
        return lines[-1].removeprefix("error: ") if lines else f"it ended with {self._process.returncode}"


def ensure_engine(home: Path, venue: str, exchange: str | None) -> StartedEngine:
    """Starts an engine unless the home has one. Raises OSError if the home cannot be made."""
    output = home / "logs" / OUTPUT
    if is_listening(home) or is_taken(home):
        return StartedEngine(None, output)
    for folder in (home, output.parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as said:
        process = subprocess.Popen(
            [*daemon_words(home, venue, exchange), "--detached", "--practice"],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    return StartedEngine(process, output)
