"""``sparko stop`` ends the engine it is attached to, waits for it, and names what nobody guards then."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_control import FakeControl

from engine.control.rows.account import PositionRow
from engine.domain.order import Leg

HELD = PositionRow(ticker="KXA", leg=Leg.NO, count_c=250, cost_ud=1, owner="manual")
ENDS = "import signal; print(flush=True); signal.pause()"
STAYS = "import signal; signal.signal(15, signal.SIG_IGN); print(flush=True); signal.pause(); signal.pause()"


def started(code: str) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    return process


@pytest.fixture
def process() -> Iterator[list[subprocess.Popen[str]]]:
    made: list[subprocess.Popen[str]] = []
    yield made
    for one in made:
        one.kill()
        one.communicate()


def test_stop_ends_the_engine_and_names_positions(
    sparko: Any, tmp_path: Path, process: list[subprocess.Popen[str]]
) -> None:
    process.append(started(ENDS))
    with FakeControl(tmp_path, pid=process[0].pid) as engine:
        engine.rows["positions"] = [HELD]
        ran = sparko("stop")
    assert ran.code == 0
    assert process[0].wait(5) == -15
    assert ran.out.splitlines()[1] == "UNGUARDED until it runs again: 2.5 NO KXA"


def test_stop_as_json(sparko: Any, tmp_path: Path, process: list[subprocess.Popen[str]]) -> None:
    process.append(started(ENDS))
    with FakeControl(tmp_path, pid=process[0].pid) as engine:
        engine.rows["positions"] = [HELD]
        document = sparko("stop", "--json").document
    assert (document["stopped"], document["pid"]) == (True, process[0].pid)
    assert [row["ticker"] for row in document["unguarded"]] == ["KXA"]


def test_an_engine_that_does_not_end(
    sparko: Any, tmp_path: Path, process: list[subprocess.Popen[str]]
) -> None:
    process.append(started(STAYS))
    with FakeControl(tmp_path, pid=process[0].pid):
        ran = sparko("stop", "--wait", "0.2")
    assert (ran.code, ran.out) == (1, "")
    assert ran.line.startswith(f"the engine (pid {process[0].pid}) is still ending after 0.2 s")


def test_an_engine_that_is_gone_already(
    sparko: Any, tmp_path: Path, process: list[subprocess.Popen[str]]
) -> None:
    gone = started(ENDS)
    gone.kill()
    gone.communicate()
    with FakeControl(tmp_path, pid=gone.pid):
        assert sparko("stop").code == 0
