"""Killed at any moment: what was acknowledged is there, and the projections are those of the journal."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import time
from pathlib import Path

import ledger_writer
import pytest

from engine.ledger.opening import open_reader
from engine.ledger.sqlite_ledger import SqliteLedger

KILLS = 20


def written_until_killed(path: Path, seed: int, chance: random.Random) -> int:
    """The highest record that the writer was told is durable before it was killed."""
    script = Path(ledger_writer.__file__)
    command = [sys.executable, str(script), str(path), str(seed)]
    environment = {"PYTHONPATH": f"{script.parent}:{Path(__file__).parents[2]}", "PATH": ""}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first == b"open\n"
        time.sleep(chance.uniform(0, 0.15))
        process.kill()
        told = process.stdout.read().splitlines()
    return int(told[-1]) if told and told[-1].isdigit() else 0


@pytest.mark.slow
def test_kill_at_random_moments(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    chance = random.Random(5)
    acknowledged: list[int] = []
    for seed in range(KILLS):
        told = written_until_killed(path, seed, chance)
        found = open_reader(path)
        assert found.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        last = found.execute("SELECT max(seq) FROM journal").fetchone()[0] or 0
        found.close()
        assert last >= told
        acknowledged.append(told)
    assert sum(told > 0 for told in acknowledged) > KILLS // 2
    assert max(acknowledged) > 500
    asyncio.run(opened_and_verified(path, max(acknowledged)))


async def opened_and_verified(path: Path, acknowledged: int) -> None:
    ledger = SqliteLedger.open(path, loop=asyncio.get_running_loop())
    verified = ledger.verify()
    assert verified.is_sound, verified.fault
    assert verified.journal_hash == verified.live_hash
    assert verified.seq == ledger.durable >= acknowledged
    await ledger.close()
