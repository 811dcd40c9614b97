"""What durability costs: commits per intent, the caller's share of an append, and the time to recover.

pytest tests/benchmarks/test_ledger.py -o addopts="" --import-mode=importlib -p no:cacheprovider -s
"""

from __future__ import annotations

import asyncio
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import ledger_load
import pytest
from money_history import fill, intent
from pytest_benchmark.fixture import BenchmarkFixture

from engine.core.changes import Change
from engine.core.facts.money import FillBooked
from engine.core.facts.orders import MANUAL, OrderMoved
from engine.core.money import MoneyState, apply
from engine.domain.order import OrderState
from engine.ledger.inline import InlineLedger
from engine.ledger.recording import InputReader, InputRecorder
from engine.ledger.sqlite_ledger import SqliteLedger

ORDERS = 100_000
WANTED_RECOVERY_S = 3.0
INTENTS_A_COMMIT = 16
ROUNDS = 5


@pytest.mark.parametrize("with_pauses", [False, True], ids=["at_once", "with_round_trips"])
def test_syncs_per_intent(benchmark: BenchmarkFixture, tmp_path: Path, with_pauses: bool) -> None:
    """64 senders, each waiting for its own record; where strace is there, the kernel's syncs are counted.

    With round trips each intent's outcome is a record too, and the senders are spread over the time.
    """
    runs: list[ledger_load.Load] = []

    def once() -> None:
        pauses = random.Random(len(runs)) if with_pauses else None
        runs.append(asyncio.run(ledger_load.load(tmp_path / f"{len(runs)}.sqlite", pauses)))

    benchmark.pedantic(once, rounds=ROUNDS)
    for run in runs:
        print(
            f"\n{run.intents} intents, {run.commits} commits, {run.intents / run.seconds:,.0f} intents/s, "
            f"slowest commit {run.slowest_ms:.1f} ms",
            end="",
        )
        assert run.commits * INTENTS_A_COMMIT <= run.intents
    counted = None if with_pauses else traced_syncs(tmp_path)
    if counted is not None:
        print(
            f"\n{counted} syncs by the kernel's count for {runs[0].intents} intents, open and close included"
        )
        assert counted * INTENTS_A_COMMIT <= runs[0].intents


def traced_syncs(folder: Path) -> int | None:
    """How often the same load synced a file, by the kernel's word; None where nothing may be traced."""
    if shutil.which("strace") is None:
        return None
    log = folder / "trace"
    script = Path(ledger_load.__file__)
    path = f"PYTHONPATH={script.parent}:{Path(__file__).parents[2]}"
    command = ["strace", "-f", "-e", "trace=fsync,fdatasync", "-o", str(log)]
    command += ["env", path, sys.executable, str(script), str(folder / "traced.sqlite")]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        return None
    return sum("sync(" in line for line in log.read_text().splitlines())


def facts_of(number: int) -> list[Change]:
    """The life of one order: intended, resting, filled."""
    order = intent(number)
    client_order_id = order.terms.client_order_id
    return [
        order,
        OrderMoved(client_order_id, OrderState.RESTING, order.at, f"order-{client_order_id}"),
        FillBooked(fill(number, order.terms, order.terms.count_c), MANUAL, client_order_id),
    ]


async def write_orders(path: Path, count: int) -> None:
    ledger = SqliteLedger.open(path, loop=asyncio.get_running_loop())
    state = MoneyState()
    for number in range(count):
        changes = facts_of(number)
        ledger.append(changes, [row for change in changes for row in apply(state, change)])
        if number % 2_000 == 0:
            await asyncio.sleep(0)
    await ledger.close()


def test_recovery_of_100_000_orders(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """Lock, check, open and load: all that stands between a start and the first reconciliation."""
    path = tmp_path / "ledger.sqlite"
    asyncio.run(write_orders(path, ORDERS))
    print(f"\n{ORDERS} orders: {path.stat().st_size / 1e6:.0f} MB", end="")

    async def recover() -> tuple[float, MoneyState]:
        started = time.perf_counter()
        ledger = SqliteLedger.open(path, loop=asyncio.get_running_loop())
        opened = time.perf_counter()
        state = ledger.load()
        done = time.perf_counter()
        print(f"\nopened {opened - started:.2f} s, loaded {done - opened:.2f} s", end="")
        await ledger.close()
        return done - started, state

    took = []
    for _ in range(ROUNDS):
        seconds, state = asyncio.run(recover())
        took.append(seconds)
        assert len(state.orders) == len(state.fills) == ORDERS
    benchmark.pedantic(lambda: asyncio.run(recover()), rounds=1)
    assert min(took) < WANTED_RECOVERY_S


def test_append_on_the_caller_s_side(benchmark: BenchmarkFixture) -> None:
    """Encoding, hashing and staging of one intent with its row; the commit is not in it."""
    state = MoneyState()
    numbers = iter(range(10**9))
    ledger = InlineLedger.in_memory(lambda hand_over: None)

    def append() -> None:
        change = intent(next(numbers))
        ledger.append([change], apply(state, change))

    benchmark.pedantic(append, rounds=20_000, warmup_rounds=100)


def test_recording_of_an_input(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    recorder = InputRecorder(tmp_path, ledger_load.HEADER)
    benchmark.pedantic(recorder.record, args=(ledger_load.DELTA,), rounds=100_000, warmup_rounds=100)
    recorder.close()
    assert sum(1 for _ in InputReader(tmp_path)) == 100_100
