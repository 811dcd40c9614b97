"""What the daemon recorded of its inputs gives the same money when it is run again, in any process.

``SPARKO_RECORDED_MINUTES`` says how many minutes of exchange time a run has; the exchange is 60 times as fast
as a clock.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from order_stream import OrderStream
from running_daemon import LIVELY_WORLD, ROOT, RunningDaemon
from wide_limits import WIDE_LIMITS_TABLE

from engine.domain.units import MINUTE_NS
from engine.ledger.verifying import verify_file

MINUTES = int(os.environ.get("SPARKO_RECORDED_MINUTES", "4"))
CONFIG = f"record_inputs = true\n{WIDE_LIMITS_TABLE}{LIVELY_WORLD}speed = 60\n"
HASH_SEEDS = ("0", "1", "4711")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[RunningDaemon]:
    made = RunningDaemon(tmp_path / "home", CONFIG)
    yield made
    made.close()


@pytest.mark.slow
async def test_a_recorded_run_gives_the_same_money_again(desk: RunningDaemon) -> None:
    await traded(desk, MINUTES)
    os.kill(desk.pid, signal.SIGTERM)
    assert await asyncio.to_thread(desk.wait) == 0
    (first,) = recordings(desk)
    same_again(desk, first, is_last=True, hash_seeds=HASH_SEEDS)

    # Another run on the same home, which no signal ends.
    await traded(desk, 1)
    desk.kill()
    (second,) = recordings(desk) - {first}
    same_again(desk, second, is_last=False, hash_seeds=HASH_SEEDS[:1])
    same_again(desk, first, is_last=False, hash_seeds=HASH_SEEDS[:1])


async def traded(desk: RunningDaemon, minutes: int) -> None:
    """For so many minutes of the exchange, and at least a few orders."""
    await asyncio.to_thread(desk.start)
    end_ns = now_ns(desk) + minutes * MINUTE_NS
    async with OrderStream(desk.home / "engine.sock", Random(11)) as stream:
        await stream.answered(5)
        await asyncio.to_thread(desk.until, lambda: now_ns(desk) >= end_ns, "not the time")
        await stream.pause()


def now_ns(desk: RunningDaemon) -> int:
    return int(desk.side_door("GET", "world")["now_ns"])


def recordings(desk: RunningDaemon) -> set[Path]:
    return set((desk.home / "lake" / "inputs").iterdir())


def same_again(desk: RunningDaemon, recording: Path, *, is_last: bool, hash_seeds: Sequence[str]) -> None:
    """In a process of each hash seed; of the last run of an orderly end nothing may be missing."""
    ledger = desk.home / "ledger.sqlite"
    verified = verify_file(ledger)
    assert verified.is_sound
    found, *others = [rerun(recording, ledger, seed) for seed in hash_seeds]
    assert all(other == found for other in others)
    print(found)
    assert found["inputs"] > 50
    assert 0 < found["compared"] <= found["changes"]
    if is_last:
        assert found["compared"] == found["changes"]
        assert (found["head"], found["state_hash"]) == (verified.head, verified.live_hash)
        assert found["cut_bytes"] == 0


def rerun(recording: Path, ledger: Path, hash_seed: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "engine.ledger.rerun", str(recording), "--ledger", str(ledger)]
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    ran = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, check=False)
    assert ran.returncode == 0, ran.stderr
    document: dict[str, Any] = json.loads(ran.stdout)
    return document
