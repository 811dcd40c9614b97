"""A sandbox that is killed without warning and started again on the same state."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from plain_http import ask
from running_sandbox import PLAIN_SANDBOX, ROOT
from small_world import Signer

from engine.sandbox.server.wall import SystemWall
from engine.wire.signing import REST_ROOT


class Killable:
    """A sandbox on one state folder that is killed and started again."""

    def __init__(self, folder: Path, options: tuple[str, ...]) -> None:
        self.folder = folder
        self.options = options
        self.process: subprocess.Popen[str] | None = None
        self.url = ""

    def start(self) -> Signer:
        self.process = subprocess.Popen(
            [sys.executable, str(PLAIN_SANDBOX), "--state", str(self.folder), *self.options],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        assert self.process.stdout is not None
        ready = json.loads(self.process.stdout.readline())
        self.url = ready["rest"].removesuffix(REST_ROOT)
        return Signer(SystemWall(), ready["key_id"], Path(ready["private_key_path"]).read_text())

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()

    def end(self) -> None:
        """Kills what runs, if anything does."""
        if self.process is not None and self.process.poll() is None:
            self.kill()

    def pause(self) -> None:
        ask("POST", f"{self.url}/sandbox/clock", {"pause": True}).raise_for_status()

    def see(self, path: str) -> dict[str, object]:
        found: dict[str, object] = ask("GET", f"{self.url}{path}").json()
        return found
