"""Collectors as a person starts them, refused for their rate, killed and started again, have together what
one has that nothing ever disturbed.

SPARKO_COLLECT=small takes one collector and one series (ten seconds of processor time), week three collectors
and a week of three series by the hour, minutes one of two series by the minute. Without it the same is held
on a loop of virtual time, in test_candle_collecting.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from running_sandbox import RunningSandbox, sandbox_in

from collectors.candles.ownership import owner_of
from collectors.candles.status import candle_status
from engine.lake.check import check
from engine.lake.digest import digest
from engine.lake.layout import of_node, segments
from engine.lake.segment import read_segment
from engine.lake.tables import CANDLES, TABLES

_SIZE = os.environ.get("SPARKO_COLLECT", "")
_IS_WEEK = _SIZE in ("week", "minutes")
_SERIES = {"week": "KXHIGHNY,KXINX,KXBTCD", "minutes": "KXHIGHNY,KXINX"}.get(_SIZE, "KXHIGHNY")
_PERIOD = "1" if _SIZE == "minutes" else "60"
_NODES = 3 if _IS_WEEK else 1
_LOOKS = 4 if _IS_WEEK else 1
_PATIENCE_S = 1_200 if _IS_WEEK else 120

pytestmark = pytest.mark.skipif(
    not _SIZE, reason="processes on a sandbox: set SPARKO_COLLECT to small, week or minutes"
)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    options = ("--series", _SERIES, "--tier", "premier")
    with sandbox_in(tmp_path_factory.mktemp("keys"), *options) as found:
        # Time stands still: what one collector finds is what the others find.
        found.side_door("POST", "clock", pause=True)
        yield found


def collector(sandbox: RunningSandbox, lake: Path, node_id: int, total: int) -> subprocess.Popen[str]:
    words = ["collect", "candles", "--series", _SERIES, "--period", _PERIOD, "--exchange", sandbox.root]
    words += ["--lake", str(lake), "--node-id", str(node_id), "--total-nodes", str(total), "--json"]
    return subprocess.Popen(
        [sys.executable, "-m", "console.tools.app", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> dict[str, object]:
    out, err = process.communicate(timeout=_PATIENCE_S)
    assert process.returncode == 0, err
    document: dict[str, object] = json.loads(out)
    return document


def until_whole(sandbox: RunningSandbox, lake: Path, node_id: int, total: int) -> None:
    """What a busy sandbox did not answer in time is asked for again by the next look."""
    for _ in range(_LOOKS - 1):
        process = collector(sandbox, lake, node_id, total)
        process.communicate(timeout=_PATIENCE_S)
        if process.returncode == 0:
            return
    ended(collector(sandbox, lake, node_id, total))


def kill_at_work(process: subprocess.Popen[str], journal: Path) -> None:
    """Once it has listed its events, and before it can have everything."""
    until = time.monotonic() + _PATIENCE_S
    while process.poll() is None and time.monotonic() < until:
        if journal.exists() and journal.stat().st_size > 2_000:
            break
        time.sleep(0.01)
    is_alive = process.poll() is None
    process.send_signal(signal.SIGKILL)
    _, said = process.communicate()
    assert is_alive, f"it ended before it could be killed: {said}"


def asked_for_candles(document: dict[str, object]) -> int:
    return sum(one["requests"] for one in document["series"])  # type: ignore[attr-defined]


def test_killed_and_refused_they_have_what_one_has(sandbox: RunningSandbox, tmp_path: Path) -> None:
    union, alone = tmp_path / "union", tmp_path / "alone"
    rules: list[dict[str, object]] = [
        {"effect": "429", "path": "/markets", "times": 2},
        {"effect": "429", "path": "/markets/candlesticks", "times": _NODES},
        {"effect": "delay:1500", "path": "/markets/candlesticks", "times": _NODES},
    ]
    sandbox.side_door("POST", "faults", rules=rules)
    killed = _NODES - 1
    running = [collector(sandbox, union, node_id, _NODES) for node_id in range(_NODES)]
    kill_at_work(running[killed], union / "candle_events" / "_journal" / f"node-{killed}-00000001.journal")
    for process in running[:killed]:
        process.communicate(timeout=_PATIENCE_S)
    for node_id in range(_NODES):
        until_whole(sandbox, union, node_id, _NODES)
    sandbox.side_door("DELETE", "faults")
    until_whole(sandbox, alone, 0, 1)
    rows, sha256 = digest(union, CANDLES)
    assert rows > 500
    assert (rows, sha256) == digest(alone, CANDLES)
    print(f"\n{rows:,} rows, sha256 {sha256}, of {_NODES} nodes and of one")
    owners = {
        (event, owner[0])
        for path in segments(union / "candles")
        if (owner := of_node(path.name))
        for event in set(read_segment(path)["event_ticker"].to_pylist())
    }
    assert owners == {(event, owner_of(event, _NODES)) for event, _ in owners}
    assert len({owner for _, owner in owners}) == _NODES
    assert check(union, list(TABLES.values())) == []
    if _IS_WEEK:
        for node_id in range(_NODES):
            again = ended(collector(sandbox, union, node_id, _NODES))
            assert asked_for_candles(again) == 0, "nothing can have changed"
    weather = next(found for found in candle_status(union) if found.series == "KXHIGHNY")
    assert (weather.complete, weather.open, weather.failed, weather.nodes) == (8, 2, 0, _NODES)
    assert (weather.held, weather.estimated) == (10, 10)
