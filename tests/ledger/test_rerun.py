"""A recorded run, run again in fresh processes, makes the same facts and the same money."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from recorded_desk import RecordedDesk

from engine.core.state_hash import state_hash
from engine.ledger.rerun import Diverged, WrongStart, rerun
from engine.ledger.sqlite_ledger import SqliteLedger
from engine.ledger.verifying import verify_file

HASH_SEEDS = ("0", "1", "4242")


async def trade(path: Path, folder: Path, run_id: str, orders: int = 60) -> dict[str, Any]:
    """One run; gives what a re-run must come to."""
    ledger = SqliteLedger.open(path, loop=asyncio.get_running_loop())
    began = ledger.appended
    desk = RecordedDesk(ledger, folder, run_id)
    desk.session(random.Random(run_id), orders)
    desk.recorder.close()
    await ledger.close()
    return {
        "run_id": run_id,
        "inputs": desk.recorder.inputs,
        "changes": ledger.durable - began,
        "state_hash": state_hash(desk.engine.money),
        "head": ledger.head.hex(),
        "compared": ledger.durable - began,
        "cut_bytes": 0,
    }


def in_fresh_process(hash_seed: str, *arguments: str) -> dict[str, Any]:
    environment = os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-m", "engine.ledger.rerun", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_two_runs_of_one_ledger_rerun_alike_under_three_hash_seeds(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    folders = [tmp_path / "first", tmp_path / "second"]
    live = [asyncio.run(trade(path, folder, folder.name)) for folder in folders]
    assert live[0]["changes"] > 120
    for hash_seed in HASH_SEEDS:
        for folder, expected in zip(folders, live, strict=True):
            assert in_fresh_process(hash_seed, str(folder), "--ledger", str(path)) == expected
    found = verify_file(path)
    assert found.is_sound
    assert (found.journal_hash, found.head) == (live[1]["state_hash"], live[1]["head"])


def test_a_first_run_needs_no_ledger(tmp_path: Path) -> None:
    live = asyncio.run(trade(tmp_path / "ledger.sqlite", tmp_path / "first", "first", 5))
    again = rerun(tmp_path / "first")
    assert (again.state_hash, again.head, again.compared) == (live["state_hash"], live["head"], 0)


def test_a_later_run_without_its_ledger_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    for name in ("first", "second"):
        asyncio.run(trade(path, tmp_path / name, name, 3))
    with pytest.raises(WrongStart, match="run second: began at record"):
        rerun(tmp_path / "second")


def test_a_cut_recording_reruns_up_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    live = asyncio.run(trade(path, tmp_path / "first", "first", 20))
    (segment,) = (tmp_path / "first").glob("*.inputs")
    segment.write_bytes(segment.read_bytes()[:-5_000])
    again = rerun(tmp_path / "first", path)
    assert 0 < again.inputs < live["inputs"]
    assert 0 < again.compared == again.changes < live["changes"]
    assert again.cut_bytes > 0


def test_another_run_of_the_same_start_diverges(tmp_path: Path) -> None:
    """The ledger of one run beside the recording of another."""
    asyncio.run(trade(tmp_path / "one.sqlite", tmp_path / "one", "one", 5))
    asyncio.run(trade(tmp_path / "two.sqlite", tmp_path / "two", "two", 5))
    with pytest.raises(Diverged, match=r"input 0: made record 1 \(run_started of one\)"):
        rerun(tmp_path / "one", tmp_path / "two.sqlite")


@pytest.mark.parametrize("arguments", [["nowhere"], ["nowhere", "--ledger", "nothing.sqlite"]])
def test_the_command_fails_in_one_line(tmp_path: Path, arguments: list[str]) -> None:
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-m", "engine.ledger.rerun", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("rerun: recording nowhere: no segment")
    assert done.stderr.count("\n") == 1
