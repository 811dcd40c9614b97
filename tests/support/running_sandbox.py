"""A sandbox in a process of its own, over real sockets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from plain_http import ask

ROOT = Path(__file__).parents[2]
PLAIN_SANDBOX = Path(__file__).with_name("plain_sandbox.py")


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
        [sys.executable, str(PLAIN_SANDBOX), "--port", "0", "--key-out", str(folder), *options],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, f"the sandbox ended with {process.wait()} before it was ready"
    return process, msgspec.convert(json.loads(line), RunningSandbox)


@contextmanager
def sandbox_in(folder: Path, *options: str) -> Iterator[RunningSandbox]:
    """One with its keys in ``folder``, asked to end afterwards and waited for."""
    folder.mkdir(exist_ok=True)
    process, running = start_sandbox(folder, *options)
    try:
        yield running
    finally:
        process.terminate()
        process.communicate(timeout=20)
