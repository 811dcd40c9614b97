"""A sandbox as a user starts it: the command, a process of its own, real sockets."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import msgspec
from plain_http import ask


class RunningSandbox(msgspec.Struct, frozen=True):
    """Where a started sandbox listens, with the key of its first account."""

    rest: str
    ws: str
    key_id: str
    private_key_path: str

    @property
    def root(self) -> str:
        """The address of the side door."""
        return self.rest.removesuffix("/trade-api/v2")

    def side_door(self, method: str, path: str, **json_body: object) -> dict[str, object]:
        answer = ask(method, f"{self.root}/sandbox/{path}", json_body or None)
        answer.raise_for_status()
        found: dict[str, object] = answer.json() if answer.content else {}
        return found


def start_sandbox(folder: Path, *options: str) -> tuple[subprocess.Popen[str], RunningSandbox]:
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "console.tools.app",
            "sandbox",
            "--port",
            "0",
            "--key-out",
            str(folder),
            *options,
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, f"the sandbox ended with {process.wait()} before it was ready"
    return process, msgspec.convert(json.loads(line), RunningSandbox)
