"""Ctrl-C and SIGTERM in the middle of a command: what may have happened is said, with id and exit code."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from fake_control import FakeControl, told
from told_orders import KEYS, TICKER, order_row

from engine.control.protocol import CommandRequest, Frame
from engine.domain.order import OrderState

BUY = ("order", TICKER, "--side", "yes", "--count", "10", "--price", "57", "--json")
PATIENCE_S = 30.0


@contextlib.contextmanager
def running(home: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "console.tools.app", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "SPARKO_HOME": str(home)},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def sent_and_not_answered(request: CommandRequest) -> Sequence[Frame]:
    """The engine tells the order unasked and says nothing to whoever wanted it."""
    name = request.body.client_order_id  # type: ignore[union-attr]
    return [told(order_row(client_order_id=name, state=OrderState.SENT, order_id=""), 1)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_order_that_was_sent_and_not_answered(
    tmp_path: Path, engine: FakeControl, number: signal.Signals
) -> None:
    engine.script = sent_and_not_answered
    with running(tmp_path, *BUY) as process:
        until(lambda: engine.commands)
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE_S)
    name = engine.commands[0].body.client_order_id  # type: ignore[union-attr]
    assert process.returncode == 3, err
    assert err == (
        f"error: order {name}: interrupted before the engine answered; what was asked for may go on: "
        "sparko orders --all\n"
    )
    document = json.loads(out)
    assert (list(document), document["client_order_id"]) == (KEYS, name)
    assert document["status"] in ("sent", "unknown")


def test_an_order_that_was_not_sent_yet(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as deaf:
        deaf.bind(str(tmp_path / "engine.sock"))
        deaf.listen()
        with running(tmp_path, *BUY) as process:
            deaf.settimeout(PATIENCE_S)
            end, _ = deaf.accept()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=PATIENCE_S)
            end.close()
    assert (process.returncode, out) == (1, "")
    assert err == "error: interrupted; nothing was asked of the engine\n"
