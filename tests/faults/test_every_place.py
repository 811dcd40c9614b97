"""The engine ends at every place of the order path: before and after each record, each effect, each request's
first byte and its answer. The next start finds what is so: nothing doubled, nothing lost.

In virtual time every place is tried; with ``kill -9`` of a real process over real sockets some are.
``SPARKO_FAULTS`` tries them all in the first way and every fourth in the second, the normal run a few.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from fault_bench import OPTIONS, FaultBench
from fault_child import SANDBOX
from fault_script import ScriptedLife
from running_sandbox import RunningSandbox, sandbox_in

from engine.domain.command import CancelAll
from engine.ledger.verifying import verify_file
from engine.sandbox.sim.loop import simulate

ROOT = Path(__file__).parents[2]
IS_LONG = "SPARKO_FAULTS" in os.environ
SIM_STEP = 1 if IS_LONG else 17
REAL_STEP = 4 if IS_LONG else 58
LEAST_PLACES = 100


async def lived(at: int) -> ScriptedLife:
    life = ScriptedLife(at)
    await life.run()
    return life


def test_an_end_at_each_place_loses_and_doubles_nothing() -> None:
    whole = simulate(lived(0))
    assert whole.tally.amended > 0
    assert whole.tally.fills >= 3
    assert whole.tally.exits == 1
    assert whole.places > LEAST_PLACES
    for at in range(1, whole.places + 1, SIM_STEP):
        life = simulate(lived(at))
        assert life.tally.crashes == 1, f"place {at} of {whole.places} was not reached"
        assert life.open_plans == [], f"place {at} of {whole.places}"
    print(f"\n{whole.places} places, each {SIM_STEP}. tried")


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[RunningSandbox]:
    with sandbox_in(tmp_path, *OPTIONS) as running:
        (tmp_path / SANDBOX).write_bytes(msgspec.json.encode(running))
        yield running


@pytest.mark.slow
async def test_killed_at_a_place_and_the_next_start_knows_everything(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    whole = await asyncio.to_thread(child, tmp_path, 0)
    assert whole.returncode == 0, whole.stderr
    places = int(whole.stdout.splitlines()[-1])
    assert places > LEAST_PLACES // 2
    killed = 0
    for at in range(REAL_STEP // 2, places, REAL_STEP):
        ran = await asyncio.to_thread(child, tmp_path, at)
        # How many places there are depends on how the news comes; the last few may not be reached.
        assert ran.returncode in (0, -signal.SIGKILL), ran.stderr
        killed += ran.returncode != 0
        await recovered(sandbox, tmp_path)
    print(f"\nkilled at {killed} of {places} places")
    assert killed > 0
    assert verify_file(tmp_path / "ledger.sqlite").is_sound


def child(home: Path, at: int) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": f"{ROOT / 'tests' / 'support'}:{ROOT}"}
    command = [sys.executable, "-m", "fault_child", str(home), str(at)]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT
    )


async def recovered(sandbox: RunningSandbox, home: Path) -> None:
    """Another start on the same ledger agrees with the exchange, and each intent is there at most once."""
    bench = FaultBench(sandbox, home)
    await bench.live.start()
    await bench.settled()
    names = [order["client_order_id"] for order in await asyncio.to_thread(orders, sandbox)]
    assert len(names) == len(set(names))
    await bench.live.ask(CancelAll())
    await bench.settled()
    await bench.live.stop()


def orders(sandbox: RunningSandbox) -> list[dict[str, str]]:
    found = sandbox.side_door("GET", "orders")["orders"]
    assert isinstance(found, list)
    return found
